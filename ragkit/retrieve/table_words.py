"""A question about a table to a query, by its words alone: which values, columns and kinds of question it names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ragkit.amounts import date, day_first
from ragkit.analysis import terms
from ragkit.retrieve.table_names import (
    AMOUNT,
    COMPARED,
    HALF,
    MONTH,
    MONTHS,
    SPELLED,
    YEAR,
    YEARS,
    bare,
    hinted_value,
    identifies,
    left_over,
    mentioned,
    named_columns,
    named_values,
    without_amounts,
    written_out,
)
from ragkit.table_queries import Condition, Query

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from ragkit.table_queries import Aggregate
    from ragkit.tables import Table

ENTITIES = 0.8  # share of different values from which a column names what the rows are, which are then counted
_AGGREGATES: tuple[tuple[Aggregate, re.Pattern[str]], ...] = (
    ("sum", re.compile(r"\b(?:total|sum|altogether|in all|overall)\b", re.IGNORECASE)),
    ("average", re.compile(r"\b(?:average|mean|on average)\b", re.IGNORECASE)),
    ("count", re.compile(r"\b(?:how many|count)\b|\bthe number of\b", re.IGNORECASE)),
)
_COUNTED = re.compile(  # what is counted is no value
    r"\b(?:how many|how much|number of)\s+(different\s+|distinct\s+|unique\s+)?(\w+(?:\s+\w+)?)", re.IGNORECASE
)
_MOST = re.compile(
    r"\b(?:(?<!at )most|highest|largest|biggest|greatest|maximum|max|longest|best|dearest|top)\b", re.IGNORECASE
)
_LEAST = re.compile(r"\b(?:(?<!at )least|lowest|smallest|fewest|minimum|min|shortest|cheapest|worst)\b", re.IGNORECASE)
_LATE = re.compile(r"\b(latest|newest|most recent(?:ly)?|last)\b(?!\s+names?\b)", re.IGNORECASE)
_EARLY = re.compile(r"\b(earliest|oldest|first)\b(?!\s+names?\b)", re.IGNORECASE)
_BEYOND = re.compile(
    r"\b(?:share|proportion|ratio|percentage|differences?|median|mode|compared?|correlat\w+|growth|grew|grown|increased?"
    r"|decreased?|changed?|trend|forecast|variance|deviation|second(?!s)|third|fourth|fifth|2nd|3rd|[4-9]th"
    r"|not|never|or|without|except|excluding|neither|other than|today|yesterday|tomorrow"
    r"|(?:this|last|next|previous) (?:year|month|week|quarter))\b|\bper ?cent of\b|n['’]t\b",
    re.IGNORECASE,
)
_GROUP = re.compile(r"\b(per|by|(?:for |in |of )?(?:each|every))\s+(\w+)(?=(?:\s+(\w+))?)", re.IGNORECASE)
_BETWEEN = re.compile(rf"\bbetween{AMOUNT}\s+and{AMOUNT}", re.IGNORECASE)
_EQUAL = re.compile(rf"\b(\w+)\s+(?:of|is|was|=|equals?|equal to)(?:\s+exactly)?{AMOUNT}", re.IGNORECASE)
_COMPARES = re.compile(r"\b(?:than|over|under|above|below|exceed\w*)\b", re.IGNORECASE)
_IS_THE = re.compile(r"\bwhat(?:['’]s| is| are| was| were)?\s+the\s+(\w+)", re.IGNORECASE)
_AGED = re.compile(r"\b(?:oldest|youngest)\b", re.IGNORECASE)
_YES = frozenset(("yes", "true", "y", "x", "✓", "ja", "oui", "sí"))
_YES_OR_NO = _YES | frozenset(("no", "false", "n", "", "nein", "non"))
_TOP = re.compile(
    r"\b(?:top|first|last|best|largest|highest|lowest|smallest|latest|newest|earliest|oldest|most recent)\s+"
    r"(\d{1,3}|two|three|four|five|ten)\b(?!\s+(?:rows?|lines?|entries|entry)\b)",
    re.IGNORECASE,
)
_MANY = re.compile(r"\b(?:most|fewest)\s+(\w+)", re.IGNORECASE)
_WHO = re.compile(r"\W*who(?:m|se)?\b", re.IGNORECASE)
_COUNTED_ROWS = re.compile(r"\b(?:first|last)\s+(?:\w+\s+)?(?:rows?|lines?|entries|entry)\b", re.IGNORECASE)
_ROWS = frozenset(terms("row entry item thing people person record"))  # what any table may be said to have


def beyond(table: Table, question: str) -> str:
    """Return the word of a question that asks for what no query works out, as a share or a median; or nothing."""
    heads = {term for each in table.columns for term in terms(each)}
    return next((found[0] for found in _BEYOND.finditer(question) if not set(terms(found[0])) & heads), "")


class _Unclear(Exception):
    """The words of a question do not say what is wanted."""


def query_by_words(table: Table, question: str) -> Query | None:
    """Return the query that a question's words ask for; None where they name nothing of the table, or not enough."""
    try:
        table = table.without_totals()
        return _query(table, _with_dates(table, written_out(table, question)))
    except _Unclear:
        return None


