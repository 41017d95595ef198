"""A question about a table to a query, by its words alone: which values, columns and kinds of question it names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ragkit.analysis import terms
from ragkit.tables import Condition, Query, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragkit.tables import Aggregate, Operator, Table

HALF = 0.5  # share of a value's words from which a question may mean it
SHORT = 30  # characters of a value that one word can mean
SHORTEST = 2  # characters of a value that is looked for in a question
_AGGREGATES: tuple[tuple[Aggregate, re.Pattern[str]], ...] = (
    ("sum", re.compile(r"\b(?:total|sum|altogether|in all|overall)\b", re.IGNORECASE)),
    ("average", re.compile(r"\b(?:average|mean|on average)\b", re.IGNORECASE)),
    ("count", re.compile(r"\b(?:how many|count)\b|\bthe number of\b", re.IGNORECASE)),
)
_COUNTED = re.compile(r"\b(?:how many|number of)\s+\w+", re.IGNORECASE)  # what is counted is no value
_MOST = re.compile(
    r"\b(?:most|highest|largest|biggest|greatest|maximum|max|longest|best|latest|dearest)\b", re.IGNORECASE
)
_LEAST = re.compile(r"\b(?:least|lowest|smallest|fewest|minimum|min|shortest|cheapest|earliest|worst)\b", re.IGNORECASE)
_COMPARED: tuple[tuple[Operator, re.Pattern[str]], ...] = (
    (">=", re.compile(r"\b(?:at least|no less than|from)\s+\D{0,3}(\d[\d.,]*)", re.IGNORECASE)),
    ("<=", re.compile(r"\b(?:at most|no more than|up to)\s+\D{0,3}(\d[\d.,]*)", re.IGNORECASE)),
    (">", re.compile(r"\b(?:more than|over|above|greater than|after|exceed\w*)\s+\D{0,3}(\d[\d.,]*)", re.IGNORECASE)),
    ("<", re.compile(r"\b(?:less than|fewer than|under|below|before)\s+\D{0,3}(\d[\d.,]*)", re.IGNORECASE)),
)
_GROUP = re.compile(r"\b(?:per|by|(?:for |in |of )?(?:each|every))\s+(\w+(?:\s+\w+)?)", re.IGNORECASE)
_TOP = re.compile(
    r"\b(?:top|first|best|largest|highest|lowest|smallest)\s+(\d{1,3}|two|three|four|five|ten)\b", re.IGNORECASE
)
_OF_QUESTIONS = frozenset(
    terms(
        "which what who when where how many much number list show give tell total sum altogether overall average mean "
        "count most highest largest biggest greatest maximum max longest best latest dearest least lowest smallest "
        "fewest minimum min shortest cheapest earliest worst top first more less than over above under below after "
        "before up to no greater fewer each per by every row rows table entry entries item items thing things people "
        "person"
    )
)
_SPELLED = {"two": 2, "three": 3, "four": 4, "five": 5, "ten": 10}


def named_values(table: Table, question: str) -> list[tuple[str, str]]:
    """Return columns with the value of theirs that a question names, longest values first, no two of one stretch."""
    asked = f" {_plain(_without_amounts(question))} "
    heads = {_plain(each) for each in table.columns}
    found: list[tuple[int, str, str]] = []
    for column in table.columns:
        for value in dict.fromkeys(table.values(column)):
            plain = _plain(value)
            if len(plain) >= SHORTEST and plain not in heads and f" {plain} " in asked:
                found.append((len(plain), column, value))
    out: list[tuple[str, str]] = []
    for _, column, value in sorted(found, key=lambda each: -each[0]):
        plain = f" {_plain(value)} "
        if plain in asked and column not in {each for each, _ in out}:
            out.append((column, value))
            asked = asked.replace(plain, " \0 ", 1)
    return out


def hinted_value(table: Table, question: str) -> tuple[str, str] | None:
    """Return a column with the value that a question means without naming it whole; None where that is not clear.

    It is the value of which the question has most words, more than half of them, or else the only one that holds a
    word of the question.
    """
    heads = {term for each in table.columns for term in terms(each)}
    asked = set(terms(_without_amounts(question))) - heads
    found: list[tuple[float, str, str]] = []
    holding: dict[str, list[tuple[str, str]]] = {}
    for column in table.columns:
        if table.numeric(column):
            continue
        for value in dict.fromkeys(table.values(column)):
            own = set(terms(value))
            shared = own & asked
            for term in shared if len(value) <= SHORT else ():
                holding.setdefault(term, []).append((column, value))
            if own and len(shared) >= min(2, len(own)) and len(shared) > HALF * len(own):
                found.append((len(shared) + len(shared) / len(own), column, value))
    found.sort(key=lambda each: -each[0])
    if found and (len(found) == 1 or found[1][0] < found[0][0]):
        return found[0][1:]
    if found:
        return None
    alone = {places[0] for places in holding.values() if len(places) == 1}
    return alone.pop() if len(alone) == 1 else None


def left_over(table: Table, question: str, query: Query) -> list[str]:
    """Return the words of a question that a query does nothing with: no column, no value, no kind of question."""
    used = {term for each in (*query.show, query.column, query.group_by, query.order_by) for term in terms(each)}
    used |= {term for each in query.where for term in (*terms(each.column), *terms(each.value))}
    used |= set(terms(table.name)) | _OF_QUESTIONS
    out: list[str] = []
    for word in re.findall(r"[\w.,-]*\w", question):
        own = set(terms(word))
        if own and not own & used:
            out.append(word)
    return out


def explained(table: Table, question: str) -> int:
    """Return how many words of a question a table's columns and values have: what tells which table is meant."""
    asked = set(terms(question))
    held = {term for each in (table.name, *table.columns) for term in terms(each)}
    values = named_values(table, question)
    hint = hinted_value(table, question)
    held |= {term for _, value in (*values, *((hint,) if hint else ())) for term in terms(value)}
    return len(asked & held)


