"""The tables of a document: columns with their kinds, rows with their place in the text."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from ragkit.text.amounts import date, day_first, decimal_mark, number, unit
from ragkit.text.rules import all_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

NUMERIC = 0.8  # share of a column's cells with text that are numbers, from which it is one of numbers

_RULE = re.compile(r"^\|(?:\s*:?-{3,}:?\s*\|)+\s*$")
_CELL = re.compile(r"(?<!\\)\|")
_WORDS = [each.tables for each in all_rules()]  # a table does not say its language
_SUMS = f"(?:{'|'.join(each.sums for each in _WORDS if each.sums)})"
_MEANS = "|".join(each.means for each in _WORDS if each.means)
_NOTHING = "|".join(each.missing for each in _WORDS if each.missing)
_TOTAL = re.compile(rf"[*_\s]*(?:{_SUMS}|{_MEANS})[:*_\s]*", re.IGNORECASE)
_TOTAL_ANYWHERE = re.compile(rf"[*_\s]*{_SUMS}[:*_\s]*", re.IGNORECASE)
_TOTAL_OF = re.compile(rf"[*_\s]*{_SUMS}\b.*", re.IGNORECASE)
_MISSING = re.compile(rf"{_NOTHING}|[-–—?.]+", re.IGNORECASE)
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
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]

    def values(self, column: str) -> list[str]:
        """Return the cells of a column, from the first row on."""
        place = self.columns.index(column)
        return [row.cells[place] for row in self.rows]

    def dated(self, column: str) -> bool:
        """Whether a column holds dates: YYYY-MM-DD, or with the day or month first where the column shows which."""
        texts = [each for each in self.values(column) if each]
        read = self.reads_dates(column)
        return bool(texts) and sum(bool(read(each)) for each in texts) >= NUMERIC * len(texts)

    def reads_dates(self, column: str) -> Callable[[str], str]:
        """Return what reads the dates of a column as YYYY-MM-DD; it returns nothing for what is no date."""
        first = day_first(self.values(column))
        if first is None:
            first = day_first(cell for row in self.rows for cell in row.cells)
        return partial(date, day_first=first)

    def without_totals(self) -> Table:
        """Return the table without rows of totals."""
        return replace(self, rows=tuple(row for row in self.rows if not is_total(row)))

    def numeric(self, column: str) -> bool:
        """Whether a column holds numbers of one unit; cells that say there is none do not count."""
        texts = [each for each in self.values(column) if each and not _MISSING.fullmatch(each)]
        numbers = [each for each in texts if number(each) is not None]
        units = {unit(each) for each in numbers} - {""}
        return bool(texts) and len(numbers) >= NUMERIC * len(texts) and len(units) < 2

    def reads(self, column: str) -> Callable[[str], float | None]:
        """Return what reads the numbers of a column: all with the same decimal mark, where its cells tell which.

        87.500 alone may be 87.5, but not beside 1.250.000. Where the cells of the column do not tell, those of the
        others do.
        """
        mark = decimal_mark(self.values(column)) or decimal_mark(cell for row in self.rows for cell in row.cells)
        return partial(number, mark=mark)


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
        columns = _different(_cells(lines[place - 1][1]))
        rows: list[TableRow] = []
        for begin, row in lines[place + 1 :]:
            if not row.startswith("|"):
                break
            cells = _cells(row)
            cells += [""] * (len(columns) - len(cells))
            rows.append(TableRow(begin, begin + len(row), tuple(cells[: len(columns)])))
        if rows:
            out.append(Table(above or f"table {len(out) + 1}", tuple(columns), tuple(rows)))
    names = _different([each.name for each in out])
    return [Table(called, each.columns, each.rows) for called, each in zip(names, out, strict=True)]


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for line in text.split("\n"):
        yield start, line
        start += len(line) + 1


def _cells(line: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in _CELL.split(line.strip())[1:-1]]


def _different(names: Sequence[str]) -> list[str]:
    """Give every name a number that another one has already, and every empty one a name."""
    out: list[str] = []
    for place, name in enumerate(names, 1):
        plain = name or f"column {place}"
        out.append(plain if plain not in out else f"{plain} ({place})")
    return out