def _query(table: Table, question: str) -> Query:
    question = _BETWEEN.sub(r"at least \1\2 at most \3\4", question)
    amounts = [found[0].lower() for _, pattern in COMPARED for found in pattern.finditer(question)]
    if len(_COMPARES.findall(question)) > sum(len(_COMPARES.findall(each)) for each in amounts):
        raise _Unclear  # compared with something that is no amount
    equal, question = _equalities(table, question)
    values = named_values(table, question)
    worked_out = _COUNTED.search(question) or any(pattern.search(question) for _, pattern in _AGGREGATES)
    hint = None if values else hinted_value(table, question, loosely=not worked_out)
    values += [hint] if hint else []
    fixed = {column for column, _ in values}
    columns = [each for each in named_columns(table, question) if each not in fixed]
    where = [Condition(column, "=", value) for column, value in values]
    where += [*equal, *_amounts(table, question, columns), *_times(table, question, fixed)]
    yes = _counted_yes(table, question, columns)
    if yes:
        where.append(yes)
        columns.remove(yes.column)
    group = _group(table, question)
    group = "" if group in fixed else group
    query, unsaid = _worked_out(table, question, where, columns, fixed, group, counted=yes is not None)
    if query is not None:
        left = left_over(table, question, query)
        cells = {term for row in table.rows for cell in row.cells for term in terms(cell)}
        if (unsaid and left) or any(set(terms(each)) & cells for each in left):  # a value that was named in other words
            raise _Unclear
        return query
    if not where:
        raise _Unclear
    shown = sorted(columns[:3], key=table.columns.index)
    if any(each.operator != "=" for each in where) and table.columns[0] not in shown:
        shown = [table.columns[0], *shown]  # several rows may come: which ones they are
    query = Query(table.name, show=tuple(shown), where=tuple(where))
    asked = _IS_THE.search(question)
    if asked and asked[1] in left_over(table, question, query):
        raise _Unclear  # what is asked for is no column
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
    most, least = bool(_MOST.search(question)), bool(_LEAST.search(question))
    aggregate, column = _aggregate(table, question, [each for each in columns if each != group])
    if counted:
        aggregate, column = "count", ""
    measures = [each for each in table.columns if table.numeric(each) and not identifies(table, each)]
    numeric = [each for each in columns if each in measures and each != group]
    if aggregate is None and group and numeric and not most and not least:
        aggregate = "sum"  # revenue by region
    only = [each for each in measures if each not in fixed and each != group]
    guessed = not numeric and len(only) == 1
    numeric = only if guessed else numeric
    if aggregate in ("sum", "average"):
        column = column or next(iter(numeric), "")
        if not column:
            raise _Unclear
    query = _first_in_time(table, question, where, columns, fixed, aggregate or group)
    if query is not None:
        return query, not where and not columns
    query = _most(table, question, where, columns, [column] if column else numeric, aggregate, group)
    if query is None and aggregate:
        query = Query(table.name, aggregate=aggregate, column=column, where=tuple(where), group_by=group)
    if query is None:
        return None, False
    # Where the words name neither rows nor a column, what is left of them may say which are meant.
    unsaid = guessed and query.aggregate not in ("count", "distinct")
    return query, unsaid or (query.aggregate == "count" and not where and not query.group_by)


def _equalities(table: Table, question: str) -> tuple[list[Condition], str]:
    """Return what "a discount of 10 %" says, and the question without the amounts."""
    out: list[Condition] = []
    numeric = [each for each in table.columns if table.numeric(each) and not identifies(table, each)]
    for found in reversed(list(_EQUAL.finditer(question))):
        columns = [each for each in numeric if set(terms(found[1])) & set(terms(each)) and not YEAR.fullmatch(found[2])]
        if columns:
            column = next((each for each in columns if found[3] and _percents(table, each)), columns[0])
            out.append(Condition(column, "=", f"{found[2].rstrip('.,')}{(found[3] or '').strip()}"))
            question = f"{question[: found.end(1)]}{question[found.end() :]}"
    return out, question


def _percents(table: Table, column: str) -> bool:
    return any("%" in each for each in table.values(column)) or "%" in column


