"""The cells of a table on a page: which column a piece of a line stands in, and what belongs to one cell."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragkit.load.pdf_page import PageText, Piece
    from ragkit.load.pdf_rows import Row

    Cells = list[list[Piece]]  # of a row
    Span = tuple[float, float]

# Lengths are in heights of the line's font.
GUTTER = 0.2  # what is left free between two columns all the way down
_INDENT = 4.0  # labels may begin that much further right than the outermost one
FIGURE = re.compile(r"[($€£¥+−–—\-\s]*(?:\d[\d.,:/\s]*)?[%)x\s]*$|(?i:n/?[am]\.?|nm|none)$")


@dataclass(slots=True)
class Table:
    """A run of lines that is a table.

    Attributes:
        first: number of its first line on the page.
        last: number behind its last line.
        rows: cells of each row, the header's first; each cell the pieces that stand in it.
    """

    first: int
    last: int
    rows: list[Cells] = field(default_factory=list["Cells"])

    def write(self, page: PageText) -> None:
        """Append the table to a page's text as Markdown."""
        for number, row in enumerate(self.rows):
            page.put("\n|" if number else "|")
            for cell in row:
                for above, piece in zip([None, *cell], cell, strict=False):
                    page.put("" if above is not None and above.hyphen else " ")
                    page.put_piece(piece)
                page.put(" |" if cell else "  |")
            if not number:
                page.put("\n|" + " --- |" * len(row))


def columns_of(rows: Sequence[Row], height: float) -> list[Span]:
    """The columns: stretches of the page's width parted by gutters that nearly all rows leave free."""
    margin = min(row.pieces[0].left for row in rows) + _INDENT * height
    # Rows of a header have no label, and their cells may span several columns.
    heads = next(number for number, row in enumerate(rows) if row.pieces[0].left < margin)
    labelled = rows[heads:] if len(rows) - heads > 1 else rows
    pieces = [piece for row in labelled for piece in row.pieces]
    edges = sorted([(piece.left, 1) for piece in pieces] + [(piece.right, -1) for piece in pieces])
    few = len(labelled) // 8
    columns: list[Span] = []
    depth, start = 0, 0.0
    for place, change in edges:
        before, depth = depth, depth + change
        if before <= few < depth:
            start = place
        elif depth <= few < before:
            if columns and start - columns[-1][1] < GUTTER * height:
                columns[-1] = (columns[-1][0], place)
            else:
                columns.append((start, place))
    return columns


def _column(piece: Piece, columns: Sequence[Span]) -> int:
    """The first column that a piece stands in, or the nearest; columns come from left to right."""
    number = bisect_right(columns, piece.left, key=lambda span: span[1])
    if number < len(columns) and piece.right > columns[number][0]:
        return number
    middle = (piece.left + piece.right) / 2
    beside = range(max(number - 1, 0), min(number + 1, len(columns)))
    return min(beside, key=lambda number: abs(middle - sum(columns[number]) / 2))


def cells_of(row: Sequence[Piece], columns: Sequence[Span]) -> Cells:
    """Put the pieces of a row into the table's columns."""
    cells: Cells = [[] for _ in columns]
    for piece in row:
        cells[_column(piece, columns)].append(piece)
    return cells


def is_head(cells: Cells) -> bool:
    """Whether a row has neither a label nor a figure."""
    return not cells[0] and not any(FIGURE.match(piece.text) for cell in cells for piece in cell)


def add_row(rows: list[Cells], pieces: Sequence[Piece], columns: Sequence[Span]) -> None:
    """Add a line to the rows, or to the cells of the last row where it goes on there."""
    cells = cells_of(pieces, columns)
    if rows and goes_on(rows[-1], cells):
        for cell, more in zip(rows[-1], cells, strict=True):
            cell.extend(more)
    else:
        rows.append(cells)


def goes_on(above: Cells, cells: Cells) -> bool:
    """Whether a line goes on in the cells above it: in a label that it ends, or in a single cell of words."""
    filled = [number for number, cell in enumerate(cells) if cell]
    label = cells[0] and cells[0][0].text[:1].islower()
    if label and above[0] and not any(above[1:]):
        return not above[0][-1].text.endswith((":", "."))
    if len(filled) > 1 or not above[filled[0]]:
        return False
    if filled[0] == 0:
        return bool(label)
    last, piece = above[filled[0]][-1], cells[filled[0]][0]
    aligned = abs(last.left - piece.left) < 0.5 * piece.line.height
    return aligned and not FIGURE.match(last.text) and len(cells[filled[0]]) == 1


def headed(heads: Sequence[Sequence[Piece]], rows: list[Cells], columns: Sequence[Span]) -> list[Cells]:
    """Put the header first: the lines above the table and the first rows without a label, column by column."""
    header: Cells = [[] for _ in columns]
    labels: list[Cells] = []
    for pieces in heads:
        cells = cells_of(pieces, columns)
        if cells[0] or (len(pieces) == 1 and pieces[0].text.endswith(":")):
            labels.append(cells)
            continue
        for number, cell in enumerate(cells):
            header[number] += cell
    count = 0
    while count < len(rows) - 1 and not rows[count][0]:
        for number, cell in enumerate(rows[count]):
            header[number] += cell
        count += 1
    if not any(header):
        return [*labels, *rows]
    for cell in header:
        cell.sort(key=lambda piece: (-piece.line.bottom, piece.left))
    return [header, *labels, *rows[count:]]
