"""A question about a table to a query, by its words alone: which values, columns and kinds of question it names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ragkit.analysis import terms
from ragkit.tables import Condition, Query

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from ragkit.tables import Aggregate, Operator, Table

ENTITIES = 0.8  # share of different values from which a column names what the rows are, which are then counted
SEVERAL = 4  # rows from which numbers that count up are taken for names
HALF = 0.5  # share of a value's words from which a question may mean it
SHORT = 30  # characters of a value that one word can mean
SHORTEST = 2  # characters of a value that is looked for in a question
_AGGREGATES: tuple[tuple[Aggregate, re.Pattern[str]], ...] = (
    ("sum", re.compile(r"\b(?:total|sum|altogether|in all|overall)\b", re.IGNORECASE)),
    ("average", re.compile(r"\b(?:average|mean|on average)\b", re.IGNORECASE)),
    ("count", re.compile(r"\b(?:how many|count)\b|\bthe number of\b", re.IGNORECASE)),
)
_COUNTED = re.compile(  # what is counted is no value
    r"\b(?:how many|how much|number of)\s+(different\s+|distinct\s+|unique\s+)?(\w+(?:\s+\w+)?)", re.IGNORECASE
)
_MOST = re.compile(
    r"\b(?:most|highest|largest|biggest|greatest|maximum|max|longest|best|latest|dearest|top)\b", re.IGNORECASE
)
_LEAST = re.compile(r"\b(?:least|lowest|smallest|fewest|minimum|min|shortest|cheapest|earliest|worst)\b", re.IGNORECASE)
_AMOUNT = r"\s+[^\d−-]{0,3}(\d{4}-\d{2}-\d{2}|[−-]?\d[\d.,]*)"
_COMPARED: tuple[tuple[Operator, re.Pattern[str]], ...] = (
    (">=", re.compile(rf"\b(?:at least|no less than|from|since){_AMOUNT}", re.IGNORECASE)),
    ("<=", re.compile(rf"\b(?:at most|no more than|up to|until){_AMOUNT}", re.IGNORECASE)),
    (">", re.compile(rf"\b(?:more than|over|above|greater than|after|exceed\w*){_AMOUNT}", re.IGNORECASE)),
    ("<", re.compile(rf"\b(?:less than|fewer than|under|below|before){_AMOUNT}", re.IGNORECASE)),
)
_MONTHS: tuple[str, ...] = tuple(
    "january february march april may june july august september october november december".split()
)
_MONTH = re.compile(rf"\b({'|'.join(_MONTHS)})\b", re.IGNORECASE)
_YEAR = re.compile(r"(?<![\d-])(?:19|20)\d\d(?![\d-])")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_BEYOND = re.compile(
    r"\b(?:share|proportion|ratio|percentage|differences?|median|mode|compared?|correlat\w+|growth|grew|grown|increased?"
    r"|decreased?|changed?|trend|forecast|variance|deviation|second(?!s)|third|fourth|fifth|2nd|3rd|[4-9]th"
    r"|not|never|or|without|except|excluding|neither|other than)\b|\bper ?cent of\b|n['’]t\b",
    re.IGNORECASE,
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
        "person different distinct unique since until"
    )
)
_ROWS = frozenset(terms("row entry item thing people person record"))  # what any table may be said to have
_IDENTIFIERS = frozenset(("id", "no", "nr", "number", "code", "key", "ref"))
_SPELLED = {"two": 2, "three": 3, "four": 4, "five": 5, "ten": 10}


def written_out(table: Table, question: str) -> str:
    """Put the name of a column for a word that it is short for: ``Dept`` for ``department``."""
    heads = {word.casefold(): word for each in table.columns for word in re.findall(r"[^\W\d]{3,5}", each)}
    known = {term for each in table.columns for term in terms(each)}

    def meant(found: re.Match[str]) -> str:
        word = found[0].casefold().removesuffix("s")
        if set(terms(word)) & known:
            return found[0]
        short = [head for plain, head in heads.items() if len(word) >= len(plain) + 2 and _short_for(plain, word)]
        return short[0] if len(short) == 1 else found[0]

    return re.sub(r"[^\W\d]{5,}", meant, question)


def _short_for(short: str, word: str) -> bool:
    """Tell whether the letters of one word stand in another in this order, and both begin and end alike."""
    letters = iter(word)
    return short[0] == word[0] and short[-1] == word[-1] and all(letter in letters for letter in short)


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


def hinted_value(table: Table, question: str, *, loosely: bool = True) -> tuple[str, str] | None:
    """Return a column with the value that a question means without naming it whole; None where that is not clear.

    It is the value of which the question has most words, more than half of them, or else, ``loosely``, the only one
    that holds a word of the question.
    """
    heads = {term for each in table.columns for term in terms(each)}
    asked = set(terms(_without_amounts(question))) - heads
    found: list[tuple[float, str, str]] = []
    holding: dict[str, list[tuple[str, str]]] = {}
    for column in table.columns:
        if table.numeric(column) or table.dated(column):
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
    if found or not loosely:
        return None
    alone = {places[0] for places in holding.values() if len(places) == 1}
    return alone.pop() if len(alone) == 1 else None


def left_over(table: Table, question: str, query: Query) -> list[str]:
    """Return the words of a question that a query does nothing with: no column, no value, no kind of question."""
    used = {term for each in (*query.show, query.column, query.group_by, query.order_by) for term in terms(each)}
    used |= {term for each in query.where for term in (*terms(each.column), *terms(each.value))}
    used |= set(terms(table.name)) | _OF_QUESTIONS | {str(query.limit)}
    dated = any(each.operator == "contains" or _DAY.fullmatch(each.value) for each in query.where)
    out: list[str] = []
    for word in re.findall(r"[\w.,-]*\w", question):
        own = set(terms(written_out(table, word)))
        time = dated and (_MONTH.fullmatch(word) or re.fullmatch(r"\d{1,2}|(?:19|20)\d\d", word))
        if own and not own & used and not time:
            out.append(word)
    return out


def unknown_names(table: Table, question: str) -> list[str]:
    """Return names and numbers of a question that stand nowhere in a table."""
    known = {term for each in (table.name, *table.columns) for term in terms(each)}
    known |= {term for row in table.rows for cell in row.cells for term in terms(cell)} | _OF_QUESTIONS
    words = re.findall(r"[\w.,-]*\w", question)
    named = [each for each in words if each[0].isdigit() or (each[0].isupper() and not question.startswith(each))]
    return [each for each in named if set(terms(each)) and not set(terms(each)) & known]


def identifies(table: Table, column: str) -> bool:
    """Whether the numbers of a column name its rows and measure nothing: an ID, or a number that counts up."""
    if set(re.findall(r"\w+", column.casefold())) & _IDENTIFIERS:
        return True
    cells = [each for each in table.values(column) if each]
    if len(cells) < SEVERAL or not all(each.isdigit() for each in cells):
        return False
    values = [int(each) for each in cells]
    return len(set(values)) == len(values) and max(values) - min(values) == len(values) - 1


def beyond(table: Table, question: str) -> str:
    """Return the word of a question that asks for what no query works out, as a share or a median; or nothing."""
    heads = {term for each in table.columns for term in terms(each)}
    return next((found[0] for found in _BEYOND.finditer(question) if not set(terms(found[0])) & heads), "")


def explained(table: Table, question: str) -> int:
    """Return how many words of a question a table's columns and values have: what tells which table is meant."""
    question = written_out(table, question)
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
    return re.sub(r"\b(?:how many|how much|number of)\s+\w+", " ", question, flags=re.IGNORECASE)


