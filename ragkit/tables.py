"""The tables of a document: columns with their kinds, rows with their place in the text; and queries over them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from statistics import fmean
from typing import TYPE_CHECKING, Any, Literal, get_args

from ragkit.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

Aggregate = Literal["none", "count", "distinct", "sum", "average", "minimum", "maximum"]
Operator = Literal["=", "!=", "<", "<=", ">", ">=", "contains"]
Scalar = str | float
AGGREGATES: tuple[str, ...] = get_args(Aggregate)
OPERATORS: tuple[str, ...] = get_args(Operator)
NUMERIC = 0.8  # share of a column's filled cells that are numbers, from which it is one of numbers

_RULE = re.compile(r"^\|(?:\s*:?-{3,}:?\s*\|)+\s*$")
_CELL = re.compile(r"(?<!\\)\|")
_NUMBER = re.compile(r"^\(?[\s$€£¥+−-]*(\d[\d\s.,]*)\)?\s*(?:%|[^\W\d]{1,4}\.?)?$")
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
        return replace(self, rows=tuple(row for row in self.rows if not _is_total(row)))

    def numeric(self, column: str) -> bool:
        """Whether a column holds numbers; cells that say there is none do not count."""
        filled = [each for each in self.values(column) if each and not _MISSING.fullmatch(each)]
        return bool(filled) and sum(number(each) is not None for each in filled) >= NUMERIC * len(filled)


@dataclass(frozen=True, slots=True)
class Condition:
    """What a cell of a row must be.

    Attributes:
        column: the column.
        operator: how it is compared; numbers are compared as numbers, texts without case.
        value: with what.
    """

    column: str
    operator: Operator
    value: str

    @property
    def words(self) -> str:
        """The condition as people read it."""
        return f"{self.column} {self.operator} {self.value}"


@dataclass(frozen=True, slots=True)
class Query:
    """A question to one table.

    Attributes:
        table: name of the table.
        show: columns whose cells are wanted; none are all.
        aggregate: what is worked out of the cells of ``column``; ``count`` counts rows, ``distinct`` its different
            values.
        column: column that is worked out.
        where: what rows must be, all of it.
        group_by: column by whose values rows are put together, each group worked out by itself; empty for none.
        order_by: column that rows are ordered by; ``aggregate`` orders groups by what was worked out; empty for none.
        descending: whether the largest comes first.
        limit: rows or groups at most; 0 is all.
    """

    table: str
    show: tuple[str, ...] = ()
    aggregate: Aggregate = "none"
    column: str = ""
    where: tuple[Condition, ...] = ()
    group_by: str = ""
    order_by: str = ""
    descending: bool = False
    limit: int = 0

    @property
    def words(self) -> str:
        """The query as people read it."""
        said = f"{self.aggregate} of {self.column}" if self.column and self.aggregate != "count" else self.aggregate
        parts = [said if self.aggregate != "none" else ", ".join(self.show) or "rows", f"in {self.table}"]
        parts += [f"where {' and '.join(each.words for each in self.where)}"] if self.where else []
        parts += [f"for each {self.group_by}"] if self.group_by else []
        order = f"by {'falling' if self.descending else 'rising'} {self.order_by}"
        parts += [order] if self.order_by else []
        parts += [f"the first {self.limit}" if self.limit > 1 else "the first"] if self.limit else []
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Result:
    """What a query gives.

    Attributes:
        columns: names of what it gives.
        values: rows of it; numbers where they were worked out, else cells as they stand in the table.
        rows: the rows of the table that it rests on.
        skipped: cells that were no number and had to be one.
        totals: rows of totals that were left out.
    """

    columns: tuple[str, ...]
    values: tuple[tuple[Scalar, ...], ...]
    rows: tuple[Row, ...]
    skipped: int = 0
    totals: int = 0


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


def number(cell: str) -> float | None:
    """Return the number that a cell is: with a currency, a unit or a percent sign, below zero in parentheses."""
    found = _NUMBER.match(cell.strip())
    if not found:
        return None
    digits = re.sub(r"\s", "", found[1]).rstrip(".,")
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+|\d+", digits):
        digits = digits.replace(",", "")
    elif re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+,\d+", digits):
        digits = digits.replace(".", "").replace(",", ".")
    else:
        return None
    below = cell.strip().startswith("(") or re.match(r"[\s$€£¥]*[−-]", cell) is not None
    return -float(digits) if below else float(digits)


def run(table: Table, query: Query) -> Result:
    """Work a query out.

    Raises:
        ConfigError: it names a column that is not there, or wants numbers of one that has none.
    """
    _check(table, query)
    rows = [row for row in table.rows if all(_holds(table, row, each) for each in query.where)]
    looked_up = query.aggregate == "none" and not query.order_by and all(each.operator == "=" for each in query.where)
    totals = [] if looked_up else [row for row in rows if _is_total(row)]
    if totals:
        return replace(run(table.without_totals(), query), totals=len(totals))
    if query.group_by:
        return _grouped(table, query, rows)
    if query.aggregate != "none":
        return _worked_out(table, query, rows)
    if query.order_by:
        rows = _ordered(table, query, rows)
    rows = rows[: query.limit] if query.limit else rows
    shown = query.show or table.columns
    places = [table.columns.index(each) for each in shown]
    return Result(shown, tuple(tuple(row.cells[place] for place in places) for row in rows), tuple(rows))


def _is_total(row: Row) -> bool:
    first = next((each for each in row.cells if each), "")
    return bool(_TOTAL.fullmatch(first))


def _check(table: Table, query: Query) -> None:
    named = [*query.show, query.column, query.group_by, *(each.column for each in query.where)]
    named += [query.order_by] if query.order_by != "aggregate" else []
    for each in named:
        if each and each not in table.columns:
            raise ConfigError(f"the table {table.name} has no column {each!r}: it has {', '.join(table.columns)}")
    if query.aggregate not in ("none", "count"):
        if not query.column:
            raise ConfigError(f"of which column the {query.aggregate} is wanted is not said")
        if query.aggregate != "distinct" and not table.numeric(query.column):
            raise ConfigError(f"the column {query.column} holds no numbers, of which a {query.aggregate} could be made")


def _holds(table: Table, row: Row, condition: Condition) -> bool:
    cell = row.cells[table.columns.index(condition.column)]
    ours, theirs = number(cell), number(condition.value)
    if ours is not None and theirs is not None and condition.operator != "contains":
        return _COMPARED[condition.operator](ours, theirs)
    plain, wanted = cell.casefold(), condition.value.strip().casefold()
    if condition.operator == "contains":
        return wanted in plain
    if not plain:
        return condition.operator == "!=" and bool(wanted)
    return _COMPARED[condition.operator](plain, wanted)


def _grouped(table: Table, query: Query, rows: Sequence[Row]) -> Result:
    place = table.columns.index(query.group_by)
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.cells[place], []).append(row)
    made = [(name, _aggregated(table, query, own), own) for name, own in groups.items() if name]
    made = [each for each in made if query.aggregate in ("none", "count", "distinct") or each[1][1] < len(each[2])]
    if query.order_by:
        by_value = query.order_by != query.group_by
        made.sort(key=lambda each: each[1][0] if by_value else _key(each[0]), reverse=query.descending)
    made = made[: query.limit] if query.limit else made
    used = tuple(row for _, _, own in made for row in own)
    skipped = sum(missed for _, (_, missed), _ in made)
    return Result((query.group_by, _head(query)), tuple((name, value) for name, (value, _), _ in made), used, skipped)


def _worked_out(table: Table, query: Query, rows: Sequence[Row]) -> Result:
    value, skipped = _aggregated(table, query, rows)
    if query.aggregate in ("minimum", "maximum"):  # what it rests on are the rows that have it
        place = table.columns.index(query.column)
        rows = [row for row in rows if number(row.cells[place]) == value]
        skipped = 0 if rows else skipped
    told = query.aggregate in ("count", "distinct") or skipped < len(rows)
    return Result((_head(query),), ((value,),) if told else (), tuple(rows), skipped)


def _aggregated(table: Table, query: Query, rows: Sequence[Row]) -> tuple[float, int]:
    """Return what is worked out of some rows, and how many cells were no numbers."""
    if query.aggregate in ("none", "count"):
        return float(len(rows)), 0
    place = table.columns.index(query.column)
    if query.aggregate == "distinct":
        return float(len({row.cells[place].casefold() for row in rows if row.cells[place]})), 0
    cells = [number(row.cells[place]) for row in rows]
    found = [each for each in cells if each is not None]
    value = _AGGREGATED[query.aggregate](found) if found else 0.0
    return value, len(cells) - len(found)


def _head(query: Query) -> str:
    return "count" if query.aggregate in ("none", "count") else f"{query.aggregate} of {query.column}"


def _ordered(table: Table, query: Query, rows: Sequence[Row]) -> list[Row]:
    """Order rows; those without a value come last, whichever way."""
    place = table.columns.index(query.order_by) if query.order_by in table.columns else 0
    numeric = table.numeric(query.order_by) if query.order_by in table.columns else False
    filled = [row for row in rows if (number(row.cells[place]) is not None if numeric else row.cells[place])]
    empty = [row for row in rows if row not in filled]
    return [*sorted(filled, key=lambda row: _key(row.cells[place]), reverse=query.descending), *empty]


def _key(cell: str) -> tuple[bool, float, str]:
    value = number(cell)
    return value is None, value or 0.0, cell.casefold()


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


_AGGREGATED: Mapping[Aggregate, Callable[[Sequence[float]], float]] = {
    "sum": sum,
    "average": fmean,
    "minimum": min,
    "maximum": max,
}
_COMPARED: Mapping[Operator, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
