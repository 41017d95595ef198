"""A question about a table to a query, by its words alone: which values, columns and kinds of question it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragkit.chains.table.conditions import (
    BETWEEN,
    Unclear,
    amounts,
    counted_yes,
    equalities,
    times,
    with_dates,
)
from ragkit.chains.table.names import (
    COMPARED,
    HALF,
    TABLE,
    bare,
    hinted_value,
    identifies,
    left_over,
    named_columns,
    named_values,
    written_out,
)
from ragkit.chains.table.order import ROWS, first_in_time, most_of, tells_time
from ragkit.chains.table.query import Condition, Query
from ragkit.text.terms import terms

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from ragkit.chains.table.query import Aggregate
    from ragkit.text.rules import Pattern
    from ragkit.text.tables import Table

ENTITIES = 0.8  # share of different values from which a column names what the rows are, which are then counted
_AGGREGATES: tuple[tuple[Aggregate, Pattern], ...] = (
    ("sum", TABLE.total),
    ("average", TABLE.average),
    ("count", TABLE.count),
)


def beyond(table: Table, question: str) -> str:
    """Return the word of a question that asks for what no query works out, as a share or a median; or nothing."""
    heads = {term for each in table.columns for term in terms(each)}
    return next((found[0] for found in TABLE.beyond.finditer(question) if not set(terms(found[0])) & heads), "")


def query_by_words(table: Table, question: str) -> Query | None:
    """Return the query that a question's words ask for; None where they name nothing of the table, or not enough."""
    try:
        table = table.without_totals()
        return _query(table, with_dates(table, written_out(table, question)))
    except Unclear:
        return None


def _query(table: Table, question: str) -> Query:
    question = BETWEEN.sub(r"at least \1\2 at most \3\4", question)
    compared = [found[0].lower() for _, pattern in COMPARED for found in pattern.finditer(question)]
    if len(TABLE.compares.findall(question)) > sum(len(TABLE.compares.findall(each)) for each in compared):
        raise Unclear  # compared with something that is no amount
    equal, question = equalities(table, question)
    values = named_values(table, question)
    worked_out = TABLE.counted.search(question) or any(pattern.search(question) for _, pattern in _AGGREGATES)
    hint = None if values else hinted_value(table, question, loosely=not worked_out)
    values += [hint] if hint else []
    fixed = {column for column, _ in values}
    columns = [each for each in named_columns(table, question) if each not in fixed]
    where = [Condition(column, "=", value) for column, value in values]
    where += [*equal, *amounts(table, question, columns), *times(table, question, fixed)]
    yes = counted_yes(table, question, columns)
    if yes:
        where.append(yes)
        columns.remove(yes.column)
    group = _group(table, question)
    group = "" if group in fixed else group
    query, vague = _worked_out(table, question, where, columns, fixed, group, counted=yes is not None)
    if query is not None:
        left = left_over(table, question, query)
        cells = {term for row in table.rows for cell in row.cells for term in terms(cell)}
        if (vague and left) or any(set(terms(each)) & cells for each in left):  # a value that was named in other words
            raise Unclear
        return query
    if not where:
        raise Unclear
    shown = sorted(columns[:3], key=table.columns.index)
    if any(each.operator != "=" for each in where) and table.columns[0] not in shown:
        shown = [table.columns[0], *shown]  # several rows may come: which ones they are
    query = Query(table.name, show=tuple(shown), where=tuple(where))
    asked = TABLE.asked.search(question)
    if asked and asked[1] in left_over(table, question, query):
        raise Unclear  # what is wanted is no column
    return query


def _worked_out(
    table: Table,
    question: str,
    where: Sequence[Condition],
    columns: Sequence[str],
    fixed: Container[str],
    group: str,
    *,
    counted: bool,
) -> tuple[Query | None, bool]:
    """Return the query that works something out or orders rows, and whether words left over may say which are meant."""
    most, least = bool(TABLE.most.search(question)), bool(TABLE.least.search(question))
    aggregate, column = _aggregate(table, question, [each for each in columns if each != group])
    if counted:
        aggregate, column = "count", ""
    measures = [each for each in table.columns if table.numeric(each) and not identifies(table, each)]
    numeric = [each for each in columns if each in measures and each != group]
    if aggregate is None and group and numeric and not most and not least:
        aggregate = "sum"  # revenue by region
    # A table with one measure leaves no doubt which is meant, even where the question does not name it.
    only = [each for each in measures if each not in fixed and each != group]
    guessed = not numeric and len(only) == 1
    numeric = only if guessed else numeric
    if aggregate in ("sum", "average"):
        column = column or next(iter(numeric), "")
        if not column:
            raise Unclear
    # Time before amounts: "latest" orders by a date even where a numeric column is named as well.
    query = first_in_time(table, question, where, columns, fixed, aggregate or group)
    if query is not None:
        return query, not where and not columns
    query = most_of(table, question, where, columns, [column] if column else numeric, aggregate, group)
    if query is None and aggregate:
        query = Query(table.name, aggregate=aggregate, column=column, where=tuple(where), group_by=group)
    if query is None:
        return None, False
    # Where the words name neither rows nor a column, what is left of them may say which are meant.
    vague = guessed and query.aggregate not in ("count", "distinct")
    return query, vague or (query.aggregate == "count" and not where and not query.group_by)


def _aggregate(table: Table, question: str, columns: Sequence[str]) -> tuple[Aggregate | None, str]:
    """Return what is to be worked out, and of which column where the words that ask for it say so."""
    counted = TABLE.counted.search(question)
    heads = {bare(each) for each in table.columns}
    average = TABLE.average.search(question)
    if counted and average and not any(bare(average[0]).split()[-1] in each.split() for each in heads):
        wanted = set(terms(counted[2]))
        return "average", next((each for each in columns if wanted & set(terms(each)) and table.numeric(each)), "")
    if counted:
        wanted = set(terms(counted[2].split()[0])) or set(terms(counted[2]))
        column = next((each for each in columns if wanted & set(terms(each))), "")
        if column and identifies(table, column):
            return "count", column
        if column and tells_time(table, column) and not counted[1]:
            raise Unclear  # "how many years"
        if column and table.numeric(column) and not counted[1]:
            # "How many units" of a column Units are added up; "how many lines" of a column Line are counted as
            # different values.
            same = set(bare(counted[2]).split()) & set(bare(column).split())
            return ("sum" if same else "distinct"), column
        if column and (counted[1] or not wanted & ROWS):
            values = [each for each in table.values(column) if each]
            rows_are = len(set(values)) >= ENTITIES * len(values)
            return ("distinct" if counted[1] or not rows_are else "count"), column
    for name, pattern in _AGGREGATES:
        match = pattern.search(question)
        words = [word for head in heads for word in head.split()] if name == "average" else heads
        if match and bare(match[0]) in words:
            raise Unclear  # "total points", where there is a column Total
        if match:
            return name, ""
    return None, ""


def _group(table: Table, question: str) -> str:
    heads = [bare(each) for each in table.columns]
    for found in TABLE.group.finditer(question):
        if any(f"{found[1].split()[-1].lower()} {found[2].lower()}" in each for each in heads):
            continue  # "per day" is in the name of a column
        wanted = set(terms(f"{found[2]} {found[3] or ''}"))
        for column in table.columns:
            several = len(set(table.values(column))) <= HALF * len(table.rows)
            if wanted & set(terms(column)) and (several or not table.numeric(column)):
                return column
        if found[1].lower() != "by":
            raise Unclear  # there is no such column
    return ""
