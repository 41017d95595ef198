"""What has most or least of something in a table, and what is first or last in time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ragkit.chains.table.conditions import Unclear
from ragkit.chains.table.names import SPELLED, TABLE, YEAR, YEARS, mentioned
from ragkit.chains.table.query import Condition, Query
from ragkit.text.terms import terms

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from ragkit.chains.table.query import Aggregate
    from ragkit.text.rules import Pattern
    from ragkit.text.tables import Table

ROWS = frozenset(terms(TABLE.rows))  # words for rows, which every table has


def first_in_time(
    table: Table,
    question: str,
    where: Sequence[Condition],
    columns: Sequence[str],
    fixed: Container[str],
    worked_out: str | None,
) -> Query | None:
    """Return the query for what is first or last in time; None where the question does not want that."""
    late, early = _in_time(table, question, TABLE.latest), _in_time(table, question, TABLE.earliest)
    if not late and not early:
        return None
    time = _time_column(table, columns, fixed)
    if TABLE.person.match(question) and TABLE.aged.search(question) and time not in columns:
        raise Unclear  # of people, not of what they did
    if worked_out or not time or TABLE.counted_rows.search(question):
        raise Unclear
    return _ordered(table, question, where, columns, time, most=late)


def most_of(
    table: Table,
    question: str,
    where: Sequence[Condition],
    columns: Sequence[str],
    numeric: Sequence[str],
    aggregate: Aggregate | None,
    group: str,
) -> Query | None:
    """Return the query for what has most or least of something; None where the question does not want that."""
    most, least = bool(TABLE.most.search(question)), bool(TABLE.least.search(question))
    if not most and not least:
        return None
    by = _most_rows(table, question, columns) if aggregate is None else []
    if by:
        if least or len(by) > 1:  # a group that is nowhere has the fewest
            raise Unclear
        aggregate, group = "count", by[0]
    if aggregate is None:
        match = (TABLE.most if most else TABLE.least).search(question)
        # What follows "most" or "least" is what is compared: "which city has the most sales".
        at = match.start() if match else 0
        behind = [each for each in columns if (mentioned(question, each, len(question)) or 0) > at]
        measures = [each for each in numeric if each in behind] or numeric
        if not measures or (behind and measures[0] not in columns):
            raise Unclear  # what is named holds no numbers, or none that compare
        return _ordered(table, question, where, columns, measures[0], most=most)
    group = group or next((each for each in columns if not table.numeric(each)), "")
    if not group:
        raise Unclear  # no column says which totals or averages to compare
    return Query(
        table.name,
        aggregate=aggregate,
        column="" if aggregate == "count" else next(iter(numeric), ""),
        where=tuple(where),
        group_by=group,
        order_by="aggregate",
        descending=most,
        limit=_limit(question),
    )


def _ordered(
    table: Table, question: str, where: Sequence[Condition], columns: Sequence[str], by: str, *, most: bool
) -> Query:
    shown = [each for each in columns if each != by][:2] or [each for each in table.columns[:1] if each != by]
    if TABLE.person.match(question):  # which column holds persons is not known: all that could
        texts = [each for each in table.columns if not table.numeric(each) and not tells_time(table, each)]
        shown += [each for each in texts if each not in shown and each != by]
    return Query(
        table.name,
        show=(*shown, by),
        where=tuple(where),
        order_by=by,
        descending=most,
        limit=_limit(question),
    )


def _most_rows(table: Table, question: str, columns: Sequence[str]) -> list[str]:
    """Return the columns by which the "most boats" are to be counted; none where a question is not for what is many."""
    found = TABLE.many.search(question)
    wanted = set(terms(found[1])) if found else set[str]()
    texts = [each for each in columns if not table.numeric(each) and not tells_time(table, each)]
    counted = [each for each in texts if wanted & set(terms(each))]
    if not counted and not wanted & ROWS:
        return []
    return [each for each in texts if each not in counted]


def _limit(question: str) -> int:
    top = TABLE.top.search(question)
    return (SPELLED.get(top[1].lower()) or int(top[1])) if top else 1


def _in_time(table: Table, question: str, pattern: Pattern) -> bool:
    """Whether a question asks for what is first or last in time; not where its word is the name of a column."""
    heads = {term for each in table.columns if not tells_time(table, each) for term in terms(each)}
    return any(not set(terms(found[1])) & heads for found in pattern.finditer(question))


def _time_column(table: Table, columns: Sequence[str], fixed: Container[str]) -> str:
    """Return the column that says when: the one that is named, or the only one; empty where that is not clear."""
    times = [each for each in table.columns if each not in fixed and tells_time(table, each)]
    named = [each for each in columns if each in times]
    return named[0] if len(named) == 1 else times[0] if len(times) == 1 else ""


def tells_time(table: Table, column: str) -> bool:
    """Whether a column says when: in dates, or in years by its name."""
    if table.dated(column):
        return True
    cells = [each for each in table.values(column) if each]
    years = bool(cells) and all(YEAR.fullmatch(each) for each in cells)
    return years and bool(set(re.findall(r"\w+", column.casefold())) & YEARS)
