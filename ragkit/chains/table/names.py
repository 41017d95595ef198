"""What of a table a question names: its columns, values of its cells; and which words are left over."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ragkit.text.rules import all_rules
from ragkit.text.rules.english import RULES as ENGLISH
from ragkit.text.terms import terms

if TYPE_CHECKING:
    from ragkit.chains.table.query import Operator, Query
    from ragkit.text.tables import Table

SEVERAL = 4  # rows from which numbers that count up are taken for names
HALF = 0.5  # share of a value's words from which a question may mean it
SHORT = 30  # characters of a value that one word can mean
SHORTEST = 2  # characters of a value that is looked for in a question
AMOUNT = r"\s+(?:[^\w\s−-]\s?|[A-Z]{3}\s)?(\d{4}-\d{2}-\d{2}|[−-]?\d[\d.,]*(?:k\b)?)(\s*%)?"
# Questions about tables are read by English rules; cells and heads by those of all languages.
TABLE = ENGLISH.tables
COMPARED: tuple[tuple[Operator, re.Pattern[str]], ...] = (
    (">=", re.compile(rf"\b(?:{TABLE.at_least}){AMOUNT}", re.IGNORECASE)),
    ("<=", re.compile(rf"\b(?:{TABLE.at_most}){AMOUNT}", re.IGNORECASE)),
    (">", re.compile(rf"\b(?:{TABLE.more}){AMOUNT}", re.IGNORECASE)),
    ("<", re.compile(rf"\b(?:{TABLE.less}){AMOUNT}", re.IGNORECASE)),
)
MONTHS = ENGLISH.months
MONTH = re.compile(rf"\b({'|'.join(MONTHS)})\b", re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_OF_QUESTIONS = frozenset(terms(TABLE.of_questions))
YEAR = re.compile(r"(?<![\d-])(?:19|20)\d\d(?![\d-])")
# In the head of a column, whose numbers are then years.
YEARS = frozenset[str]().union(*(each.tables.years for each in all_rules()))
SPELLED = {word: int(value) for word, value in ENGLISH.number_words.items() if int(value) > 1}
_IDENTIFIERS = frozenset[str]().union(*(each.tables.identifiers for each in all_rules()))


def written_out(table: Table, question: str) -> str:
    """Put the name of a column for a word that it is short for: ``Dept`` for ``department``."""
    heads = {word.casefold(): word for each in table.columns for word in re.findall(r"\b[^\W\d]{3,5}\b", each)}
    known = {term for each in table.columns for term in terms(each)}

    def meant(found: re.Match[str]) -> str:
        word = found[0].casefold().removesuffix(ENGLISH.plural)
        if set(terms(word)) & known:
            return found[0]
        short = [head for plain, head in heads.items() if len(word) >= len(plain) + 2 and _short_for(plain, word)]
        return short[0] if len(short) == 1 else found[0]

    return re.sub(r"[^\W\d]{5,}", meant, question)


def _short_for(short: str, word: str) -> bool:
    """Return whether the letters of one word stand in another in this order, and both begin and end alike."""
    letters = iter(word)
    return short[0] == word[0] and short[-1] == word[-1] and all(letter in letters for letter in short)


def named_values(table: Table, question: str) -> list[tuple[str, str]]:
    """Return columns with the value of theirs that a question names, longest values first, no two of one stretch."""
    asked = f" {bare(without_amounts(question))} "
    heads = {bare(each) for each in table.columns}
    named = named_columns(table, question)
    measured = any(table.numeric(each) for each in named)
    found: list[tuple[int, str, str]] = []
    for column in table.columns:
        # A number is one of the column that is named, if one is.
        years = bool(YEARS & set(bare(column).split()))
        elsewhere = measured and column not in named and table.numeric(column) and not identifies(table, column)
        if elsewhere and not years:
            continue
        for value in dict.fromkeys(table.values(column)):
            plain = bare(value)
            if re.search(rf"(?<!\w){re.escape(value)}\s*%", question) and "%" not in value:
                continue
            if len(plain) >= SHORTEST and plain not in heads and f" {plain} " in asked:
                found.append((len(plain), column, value))
    # Longest first, each stretch of the question used once: "New York City" is not "New York" as well.
    out: list[tuple[str, str]] = []
    for _, column, value in sorted(found, key=lambda each: -each[0]):
        plain = f" {bare(value)} "
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
    asked = set(terms(without_amounts(question))) - heads
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
                # Shared words decide; between equals, the share of the value's own words (at most 1) does.
                found.append((len(shared) + len(shared) / len(own), column, value))
    found.sort(key=lambda each: -each[0])
    if found and (len(found) == 1 or found[1][0] < found[0][0]):
        return found[0][1:]
    if found or not loosely:
        return None
    alone = {places[0] for places in holding.values() if len(places) == 1}
    return alone.pop() if len(alone) == 1 else None


def named_columns(table: Table, question: str) -> list[str]:
    """Return the columns that a question names, those first of whose name it has most."""
    asked = set(terms(question))
    shares = {each: len(asked & set(terms(each))) / max(1, len(set(terms(each)))) for each in table.columns}
    named = [each for each in table.columns if f" {bare(each)} " in f" {bare(question)} "]
    # A column named only inside a longer name ("Spent" in "share spent") is not meant; one whose name stands in part
    # is, if it explains words that no fully named column does.
    explained_terms = {term for each in named for term in terms(each)}
    longer = [each for each in named if not _within_others(each, named, question)]
    meant = [
        each
        for each in table.columns
        if shares[each] > 0
        and (each in longer or (each not in named and not asked & set(terms(each)) <= explained_terms))
    ]
    return sorted(meant, key=lambda each: (each not in named, -shares[each]))


def left_over(table: Table, question: str, query: Query) -> list[str]:
    """Return the words of a question that a query does nothing with: no column, no value, no kind of question."""
    used = {term for each in (*query.show, query.column, query.group_by, query.order_by) for term in terms(each)}
    used |= {term for each in query.where for term in (*terms(each.column), *terms(each.value))}
    used |= set(terms(table.name)) | _OF_QUESTIONS | {str(query.limit)}
    used |= {word for word, value in SPELLED.items() if value == query.limit}
    dated = any(each.operator == "contains" or _DAY.fullmatch(each.value) for each in query.where)
    out: list[str] = []
    named = (*query.show, query.column, query.group_by, query.order_by, *(each.value for each in query.where))
    written = {word for each in named for word in re.findall(r"\w+", each)}
    for word in re.findall(r"[\w.,-]*\w", question):
        letter = re.fullmatch(r"[A-Z]", word) and word.casefold() not in TABLE.letters
        if letter and word not in written and not question.startswith(word):
            out.append(word)  # Model S
        own = set(terms(written_out(table, word)))
        time = dated and (
            MONTH.fullmatch(word) or re.fullmatch(r"\d{1,2}|(?:19|20)\d\d|\d{1,2}[./]\d{1,2}[./]\d{4}", word)
        )
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
    # All different and without a gap: 1, 2, 3 … in any order.
    return len(set(values)) == len(values) and max(values) - min(values) == len(values) - 1


def explained(table: Table, question: str) -> int:
    """Return how many words of a question a table's columns and values have: this decides which table is meant."""
    question = written_out(table, question)
    asked = set(terms(question))
    explained_terms = {term for each in (table.name, *table.columns) for term in terms(each)}
    values = named_values(table, question)
    hint = hinted_value(table, question)
    explained_terms |= {term for _, value in (*values, *((hint,) if hint else ())) for term in terms(value)}
    return len(asked & explained_terms)


def without_amounts(question: str) -> str:
    """Leave out what is counted and what is compared with: they are no values that are named."""
    for _, pattern in COMPARED:
        question = pattern.sub(" ", question)
    return TABLE.counts.sub(" ", question)


def _within_others(column: str, named: list[str], question: str) -> bool:
    """Whether a column is named only as a part of the names of others: Spent in "share spent"."""
    asked = f" {bare(question)} "
    for other in sorted(named, key=len, reverse=True):
        if other != column and f" {bare(column)} " in f" {bare(other)} ":
            asked = asked.replace(f" {bare(other)} ", "  ")
    return f" {bare(column)} " not in asked


def mentioned(question: str, column: str, at: int = 0) -> int | None:
    """Return where a question names a column, or a word of it, nearest to a place; None where it does not."""
    own = set(terms(column))
    places = [word.start() for word in re.finditer(r"[^\W_]+", question) if own & set(terms(word[0]))]
    return min(places, key=lambda place: abs(place - at)) if places else None


def bare(text: str) -> str:
    """Return the words and numbers of a text in small letters, with one blank between them."""
    return " ".join(re.findall(r"\d{4}-\d{2}-\d{2}|\d[\d.,]*\d|\w+", text.casefold()))
