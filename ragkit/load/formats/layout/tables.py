"""Tables of a page found by geometry: lines whose words stand in columns become Markdown rows.

Two rows make a table where they leave a common gutter free; its columns are the stretches between gutters that nearly
all rows leave free. What then looks like prose in columns, or like a list, is dropped again: a table missed leaves its
words as lines of text, a false one would tear sentences apart.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from math import inf
from statistics import mean
from typing import TYPE_CHECKING

from ragkit.load.formats.layout.rows import rows_of
from ragkit.text.rules.english import RULES as ENGLISH

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ragkit.load.formats.layout.page import PageLine, PageText, Piece
    from ragkit.load.formats.layout.rows import PageRow

    Cells = list[list[Piece]]  # of a row
    Span = tuple[float, float]

# Lengths are in heights of the line's font.
_STEP = 3.0  # from one row to the next
_NEXT_LINE = 1.6  # from one line of a cell to the next
_OUTSIDE = 4.0  # a line that begins further left, by more, than the rows above and below it is no label of theirs
_OVERHANG = 3.0  # the header of a column may begin that much further left than its cells
_HEADER = 7.0  # from the first row up to the top of the header
_GUTTER = 0.2  # what is left free between two columns all the way down
_INDENT = 4.0  # labels may begin that much further right than the outermost one
_LOOSE_LINES = 3  # lines without cells that may stand between two rows: labels of sections, second lines of labels
_PROSE = 34  # characters; two columns of longer cells are columns of prose
_LONG_LINE = 60  # characters; a longer line across all columns is prose
# Figures as reports print them: 1,234.5 (12) $ 7 % 3.2x, a lone dash or bracket, and the words for a missing one.
_FIGURE = re.compile(rf"[($€£¥+−–—\-\s]*(?:\d[\d.,:/\s]*)?[%)x\s]*$|(?i:{ENGLISH.tables.no_figure})$")


@dataclass(slots=True)
class PageTable:
    """A run of lines that is a table: those numbered first to last - 1 on the page."""

    first: int
    last: int
    rows: list[Cells]  # the header's first

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


def find_tables(lines: Sequence[PageLine]) -> list[PageTable]:
    """Find the tables of a page; the lines of each follow each other."""
    rows = rows_of(lines)
    if sum(len(row.pieces) > 1 for row in rows) < 2:
        return []
    tables: list[PageTable] = []
    index, free = 0, 0
    while index < len(rows):
        last = _extent(rows, index) if len(rows[index].pieces) > 1 else index
        found = _table(rows, free, index, last) if last > index + 1 else None
        if found is None:
            index += 1
            continue
        table, free = found
        tables.append(table)
        index = free
    return tables


def _extent(rows: Sequence[PageRow], first: int) -> int:
    """Follow rows downwards while they leave a common gutter free; returns the number behind the last."""
    # Rows without cells of their own are passed over: labels of sections, and the second lines of labels.
    gutters, left = _gutters(rows[first]), rows[first].pieces[0].left
    last = first
    index = first + 1
    while index < len(rows) and index - last <= _LOOSE_LINES + 1 and _follows(rows[index - 1], rows[index]):
        row = rows[index]
        least, own = _GUTTER * row.height, _gutters(row)
        shared = [(start, end) for start, end in _overlaps(gutters, own) if end - start > least]
        closed = len(shared) < 3  # only the margins are free
        if closed and (len(row.pieces) > 1 or len(row.pieces[0].text) > _LONG_LINE):
            break
        if len(row.pieces) > 1:
            gutters, last, left = shared, index, min(left, row.pieces[0].left)
        elif min(left, _next_left(rows, index)) > row.pieces[0].left + _OUTSIDE * row.height:
            break
        index += 1
    return last + 1


def _overlaps(first: Sequence[Span], second: Sequence[Span]) -> Iterator[Span]:
    """What two lists of spans have in common, each sorted and without overlaps."""
    # A merge, since comparing every gap with every other took seconds on damaged pages with thousands of cells a row.
    left, right = 0, 0
    while left < len(first) and right < len(second):
        yield max(first[left][0], second[right][0]), min(first[left][1], second[right][1])
        if first[left][1] < second[right][1]:
            left += 1
        else:
            right += 1


def _next_left(rows: Sequence[PageRow], index: int) -> float:
    """Left edge of the next row that has several cells."""
    return next((row.pieces[0].left for row in rows[index + 1 : index + 1 + _LOOSE_LINES] if len(row.pieces) > 1), inf)


def _follows(above: PageRow, row: PageRow) -> bool:
    """Whether a row stands below another, near enough for the next of a table."""
    step = above.bottom - row.top
    return bool(row.pieces) and 0.4 * row.height < step < _STEP * max(above.height, row.height)


def _gutters(row: PageRow) -> list[Span]:
    """What a row leaves free: the gaps between its cells, and what is beside the first and the last of them."""
    gaps: list[Span] = []
    end = -inf
    for piece in row.pieces:
        if piece.left > end:
            gaps.append((end, piece.left))
        end = max(end, piece.right)
    return [*gaps, (end, inf)]


def _table(rows: Sequence[PageRow], free: int, first: int, last: int) -> tuple[PageTable, int] | None:
    """Make a table of rows[first:last], with what heads it above and hangs on it below.

    Returns:
        The table and the number of the row behind it; None where they are no table after all.
    """
    columns = _columns_of(_body(rows, first, last), rows[first].height)
    if len(columns) < 2:
        return None
    end = _next_header(rows, first, last, columns)
    if end < last:
        last = end
        columns = _columns_of(_body(rows, first, last), rows[first].height)
    cells = [_cells_of(row.pieces, columns) for row in _body(rows, first, last)]
    if len(cells) < 2 or len(columns) < 2 or not _is_table(cells):
        return None
    # What is a table now takes in the header above it, up to the end of the table before, and lines hanging below.
    top = _header_top(rows, free, first, columns)
    made: list[Cells] = []
    for row in rows[first:last]:
        _add_row(made, row.pieces, columns)
    while last < len(rows) and _hangs_below(rows[last - 1], rows[last], made[-1], columns):
        _add_row(made, rows[last].pieces, columns)
        last += 1
    heads = [row.pieces for row in rows[top:first]]
    return PageTable(rows[top].first, rows[last - 1].last, _headed(heads, made, columns)), last


def _body(rows: Sequence[PageRow], first: int, last: int) -> list[PageRow]:
    """Those of the rows that have several cells."""
    return [row for row in rows[first:last] if len(row.pieces) > 1]


def _next_header(rows: Sequence[PageRow], first: int, last: int, columns: Sequence[Span]) -> int:
    """Where the header of another table begins below rows of figures; ``last`` where none does."""
    heads = [_is_head(_cells_of(row.pieces, columns)) for row in rows[first:last]]
    begun = heads.index(False) if False in heads else 0  # behind this table's own header
    figures = [bool(_FIGURE.match(piece.text)) for row in rows[first:last] for piece in row.pieces[1:]]
    if 2 * sum(figures) >= len(figures):
        for index in range(first + begun + 2, last):
            if heads[index - first] and len(rows[index].pieces) > 1:
                last = index
                break
    while last > first + begun + 2 and (heads[last - 1 - first] or len(rows[last - 1].pieces) == 1):
        last -= 1
    return last


def _hangs_below(above: PageRow, row: PageRow, cells: Cells, columns: Sequence[Span]) -> bool:
    """Whether the line below a table's last row goes on in one of its cells."""
    if len(row.pieces) != 1 or not 0 < above.bottom - row.top < _NEXT_LINE * row.height:
        return False
    more = _cells_of(row.pieces, columns)
    return any(more[1:]) and _goes_on(cells, more)


