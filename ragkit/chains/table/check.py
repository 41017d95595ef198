"""Whether a statement does all that a question asks for: each word that restricts must have had a part in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ragkit.chains.table.question import (
    BETWEEN,
    COMPARED,
    GENERIC,
    MONTHS,
    SPELLED,
    TABLE,
    WORD,
    bare,
    mentions,
    terms_of,
    unknown_names,
    vocabulary,
    with_days,
)
from ragkit.text.amounts import number
from ragkit.text.rules import all_rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ragkit.chains.table.database import Select
    from ragkit.chains.table.sheets import Sheet
    from ragkit.text.rules import Pattern

PREFIX = 4  # letters from which a text in SQL stands for words that begin with it

_OPPOSITE = {">": "<", "<": ">", ">=": "<=", "<=": ">="}
_NOTHING = frozenset(("0", "f", "none")).union(*(each.tables.no for each in all_rules()))
_SOMETHING = frozenset[str]().union(*(each.tables.yes for each in all_rules()))
_ABSENT = frozenset(("!=", "not in", "is null", "not"))
# What words of a question ask for, the functions in SQL that do it, and what is said where none does.
_OPERATIONS: tuple[tuple[Pattern, frozenset[str], str], ...] = (
    (TABLE.total, frozenset(("sum", "+", "count", "count_star")), "add up"),
    (TABLE.average, frozenset(("avg", "mean", "/")), "take the average"),
    (TABLE.count, frozenset(("count", "count_star", "sum", "-", "+", "figures")), "count"),
    (TABLE.most, frozenset(("max", "arg_max", "max_by", "DESCENDING")), "look for the most"),
    (TABLE.least, frozenset(("min", "arg_min", "min_by", "ASCENDING")), "look for the least"),
    (TABLE.latest, frozenset(("max", "DESCENDING")), "look for the latest"),
    (TABLE.earliest, frozenset(("min", "ASCENDING")), "look for the earliest"),
    (TABLE.share, frozenset(("/", "rank", "row_number")), "divide"),
    (TABLE.difference, frozenset(("-", "abs")), "subtract"),
    (TABLE.negated, frozenset(("negates",)), "say what is not to be"),
    (TABLE.median, frozenset(("median", "mode", "stddev", "var_samp", "corr")), "work out that figure"),
)


def unused(
    question: str, statement: Select, sheets: Iterable[Sheet], *, others: Iterable[Sheet] = (), strict: bool
) -> list[str]:
    """Return what a question restricts or asks for and a statement does not do.

    Args:
        question: the question.
        statement: made of it.
        sheets: those that it reads.
        others: those that it could have read: a word that only they have was not used.
        strict: whether every word must have had a part, as where no model understood the rest of them.
    """
    read = list(sheets)
    asked = " ".join(with_days(question, read[0] if read else None).split())
    use = _Use(statement, read)
    missed = [*_operations(asked, use), *_comparisons(asked, statement), *_shown(asked, statement, use)]
    missed += [*_asked_for(asked, statement, use), *_invented(asked, statement), *_cells(asked, use, list(others))]
    return list(dict.fromkeys([*missed, *_words(asked, use, list(others), strict=strict)]))


class _Use:
    """What a statement uses: terms of headers and texts, numbers, functions."""

    def __init__(self, statement: Select, sheets: Sequence[Sheet]) -> None:
        self.sheets = sheets
        columns = [each for sheet in sheets for each in sheet.columns]
        self.columns = [each for each in columns if {"*", each.name} & statement.columns]
        self.others = [each for each in columns if each not in self.columns]
        self.texts = " ".join(statement.literals).casefold()
        self.about = frozenset[str]().union(*(each.about for each in sheets))
        self.terms = terms_of(self.texts.replace("%", " ")).union(*(each.terms for each in self.columns))
        self.numbers = {number(each) for each in statement.literals} | {float(statement.limit)}
        self.functions = set(statement.functions | statement.orders)
        if any(each.kind == "number" and {"*", each.name} & statement.shown for each in self.columns):
            self.functions.add("figures")
        absent = statement.comparisons & _ABSENT or statement.functions & {"!~~", "!~~*"}
        if absent or any(each.casefold() in _NOTHING for each in statement.literals):
            self.functions.add("negates")
        if not statement.functions & {"min", "max"}:  # "how many countries": a row is what its first column names
            self.terms = self.terms.union(*(each.label.terms for each in sheets))

    def has(self, word: str) -> bool:
        own = terms_of(word)
        if own & self.terms or own <= self.about:
            return True
        pieces = re.findall(rf"\w{{{PREFIX},}}", self.texts)
        return any(word.casefold().startswith(each) for each in pieces)

    def has_day(self, word: str) -> bool:
        """Whether a month is in a day or a month of the statement; after it is from the first of the next on."""
        month = MONTHS.get(word.casefold())
        if month is None:
            return False
        days = f"-{month:02}" in self.texts or f"-{month % 12 + 1:02}-01" in self.texts
        return days or float(month) in self.numbers

    def has_figure(self, word: str) -> bool:
        """Whether an amount or a day stands in the SQL, in a header that is used or above the sheet."""
        figure = SPELLED.get(word.casefold(), number(word))
        above = (f"{each.title} {each.caption}" for each in self.sheets)
        headers = (with_days(each.header) for each in self.columns)
        return figure in self.numbers or any(word in each for each in (self.texts, *headers, *above))


def _operations(asked: str, use: _Use) -> Iterator[str]:
    for pattern, functions, what in _OPERATIONS:
        for found in pattern.finditer(asked):
            if not functions & use.functions and not terms_of(found[0]) & use.terms:
                yield f"the question says '{found[0]}', but the SQL does not {what}"
    for found in TABLE.relative.finditer(asked):
        if not any(bare(found[0]) in bare(each.header) for each in use.columns):
            yield f"the question says '{found[0]}', but the SQL does not know that day"


def _comparisons(asked: str, statement: Select) -> Iterator[str]:
    signs, functions = statement.comparisons, statement.functions
    if BETWEEN.search(asked) and not (signs & {"between"} or {">=", "<="} <= signs or "-" in functions):
        yield "'between' wants BETWEEN"
    for sign, pattern in COMPARED.items():
        for found in pattern.finditer(BETWEEN.sub(" ", asked)):
            if not signs & {sign, _OPPOSITE[sign]}:
                yield f"'{found[0]}' wants the comparison {sign}"
    if TABLE.compares.search(asked) and not (signs & {*_OPPOSITE, "between"} or functions & {"-", "/"}):
        yield "the question compares, the SQL does not"


def _shown(asked: str, statement: Select, use: _Use) -> Iterator[str]:
    """Return what of the question a statement does not select: the group, the name of a row."""
    if "*" in statement.shown:
        return
    if statement.keys and not statement.keys & statement.shown:
        yield f"select what it groups by: {', '.join(sorted(statement.keys))}"
    labels = {each.label.name for each in use.sheets if each.label.terms & terms_of(asked)}
    extreme = statement.functions & {"min", "max"} and "-" not in statement.functions
    if extreme and labels and not labels & (statement.shown | statement.keys):
        name = ", ".join(labels)
        yield f"the question asks which {name}: SELECT {name}, ORDER BY the figure, LIMIT 1"
    naming = {each.label.name for each in use.sheets}
    naming |= {each.name for each in use.columns if each.kind in ("text", "date")}
    if TABLE.which.search(asked) and not naming & statement.shown:
        yield "the question asks which: select the column that names it"


def _asked_for(asked: str, statement: Select, use: _Use) -> Iterator[str]:
    """Return what a statement selects and no word of the question asks for."""
    labels = [each.label for each in use.sheets]
    shown = [each for each in use.columns if each.name in statement.shown]
    named = [each for each in shown if each.terms & terms_of(asked)]
    figures = [each for sheet in use.sheets for each in sheet.columns if each.kind == "number"]
    for each in shown if len(figures) > 1 else ():  # where there is one figure only, it is meant
        if each.kind == "number" and each not in (*named, *labels):
            yield f"the question does not ask for {each.name}"
    for each in shown:
        if each.kind == "date" and each not in (*named, *labels) and not _asks_when(asked):
            yield f"the question does not ask for {each.name}"
    texts = [each for each in shown if each.name in statement.returned and each.kind == "text"]
    ranking = (TABLE.which, TABLE.most, TABLE.least, TABLE.latest, TABLE.earliest)
    if texts and not named and not any(pattern.search(asked) for pattern in ranking):
        yield f"the question does not ask for {', '.join(each.name for each in texts)}"
    for found in TABLE.asked.finditer(asked):
        if not (use.has(found[1]) or _operates(found[1]) or terms_of(found[1]) <= GENERIC):
            yield f"no column says what the {found[1]} is"


def _asks_when(asked: str) -> bool:
    return any(pattern.search(asked) for pattern in (TABLE.when, TABLE.latest, TABLE.earliest))


def _operates(word: str) -> bool:
    return word.casefold() in SPELLED or any(pattern.search(word) for pattern, _, _ in _OPERATIONS)


def _invented(asked: str, statement: Select) -> Iterator[str]:
    """Return the texts in SQL that have no word of the question; a letter may stand for a word, F for female."""
    words = bare(asked).split()
    for text in statement.compared - _NOTHING - _SOMETHING:
        own = terms_of(text.replace("%", " "))
        if own and not own & terms_of(asked) and not any(word.startswith(text.casefold().strip("%")) for word in words):
            yield f"the question does not say '{text}'"


def _cells(asked: str, use: _Use, others: Sequence[Sheet]) -> Iterator[str]:
    for each in (each for sheet in use.sheets for each in mentions(sheet, asked) if each.whole):
        if each.cell.casefold() not in use.texts and not each.words <= use.terms | use.about:
            yield f"the question names '{each.cell}', a value of {each.column.name}, which the SQL does not use"
    for other in others:
        for each in (each for each in mentions(other, asked) if each.whole and len(each.words) > 1):
            if each.cell.casefold() not in use.texts:
                yield f"'{each.cell}' is a row of {other.name}, which the SQL does not read"


def _words(asked: str, use: _Use, others: Sequence[Sheet], *, strict: bool) -> Iterator[str]:
    patterns = (TABLE.compares, TABLE.relative, *(pattern for pattern, _, _ in _OPERATIONS))
    operating = frozenset[str]().union(*(terms_of(f[0]) for pattern in patterns for f in pattern.finditer(asked)))
    # "Items" are rows of any table, but where one has a column Item not those of another.
    elsewhere = frozenset[str]().union(*(column.terms for each in others for column in each.columns))
    neutral = operating | (GENERIC - (elsewhere & terms_of(TABLE.rows)))
    cells = {word: each for sheet in use.sheets for each in reversed(mentions(sheet, asked)) for word in each.words}
    names = unknown_names(use.sheets, asked)
    for word in WORD.findall(asked):
        own = terms_of(word)
        if not own or use.has(word) or use.has_day(word):
            continue
        if word[0].isdigit() or word.casefold() in SPELLED:
            if not use.has_figure(word):
                yield f"the SQL does not use {word}"
        elif own <= neutral:
            continue
        elif column := next((each for each in use.others if own & each.terms), None):
            yield f"the question says '{word}', but the SQL does not use the column {column.name}"
        elif cell := next((cells[each] for each in own if each in cells), None):
            yield f"'{word}' stands in {cell.column.name} ('{cell.cell}'), which the SQL does not use"
        elif word in names:
            yield f"nothing in the tables that the SQL reads is called '{word}'"
        elif other := next((each for each in others if own & vocabulary(each)), None):
            yield f"'{word}' stands in {other.name}, which the SQL does not read"
        elif strict:
            yield f"'{word}' was not understood"
