"""The lines of a page as rows: what stands side by side is brought together, and separated where gaps are wide."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from operator import sub
from typing import TYPE_CHECKING

from ragkit.load.formats.layout.page import PageLine, Piece
from ragkit.text.rules.english import RULES as ENGLISH

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

# Lengths are in heights of the line's font.
_GAP = 0.9  # between words that belong to different cells; a space is 0.3, in justified prose up to 0.8
_NARROW_GAP = 0.45  # the same where several lines have a cell that begins there
_LEVEL = 0.35  # baselines of one row may differ by less
_PITCH = 1.6  # from one line of a cell to the next
_TALLER = 3.0  # a cell that ends where its neighbour does may begin that much higher
_STACK = 6  # lines of a cell whose neighbour begins at its top
# Marks of items: bullets, "1.", "(a)", "iv)", "2.3", "Item 7".
_MARK = re.compile(r"(?:[•◦▪▫●○■□➢➤✓☐☒*–—-]|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]|\d{1,2}(?:\.\d{1,2})+\.?)$")
_SIGNS = frozenset("$€£¥")
_ENDS = frozenset("0123456789)%—–-")
_BEFORE_NUMBER = re.compile(r"(?:US|C|A)?[$€£¥(]+$|\([$€£¥]$")
_AFTER_NUMBER = re.compile(r"[)%]+$|%\)$")


@dataclass(slots=True)
class PageRow:
    """What stands side by side on a page: the lines numbered first to last - 1; lengths in points."""

    first: int
    last: int
    pieces: list[Piece]  # those of a cell of several lines follow each other
    top: float  # lower edge of the topmost line
    bottom: float  # lower edge of the lowest line
    height: float  # of its font


def rows_of(lines: Sequence[PageLine]) -> list[PageRow]:
    """Gather lines to rows; most lines are a row of their own."""
    # A line that stands at the right of those before it, and no lower than the first of them, belongs to their row:
    # programs write a table cell by cell, and a cell may have several lines.
    gaps = [_gaps(line) for line in lines]
    split = [_pieces(line, _cuts(line, found)) for line, found in zip(lines, gaps, strict=True)]
    edges = Counter(round(piece.left) for pieces in split for piece in pieces[1:])
    # An edge, to the point, at which more than one line has a cell is taken for a column, and a narrower gap is enough
    # there. The gaps themselves are measured once: with a second pass a page took a tenth longer.
    columns = {edge + near for edge, count in edges.items() if count > 1 for near in (-1, 0, 1)}
    rows: list[PageRow] = []
    for number, line in enumerate(lines):
        pieces = _pieces(line, _cuts(line, gaps[number], columns)) if columns and gaps[number] else split[number]
        row = PageRow(number, number + 1, pieces, line.bottom, line.bottom, line.height)
        stack = _beside(rows, row) if row.pieces else 0
        if stack:
            members = rows[-stack:]
            del rows[-stack:]
            top, bottom = max(each.top for each in members), min(each.bottom for each in members)
            pieces = [piece for each in members for piece in each.pieces]
            row = PageRow(members[0].first, row.last, pieces + row.pieces, max(top, row.top), bottom, row.height)
        elif rows and _hangs(rows[-1], row):
            above = rows[-1]
            above.pieces += row.pieces
            above.last, above.bottom = row.last, min(above.bottom, row.bottom)
            continue
        rows.append(row)
    return rows


def _beside(rows: Sequence[PageRow], row: PageRow) -> int:
    """How many of the last rows are the cell at whose right a row stands; 0 where it stands below them."""
    if not rows or not rows[-1].pieces:
        return 0
    last, left, level = rows[-1], row.pieces[0].left, _LEVEL * row.height
    rise = row.top - last.bottom
    if rise < -level or rise > _STACK * _PITCH * row.height or last.pieces[-1].right > left:
        return 0
    if rise < level or last.last - last.first > 1:
        return 1 if row.top < last.top + _TALLER * row.height else 0
    count = 1
    # A cell written in the middle of its row has as much of its neighbour above it as below.
    while count < min(len(rows), _STACK) and _stacked(rows[-count - 1], rows[-count]):
        above = rows[-count - 1]
        if above.top > row.top + rise + level or above.pieces[-1].right > left:
            break
        count += 1
        if abs(above.top - row.top) < level:
            return count
    if rows[-count].top > row.top + level:
        return count
    return 1 if rise < _TALLER * row.height else 0


def _stacked(above: PageRow, row: PageRow) -> bool:
    """Whether a line goes on in the last cell of the row above it."""
    if not above.pieces or len(row.pieces) > 1 or not 0 < above.bottom - row.top < _PITCH * row.height:
        return False
    last, piece = above.pieces[-1], row.pieces[0]
    return last.left < piece.right and last.right > piece.left


def _hangs(above: PageRow, row: PageRow) -> bool:
    """Whether a line is the next one of the cell that stands last in a row that has several lines already."""
    if not row.pieces or len(above.pieces) < 2 or above.last - above.first < 2:
        return False
    last, piece = above.pieces[-1], row.pieces[0]
    step = last.line.bottom - row.top
    if not 0 < step < _PITCH * row.height or row.top < above.bottom - _LEVEL * row.height:
        return False
    return piece.left < last.right and piece.right > last.left and piece.left > above.pieces[0].right


def _gaps(line: PageLine) -> list[tuple[int, float]]:
    """Numbers of the words that might begin a cell, with the width of the gap before each."""
    widths = list(map(sub, line.lefts[1:], line.rights))
    narrow = _NARROW_GAP * line.height
    if not widths or max(widths) <= narrow:
        return []
    return [(number, width) for number, width in enumerate(widths, 1) if width > narrow]


def _cuts(line: PageLine, gaps: Sequence[tuple[int, float]], columns: Container[int] = ()) -> list[int]:
    """Numbers of the words that begin a cell."""
    if not gaps:
        return []
    # Where a column begins, and before a currency sign that follows a figure, a gap as narrow as in justified prose is
    # enough: a long cell leaves no more room.
    wide, words = _GAP * line.height, line.text.split(" ")
    return [
        number
        for number, width in gaps
        if width > wide
        or round(line.lefts[number]) in columns
        or (words[number] in _SIGNS and words[number - 1][-1:] in _ENDS)
    ]


def _pieces(line: PageLine, cuts: Sequence[int]) -> list[Piece]:
    """Cut a line before these words; currency and percent signs stay with their number, marks with their item."""
    if not cuts:
        return [Piece(line, 0, len(line.lefts), line.text)] if line.lefts else []
    words = line.text.split(" ")
    pieces: list[Piece] = []
    goes_on = False
    for start, end in pairwise([0, *cuts, len(words)]):
        first, text = start, " ".join(words[start:end])
        if pieces and (goes_on or _AFTER_NUMBER.match(text)):
            first = pieces.pop().first
            text = " ".join(words[first:end])
        pieces.append(Piece(line, first, end, text))
        marks = first == 0 and bool(_MARK.match(text) or ENGLISH.numbered_parts.match(text))
        goes_on = marks or bool(_BEFORE_NUMBER.match(words[end - 1]))
    return pieces