def _is_table(rows: Sequence[Cells]) -> bool:
    """Tell a table from prose in columns and from lists."""
    # Figures in half of the cells behind the labels decide; else it takes three rows of short cells.
    columns = [[" ".join(piece.text for piece in cell) for cell in column] for column in zip(*rows, strict=True)]
    texts = [[text for text in column if text] for column in columns]
    if any(not column for column in texts):
        return False
    lengths = [mean(map(len, column)) for column in texts]
    if sum(length > _PROSE for length in lengths) > 1 and _is_prose(texts, lengths):
        return False
    figures = [bool(_FIGURE.match(text)) for column in texts[1:] for text in column]
    if 2 * sum(figures) >= len(figures):
        return True
    if len(rows) < 3:
        return False
    return len(columns) > 2 or (min(lengths) < 0.7 * _PROSE and max(lengths) < 2 * _PROSE)


def _is_prose(columns: Sequence[Sequence[str]], lengths: Sequence[float]) -> bool:
    """Whether columns of long cells are columns of prose, whose lines go on from one to the next."""
    goes_on = mean(text[:1].islower() for text in columns[0])
    return len(columns) == 2 or goes_on > 0.25 or max(lengths) > 3 * _PROSE


def _header_top(rows: Sequence[PageRow], free: int, first: int, columns: Sequence[Span]) -> int:
    """The topmost of the rows above the first one that stand over the columns of figures."""
    top, labels = first, 0  # labels of sections may stand between the header and the first row
    height = rows[first].height
    begin = max(columns[0][1] - 0.1 * height, columns[1][0] - _OVERHANG * height)
    for index in range(first - 1, free - 1, -1):
        row = rows[index]
        pieces = row.pieces
        if not pieces or not 0 < row.bottom - rows[first].top < _HEADER * height:
            break
        if not _follows(row, rows[index + 1]):
            break
        left, right = min(piece.left for piece in pieces), max(piece.right for piece in pieces)
        if top == first and labels < 2 and len(pieces) == 1 and pieces[0].text.endswith(":"):
            labels += 1
        elif left > begin and right < columns[-1][1] + 2 * height:
            top = index
        elif top == first and labels < 2 and right < columns[1][0]:
            labels += 1
        else:
            break
    return top


