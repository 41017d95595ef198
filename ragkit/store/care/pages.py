"""Rows of a damaged SQLite file, read from its pages without SQLite, as its file format describes them.

https://www.sqlite.org/fileformat2.html. Each page that holds rows of a table says so itself, so that every page that is
sound gives its rows, whatever became of the pages that lead to it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

Value = int | float | str | bytes | None

PAGE_SIZE = 4096  # SQLite's default, and the index's
TABLE_LEAF, INDEX_LEAF, INDEX_INTERIOR = 0x0D, 0x0A, 0x02
_CONSTANTS: dict[int, int | None] = {0: None, 8: 0, 9: 1}
_INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_WAL_MAGIC = (0x377F0682, 0x377F0683)
_DAMAGE = (ValueError, IndexError, struct.error, OverflowError, MemoryError)


@dataclass(frozen=True, slots=True)
class Record:
    """A row: of a table, where its row id is known, or an entry of an index."""

    row: int | None
    values: tuple[Value, ...]


class Pages:
    """The pages of a database file and of the log beside it.

    Attributes:
        certain: whether the list of unused pages could be read; without it, rows that were deleted may come back.
        unreadable: rows that were found but not read.

    Args:
        path: the database.
        log: its write-ahead log, where there is one.
    """

    def __init__(self, path: Path, log: Path | None = None) -> None:
        self._file = path.open("rb")
        self._log = log.open("rb") if log is not None and log.exists() else None
        header = self._file.read(100)
        self.size = _page_size(header)
        self.count = path.stat().st_size // self.size
        self._newer = self._frames(self._log) if self._log else {}
        if 1 in self._newer:
            header = self._page(1)[:100]
        self.usable = self.size - (header[20] if len(header) == 100 and header[20] < 64 else 0)
        self.unreadable = 0
        self.certain = True
        self._unused = self._free(header)

    def close(self) -> None:
        """Close the files."""
        self._file.close()
        if self._log:
            self._log.close()

    def records(self) -> Iterator[Record]:
        """Yield the rows and entries of all pages that can be read, in no order."""
        for number in range(1, self.count + 1):
            if number in self._unused:
                continue
            page = self._page(number)
            start = 100 if number == 1 else 0
            if len(page) == self.size and page[start] in (TABLE_LEAF, INDEX_LEAF, INDEX_INTERIOR):
                yield from self._cells(page, start)

    def _cells(self, page: bytes, start: int) -> Iterator[Record]:
        kind = page[start]
        pointers = start + (12 if kind == INDEX_INTERIOR else 8)
        cells = int.from_bytes(page[start + 3 : start + 5], "big")
        if pointers + 2 * cells > self.usable:  # no page of this kind, whatever its first byte says
            return
        for place in range(pointers, pointers + 2 * cells, 2):
            try:
                yield self._cell(page, kind, int.from_bytes(page[place : place + 2], "big"))
            except _DAMAGE:
                self.unreadable += 1

    def _cell(self, page: bytes, kind: int, at: int) -> Record:
        at += 4 if kind == INDEX_INTERIOR else 0
        length, at = _varint(page, at)
        row = None
        if kind == TABLE_LEAF:
            row, at = _varint(page, at)
        return Record(row, _values(self._payload(page, at, length, table=kind == TABLE_LEAF)))

    def _payload(self, page: bytes, at: int, length: int, *, table: bool) -> bytes:
        """Join what stands in the page and in the chain of pages it goes on in."""
        most = self.usable - 35 if table else (self.usable - 12) * 64 // 255 - 23
        if length <= most:
            return _exactly(page[at : at + length], length)
        least = (self.usable - 12) * 32 // 255 - 23
        here = least + (length - least) % (self.usable - 4)
        here = here if here <= most else least
        parts = [_exactly(page[at : at + here], here)]
        after = int.from_bytes(_exactly(page[at + here : at + here + 4], 4), "big")
        missing = length - here
        if missing > self.count * self.size:
            raise ValueError("longer than the file")
        while missing:
            page = self._page(after)
            parts.append(_exactly(page[4 : 4 + min(missing, self.usable - 4)], min(missing, self.usable - 4)))
            missing -= len(parts[-1])
            after = int.from_bytes(page[:4], "big")
        return b"".join(parts)

    def _page(self, number: int) -> bytes:
        if number < 1:
            raise ValueError("no page")
        if number in self._newer and self._log:
            self._log.seek(self._newer[number])
            return self._log.read(self.size)
        self._file.seek((number - 1) * self.size)
        return self._file.read(self.size)

    def _free(self, header: bytes) -> set[int]:
        """Walk the list of unused pages; they hold rows that were deleted."""
        unused: set[int] = set()
        if not header.startswith(b"SQLite format 3\0"):
            self.certain = False
            return unused
        trunk, expected = struct.unpack(">II", header[32:40])
        while trunk and len(unused) <= expected:
            page = self._page(trunk) if trunk <= self.count else b""
            leaves = int.from_bytes(page[4:8], "big")
            if len(page) < self.size or trunk in unused or leaves > self.usable // 4 - 2:
                break
            unused.add(trunk)
            unused.update(struct.unpack(f">{leaves}I", page[8 : 8 + 4 * leaves]))
            trunk = int.from_bytes(page[:4], "big")
        self.certain = len(unused) == expected and self.count == int.from_bytes(header[28:32], "big")
        return unused

    def _frames(self, log: BinaryIO) -> dict[int, int]:
        """Return where the log holds the newest committed version of each page; takes the count of pages from it."""
        head = log.read(32)
        found: dict[int, int] = {}
        if len(head) < 32 or int.from_bytes(head[:4], "big") not in _WAL_MAGIC:
            return found
        size, waiting = int.from_bytes(head[8:12], "big"), dict[int, int]()
        if size != self.size:
            return found
        while len(frame := log.read(24)) == 24 and frame[8:16] == head[16:24]:
            number, committed = struct.unpack(">II", frame[:8])
            waiting[number] = log.tell()
            if committed:
                found |= waiting
                waiting, self.count = {}, committed
            log.seek(size, 1)
        return found


def _page_size(header: bytes) -> int:
    size = int.from_bytes(header[16:18], "big") if header.startswith(b"SQLite format 3\0") else 0
    size = 65536 if size == 1 else size
    return size if size >= 512 and not size & (size - 1) else PAGE_SIZE


def _exactly(part: bytes, length: int) -> bytes:
    if len(part) != length:
        raise ValueError("cut off")
    return part


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(8):
        byte = data[at + place]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + place + 1
    value = value << 8 | data[at + 8]
    return (value - (1 << 64) if value >= 1 << 63 else value), at + 9


def _values(payload: bytes) -> tuple[Value, ...]:
    header, at = _varint(payload, 0)
    body = header
    values: list[Value] = []
    while at < header:
        kind, at = _varint(payload, at)
        value, body = _value(payload, kind, body)
        values.append(value)
    if body != len(payload) or at != header:
        raise ValueError("its parts do not fill it")
    return tuple(values)


def _value(payload: bytes, kind: int, at: int) -> tuple[Value, int]:
    if kind in _CONSTANTS:
        return _CONSTANTS[kind], at
    if kind in _INTEGERS:
        length = _INTEGERS[kind]
        return int.from_bytes(_exactly(payload[at : at + length], length), "big", signed=True), at + length
    if kind == 7:
        return struct.unpack(">d", _exactly(payload[at : at + 8], 8))[0], at + 8
    if kind < 12:
        raise ValueError("no kind of value")
    length = (kind - 12) // 2
    data = _exactly(payload[at : at + length], length)
    return (data if kind % 2 == 0 else data.decode("utf-8")), at + length
