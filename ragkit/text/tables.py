"""The tables of a document: columns with their kinds, rows with their place in the text."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ragkit.text.amounts import number
from ragkit.text.rules import all_rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ABOVE = 3  # lines above a table in which its caption is looked for

_RULE = re.compile(r"^\|(?:\s*:?-{3,}:?\s*\|)+\s*$")
_CELL = re.compile(r"(?<!\\)\|")
_WORDS = [each.tables for each in all_rules()]  # a table does not say its language
_SUMS = f"(?:{'|'.join(each.sums for each in _WORDS if each.sums)})"
_MEANS = "|".join(each.means for each in _WORDS if each.means)
_NOTHING = "|".join(each.missing for each in _WORDS if each.missing)
_TOTAL = re.compile(rf"[*_\s]*(?:{_SUMS}|{_MEANS})[:*_\s]*", re.IGNORECASE)
_TOTAL_ANYWHERE = re.compile(rf"[*_\s]*{_SUMS}[:*_\s]*", re.IGNORECASE)
_TOTAL_OF = re.compile(rf"[*_\s]*{_SUMS}\b.*", re.IGNORECASE)
MISSING = re.compile(rf"(?:[^\w\s]?\s?)(?:{_NOTHING}|[-–—?.]+)", re.IGNORECASE)  # "$ —" is none either
_HEADING = re.compile(r"^#{1,6}\s+(.+)$")


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a table.

    Attributes:
        start: offset of its line in the document's text.
        end: offset behind it.
        cells: its cells, one for each column; empty where there is nothing.
    """

    start: int
    end: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a document.

    Attributes:
        name: the sheet or heading above it, or the file's name.
        columns: names of the columns, all different.
        rows: its rows, without the header.
        head: the header as it stands, names that are empty or occur twice included.
        caption: the line above it that is no heading; empty where another table or nothing stands there.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    head: TableRow
    caption: str = ""


def is_total(row: TableRow) -> bool:
    """Whether a row is one of totals."""
    cells = [each for each in row.cells if each]
    if not cells or _TOTAL.fullmatch(cells[0]):
        return bool(cells)
    texts = [each for each in cells if number(each) is None]
    if any(_TOTAL_ANYWHERE.fullmatch(each) for each in texts):
        return True
    return len(texts) == 1 and len(cells) > 1 and bool(_TOTAL_OF.fullmatch(texts[0]))


def tables(text: str, name: str = "") -> list[Table]:
    """Find the tables of a text in Markdown, as ragkit's loaders write them.

    Args:
        text: the text.
        name: of tables that no heading stands above.
    """
    out: list[Table] = []
    above, lines = name, list(_lines(text))
    for place, (_, line) in enumerate(lines):
        if heading := _HEADING.match(line):
            above = heading[1].strip()
        if not _RULE.match(line) or not place:
            continue
        begin, header = lines[place - 1]
        head = TableRow(begin, begin + len(header), tuple(_cells(header)))
        columns = different(head.cells)
        rows: list[TableRow] = []
        for begin, row in lines[place + 1 :]:
            if not row.startswith("|"):
                break
            cells = _cells(row)
            cells += [""] * (len(columns) - len(cells))
            rows.append(TableRow(begin, begin + len(row), tuple(cells[: len(columns)])))
        if rows:
            caption = _caption([each for _, each in lines[max(0, place - 1 - ABOVE) : place - 1]])
            out.append(Table(above or f"table {len(out) + 1}", tuple(columns), tuple(rows), head, caption))
    names = different([each.name for each in out])
    return [replace(each, name=called) for called, each in zip(names, out, strict=True)]


def _caption(above: Sequence[str]) -> str:
    """Return the last line of text above a table, and the one it goes on from: a title and "(in millions)"."""
    texts = [each.strip() for each in above]
    while texts and not texts[-1]:
        texts.pop()
    last = next((len(texts) - n for n, each in enumerate(reversed(texts)) if not each), 0)
    return " ".join(each for each in texts[last:] if not each.startswith(("#", "|")))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for line in text.split("\n"):
        yield start, line
        start += len(line) + 1


def _cells(line: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in _CELL.split(line.strip())[1:-1]]


def row_words(row: str, header: str = "") -> str:
    """Return a row of a Markdown table as ``column: value; column: value``, empty cells left out.

    Args:
        row: the row.
        header: the row of the columns' names; where it does not fit, the values stand alone.
    """
    cells, names = _cells(row), _cells(header) if header.startswith("|") else []
    if len(names) != len(cells):
        return "; ".join(cell for cell in cells if cell)
    return "; ".join(f"{name}: {cell}" if name else cell for name, cell in zip(names, cells, strict=True) if cell)


def different(names: Sequence[str]) -> list[str]:
    """Give every name a number that another one has already, and every empty one a name."""
    out: list[str] = []
    for place, name in enumerate(names, 1):
        plain = name or f"column {place}"
        out.append(plain if plain not in out else f"{plain} ({place})")
    return out
