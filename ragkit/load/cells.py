"""Sheets as text with the cells that each stretch of it has."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from ragkit.load.tables import blocks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ragkit.load.tables import SheetBlock

_STRETCH = 1000  # rows whose cells are counted from one place


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
        The text and its places, with ``cells`` as ``ragkit.types.place_at`` counts them; nothing for an empty sheet.
    """
    pieces: list[str] = []
    places: list[dict[str, Any]] = []
    offset = 0
    if heading:
        pieces, offset = [heading], len(heading) + 2
        places.append({"start": 0, **place})
    for block in blocks(rows):
        for within, cells in _stretches(block, left):
            places.append({"start": offset + within, **place, "cells": cells})
        pieces.append(block.text)
        offset += len(block.text) + 2
    filled = len(pieces) > bool(heading)
    return ("\n\n".join(pieces), places) if filled else ("", [])


def _stretches(block: SheetBlock, left: int) -> Iterator[tuple[int, str]]:
    """Where in a block each thousand rows begin, with the range of their cells."""
    used = [index for row in block.rows for index in _ends(row)]
    first, last = column_letters(left + min(used)), column_letters(left + max(used))
    top, start = block.first + 1, 0
    ruled = block.text.startswith("| ---", block.text.find("\n") + 1)
    for row in count(0, _STRETCH):
        if row >= len(block.rows):
            return
        if row:
            start = _behind_lines(block.text, start, _STRETCH + (ruled and row == _STRETCH))
        yield start, f"{first}{top + row}:{last}{top + min(row + _STRETCH, len(block.rows)) - 1}"


def _ends(row: Sequence[str]) -> tuple[int, int]:
    """The first and the last cell of a row that hold something."""
    filled = [index for index, cell in enumerate(row) if cell and not cell.isspace()]
    return filled[0], filled[-1]


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
