"""Where on its page each word of a document stands: a compact map beside the text, and the boxes of a span.

The map of a page is a list of whole numbers, compressed with DEFLATE and written in base 85, since it travels in JSON.
It begins with the quarter turns of the page. Then, for each run: characters since the run before, characters of the
run, words (0 for one box that is never cut), left and lower edge as differences to the run before, height, width; and
of several words the narrowest space and, for each word but the first, how far it begins from where a usual font would
put it. Lengths are half points. A map takes a quarter to a third of the room of its text.
"""

from __future__ import annotations

import re
from base64 import b85decode, b85encode
from bisect import bisect_right
from itertools import accumulate, pairwise
from math import isfinite
from operator import sub
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import compress, decompress

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from langchain_core.documents import Document

_WORD = re.compile(r"\S+")
_UNITS = 2  # a point; half of one is finer than any letter
# Widths of letters in a usual font, in 18ths of its size. Only differences from them are stored, most of which are a
# byte near 0 and compress well. The map on disk depends on these numbers: they must never change.
_LETTERS = {
    4: "ijl'|",
    5: "ft.,;:/!I[]",
    6: 'r()-"*',
    9: "cksvxyzJ",
    11: "FTZ",
    12: "ABEKPSVXY&",
    13: "CDHNRUw",
    14: "GOQ",
    15: "mM",
    17: "W@%",
}
_WIDTHS = bytes(next((width for width in _LETTERS if chr(code) in _LETTERS[width]), 10) for code in range(256))
_SPACE = 5
# Numbers below 240 are one byte; 240 to 254 begin one of two bytes (up to 4079), 255 one of five.
_LONG = 240


class Run(NamedTuple):
    """Words that stand side by side: text[start:end]; lengths in points."""

    start: int
    end: int
    bottom: float
    top: float
    # Edges of each word, ascending; a single pair where the words are not known apart: one box, which is never cut.
    lefts: Sequence[float]
    rights: Sequence[float]


class PageBox(NamedTuple):
    """A rectangle on a page, in points of the page's own coordinates: from its origin to the right and upwards.

    These are PDF's coordinates, before the page is rotated or cropped for display, as annotations use them.

    Attributes:
        page: page number, from 1.
        x0: left edge.
        y0: lower edge.
        x1: right edge.
        y1: upper edge.
    """

    page: int
    x0: float
    y0: float
    x1: float
    y1: float


def boxes(document: Document, start: int, end: int) -> list[PageBox]:
    """Return where on its pages a span of a document stands, in reading order: one box a line or cell.

    A word that the span only touches is cut in proportion to its letters; a line that runs otherwise than its page, and
    the value of a form field, has one box and is never cut.

    Args:
        document: a document that ragkit loaded from a PDF; its text and ``metadata["places"]`` are looked at.
        start: offset of the span's first character.
        end: offset behind its last one.

    Returns:
        The boxes; none for white space, the bars of tables, and documents whose places have no boxes.
    """
    places: Sequence[Mapping[str, Any]] = document.metadata.get("places", ())
    starts: list[int] = [place["start"] for place in places]
    text = document.page_content
    found: list[PageBox] = []
    for index in range(max(bisect_right(starts, start) - 1, 0), len(places)):
        place = places[index]
        first = starts[index]
        if first >= end:
            break
        packed, page = place.get("boxes"), place.get("page")
        if packed and page:
            found += (PageBox(page, *box) for box in _page_boxes(packed, text, first, start, end))
    return found


def pack(text: str, runs: Sequence[Run], turn: int = 0) -> str:
    """Encode the runs of a page as the module's docstring describes.

    Args:
        text: the text of the page.
        runs: in the order of the text, offsets counted from the page's first character.
        turn: by how many quarters, clockwise, the page was turned before it was measured.
    """
    if not runs:
        return ""
    numbers = [turn % 4]
    end = left = bottom = 0
    for run in runs:
        lefts, rights, words = run.lefts, run.rights, text[run.start : run.end].split()
        if not isfinite(sum(lefts) + sum(rights) + run.bottom + run.top):
            continue  # letters of a damaged font can stand nowhere
        x = [round(edge * _UNITS) for edge in lefts]
        # Words that the text and the page count differently, or that stand in another order, become one box.
        if len(x) != len(words) or any(before > after for before, after in pairwise(x)):
            x, rights, words = [min(x)], [max(rights)], []
        low, high = round(run.bottom * _UNITS), round(run.top * _UNITS)
        width = max(round(rights[-1] * _UNITS) - x[0], 0)
        numbers += (run.start - end, run.end - run.start, len(words), _folded(x[0] - left), _folded(low - bottom))
        numbers += (max(high - low, 0), width)
        if len(x) > 1:
            numbers.append(max(round(min(map(sub, lefts[1:], rights)) * _UNITS), 0))
            numbers += [_folded(edge - guess - x[0]) for edge, guess in zip(x[1:], _guesses(words, width), strict=True)]
        end, left, bottom = run.end, x[0], low
    packed = bytes(numbers) if max(numbers) < _LONG else b"".join(map(_bytes, numbers))
    return b85encode(compress(packed, wbits=-15)).decode()