def named_columns(table: Table, question: str) -> list[str]:
    """Return the columns that a question names, those first of whose name it has most."""
    asked = set(terms(question))
    shares = {each: len(asked & set(terms(each))) / max(1, len(set(terms(each)))) for each in table.columns}
    named = [each for each in table.columns if f" {_plain(each)} " in f" {_plain(question)} "]
    held = {term for each in named for term in terms(each)}
    meant = [
        each for each in table.columns if shares[each] > 0 and (each in named or not asked & set(terms(each)) <= held)
    ]
    return sorted(meant, key=lambda each: (each not in named, -shares[each]))


def query_by_words(table: Table, question: str) -> Query | None:
    """Return the query that a question's words ask for; None where they name nothing of the table, or not enough."""
    table = table.without_totals()
    question = _with_dates(written_out(table, question))
    values = named_values(table, question)
    worked_out = _COUNTED.search(question) or any(pattern.search(question) for _, pattern in _AGGREGATES)
    hint = None if values else hinted_value(table, question, loosely=not worked_out)
    values += [hint] if hint else []
    fixed = {column for column, _ in values}
    columns = [each for each in named_columns(table, question) if each not in fixed]
    where = [Condition(column, "=", value) for column, value in values]
    where += _amounts(table, question, columns) + _times(table, question, fixed)
    group = _group(table, question)
    group = "" if group in fixed else group
    aggregate, column = _aggregate(table, question, [each for each in columns if each != group])
    measures = [each for each in table.columns if table.numeric(each) and not identifies(table, each)]
    numeric = [each for each in columns if each in measures and each != group]
    only = [each for each in measures if each not in fixed and each != group]
    guessed = not numeric and len(only) == 1
    numeric = only if guessed else numeric
    if aggregate in ("sum", "average"):
        column = column or next(iter(numeric), "")
        if not column:
            return None
    query: Query | None = None
    most, least = bool(_MOST.search(question)), bool(_LEAST.search(question))
    if most or least:
        if not numeric and aggregate is None:
            return None
        numeric = [column] if column else numeric
        query = _extreme(table, question, where, columns, numeric, aggregate, group, most=most)
    elif aggregate:
        query = Query(table.name, aggregate=aggregate, column=column, where=tuple(where), group_by=group)
    if query is not None:
        # Where the words name neither rows nor a column, what is left of them may say which are meant.
        unsaid = (guessed and aggregate not in ("count", "distinct")) or (
            aggregate == "count" and not where and not group
        )
        left = left_over(table, question, query)
        cells = {term for row in table.rows for cell in row.cells for term in terms(cell)}
        meant = any(set(terms(each)) & cells for each in left)  # a value that was named in other words
        return None if (unsaid and left) or meant else query
    if not where:
        return None
    shown = sorted(columns[:3], key=table.columns.index)
    if any(each.operator != "=" for each in where) and table.columns[0] not in shown:
        shown = [table.columns[0], *shown]  # several rows may come: which ones they are
    return Query(table.name, show=tuple(shown), where=tuple(where))