def _without_amounts(question: str) -> str:
    """Leave out what is counted and what is compared with: they are no values that are named."""
    for _, pattern in _COMPARED:
        question = pattern.sub(" ", question)
    return _COUNTED.sub(" ", question)


def named_columns(table: Table, question: str) -> list[str]:
    """Return the columns that a question names, those first of whose name it has most."""
    asked = set(terms(question))
    shares = {each: len(asked & set(terms(each))) / max(1, len(set(terms(each)))) for each in table.columns}
    return sorted((each for each in table.columns if shares[each] > 0), key=lambda each: -shares[each])


def query_by_words(table: Table, question: str) -> Query | None:
    """Return the query that a question's words ask for; None where they name nothing of the table."""
    values = named_values(table, question)
    hint = None if values else hinted_value(table, question)
    values += [hint] if hint else []
    where = [Condition(column, "=", value) for column, value in values]
    fixed = {column for column, _ in values}
    columns = [each for each in named_columns(table, question) if each not in fixed]
    numeric = [each for each in columns if table.numeric(each)]
    for operator, pattern in _COMPARED:
        for found in pattern.finditer(question):
            target = next((each for each in numeric if each not in fixed), None)
            if target and number(found[1].rstrip(".,")) is not None:
                where.append(Condition(target, operator, found[1].rstrip(".,")))
    aggregate: Aggregate | None = next((name for name, pattern in _AGGREGATES if pattern.search(question)), None)
    group = _group(table, question)
    if group in fixed:
        group = ""
    numeric = [each for each in numeric if each != group]
    if aggregate in ("sum", "average") and not numeric:
        aggregate = None
    most, least = bool(_MOST.search(question)), bool(_LEAST.search(question))
    if (most or least) and (numeric or aggregate):
        return _extreme(table, question, where, columns, numeric, aggregate, group, most=most)
    if aggregate:
        column = "" if aggregate == "count" else numeric[0]
        return Query(table.name, aggregate=aggregate, column=column, where=tuple(where), group_by=group)
    if not where:
        return None
    shown = columns[:3]
    if any(each.operator != "=" for each in where) and table.columns[0] not in shown:
        shown = [table.columns[0], *shown]  # several rows may come: which ones they are
    return Query(table.name, show=tuple(shown), where=tuple(where))


def _extreme(
    table: Table,
    question: str,
    where: Sequence[Condition],
    columns: Sequence[str],
    numeric: Sequence[str],
    aggregate: Aggregate | None,
    group: str,
    *,
    most: bool,
) -> Query:
    """Return the query for what has most or least of something."""
    top = _TOP.search(question)
    limit = (_SPELLED.get(top[1].lower()) or int(top[1])) if top else 1
    if aggregate and not group:
        group = next((each for each in columns if not table.numeric(each)), "")
    if aggregate and group:
        column = "" if aggregate == "count" else numeric[0]
        return Query(
            table.name,
            aggregate=aggregate,
            column=column,
            where=tuple(where),
            group_by=group,
            order_by="aggregate",
            descending=most,
            limit=limit,
        )
    order = numeric[0]
    shown = [each for each in columns if each != order] or [table.columns[0]]
    return Query(table.name, show=(*shown[:2], order), where=tuple(where), order_by=order, descending=most, limit=limit)


def _group(table: Table, question: str) -> str:
    heads = [_plain(each) for each in table.columns]
    for found in _GROUP.finditer(question):
        wanted = set(terms(found[1]))
        if any(f"{found[0].split()[0].lower()} {found[1].split()[0].lower()}" in each for each in heads):
            continue  # "per day" is the name of a column
        for column in table.columns:
            if wanted & set(terms(column)):
                return column
    return ""


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\d[\d.,]*\d|\w+", text.casefold()))