def _guesses(words: Sequence[str], width: int) -> list[int]:
    """How far from the first word each further one begins, if a run of this width were written in a usual font."""
    widths = [sum(word.encode("latin-1", "replace").translate(_WIDTHS)) + _SPACE for word in words]
    whole = sum(widths) - _SPACE
    return [width * reached // whole for reached in accumulate(widths[:-1])]


def _folded(number: int) -> int:
    # Zigzag: 0, -1, 1, -2, ... to 0, 1, 2, 3, ..., so that small differences of either sign are one byte.
    return 2 * number if number >= 0 else -2 * number - 1


def _unfolded(number: int) -> int:
    return -(number + 1) // 2 if number % 2 else number // 2


def _bytes(number: int) -> bytes:
    if number < _LONG:
        return bytes((number,))
    number -= _LONG
    if number < (255 - _LONG) * 256:
        return bytes((_LONG + number // 256, number % 256))
    return b"\xff" + min(number, 2**32 - 1).to_bytes(4)


def _numbers(packed: str) -> Iterator[int]:
    values = iter(decompress(b85decode(packed), wbits=-15))
    for value in values:
        if value < _LONG:
            yield value
        elif value < 255:
            yield _LONG + (value - _LONG) * 256 + next(values)
        else:
            yield _LONG + int.from_bytes(bytes(next(values) for _ in range(4)))


def _page_boxes(
    packed: str, text: str, offset: int, start: int, end: int
) -> Iterator[tuple[float, float, float, float]]:
    """Boxes of what text[start:end] has on the page whose text begins at ``offset``."""
    numbers = _numbers(packed)
    turn = next(numbers)
    position, left, bottom = offset, 0, 0
    for gap in numbers:
        first = position + gap
        position = first + next(numbers)
        count = next(numbers)
        left, bottom = left + _unfolded(next(numbers)), bottom + _unfolded(next(numbers))
        height, width = next(numbers), next(numbers)
        # The right edge of a word is not stored: it is taken to be the narrowest space before the next word.
        space = next(numbers) if count > 1 else 0
        shifts = [_unfolded(next(numbers)) for _ in range(count - 1)]
        if position <= start:
            continue  # its numbers had to be taken all the same: each run counts from the one before
        if first >= end:
            return
        if not count:
            if text[max(first, start) : min(position, end)].strip():
                yield _upright((left, bottom, left + width, bottom + height), turn)
            continue
        words, lefts = [(first, position)], [left]
        if count > 1:
            words = [found.span() for found in _WORD.finditer(text, first, position)]
            guesses = _guesses([text[slice(*word)] for word in words], width)
            lefts += (left + guess + shift for guess, shift in zip(guesses, shifts, strict=True))
        rights = [max(edge - space, before) for before, edge in pairwise(lefts)]
        rights.append(left + width)
        edges = _edges(words, lefts, rights, start, end)
        if edges:
            yield _upright((edges[0], bottom, edges[1], bottom + height), turn)


def _edges(
    words: Sequence[tuple[int, int]], lefts: Sequence[int], rights: Sequence[int], start: int, end: int
) -> tuple[float, float] | None:
    """Left and right edge of the part of a run that lies in text[start:end]."""
    found: list[float] = []
    for (first, last), left, right in zip(words, lefts, rights, strict=True):
        if last <= start or first >= end:
            continue
        width = (right - left) / (last - first)
        found += (left + width * max(start - first, 0), right - width * max(last - end, 0))
    return (found[0], found[-1]) if found else None


def _upright(box: tuple[float, float, float, float], turn: int) -> tuple[float, float, float, float]:
    """Turn a box back into the page's own coordinates, in points."""
    left, bottom, right, top = (edge / _UNITS for edge in box)
    for _ in range(-turn % 4):
        left, bottom, right, top = bottom, -right, top, -left
    return left, bottom, right, top
