"""What a question says of the rows of a table: amounts, dates, what is counted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ragkit.chains.table.names import (
    AMOUNT,
    COMPARED,
    MONTH,
    MONTHS,
    TABLE,
    YEAR,
    identifies,
    mentioned,
    without_amounts,
)
from ragkit.chains.table.query import Condition
from ragkit.text.amounts import date, day_first
from ragkit.text.rules import all_rules
from ragkit.text.terms import terms

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from ragkit.text.tables import Table

_LOW, _HIGH = TABLE.between
BETWEEN = re.compile(rf"\b{_LOW}{AMOUNT}\s+{_HIGH}{AMOUNT}", re.IGNORECASE)
_EQUAL = re.compile(rf"\b(\w+)\s+{TABLE.equal}{AMOUNT}", re.IGNORECASE)
_TIMELY = TABLE.after | TABLE.before | TABLE.since | TABLE.until
_YES = frozenset[str]().union(*(each.tables.yes for each in all_rules()))
_YES_OR_NO = _YES.union({""}, *(each.tables.no for each in all_rules()))


class Unclear(Exception):
    """The words of a question do not determine a query."""


def equalities(table: Table, question: str) -> tuple[list[Condition], str]:
    """Return what "a discount of 10 %" says, and the question without the amounts."""
    out: list[Condition] = []
    numeric = [each for each in table.columns if table.numeric(each) and not identifies(table, each)]
    # From the end, so that removing an amount does not shift the matches still to come.
    for found in reversed(list(_EQUAL.finditer(question))):
        columns = [each for each in numeric if set(terms(found[1])) & set(terms(each)) and not YEAR.fullmatch(found[2])]
        if columns:
            column = next((each for each in columns if found[3] and _percents(table, each)), columns[0])
            out.append(Condition(column, "=", f"{found[2].rstrip('.,')}{(found[3] or '').strip()}"))
            question = f"{question[: found.end(1)]}{question[found.end() :]}"
    return out, question


def _percents(table: Table, column: str) -> bool:
    return any("%" in each for each in table.values(column)) or "%" in column


def counted_yes(table: Table, question: str, columns: Sequence[str]) -> Condition | None:
    """Return the condition that a column of yes and no says of what is counted: "how many rush orders"."""
    counted = TABLE.counted.search(question)
    for column in columns if counted and not counted[1] else ():
        values = {each.casefold() for each in table.values(column)}
        if values <= _YES_OR_NO and values & _YES and set(terms(counted[2] if counted else "")) & set(terms(column)):
            return Condition(column, "=", next(each for each in table.values(column) if each.casefold() in _YES))
    return None


def amounts(table: Table, question: str, columns: Sequence[str]) -> list[Condition]:
    """Return what amounts and dates of a question say: "more than 3000", "after 2024-02-10"."""
    out: list[Condition] = []
    dated = [each for each in (*columns, *table.columns) if table.dated(each)]
    numeric = [each for each in columns if table.numeric(each) and not identifies(table, each)]
    for operator, pattern in COMPARED:
        for found in pattern.finditer(question):
            amount = found[1].rstrip(".,")
            timely = found[0].split()[0].lower() in _TIMELY
            # "after 2020" bounds the dates, "more than 2020" a number, unless no numeric column is named.
            year = bool(dated) and bool(YEAR.fullmatch(amount)) and (timely or not numeric)
            if year and operator in (">", "<="):
                amount = f"{amount}-12-31"  # after a year is after its last day
            if year or amount.count("-") == 2:
                target = dated[:1]
            else:
                fitting = [each for each in numeric if not found[2] or _percents(table, each)]
                target = _nearest(question, found.start(), fitting)
            if not target:
                raise Unclear  # no column fits the amount
            out += [Condition(each, operator, amount) for each in target]
    return out


def _nearest(question: str, at: int, columns: Sequence[str]) -> list[str]:
    """Return the column that is named nearest to a place of a question; nothing where there is none."""
    places = {each: mentioned(question, each, at) for each in columns}
    return sorted(columns, key=lambda each: abs((places[each] or 0) - at))[:1]


def with_dates(table: Table, question: str) -> str:
    """Write days as YYYY-MM-DD, and months behind "before", "after" and the like as their first or last day."""
    # 03/04/2024 is read as the table writes its dates; where no cell shows the order, it is refused.
    first = day_first(cell for row in table.rows for cell in row.cells)

    def written(found: re.Match[str]) -> str:
        read = date(found[0], first)
        if not read:
            raise Unclear  # which of its numbers is the month
        return read

    question = re.sub(r"(?<![\d.])\d{1,2}([./])\d{1,2}\1\d{4}\b", written, question)

    def day(found: re.Match[str]) -> str:
        return f"{found[3]}-{MONTHS.index(found[2].lower()) + 1:02}-{int(found[1]):02}"

    def month(found: re.Match[str]) -> str:
        first = found[1].lower() in TABLE.before | TABLE.since
        return f"{found[1]} {found[3]}-{MONTHS.index(found[2].lower()) + 1:02}-{'01' if first else '31'}"

    months = "|".join(MONTHS)
    question = re.sub(rf"\b(\d{{1,2}})\s+({months})\s+(\d{{4}})\b", day, question, flags=re.IGNORECASE)
    bounded = rf"\b({'|'.join(sorted(_TIMELY))})\s+({months})\s+(\d{{4}})\b"
    return re.sub(bounded, month, question, flags=re.IGNORECASE)


def times(table: Table, question: str, fixed: Container[str]) -> list[Condition]:
    """Return what month and year of a question say of the first column of dates."""
    dated = next((each for each in table.columns if table.dated(each) and each not in fixed), "")
    plain = without_amounts(question)
    month, year = MONTH.search(plain), YEAR.search(plain)
    if any(len({found[0].casefold() for found in pattern.finditer(plain)}) > 1 for pattern in (MONTH, YEAR)):
        raise Unclear  # several
    if not dated or not (month or year):
        return []
    # Dates are compared as YYYY-MM-DD: "2024-03-" selects a month of a year, "-03-" the month of any year.
    part = f"-{MONTHS.index(month[1].lower()) + 1:02}-" if month else "-"
    return [Condition(dated, "contains", f"{year[0] if year else ''}{part}")]
