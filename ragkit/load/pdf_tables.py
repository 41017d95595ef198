"""Tables of a page found by geometry: lines whose words stand in columns become Markdown rows."""

from __future__ import annotations

from math import inf
from statistics import mean
from typing import TYPE_CHECKING

from ragkit.load.pdf_cells import FIGURE, GUTTER, Table, add_row, cells_of, columns_of, goes_on, headed, is_head
from ragkit.load.pdf_rows import Row, rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ragkit.load.pdf_cells import Cells, Span
    from ragkit.load.pdf_page import Line

# Lengths are in heights of the line's font.
_STEP = 3.0  # from one row to the next
_NEXT_LINE = 1.6  # from one line of a cell to the next
_OUTSIDE = 4.0  # a line that begins further left, by more, than the rows above and below it is no label of theirs
_OVERHANG = 3.0  # the header of a column may begin that much further left than its cells
_HEADER = 7.0  # from the first row up to the top of the header
_LOOSE_LINES = 3  # lines without cells that may stand between two rows: labels of sections, second lines of labels
_PROSE = 34  # characters; two columns of longer cells are columns of prose
_LONG_LINE = 60  # characters; a longer line across all columns is prose


def find_tables(lines: Sequence[Line]) -> list[Table]:
    """Find the tables of a page; the lines of each follow each other."""
    rows = rows_of(lines)
    if sum(len(row.pieces) > 1 for row in rows) < 2:
        return []
    tables: list[Table] = []
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


def _extent(rows: Sequence[Row], first: int) -> int:
    """Follow rows downwards as long as they leave a common gutter free; returns the number behind the last."""
    gutters, left = _gutters(rows[first]), rows[first].pieces[0].left
    last = first
    index = first + 1
    while index < len(rows) and index - last <= _LOOSE_LINES + 1 and _follows(rows[index - 1], rows[index]):
        row = rows[index]
        least, own = GUTTER * row.height, _gutters(row)
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
    """What two lists of spans have in common, each sorted and without overlaps; a damaged row can have thousands."""
    left, right = 0, 0
    while left < len(first) and right < len(second):
        yield max(first[left][0], second[right][0]), min(first[left][1], second[right][1])
        if first[left][1] < second[right][1]:
            left += 1
        else:
            right += 1


def _next_left(rows: Sequence[Row], index: int) -> float:
    """Left edge of the next row that has several cells."""
    return next((row.pieces[0].left for row in rows[index + 1 : index + 1 + _LOOSE_LINES] if len(row.pieces) > 1), inf)


def _follows(above: Row, row: Row) -> bool:
    """Whether a row stands below another, near enough for the next of a table."""
    step = above.bottom - row.top
    return bool(row.pieces) and 0.4 * row.height < step < _STEP * max(above.height, row.height)


def _gutters(row: Row) -> list[Span]:
    """What a row leaves free: the gaps between its cells, and what is beside the first and the last of them."""
    gaps: list[Span] = []
    end = -inf
    for piece in row.pieces:
        if piece.left > end:
            gaps.append((end, piece.left))
        end = max(end, piece.right)
    return [*gaps, (end, inf)]


def _table(rows: Sequence[Row], free: int, first: int, last: int) -> tuple[Table, int] | None:
    """Make a table of rows[first:last], with what heads it above and hangs on it below.

    Returns:
        The table and the number of the row behind it; None where they are no table after all.
    """
    columns = columns_of(_body(rows, first, last), rows[first].height)
    if len(columns) < 2:
        return None
    end = _next_header(rows, first, last, columns)
    if end < last:
        last = end
        columns = columns_of(_body(rows, first, last), rows[first].height)
    cells = [cells_of(row.pieces, columns) for row in _body(rows, first, last)]
    if len(cells) < 2 or len(columns) < 2 or not _is_table(cells):
        return None
    top = _header_top(rows, free, first, columns)
    made: list[Cells] = []
    for row in rows[first:last]:
        add_row(made, row.pieces, columns)
    while last < len(rows) and _hangs_below(rows[last - 1], rows[last], made[-1], columns):
        add_row(made, rows[last].pieces, columns)
        last += 1
    heads = [row.pieces for row in rows[top:first]]
    return Table(rows[top].first, rows[last - 1].last, headed(heads, made, columns)), last


def _body(rows: Sequence[Row], first: int, last: int) -> list[Row]:
    """Those of the rows that have several cells."""
    return [row for row in rows[first:last] if len(row.pieces) > 1]


def _next_header(rows: Sequence[Row], first: int, last: int, columns: Sequence[Span]) -> int:
    """Where the header of another table begins below rows of figures; ``last`` where none does."""
    heads = [is_head(cells_of(row.pieces, columns)) for row in rows[first:last]]
    begun = heads.index(False) if False in heads else 0  # behind this table's own header
    figures = [bool(FIGURE.match(piece.text)) for row in rows[first:last] for piece in row.pieces[1:]]
    if 2 * sum(figures) >= len(figures):
        for index in range(first + begun + 2, last):
            if heads[index - first] and len(rows[index].pieces) > 1:
                last = index
                break
    while last > first + begun + 2 and (heads[last - 1 - first] or len(rows[last - 1].pieces) == 1):
        last -= 1
    return last


def _hangs_below(above: Row, row: Row, cells: Cells, columns: Sequence[Span]) -> bool:
    """Whether the line below a table's last row goes on in one of its cells."""
    if len(row.pieces) != 1 or not 0 < above.bottom - row.top < _NEXT_LINE * row.height:
        return False
    more = cells_of(row.pieces, columns)
    return any(more[1:]) and goes_on(cells, more)


def _is_table(rows: Sequence[Cells]) -> bool:
    """Tell a table from prose in columns and from lists: by numbers, or else by many short cells."""
    columns = [[" ".join(piece.text for piece in cell) for cell in column] for column in zip(*rows, strict=True)]
    filled = [[text for text in column if text] for column in columns]
    if any(not column for column in filled):
        return False
    lengths = [mean(map(len, column)) for column in filled]
    if sum(length > _PROSE for length in lengths) > 1 and _is_prose(filled, lengths):
        return False
    figures = [bool(FIGURE.match(text)) for column in filled[1:] for text in column]
    if 2 * sum(figures) >= len(figures):
        return True
    if len(rows) < 3:
        return False
    return len(columns) > 2 or (min(lengths) < 0.7 * _PROSE and max(lengths) < 2 * _PROSE)


def _is_prose(columns: Sequence[Sequence[str]], lengths: Sequence[float]) -> bool:
    """Whether columns of long cells are columns of prose, whose lines go on from one to the next."""
    goes_on = mean(text[:1].islower() for text in columns[0])
    return len(columns) == 2 or goes_on > 0.25 or max(lengths) > 3 * _PROSE


def _header_top(rows: Sequence[Row], free: int, first: int, columns: Sequence[Span]) -> int:
    """The topmost of the rows above the first one that stand over the columns of figures.

    Labels of sections may stand between them and the first row.
    """
    top, labels = first, 0
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