def _counted_yes(table: Table, question: str, columns: Sequence[str]) -> Condition | None:
    """Return the condition that a column of yes and no says of what is counted: "how many rush orders"."""
    counted = _COUNTED.search(question)
    for column in columns if counted and not counted[1] else ():
        values = {each.casefold() for each in table.values(column)}
        if values <= _YES_OR_NO and values & _YES and set(terms(counted[2] if counted else "")) & set(terms(column)):
            return Condition(column, "=", next(each for each in table.values(column) if each.casefold() in _YES))
    return None


def _aggregate(table: Table, question: str, columns: Sequence[str]) -> tuple[Aggregate | None, str]:
    """Return what is to be worked out, and of which column where the words that ask for it say so."""
    counted = _COUNTED.search(question)
    heads = {bare(each) for each in table.columns}
    average = re.search(r"\b(?:average|mean)\b", question, re.IGNORECASE)
    if counted and average and not any(bare(average[0]) in each.split() for each in heads):
        wanted = set(terms(counted[2]))
        return "average", next((each for each in columns if wanted & set(terms(each)) and table.numeric(each)), "")
    if counted:
        wanted = set(terms(counted[2].split()[0])) or set(terms(counted[2]))
        column = next((each for each in columns if wanted & set(terms(each))), "")
        if column and identifies(table, column):
            return "count", column
        if column and _tells_time(table, column) and not counted[1]:
            raise _Unclear  # "how many years"
        if column and table.numeric(column) and not counted[1]:
            # "How many units" of a column Units are added up; "how many lines" of a column Line are told apart.
            same = set(bare(counted[2]).split()) & set(bare(column).split())
            return ("sum" if same else "distinct"), column
        if column and (counted[1] or not wanted & _ROWS):
            values = [each for each in table.values(column) if each]
            rows_are = len(set(values)) >= ENTITIES * len(values)
            return ("distinct" if counted[1] or not rows_are else "count"), column
    for name, pattern in _AGGREGATES:
        said = pattern.search(question)
        words = [word for head in heads for word in head.split()] if name == "average" else heads
        if said and bare(said[0]) in words:
            raise _Unclear  # "total points", where there is a column Total
        if said:
            return name, ""
    return None, ""


def _amounts(table: Table, question: str, columns: Sequence[str]) -> list[Condition]:
    """Return what amounts and dates of a question say: "more than 3000", "after 2024-02-10"."""
    out: list[Condition] = []
    dated = [each for each in (*columns, *table.columns) if table.dated(each)]
    numeric = [each for each in columns if table.numeric(each) and not identifies(table, each)]
    for operator, pattern in COMPARED:
        for found in pattern.finditer(question):
            amount = found[1].rstrip(".,")
            timely = found[0].split()[0].lower() in ("after", "before", "since", "until")
            year = bool(dated) and bool(YEAR.fullmatch(amount)) and (timely or not numeric)
            if year and operator in (">", "<="):
                amount = f"{amount}-12-31"  # after a year is after its last day
            if year or amount.count("-") == 2:
                target = dated[:1]
            else:
                fitting = [each for each in numeric if not found[2] or _percents(table, each)]
                target = _nearest(question, found.start(), fitting)
            if not target:
                raise _Unclear  # of what it is an amount is not said
            out += [Condition(each, operator, amount) for each in target]
    return out


def _nearest(question: str, at: int, columns: Sequence[str]) -> list[str]:
    """Return the column that is named nearest to a place of a question; nothing where there is none."""
    places = {each: mentioned(question, each, at) for each in columns}
    return sorted(columns, key=lambda each: abs((places[each] or 0) - at))[:1]


def _with_dates(table: Table, question: str) -> str:
    """Write days as YYYY-MM-DD, and months behind "before", "after" and the like as their first or last day."""
    first = day_first(cell for row in table.rows for cell in row.cells)

    def written(found: re.Match[str]) -> str:
        read = date(found[0], first)
        if not read:
            raise _Unclear  # which of its numbers is the month
        return read

    question = re.sub(r"(?<![\d.])\d{1,2}([./])\d{1,2}\1\d{4}\b", written, question)

    def day(found: re.Match[str]) -> str:
        return f"{found[3]}-{MONTHS.index(found[2].lower()) + 1:02}-{int(found[1]):02}"

    def month(found: re.Match[str]) -> str:
        first = found[1].lower() in ("before", "since")
        return f"{found[1]} {found[3]}-{MONTHS.index(found[2].lower()) + 1:02}-{'01' if first else '31'}"

    months = "|".join(MONTHS)
    question = re.sub(rf"\b(\d{{1,2}})\s+({months})\s+(\d{{4}})\b", day, question, flags=re.IGNORECASE)
    bounded = rf"\b(before|after|since|until)\s+({months})\s+(\d{{4}})\b"
    return re.sub(bounded, month, question, flags=re.IGNORECASE)


