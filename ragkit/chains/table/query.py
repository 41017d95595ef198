"""Queries over one table: conditions on its rows, what is worked out of them, how they are ordered."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from statistics import fmean
from typing import TYPE_CHECKING, Any, Literal, get_args

from ragkit.core.errors import ConfigError
from ragkit.text.amounts import number
from ragkit.text.tables import TableRow, is_total

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ragkit.text.tables import Table

Aggregate = Literal["none", "count", "distinct", "sum", "average", "minimum", "maximum"]
Operator = Literal["=", "!=", "<", "<=", ">", ">=", "contains"]
Scalar = str | float
AGGREGATES: tuple[str, ...] = get_args(Aggregate)
OPERATORS: tuple[str, ...] = get_args(Operator)


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
        computed = f"{self.aggregate} of {self.column}" if self.column and self.aggregate != "count" else self.aggregate
        parts = [computed if self.aggregate != "none" else ", ".join(self.show) or "rows", f"in {self.table}"]
        parts += [f"where {' and '.join(each.words for each in self.where)}"] if self.where else []
        parts += [f"for each {self.group_by}"] if self.group_by else []
        order = f"by {'falling' if self.descending else 'rising'} {self.order_by}"
        parts += [order] if self.order_by else []
        parts += [f"the first {self.limit}" if self.limit > 1 else "the first"] if self.limit else []
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Result:
    """What a query returns.

    Attributes:
        columns: names of the returned columns.
        values: returned rows; numbers where they were computed, else cells as they stand in the table.
        rows: the rows of the table that it rests on.
        skipped: cells that were no number and had to be one.
        totals: rows of totals that were left out.
        ties: rows or groups behind the last one that are equal to it in what they are ordered by.
    """

    columns: tuple[str, ...]
    values: tuple[tuple[Scalar, ...], ...]
    rows: tuple[TableRow, ...]
    skipped: int = 0
    totals: int = 0
    ties: int = 0


def run(table: Table, query: Query) -> Result:
    """Work a query out.

    Raises:
        ConfigError: it names a column that is not there, or wants numbers of one that has none.
    """
    _check(table, query)
    tests = [_test(table, each) for each in query.where]
    rows = [row for row in table.rows if all(holds(row) for holds in tests)]
    # A row of totals is left out of what is computed or ranked, since it would count everything twice; a lookup of
    # exactly that row ("Total") still finds it.
    looked_up = query.aggregate == "none" and not query.order_by and all(each.operator == "=" for each in query.where)
    totals = [] if looked_up else [row for row in rows if is_total(row)]
    if totals:
        return replace(run(table.without_totals(), query), totals=len(totals))
    if query.group_by:
        return _grouped(table, query, rows)
    if query.aggregate != "none":
        return _worked_out(table, query, rows)
    ties = 0
    if query.order_by:
        rows = _ordered(table, query, rows)
        place = table.columns.index(query.order_by)
        ties = _ties([row.cells[place] for row in rows], query.limit)
    rows = rows[: query.limit] if query.limit else rows
    shown = query.show or table.columns
    places = [table.columns.index(each) for each in shown]
    return Result(shown, tuple(tuple(row.cells[place] for place in places) for row in rows), tuple(rows), ties=ties)


def _ties(ordered: Sequence[Scalar], limit: int) -> int:
    """Count what is behind the last one shown and equal to it."""
    return sum(each == ordered[limit - 1] for each in ordered[limit:]) if 0 < limit < len(ordered) else 0


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


def _test(table: Table, condition: Condition) -> Callable[[TableRow], bool]:
    """Return a test of whether a row meets a condition."""
    place, compare = table.columns.index(condition.column), condition.operator
    wanted = condition.value.strip().casefold()
    if table.dated(condition.column) and compare != "contains":
        return _dated_test(table, condition)
    read, read_date = table.reads(condition.column), table.reads_dates(condition.column)
    theirs = number(condition.value)
    if re.fullmatch(r"\D*\d{1,3}(?:\.\d{3})+\D*", condition.value):  # 87.500, as the column means it
        theirs = read(condition.value)

    def holds(row: TableRow) -> bool:
        cell = row.cells[place]
        plain, ours = cell.casefold(), read(cell)
        if compare == "contains":
            return wanted in (read_date(cell) or plain)
        if plain == wanted:
            return compare in ("=", "<=", ">=")
        if ours is not None and theirs is not None:
            return _COMPARED[compare](ours, theirs)
        if not plain or (ours is None and theirs is not None and compare not in ("=", "!=")):
            return compare == "!=" and bool(wanted)
        return _COMPARED[compare](plain, wanted)

    return holds


def _dated_test(table: Table, condition: Condition) -> Callable[[TableRow], bool]:
    """Return a test of whether a date meets a condition; it is compared as far as the condition goes, to the day."""
    place, read = table.columns.index(condition.column), table.reads_dates(condition.column)
    wanted = read(condition.value) or condition.value.strip()

    def holds(row: TableRow) -> bool:
        ours = read(row.cells[place])[: len(wanted)]
        return bool(ours) and _COMPARED[condition.operator](ours, wanted)

    return holds


def _grouped(table: Table, query: Query, rows: Sequence[TableRow]) -> Result:
    place = table.columns.index(query.group_by)
    groups: dict[str, list[TableRow]] = {}
    spelled: dict[str, str] = {}  # as the first row writes it
    for row in rows:
        name = spelled.setdefault(row.cells[place].casefold(), row.cells[place])
        groups.setdefault(name, []).append(row)
    made = [(name, _aggregated(table, query, own), own) for name, own in groups.items() if name]
    made = [each for each in made if query.aggregate in ("none", "count", "distinct") or each[1][1] < len(each[2])]
    if query.order_by:
        by_value = query.order_by != query.group_by
        read = table.reads(query.group_by)
        made.sort(key=lambda each: each[1][0] if by_value else _key(each[0], read), reverse=query.descending)
    ties = _ties([value for _, (value, _), _ in made], query.limit) if query.order_by else 0
    made = made[: query.limit] if query.limit else made
    used = tuple(row for _, _, own in made for row in own)
    skipped = sum(missed for _, (_, missed), _ in made)
    values = tuple((name, value) for name, (value, _), _ in made)
    return Result((query.group_by, _head(query)), values, used, skipped, ties=ties)


def _worked_out(table: Table, query: Query, rows: Sequence[TableRow]) -> Result:
    value, skipped = _aggregated(table, query, rows)
    if query.aggregate in ("minimum", "maximum"):  # what it rests on are the rows that have it
        place, read = table.columns.index(query.column), table.reads(query.column)
        rows = [row for row in rows if read(row.cells[place]) == value]
        skipped = 0 if rows else skipped
    known = query.aggregate in ("count", "distinct") or skipped < len(rows)
    return Result((_head(query),), ((value,),) if known else (), tuple(rows), skipped)


def _aggregated(table: Table, query: Query, rows: Sequence[TableRow]) -> tuple[float, int]:
    """Return what is worked out of some rows, and how many cells were no numbers."""
    if query.aggregate in ("none", "count"):
        return float(len(rows)), 0
    place = table.columns.index(query.column)
    if query.aggregate == "distinct":
        return float(len({row.cells[place].casefold() for row in rows if row.cells[place]})), 0
    read = table.reads(query.column)
    cells = [read(row.cells[place]) for row in rows]
    found = [each for each in cells if each is not None]
    value = _AGGREGATED[query.aggregate](found) if found else 0.0
    return value, len(cells) - len(found)


def _head(query: Query) -> str:
    return "count" if query.aggregate in ("none", "count") else f"{query.aggregate} of {query.column}"


def _ordered(table: Table, query: Query, rows: Sequence[TableRow]) -> list[TableRow]:
    """Order rows; those without a value come last, whichever way."""
    place, numeric = table.columns.index(query.order_by), table.numeric(query.order_by)
    read, read_date = table.reads(query.order_by), table.reads_dates(query.order_by)
    dated = table.dated(query.order_by)
    valued, empty = list[TableRow](), list[TableRow]()
    for row in rows:
        cell = row.cells[place]
        has_value = read_date(cell) if dated else read(cell) is not None if numeric else cell
        (valued if has_value else empty).append(row)

    def key(row: TableRow) -> tuple[bool, float, str]:
        cell = row.cells[place]
        return (False, 0.0, read_date(cell)) if dated else _key(cell, read)

    return [*sorted(valued, key=key, reverse=query.descending), *empty]


def _key(cell: str, read: Callable[[str], float | None]) -> tuple[bool, float, str]:
    value = read(cell)
    return value is None, value or 0.0, cell.casefold()


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
