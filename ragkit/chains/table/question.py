"""What a question names of sheets: columns, cells, amounts, days; and which sheets it is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from math import log
from typing import TYPE_CHECKING

from ragkit.text.amounts import date
from ragkit.text.languages import recognised
from ragkit.text.rules import all_rules
from ragkit.text.rules.english import RULES as ENGLISH
from ragkit.text.terms import POSSESSIVE, terms

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from ragkit.chains.table.sheets import Column, Sheet

SHORT = 40  # characters of a cell that a word of a question may mean
SHOWN = 3  # sheets that a question is asked of at most
NEAR = 0.75  # share of the best sheet's relevance from which another is asked as well
CAPITALS = 0.5  # share of words with a capital from which it tells no name
PARTIAL = 0.5  # share of a cell's words from which a question may mean it
AMOUNT = r"\s+(?:[^\w\s−-]\s?|[A-Z]{3}\s)?(\d{4}-\d{2}-\d{2}|[−-]?\d[\d.,]*(?:k\b)?)(\s*%)?"
TABLE = ENGLISH.tables
COMPARED: dict[str, re.Pattern[str]] = {
    ">=": re.compile(rf"\b(?:{TABLE.at_least}){AMOUNT}", re.IGNORECASE),
    "<=": re.compile(rf"\b(?:{TABLE.at_most}){AMOUNT}", re.IGNORECASE),
    ">": re.compile(rf"\b(?:{TABLE.more}){AMOUNT}", re.IGNORECASE),
    "<": re.compile(rf"\b(?:{TABLE.less}){AMOUNT}", re.IGNORECASE),
}
BETWEEN = re.compile(rf"\b{TABLE.between[0]}{AMOUNT}\s+{TABLE.between[1]}{AMOUNT}", re.IGNORECASE)
MONTHS = {name: place for each in all_rules() for place, name in enumerate(each.months, 1)}
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_DAY_MONTH_YEAR = re.compile(rf"\b(\d{{1,2}})\.?\s+({_MONTH})\s+(\d{{4}})\b", re.IGNORECASE)
_MONTH_DAY_YEAR = re.compile(rf"\b({_MONTH})\s+(\d{{1,2}}),?\s+(\d{{4}})\b", re.IGNORECASE)
_NUMERIC_DAY = re.compile(r"(?<![\d.])\d{1,2}([./])\d{1,2}\1\d{4}\b")
MONTH_YEAR = re.compile(rf"\b({_MONTH})(?:\s+(\d{{4}}))?\b", re.IGNORECASE)
YEAR = re.compile(r"(?<![\d-])(?:19|20)\d\d(?![\d-])")
WORD = re.compile(r"\d{4}-\d{2}-\d{2}|\d[\d.,]*\d|[^\W_](?:[\w'’.-]*[^\W_])?")
GENERIC = frozenset(terms(TABLE.of_questions)) | frozenset(terms(TABLE.neutral))
SPELLED = {word: int(value) for word, value in ENGLISH.number_words.items() if int(value) > 1}


@dataclass(frozen=True, slots=True)
class Mention:
    """A cell that a question names.

    Attributes:
        column: its column.
        cell: the cell.
        words: the terms of the question that name it.
        whole: whether the question has all of it.
    """

    column: Column
    cell: str
    words: frozenset[str]
    whole: bool


def with_days(question: str, sheet: Sheet | None = None) -> str:
    """Write days as YYYY-MM-DD, those of only numbers where they can be read one way."""
    first = None
    for column in sheet.columns if sheet else ():
        if column.kind == "date":
            from ragkit.text.amounts import day_first

            first = day_first(column.cells) if first is None else first
    question = _DAY_MONTH_YEAR.sub(lambda m: f"{m[3]}-{MONTHS[m[2].lower()]:02}-{int(m[1]):02}", question)
    question = _MONTH_DAY_YEAR.sub(lambda m: f"{m[3]}-{MONTHS[m[1].lower()]:02}-{int(m[2]):02}", question)
    return _NUMERIC_DAY.sub(lambda m: date(m[0], first) or m[0], question)


def month_number(name: str) -> int:
    """Return the number of a month."""
    return MONTHS[name.lower()]


def bare(text: str) -> str:
    """Return words and numbers in small letters, one blank between them and around them."""
    plain = POSSESSIVE.sub("", text.casefold().replace("’", "'"))
    return f" {' '.join(WORD.findall(plain))} "


@lru_cache(maxsize=4096)
def terms_of(text: str) -> frozenset[str]:
    """Return the search terms of a short text."""
    return frozenset(terms(text))


def mentions(sheet: Sheet, question: str) -> list[Mention]:
    """Return the cells of text that a question names, whole ones first, then those that it has most words of.

    Of cells that overlap in the question the longest counts: "New York City" is not "New York" as well.
    """
    asked, words = bare(question), terms_of(question)
    heads = frozenset[str]().union(*(each.terms for each in sheet.columns))
    whole: list[Mention] = []
    part: list[Mention] = []
    for column in sheet.columns:
        for cell in column.distinct if column.kind == "text" else ():
            own = terms_of(cell)
            plain = bare(cell)
            # A letter alone is rather a word, and "people" rather those that are counted than a department People.
            shared = own & words - GENERIC if len(cell) <= SHORT else frozenset[str]()
            if len(plain) > 3 and plain in asked and (not own <= GENERIC or cell in question):
                whole.append(Mention(column, cell, own, whole=True))
            elif shared and (len(shared) > PARTIAL * len(own) or not shared <= heads):
                part.append(Mention(column, cell, shared, whole=False))
    kept: list[Mention] = []
    for each in sorted(whole, key=lambda each: -len(each.cell)):
        if bare(each.cell) in asked or any(each.cell.casefold() == other.cell.casefold() for other in kept):
            kept.append(each)
            asked = asked.replace(bare(each.cell), "  ")
    part.sort(key=lambda each: (-len(each.words), -len(each.words) / len(terms_of(each.cell))))
    return [*kept, *part]


def named_columns(sheet: Sheet, question: str) -> list[Column]:
    """Return the columns that a question names, those first of whose header it has most."""
    words, asked = terms_of(question), bare(question)
    shares = {
        each.name: (
            bare(each.header) in asked,
            len(words & each.terms) / max(1, len(each.terms)),
            len(words & each.terms),
        )
        for each in sheet.columns
    }
    whole = frozenset[str]().union(*(each.terms for each in sheet.columns if shares[each.name][0]))
    # "Per day" is named, and "Per week" then not by its "per".
    named = [
        each
        for each in sheet.columns
        if shares[each.name][2] and (shares[each.name][0] or not words & each.terms <= whole)
    ]
    return sorted(named, key=lambda each: shares[each.name], reverse=True)


def named_whole(sheet: Sheet, names: Container[str], question: str) -> int:
    """Return how many letters the headers of some columns have that stand in a question as they are."""
    asked = bare(question)
    return sum(len(bare(each.header)) for each in sheet.columns if each.name in names and bare(each.header) in asked)


def relevance(sheets: Sequence[Sheet], question: str) -> list[tuple[float, Sheet]]:
    """Rank sheets by the words of a question that they have, rare ones counting more; those without are left out."""
    words = terms_of(question)
    known = [(each, vocabulary(each)) for each in sheets]
    counts = {word: sum(word in have for _, have in known) for word in words}
    weights = {word: log(1 + len(sheets) / count) for word, count in counts.items() if count}
    scored: list[tuple[float, Sheet]] = []
    for sheet, have in known:
        heads = frozenset[str]().union(sheet.about, *(each.terms for each in sheet.columns))
        # A cell or a header that stands in the question as it is tells more than its words here and there.
        exact = sum(len(each.words) for each in mentions(sheet, question) if each.whole)
        score = sum(weight * (1.5 if word in heads else 1.0) for word, weight in weights.items() if word in have)
        scored.append((score + 0.5 * exact, sheet))
    return sorted((each for each in scored if each[0] > 0), key=lambda each: -each[0])


def chosen(ranked: Sequence[tuple[float, Sheet]], question: str) -> list[Sheet]:
    """Return the sheets that a question is asked of: the best, those about as good, and one with headers it lacks."""
    best = ranked[0][0]
    out = [each for score, each in ranked[:SHOWN] if score >= NEAR * best]
    known = frozenset[str]().union(*(vocabulary(each) for each in out))
    for _, each in ranked:
        heads = frozenset[str]().union(*(column.terms for column in each.columns))
        if len(out) < SHOWN and (terms_of(question) & heads) - known:
            out.append(each)
            known |= vocabulary(each)
    return out


def unknown_names(sheets: Sequence[Sheet], question: str) -> list[str]:
    """Return the names in an English question, words with a capital within it, that stand in no sheet.

    Where most words have one, as in titles, or in languages that give one to every noun, it tells nothing.
    """
    words = [found[0] for found in WORD.finditer(question)]
    names = [each for each in words[1:] if each[0].isupper() and each.casefold() not in MONTHS]
    if len(names) > CAPITALS * len(words) or recognised(question) not in (ENGLISH.code, ""):
        return []
    known = frozenset[str]().union(*(vocabulary(each) for each in sheets))
    return [each for each in names if terms_of(each) and not terms_of(each) & (known | GENERIC)]


@lru_cache(maxsize=256)
def _vocabulary_of(texts: tuple[str, ...]) -> frozenset[str]:
    return frozenset(term for text in texts for term in terms(text))


def vocabulary(sheet: Sheet) -> frozenset[str]:
    """Return the terms of a sheet: of its title, caption, headers and cells."""
    texts = tuple(each for column in sheet.columns for each in (column.header, *column.distinct))
    return _vocabulary_of(texts) | sheet.about
