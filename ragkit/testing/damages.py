"""Damage done to files, to try readers with: cut off, flipped, spliced, doubled, swapped, renumbered."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_DIGITS = re.compile(rb"\d+")
# Numbers that overflow, are negative or no numbers where a reader expects a count, an offset or a length.
_NUMBERS = (b"0", b"-1", b"65536", b"2147483648", b"99999999999999999999", b"1e999", b"NaN", "²".encode(), b"")
# Bytes that mean something to one format or another: nulls, byte order marks, surrogates in UTF-8; nesting and entities
# of XML; nesting and escapes of JSON and RTF; signatures; encoded words and headers of mail; marks of Markdown and CSV.
_TOKENS = (
    *(b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\n\n", b"\r", b"\x1a", b" " * 300),
    *(b"<", b">", b"&#55296;", b"&x;", b"]]>", b"<!--", b'<!DOCTYPE x [<!ENTITY x "y">]>', b"<a>" * 300, b"</a>" * 30),
    *(b"{", b"}", b"[" * 300, b'"', b"\\", b"\\u-1 ", b"\\'", b"\\bin9 ", b"{\\*\\x", b'"\\ud800"', b"null", b"NaN"),
    *(b"%PDF-", b"endobj", b"stream\n", b"PK\x03\x04", b"From x\n", b"Content-Type: message/rfc822\n\n", b"=?x?b?=?="),
    *(b"--", b"---\n", b"```", b"|", b"\t", b",", b";", "é\u0301\u200d\ufeff\uffff".encode(), b"charset=utf-7;"),
)
_LARGEST = 20_000_000  # bytes
_MOST = 4_000_000  # bytes; repeated blocks must not grow without end


@dataclass(frozen=True, slots=True)
class _Spot:
    """What is damaged, and where."""

    data: bytes
    start: int
    end: int
    choice: int
    other: bytes

    @property
    def before(self) -> bytes:
        return self.data[: self.start]

    @property
    def inside(self) -> bytes:
        return self.data[self.start : self.end]

    @property
    def after(self) -> bytes:
        return self.data[self.end :]


def _flip(spot: _Spot) -> bytes:
    changed = bytearray(spot.data)
    if changed:
        changed[min(spot.start, len(changed) - 1)] ^= 1 << spot.choice % 8
    return bytes(changed)


def _overwrite(spot: _Spot) -> bytes:
    length = min(len(spot.inside), 64)
    return spot.before + bytes([spot.choice % 256]) * length + spot.inside[length:] + spot.after


def _repeat(spot: _Spot) -> bytes:
    times = min(2 + spot.choice % 40, 2 + _MOST // (len(spot.inside) + 1))
    return spot.before + spot.inside * times + spot.after


def _swap(spot: _Spot) -> bytes:
    middle = len(spot.inside) * (spot.choice % 101) // 100
    return spot.before + spot.inside[middle:] + spot.inside[:middle] + spot.after


def _splice(spot: _Spot) -> bytes:
    return spot.before + spot.other[spot.end * len(spot.other) // (len(spot.data) + 1) :]


def _renumber(spot: _Spot) -> bytes:
    found = _DIGITS.search(spot.data, spot.start) or _DIGITS.search(spot.data)
    number = _NUMBERS[spot.choice % len(_NUMBERS)]
    return spot.data[: found.start()] + number + spot.data[found.end() :] if found else spot.data


_KINDS: dict[str, Callable[[_Spot], bytes]] = {
    "cut": lambda spot: spot.before,
    "behead": lambda spot: spot.inside + spot.after,
    "remove": lambda spot: spot.before + spot.after,
    "flip": _flip,
    "overwrite": _overwrite,
    "repeat": _repeat,
    "swap": _swap,
    "splice": _splice,
    "insert": lambda spot: spot.before + _TOKENS[spot.choice % len(_TOKENS)] + spot.inside + spot.after,
    "renumber": _renumber,
}
DAMAGES = tuple(_KINDS)
"""The kinds of damage that ``damage`` knows."""


def damage(data: bytes, kind: str, first: float, second: float, choice: int = 0, other: bytes = b"") -> bytes:
    """Damage the bytes of a file in one place.

    Args:
        data: the file.
        kind: one of ``DAMAGES``.
        first: where, as a fraction of the file from 0 to 1; with ``second`` the stretch that is meant.
        second: see ``first``.
        choice: which bit to flip, which number or token to put in, how often to repeat.
        other: another file, for ``splice``.
    """
    # Fractions, not offsets: the same draw damages a small and a large file in the same way.
    start, end = sorted((int(first * len(data)), int(second * len(data))))
    return _KINDS[kind](_Spot(data, start, end, choice, other))


def damage_member(data: bytes, choice: int, change: Callable[[bytes], bytes]) -> bytes:
    """Damage one member of a zip file (most office formats are one), which keeps the zip file itself sound.

    Args:
        data: the file; one that is no zip file, or inflates to more than 20 MB, is changed as a whole.
        choice: number of the member, counted round and round.
        change: gives the member's new content.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            if sum(info.file_size for info in package.infolist()) > _LARGEST:
                return change(data)
            members = [(info, package.read(info)) for info in package.infolist()]
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, NotImplementedError, RuntimeError, EOFError):
        return change(data)
    if not members:
        return change(data)
    # A flip in the raw file mostly breaks a checksum, and the reader sees no more than that. Damage inside a member
    # reaches the parser behind it.
    chosen = choice % len(members)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for number, (info, content) in enumerate(members):
            # A new ZipInfo carries no time, so that the result is the same in every run.
            written = change(content) if number == chosen else content
            package.writestr(zipfile.ZipInfo(info.filename), written, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
