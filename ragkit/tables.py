"""The tables of a document: columns with their kinds, rows with their place in the text."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

NUMERIC = 0.8  # share of a column's filled cells that are numbers, from which it is one of numbers

_RULE = re.compile(r"^\|(?:\s*:?-{3,}:?\s*\|)+\s*$")
_CELL = re.compile(r"(?<!\\)\|")
_NUMBER = re.compile(r"^\(?[\s$€£¥+−-]*(\d[\d\s.,]*)\)?\s*(?:%|[^\W\d]{1,4}\.?)?$")
# Numbers that tell which mark stands before decimals, and numbers with each of them.
# Numbers that tell which mark stands before decimals, and numbers with each of them.
_COMMA = re.compile(r"\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?|\d{1,3}(?:\.\d{3})+,\d+|\d+,(?:\d{1,2}|\d{4,})")
_POINT = re.compile(r"\d{1,3}(?:,\d{3}){2,}(?:\.\d+)?|\d{1,3}(?:,\d{3})+\.\d+|\d+\.(?:\d{1,2}|\d{4,})")
_WITH_COMMA = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:,\d+)?")
_WITH_POINT = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}\b")
_TOTAL = re.compile(r"(?:grand |sub-?)?totals?:?|sum:?|overall:?|averages?:?|mean:?", re.IGNORECASE)
_MISSING = re.compile(r"n\.?/?a\.?|none|null|nil|unknown|tbd|[-–—?.]+", re.IGNORECASE)
_HEADING = re.compile(r"^#{1,6}\s+(.+)$")


@dataclass(frozen=True, slots=True)
class Row:
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
    rows: tuple[Row, ...]

    def values(self, column: str) -> list[str]:
        """Return the cells of a column, from the first row on."""
        place = self.columns.index(column)
        return [row.cells[place] for row in self.rows]

    def dated(self, column: str) -> bool:
        """Whether a column holds dates, written YYYY-MM-DD."""
        filled = [each for each in self.values(column) if each]
        return bool(filled) and sum(_DATE.match(each) is not None for each in filled) >= NUMERIC * len(filled)

    def without_totals(self) -> Table:
        """Return the table without rows of totals."""
        return replace(self, rows=tuple(row for row in self.rows if not is_total(row)))

    def numeric(self, column: str) -> bool:
        """Whether a column holds numbers; cells that say there is none do not count."""
        filled = [each for each in self.values(column) if each and not _MISSING.fullmatch(each)]
        return bool(filled) and sum(number(each) is not None for each in filled) >= NUMERIC * len(filled)

    def reads(self, column: str) -> Callable[[str], float | None]:
        """Return what reads the numbers of a column: all with the same decimal mark, where its cells tell which.

        87.500 alone may be 87.5, but not beside 1.250.000. Where the cells of the column do not tell, those of the
        others do.
        """
        mark = _decimal_mark(self.values(column)) or _decimal_mark(cell for row in self.rows for cell in row.cells)
        return partial(number, mark=mark)


def is_total(row: Row) -> bool:
    """Whether a row is one of totals."""
    first = next((each for each in row.cells if each), "")
    return bool(_TOTAL.fullmatch(first))


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
        rows: list[Row] = []
        for begin, row in lines[place + 1 :]:
            if not row.startswith("|"):
                break
            cells = _cells(row)
            cells += [""] * (len(columns) - len(cells))
            rows.append(Row(begin, begin + len(row), tuple(cells[: len(columns)])))
        if rows:
            out.append(Table(above or f"table {len(out) + 1}", tuple(columns), tuple(rows)))
    names = _different([each.name for each in out])
    return [Table(called, each.columns, each.rows) for called, each in zip(names, out, strict=True)]


def number(cell: str, mark: str = "") -> float | None:
    """Return the number that a cell is: with a currency, a unit or a percent sign, below zero in parentheses.

    Args:
        cell: the cell.
        mark: before decimals, ``.`` or ``,``; empty where it is not known. A comma before three digits is then one of
            thousands, a point one before decimals.
    """
    found = _NUMBER.match(cell.strip())
    if not found:
        return None
    digits = re.sub(r"\s", "", found[1]).rstrip(".,")
    if _WITH_POINT.fullmatch(digits) and not (mark == "," and _WITH_COMMA.fullmatch(digits)):
        digits = digits.replace(",", "")
    elif _WITH_COMMA.fullmatch(digits):
        digits = digits.replace(".", "").replace(",", ".")
    else:
        return None
    below = cell.strip().startswith("(") or re.match(r"[\s$€£¥]*[−-]", cell) is not None
    return -float(digits) if below else float(digits)


def _decimal_mark(cells: Iterable[str]) -> str:
    """Return the mark before decimals that some cells have; empty where none tells, or they contradict each other."""
    said = set[str]()
    for cell in cells:
        found = _NUMBER.match(cell.strip())
        digits = re.sub(r"\s", "", found[1]) if found else ""
        said |= {mark for mark, pattern in ((",", _COMMA), (".", _POINT)) if pattern.fullmatch(digits)}
    return said.pop() if len(said) == 1 else ""


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