def _columns_of(rows: Sequence[PageRow], height: float) -> list[Span]:
    """The columns: stretches of the page's width between gutters that nearly all rows leave free."""
    margin = min(row.pieces[0].left for row in rows) + _INDENT * height
    # Rows of a header have no label, and their cells may span several columns, so they do not count.
    heads = next(number for number, row in enumerate(rows) if row.pieces[0].left < margin)
    labelled = rows[heads:] if len(rows) - heads > 1 else rows
    pieces = [piece for row in labelled for piece in row.pieces]
    edges = sorted([(piece.left, 1) for piece in pieces] + [(piece.right, -1) for piece in pieces])
    # A sweep over the edges counts how many rows cover each place; one row in eight may cross a gutter.
    few = len(labelled) // 8
    columns: list[Span] = []
    depth, start = 0, 0.0
    for place, change in edges:
        before, depth = depth, depth + change
        if before <= few < depth:
            start = place
        elif depth <= few < before:
            if columns and start - columns[-1][1] < _GUTTER * height:
                columns[-1] = (columns[-1][0], place)
            else:
                columns.append((start, place))
    return columns


def _column(piece: Piece, columns: Sequence[Span]) -> int:
    """The first column that a piece stands in, or the nearest; columns come from left to right."""
    # By bisection, since damaged pages have thousands of words in thousands of columns.
    number = bisect_right(columns, piece.left, key=lambda span: span[1])
    if number < len(columns) and piece.right > columns[number][0]:
        return number
    middle = (piece.left + piece.right) / 2
    beside = range(max(number - 1, 0), min(number + 1, len(columns)))
    return min(beside, key=lambda number: abs(middle - sum(columns[number]) / 2))


def _cells_of(row: Sequence[Piece], columns: Sequence[Span]) -> Cells:
    """Put the pieces of a row into the table's columns."""
    cells: Cells = [[] for _ in columns]
    for piece in row:
        cells[_column(piece, columns)].append(piece)
    return cells


def _is_head(cells: Cells) -> bool:
    """Whether a row has neither a label nor a figure."""
    return not cells[0] and not any(_FIGURE.match(piece.text) for cell in cells for piece in cell)


def _add_row(rows: list[Cells], pieces: Sequence[Piece], columns: Sequence[Span]) -> None:
    """Add a line to the rows, or to the cells of the last row where it goes on there."""
    cells = _cells_of(pieces, columns)
    if rows and _goes_on(rows[-1], cells):
        for cell, more in zip(rows[-1], cells, strict=True):
            cell.extend(more)
    else:
        rows.append(cells)


def _goes_on(above: Cells, cells: Cells) -> bool:
    """Whether a line goes on in the cells above it: in a label that it ends, or in a single cell of words."""
    used = [number for number, cell in enumerate(cells) if cell]
    label = cells[0] and cells[0][0].text[:1].islower()
    if label and above[0] and not any(above[1:]):
        return not above[0][-1].text.endswith((":", "."))
    if len(used) > 1 or not above[used[0]]:
        return False
    if used[0] == 0:
        return bool(label)
    last, piece = above[used[0]][-1], cells[used[0]][0]
    aligned = abs(last.left - piece.left) < 0.5 * piece.line.height
    return aligned and not _FIGURE.match(last.text) and len(cells[used[0]]) == 1


def _headed(heads: Sequence[Sequence[Piece]], rows: list[Cells], columns: Sequence[Span]) -> list[Cells]:
    """Put the header first: the lines above the table and the first rows without a label, column by column."""
    header: Cells = [[] for _ in columns]
    labels: list[Cells] = []
    for pieces in heads:
        cells = _cells_of(pieces, columns)
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
