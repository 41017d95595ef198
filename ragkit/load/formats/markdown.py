"""Tables and blocks as Markdown: what every format with rows, cells and lists is turned into."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_ITEM = re.compile(r" *(-|\d+\.) ")
# Rows whose cells are counted from one place: places of every row would outgrow the text of a long sheet.
_STRETCH = 1000


def markdown_table(rows: Iterable[Sequence[str]]) -> str:
    """Write rows as a Markdown table whose first row is the header; empty where no cell has text.

    Rows and columns without text are left out, short rows are extended, white space in a cell becomes single spaces.
    A table of one column is written as plain lines, which read better.
    """
    used_rows = [cells for cells in ([_cell(cell) for cell in row] for row in rows) if any(cells)]
    width = max(map(len, used_rows), default=0)
    used = [column for column in range(width) if any(column < len(row) and row[column] for row in used_rows)]
    if len(used) <= 1:
        return "\n".join(cell for row in used_rows for cell in row if cell)
    lines = [_line([row[column] if column < len(row) else "" for column in used]) for row in used_rows]
    lines.insert(1, _line(["---"] * len(used)))
    return "\n".join(lines)


def flat_table(rows: Iterable[Sequence[str]]) -> str:
    """Write a table that lies within a cell of another on one line: cells separated by commas, rows by semicolons."""
    lines = (", ".join(cell for cell in map(_cell, row) if cell) for row in rows)
    return "; ".join(line for line in lines if line)


def join_blocks(blocks: Iterable[str]) -> str:
    """Join blocks of text by empty lines, the items of a list by single line ends."""
    out: list[str] = []
    for block in blocks:
        if out:
            out.append("\n" if _ITEM.match(block) and _ITEM.match(out[-1]) else "\n\n")
        out.append(block)
    return "".join(out)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def add_sheet(
    rows: Iterable[Sequence[str]], *, heading: str = "", left: int = 1, **place: Any
) -> tuple[str, list[dict[str, Any]]]:
    """Write a sheet's tables as text.

    Args:
        rows: all rows of the sheet from its first one.
        heading: what stands above them.
        left: number of the column that rows begin with, from 1.
        place: what is known of the whole sheet.

    Returns:
        The text and its places, with ``cells`` as :func:`ragkit.core.types.place_at` counts them; nothing for an empty
        sheet.
    """
    pieces: list[str] = []
    places: list[dict[str, Any]] = []
    # Offsets are counted along, as the blocks will be joined by two line ends.
    offset = 0
    if heading:
        pieces, offset = [heading], len(heading) + 2
        places.append({"start": 0, **place})
    for block in _blocks(rows):
        for within, cells in _stretches(block, left):
            places.append({"start": offset + within, **place, "cells": cells})
        pieces.append(block.text)
        offset += len(block.text) + 2
    has_cells = len(pieces) > bool(heading)
    return ("\n\n".join(pieces), places) if has_cells else ("", [])


@dataclass(frozen=True, slots=True)
class _MarkdownBlock:
    """A table of a sheet, or a line of its caption."""

    text: str  # Markdown: a line a row, besides the rule below a header
    first: int  # number of its first row in the sheet, from 0
    rows: Sequence[Sequence[str]]  # none of them empty


def _blocks(rows: Iterable[Sequence[str]]) -> Iterator[_MarkdownBlock]:
    # Empty rows separate tables; lone cells above one are its caption.
    for first, group in _groups(rows):
        counts = [sum(bool(cell.strip()) for cell in row) for row in group]
        top = 0
        if max(counts) > 1:
            while counts[top] == 1:
                yield _MarkdownBlock(
                    next(cell.strip() for cell in group[top] if cell.strip()), first + top, [group[top]]
                )
                top += 1
        yield _MarkdownBlock(markdown_table(group[top:]), first + top, group[top:])


def _groups(rows: Iterable[Sequence[str]]) -> Iterator[tuple[int, list[Sequence[str]]]]:
    """Runs of rows without an empty one, with the number of the first."""
    group: list[Sequence[str]] = []
    number = -1
    for number, row in enumerate(rows):
        if any(cell and not cell.isspace() for cell in row):
            group.append(row)
        elif group:
            yield number - len(group), group
            group = []
    if group:
        yield number + 1 - len(group), group


def _stretches(block: _MarkdownBlock, left: int) -> Iterator[tuple[int, str]]:
    """Where in the text of a block each stretch of rows begins, with the range of its cells."""
    used = [index for row in block.rows for index in _ends(row)]
    first, last = column_letters(left + min(used)), column_letters(left + max(used))
    top, start = block.first + 1, 0
    # The rule below the header is a line of the text and no row of the sheet.
    ruled = block.text.startswith("| ---", block.text.find("\n") + 1)
    for row in count(0, _STRETCH):
        if row >= len(block.rows):
            return
        if row:
            start = _behind_lines(block.text, start, _STRETCH + (ruled and row == _STRETCH))
        yield start, f"{first}{top + row}:{last}{top + min(row + _STRETCH, len(block.rows)) - 1}"


def _ends(row: Sequence[str]) -> tuple[int, int]:
    """The first and the last cell of a row that hold something."""
    used = [index for index, cell in enumerate(row) if cell and not cell.isspace()]
    return used[0], used[-1]


def _behind_lines(text: str, start: int, lines: int) -> int:
    for _ in range(lines):
        start = text.index("\n", start) + 1
    return start


def column_letters(number: int) -> str:
    """Name a column as spreadsheets do: 1 is A, 27 is AA."""
    letters = ""
    while number:
        number, letter = divmod(number - 1, 26)
        letters = chr(65 + letter) + letters
    return letters
