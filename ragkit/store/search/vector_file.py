"""The file of a vector cache: what FAISS wrote, then row ids and notes, all of it checked before it is used.

    FAISS's index | row ids | notes as JSON | footer

Row ids are 64-bit integers, the notes UTF-8, the footer a mark and the lengths of the three parts, all of it little
endian. FAISS itself notices little damage, and a damaged index would give wrong results without an error. So the
checksum of the whole file is part of its name and checked on opening: codes of a million vectors are 64 MB, read and
checked in tens of milliseconds.
"""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

FOOTER = struct.Struct("<8sQQQ")  # mark, then the bytes of the three parts before it
MARK = b"ragkit-2"  # another format gets another mark: such files are then not used, and deleted when one is written


def write(beside: Path, index: Any, ids: NDArray[np.int64], notes: dict[str, Any]) -> int:
    """Write a file and return its checksum.

    Args:
        beside: where to write; the caller moves it into place, so that no half file is ever in use.
        index: a FAISS index.
        ids: row ids of its vectors, in their order.
        notes: JSON-serialisable.

    Raises:
        OSError, RuntimeError: it cannot be written.
    """
    import faiss

    # FAISS reads an index from the beginning of a file and ignores what comes after it.
    faiss.write_index(index, str(beside))
    parts = [np.ascontiguousarray(ids, "<i8").tobytes(), json.dumps(notes).encode()]
    footer = FOOTER.pack(MARK, beside.stat().st_size, *map(len, parts))
    with beside.open("ab") as file:
        file.write(b"".join([*parts, footer]))
    return checksum_of(beside)


def read(path: Path, checksum: int) -> tuple[Any, NDArray[np.int64], dict[str, Any]]:
    """Return (FAISS's index, row ids, notes); vectors of a flat index are mapped from the file, not read.

    Raises:
        OSError, RuntimeError, ValueError: it cannot be read, or is not as it was written.
    """
    import faiss

    if checksum_of(path) != checksum:
        raise ValueError("its content is not what was written")
    with path.open("rb") as file:
        size, row_bytes, note_bytes = _sizes(file)
        file.seek(size)
        ids = np.frombuffer(file.read(row_bytes), "<i8").astype(np.int64, copy=False)
        notes = json.loads(file.read(note_bytes))
    # Mapped, an index of 20 000 vectors opens without reading them. Codes are read: each search goes over all of them.
    flag = getattr(faiss, "IO_FLAG_MMAP_IFC", 0)  # FAISS before 1.11 cannot map
    index = faiss.read_index(str(path), flag if notes["kind"] == "exact" else 0)
    if index.ntotal != len(ids):
        raise ValueError("it does not hold a row id for each vector")
    return index, ids, notes


@dataclass(frozen=True, slots=True)
class Extent:
    """What a file covers: ``rows`` of them up to the row id ``newest``, as vectors or as codes."""

    rows: int
    newest: int
    exact: bool


def extent(path: Path) -> Extent:
    """Return what a file covers by its last parts alone, unchecked: a writer of few texts need not read the rest.

    Raises:
        OSError, ValueError, KeyError: it cannot be read, or is damaged.
    """
    with path.open("rb") as file:
        size, row_bytes, note_bytes = _sizes(file)
        file.seek(size + row_bytes - 8)
        newest = int.from_bytes(file.read(8), "little") if row_bytes else 0
        return Extent(row_bytes // 8, newest, json.loads(file.read(note_bytes))["kind"] == "exact")


def _sizes(file: IO[bytes]) -> tuple[int, int, int]:
    file.seek(0, 2)
    if file.tell() < FOOTER.size:
        raise ValueError("it is cut short")
    file.seek(-FOOTER.size, 2)
    mark, size, row_bytes, note_bytes = FOOTER.unpack(file.read())
    if mark != MARK:
        raise ValueError("it is of another release")
    return size, row_bytes, note_bytes


def checksum_of(path: Path) -> int:
    """Return the CRC-32 of a file's content."""
    value = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            value = zlib.crc32(block, value)
    return value