def _aggregate(table: Table, question: str, columns: Sequence[str]) -> tuple[Aggregate | None, str]:
    """Return what is to be worked out, and of which column where the words that ask for it say so."""
    counted = _COUNTED.search(question)
    if counted and re.search(r"\b(?:average|mean)\b", question, re.IGNORECASE):
        wanted = set(terms(counted[2]))
        return "average", next((each for each in columns if wanted & set(terms(each)) and table.numeric(each)), "")
    if counted:
        wanted = set(terms(counted[2].split()[0])) or set(terms(counted[2]))
        column = next((each for each in columns if wanted & set(terms(each))), "")
        if column and identifies(table, column):
            return "count", column
        if column and table.numeric(column) and not counted[1]:
            return "sum", column
        if column and (counted[1] or not wanted & _ROWS):
            values = [each for each in table.values(column) if each]
            rows_are = len(set(values)) >= ENTITIES * len(values)
            return ("distinct" if counted[1] or not rows_are else "count"), column
    return next((name for name, pattern in _AGGREGATES if pattern.search(question)), None), ""


def _amounts(table: Table, question: str, columns: Sequence[str]) -> list[Condition]:
    """Return what amounts and dates of a question say: "more than 3000", "after 2024-02-10"."""
    out: list[Condition] = []
    dated = [each for each in (*columns, *table.columns) if table.dated(each)]
    numeric = [each for each in columns if table.numeric(each) and not identifies(table, each)]
    for operator, pattern in _COMPARED:
        for found in pattern.finditer(question):
            amount = found[1].rstrip(".,")
            timely = found[0].split()[0].lower() in ("after", "before", "since", "until")
            year = bool(dated) and bool(_YEAR.fullmatch(amount)) and (timely or not numeric)
            if year and operator in (">", "<="):
                amount = f"{amount}-12-31"  # after a year is after its last day
            target = (dated if year or amount.count("-") == 2 else numeric)[:1]
            out += [Condition(each, operator, amount) for each in target]
    return out


def _with_dates(question: str) -> str:
    """Write days in words as dates, and months behind "before", "after" and the like as their first or last day."""

    def day(found: re.Match[str]) -> str:
        return f"{found[3]}-{_MONTHS.index(found[2].lower()) + 1:02}-{int(found[1]):02}"

    def month(found: re.Match[str]) -> str:
        first = found[1].lower() in ("before", "since")
        return f"{found[1]} {found[3]}-{_MONTHS.index(found[2].lower()) + 1:02}-{'01' if first else '31'}"

    months = "|".join(_MONTHS)
    question = re.sub(rf"\b(\d{{1,2}})\s+({months})\s+(\d{{4}})\b", day, question, flags=re.IGNORECASE)
    bounded = rf"\b(before|after|since|until)\s+({months})\s+(\d{{4}})\b"
    return re.sub(bounded, month, question, flags=re.IGNORECASE)


def _times(table: Table, question: str, fixed: Container[str]) -> list[Condition]:
    """Return what month and year of a question say of the first column of dates."""
    dated = next((each for each in table.columns if table.dated(each) and each not in fixed), "")
    month, year = _MONTH.search(_without_amounts(question)), _YEAR.search(_without_amounts(question))
    if not dated or not (month or year):
        return []
    part = f"-{_MONTHS.index(month[1].lower()) + 1:02}-" if month else "-"
    return [Condition(dated, "contains", f"{year[0] if year else ''}{part}")]


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
) -> Query | None:
    """Return the query for what has most or least of something."""
    top = _TOP.search(question)
    limit = (_SPELLED.get(top[1].lower()) or int(top[1])) if top else 1
    if aggregate and not group:
        group = next((each for each in columns if not table.numeric(each)), "")
    if aggregate and not group:
        return None  # of what the totals or averages are to be compared is not said
    if aggregate:
        column = "" if aggregate == "count" else next(iter(numeric), "")
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
            several = len(set(table.values(column))) <= HALF * len(table.rows)
            if wanted & set(terms(column)) and (several or not table.numeric(column)):
                return column
    return ""


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\d{4}-\d{2}-\d{2}|\d[\d.,]*\d|\w+", text.casefold()))