def _times(table: Table, question: str, fixed: Container[str]) -> list[Condition]:
    """Return what month and year of a question say of the first column of dates."""
    dated = next((each for each in table.columns if table.dated(each) and each not in fixed), "")
    plain = without_amounts(question)
    month, year = MONTH.search(plain), YEAR.search(plain)
    if any(len({found[0].casefold() for found in pattern.finditer(plain)}) > 1 for pattern in (MONTH, YEAR)):
        raise _Unclear  # several
    if not dated or not (month or year):
        return []
    part = f"-{MONTHS.index(month[1].lower()) + 1:02}-" if month else "-"
    return [Condition(dated, "contains", f"{year[0] if year else ''}{part}")]


def _first_in_time(
    table: Table,
    question: str,
    where: Sequence[Condition],
    columns: Sequence[str],
    fixed: Container[str],
    worked_out: str | None,
) -> Query | None:
    """Return the query for what is first or last in time; None where that is not asked."""
    late, early = _in_time(table, question, _LATE), _in_time(table, question, _EARLY)
    if not late and not early:
        return None
    time = _time_column(table, columns, fixed)
    if _WHO.match(question) and _AGED.search(question) and time not in columns:
        raise _Unclear  # of people, not of what they did
    if worked_out or not time or _COUNTED_ROWS.search(question):
        raise _Unclear
    return _ordered(table, question, where, columns, time, most=late)


def _most(
    table: Table,
    question: str,
    where: Sequence[Condition],
    columns: Sequence[str],
    numeric: Sequence[str],
    aggregate: Aggregate | None,
    group: str,
) -> Query | None:
    """Return the query for what has most or least of something; None where that is not asked."""
    most, least = bool(_MOST.search(question)), bool(_LEAST.search(question))
    if not most and not least:
        return None
    by = _most_rows(table, question, columns) if aggregate is None else []
    if by:
        if least or len(by) > 1:  # a group that is nowhere has the fewest
            raise _Unclear
        aggregate, group = "count", by[0]
    if aggregate is None:
        said = (_MOST if most else _LEAST).search(question)
        at = said.start() if said else 0
        behind = [each for each in columns if (mentioned(question, each, len(question)) or 0) > at]
        measures = [each for each in numeric if each in behind] or numeric
        if not measures or (behind and measures[0] not in columns):
            raise _Unclear  # what is named holds no numbers, or none that compare
        return _ordered(table, question, where, columns, measures[0], most=most)
    group = group or next((each for each in columns if not table.numeric(each)), "")
    if not group:
        raise _Unclear  # of what the totals or averages are to be compared is not said
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
    if _WHO.match(question):  # which column holds persons is not known: all that could
        texts = [each for each in table.columns if not table.numeric(each) and not _tells_time(table, each)]
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
    found = _MANY.search(question)
    wanted = set(terms(found[1])) if found else set[str]()
    texts = [each for each in columns if not table.numeric(each) and not _tells_time(table, each)]
    counted = [each for each in texts if wanted & set(terms(each))]
    if not counted and not wanted & _ROWS:
        return []
    return [each for each in texts if each not in counted]


def _limit(question: str) -> int:
    top = _TOP.search(question)
    return (SPELLED.get(top[1].lower()) or int(top[1])) if top else 1


def _in_time(table: Table, question: str, pattern: re.Pattern[str]) -> bool:
    """Whether a question asks for what is first or last in time; not where its word is the name of a column."""
    heads = {term for each in table.columns if not _tells_time(table, each) for term in terms(each)}
    return any(not set(terms(found[1])) & heads for found in pattern.finditer(question))


def _time_column(table: Table, columns: Sequence[str], fixed: Container[str]) -> str:
    """Return the column that says when: the one that is named, or the only one; empty where that is not clear."""
    times = [each for each in table.columns if each not in fixed and _tells_time(table, each)]
    named = [each for each in columns if each in times]
    return named[0] if len(named) == 1 else times[0] if len(times) == 1 else ""


def _tells_time(table: Table, column: str) -> bool:
    if table.dated(column):
        return True
    filled = [each for each in table.values(column) if each]
    years = bool(filled) and all(YEAR.fullmatch(each) for each in filled)
    return years and bool(set(re.findall(r"\w+", column.casefold())) & YEARS)


def _group(table: Table, question: str) -> str:
    heads = [bare(each) for each in table.columns]
    for found in _GROUP.finditer(question):
        if any(f"{found[1].split()[-1].lower()} {found[2].lower()}" in each for each in heads):
            continue  # "per day" is in the name of a column
        wanted = set(terms(f"{found[2]} {found[3] or ''}"))
        for column in table.columns:
            several = len(set(table.values(column))) <= HALF * len(table.rows)
            if wanted & set(terms(column)) and (several or not table.numeric(column)):
                return column
        if found[1].lower() != "by":
            raise _Unclear  # there is no such column
    return ""
