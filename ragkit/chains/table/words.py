"""SQL made of a question's words alone: a cell, a count, a sum, an average, the most, the first n, rows with a value.

What is made here may pass over words; :func:`ragkit.chains.table.question.unused` then refuses it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ragkit.chains.table.question import (
    BETWEEN,
    COMPARED,
    MONTH_YEAR,
    SPELLED,
    TABLE,
    YEAR,
    bare,
    mentions,
    month_number,
    named_columns,
    with_days,
)
from ragkit.chains.table.sheets import SECTION
from ragkit.text.amounts import number
from ragkit.text.rules import all_rules
from ragkit.text.terms import terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragkit.chains.table.sheets import Column, Kind, Sheet

FIRST_YEAR, LAST_YEAR = 1800, 2100  # between which all numbers of a column are taken for years
COUNTING = 4  # rows from which numbers that count up are taken for names
_IDENTIFIERS = frozenset[str]().union(*(each.tables.identifiers for each in all_rules()))


class _Reader:
    """A question as it is read: what was understood is taken out of ``rest``."""

    def __init__(self, sheet: Sheet, question: str) -> None:
        self.sheet = sheet
        self.named = named_columns(sheet, question)
        self.asked = self.rest = question
        self.chosen: dict[str, list[str]] = {}
        for each in self.named:  # a header may have days, years and amounts in it, and words that ask for something
            self.rest = re.sub(rf"(?<!\w){re.escape(each.header)}(?!\w)", _only_words, self.rest, flags=re.IGNORECASE)
        self.rest = with_days(self.rest, sheet)
        self.where: list[str] = []
        self.fixed: set[str] = set()
        self.compared: list[Column] = []

    def near(self, place: int, kinds: Sequence[Kind], *, years: bool = False) -> Column | None:
        """Return the column of a kind that is named nearest to a place, else the only one of that kind."""

        def fits(each: Column) -> bool:
            return (
                each.kind in kinds and (not years or each.kind == "date" or _of_years(each)) and not _identifies(each)
            )

        own = [(abs(at - place), each) for each in self.named if fits(each) for at in _places(self.rest, each)]
        if own:
            return min(own, key=lambda each: each[0])[1]
        every = [each for each in self.sheet.columns if fits(each)]
        return every[0] if len(every) == 1 else None

    def holds(self, column: Column, condition: str) -> None:
        self.where.append(condition)
        self.fixed.add(column.name)

    def amounts(self) -> bool:
        """Read "more than 3000", "after 2024-02-10", "between 3 and 5"; False where no column fits one."""
        for found in reversed(list(BETWEEN.finditer(self.rest))):
            if not self._amount(found, "BETWEEN", found[1], found[3]):
                return False
        return all(
            self._amount(found, sign, found[1])
            for sign, pattern in COMPARED.items()
            for found in reversed(list(pattern.finditer(self.rest)))
        )

    def _amount(self, found: re.Match[str], sign: str, *given: str) -> bool:
        values = [each.rstrip(".,") for each in given]
        timely = found[0].split()[0].lower() in TABLE.after | TABLE.before | TABLE.since | TABLE.until
        day = values[0].count("-") == 2
        year = timely and bool(YEAR.fullmatch(values[0]))
        column = self.near(found.start(), ("date",) if day else ("date", "number") if year else ("number",), years=year)
        if column is None:
            return False
        literals = [_literal(column, each, sign) for each in values]
        self.holds(column, f"{column.name} {sign} {' AND '.join(literals)}")
        self.compared.append(column)
        self.rest = f"{self.rest[: found.start()]} {self.rest[found.end() :]}"
        return True

    def times(self) -> bool:
        """Read "in March 2024", "in 2023", "on 2024-01-05"; False where no column of days, or of years, is meant."""
        for found in list(re.finditer(r"\d{4}-\d{2}-\d{2}", self.rest)):
            column = self.near(found.start(), ("date",))
            if column is None:
                continue  # it may stand in a header; if not, it is found unused
            self.holds(column, f"{column.name} = '{found[0]}'")
            self.rest = self.rest.replace(found[0], " ", 1)
        for found in MONTH_YEAR.finditer(self.rest):
            timely = self.rest[: found.start()].split()[-1:]
            column = self.near(found.start(), ("date",))
            if column is None:
                return not found[0][0].isupper() or not found[2]
            self._month(column, timely[0].lower() if timely else "", month_number(found[1]), found[2])
            self.rest = self.rest.replace(found[0], " ", 1)
        for found in YEAR.finditer(self.rest):
            column = self.near(found.start(), ("date", "number"), years=True)
            if column is None:
                continue  # it may stand in a header; if not, it is found unused
            self.holds(
                column, f"year({column.name}) = {found[0]}" if column.kind == "date" else f"{column.name} = {found[0]}"
            )
            self.rest = self.rest.replace(found[0], " ", 1)
        return True

    def _month(self, column: Column, word: str, month: int, year: str | None) -> None:
        if year is None:
            self.holds(column, f"month({column.name}) = {month}")
            return
        first, behind = f"{year}-{month:02}-01", f"{int(year) + month // 12}-{month % 12 + 1:02}-01"
        before, since = f"{column.name} < '{first}'", f"{column.name} >= '{first}'"
        # Up to and including a month is before the first day of the next.
        until, after = f"{column.name} < '{behind}'", f"{column.name} >= '{behind}'"
        if word in TABLE.before | TABLE.until:
            self.holds(column, before if word in TABLE.before else until)
        elif word in TABLE.after | TABLE.since:
            self.holds(column, after if word in TABLE.after else since)
        else:
            self.holds(column, f"strftime({column.name}, '%Y-%m') = '{year}-{month:02}'")

    def cells(self) -> None:
        """Read the values that are named: whole cells, or the one that has most words of the question."""
        found = mentions(self.sheet, self.rest)
        whole = [each for each in found if each.whole]
        taken = frozenset[str]().union(*(each.words for each in whole))
        chosen = self.chosen
        for each in whole:
            chosen.setdefault(each.column.name, []).append(each.cell)
        heads = frozenset[str]().union(*(each.terms for each in self.sheet.columns)) | self.sheet.about
        part = [each for each in found if not each.whole and each.column.name not in chosen]
        part = [
            each for each in part if each.words - heads or (len(each.words) > 1 and each.words >= set(terms(each.cell)))
        ]
        # A remark that mentions a name among other things does not say that its row is about it.
        label = self.sheet.label
        part = [each for each in part if each.column is label or 2 * len(each.words) >= len(set(terms(each.cell)))]
        for each in part:
            if each.words & taken:
                continue
            same = [other for other in part if other.words == each.words]
            if {other.column.name for other in same} == {each.column.name}:
                chosen.setdefault(each.column.name, []).extend(other.cell for other in same)
                taken |= each.words - heads or each.words
        for name, cells in chosen.items():
            listed = ", ".join(map(_quoted, dict.fromkeys(cells)))
            column = self.sheet.column(name)
            if column:
                self.holds(column, f"{name} = {listed}" if len(set(cells)) == 1 else f"{name} IN ({listed})")
        for each in whole:  # "Total assets" asks for no sum
            self.rest = re.sub(re.escape(each.cell), " ", self.rest, flags=re.IGNORECASE)

    def marks(self) -> None:
        """Read columns of yes and no that are named, and columns that "no" or "without" stands before."""
        denied = [found.end() for found in TABLE.negated.finditer(self.rest)]
        owned = [found.end() for found in TABLE.present.finditer(self.rest)]
        for column in self.sheet.columns:
            if column.name in self.fixed:
                continue
            places = _places(self.rest, column)
            before = any(0 <= at - end <= 2 for at in places for end in denied)
            if column.kind == "boolean" and places:
                self.holds(column, f"NOT {column.name}" if before else column.name)
            elif before:
                empty = {"number": f" OR {column.name} = 0", "text": f" OR {column.name} = 'none'"}.get(column.kind, "")
                self.holds(column, f"({column.name} IS NULL{empty})")
            elif any(0 <= at - end <= 1 for at in places for end in owned) and None in column.values:
                self.holds(column, f"{column.name} IS NOT NULL")


def query_by_words(sheet: Sheet, question: str) -> str | None:
    """Return the SQL that a question's words ask for of a sheet; None where they do not say enough."""
    reader = _Reader(sheet, question)
    if not reader.amounts() or not reader.times():
        return None
    reader.marks()
    reader.cells()
    question = reader.rest
    for each in reader.named:  # "share spent", the name of a column, asks for no share
        question = re.sub(rf"(?<!\w){re.escape(each.header)}(?!\w)", " ", question, flags=re.IGNORECASE)
    columns = [each for each in reader.named if each.name not in reader.fixed]
    group = _group(sheet, reader.rest, columns)
    own = (group, sheet.label)
    figures = [each for each in columns if each.kind == "number" and not _identifies(each) and each not in own]
    if TABLE.share.search(question) or TABLE.difference.search(question):
        return _related(reader, question, figures)
    return (
        _ranked(reader, question, columns, figures, group)
        or _calculated(reader, question, columns, figures, group)
        or _looked_up(reader, question, columns)
    )


def _related(reader: _Reader, question: str, figures: Sequence[Column]) -> str | None:
    """Return SQL for the difference of two rows or two columns, or the share that some rows have of a column."""
    sheet = reader.sheet
    if TABLE.most.search(question) or TABLE.least.search(question) or TABLE.average.search(question):
        return None
    if TABLE.share.search(question):
        return _share(reader, figures) if len(figures) == 1 and not TABLE.difference.search(question) else None
    if len(figures) == 2 and reader.where:
        first, second = sorted(figures, key=lambda each: min(_places(reader.asked, each), default=0))
        return _select([], sheet, reader.where, extra=f"{first.name} - {second.name}")
    pair = [name for name, cells in reader.chosen.items() if len(cells) == 2]
    if len(figures) != 1 or len(pair) != 1:
        return None
    place = {each: bare(reader.asked).find(bare(each)) for each in reader.chosen[pair[0]]}
    others = [each for each in reader.where if not each.startswith(f"{pair[0]} IN")]
    parts = [
        f"(SELECT {figures[0].name} FROM {sheet.name} WHERE {' AND '.join([*others, f'{pair[0]} = {_quoted(cell)}'])})"  # noqa: S608
        for cell in sorted(place, key=lambda each: place[each])
    ]
    return f"SELECT {' - '.join(parts)}"


def _share(reader: _Reader, figures: Sequence[Column]) -> str | None:
    sheet, figure = reader.sheet, f"sum({figures[0].name})"
    totals = {cell for number in sheet.totals for cell in sheet.rows[number].cells}
    for name, cells in reader.chosen.items():
        parts, wholes = [each for each in cells if each not in totals], [each for each in cells if each in totals]
        if parts and len(wholes) == 1:  # of a total that is named
            part = f"{figure} FILTER (WHERE {name} IN ({', '.join(map(_quoted, parts))}))"
            return f"SELECT 100 * {part} / {figure} FILTER (WHERE {name} = {_quoted(wholes[0])}) FROM {sheet.name}"  # noqa: S608
    part = f"{figure} FILTER (WHERE {' AND '.join(reader.where)})"
    return f"SELECT 100 * {part} / {figure} FROM {sheet.name}" if reader.where else None  # noqa: S608


def _ranked(
    reader: _Reader, question: str, columns: Sequence[Column], figures: Sequence[Column], group: Column | None
) -> str | None:
    """Return SQL for the most, the least, the latest and the first n."""
    sheet, count = reader.sheet, _limit(question)
    most, least = TABLE.most.search(question), TABLE.least.search(question)
    late, early = TABLE.latest.search(question), TABLE.earliest.search(question)
    if most and least:
        return None
    if not most and not least:
        return _first_in_time(reader, question, columns, falling=bool(late)) if late or early else None
    by = _counted_column(sheet, question, columns)
    if not figures and by:
        return _select([by], sheet, reader.where, extra="count(*)", group=by, rank=("count(*)", bool(most), count))
    figures = figures or _only_figure(sheet)
    texts = [each for each in columns if each.kind == "text"]
    by = group or next(iter(texts), None)
    if figures and by and (TABLE.total.search(question) or TABLE.average.search(question)):
        made = f"{'avg' if TABLE.average.search(question) else 'sum'}({figures[0].name})"
        return _select([by], sheet, reader.where, extra=made, group=by, rank=(made, bool(most), count))
    label = [sheet.label] if sheet.label.name not in reader.fixed else []
    shown = list(dict.fromkeys([*label, *texts[:1], *figures[:1]]))
    return _select(shown, sheet, reader.where, rank=(figures[0].name, bool(most), count)) if figures else None


def _first_in_time(reader: _Reader, question: str, columns: Sequence[Column], *, falling: bool) -> str | None:
    if TABLE.aged.search(question) and TABLE.person.match(question):
        return None  # the age of people, not of what they did
    times = [each for each in reader.sheet.columns if each.kind == "date" or _of_years(each)]
    days = [each for each in columns if each in times] or times
    if len(days) != 1:
        return None
    shown = list(dict.fromkeys([reader.sheet.label, *columns[:2], days[0]]))
    return _select(shown, reader.sheet, reader.where, rank=(days[0].name, falling, _limit(question)))


def _only_figure(sheet: Sheet) -> list[Column]:
    """Return the column of amounts where there is one only: no doubt which is meant, even if it is not named."""
    own = [each for each in sheet.columns if each is not sheet.label]
    every = [each for each in own if each.kind == "number" and not _identifies(each)]
    return every if len(every) == 1 else []


def _calculated(
    reader: _Reader, question: str, columns: Sequence[Column], figures: Sequence[Column], group: Column | None
) -> str | None:
    """Return SQL for counts, sums and averages, by groups too."""
    sheet = reader.sheet
    counted = TABLE.counted.search(reader.rest)
    total, average = TABLE.total.search(question), TABLE.average.search(question)
    figures = figures or (_only_figure(sheet) if total or average else [])
    total = total or (group and not counted)  # revenue by region
    shown = [group] if group else []
    if average and group and group is sheet.label and group.names_rows:
        shown, group = [], None  # "the average per country", a country a row
    if average or (total and figures):
        if not figures:
            return None
        made = f"{'avg' if average else 'sum'}({figures[0].name})"
        return _select(shown, sheet, reader.where, extra=made, group=group)
    if not counted or not TABLE.count.search(question):
        return None
    # "How many units" of a column Units are added up; "how many lines" of a column Line are counted.
    wanted = set(counted[2].casefold().split())
    measure = next((each for each in figures if wanted & set(bare(each.header).split())), None)
    if measure and not counted[1]:
        return _select(shown, sheet, reader.where, extra=f"sum({measure.name})", group=group)
    if sheet.label.name in reader.fixed and sheet.label.names_rows:
        return None  # one row, of which something is counted that is no column
    first = set(terms(counted[2].split()[0]))
    column = next((each for each in columns if first & each.terms and each.kind in ("text", "number", "date")), None)
    # Boats with several rows are counted once; where each row has a name of its own, both may be meant.
    repeated = column and column.kind == "text" and len(column.distinct) < sum(map(bool, column.cells))
    different = f"count(DISTINCT {column.name})" if column and column is not group and (counted[1] or repeated) else ""
    both = different and not counted[1] and sheet.label.names_rows
    made = f"count(*), {different}" if both else different or "count(*)"
    return _select(shown, sheet, reader.where, extra=made, group=group)


def _looked_up(reader: _Reader, question: str, columns: Sequence[Column]) -> str | None:
    sheet = reader.sheet
    if not reader.where or TABLE.total.search(question) or TABLE.average.search(question):
        return None
    label = [sheet.label] if sheet.label.name not in reader.fixed else []
    asked = [each for each in columns if each is not sheet.label][:3]
    cells = reader.chosen.get(sheet.label.name, [])
    section = sheet.column(SECTION)
    if section and section.name not in reader.fixed and sum(each in cells for each in sheet.label.cells) > len(cells):
        label = [section]  # "Net sales" of each region
    elif len(cells) > 1:
        label = [sheet.label]
    shown = list(dict.fromkeys([*label, *asked, *reader.compared]))
    if len(asked) == 1:
        reader.where.append(f"{asked[0].name} IS NOT NULL")
    # A row by its name alone answers which it is, not what it costs.
    which = TABLE.which.search(reader.asked) or sheet.label.terms & set(terms(reader.asked))
    return _select(shown, sheet, reader.where) if shown and (asked or which) else None


def _select(
    shown: Sequence[Column],
    sheet: Sheet,
    where: Sequence[str],
    *,
    extra: str = "",
    group: Column | None = None,
    rank: tuple[str, bool, int] | None = None,
) -> str:
    parts = [*(each.name for each in shown), *([extra] if extra else [])]
    sql = f"SELECT {', '.join(parts)} FROM {sheet.name}"  # noqa: S608 - names are our own, texts are quoted
    conditions = [
        *where,
        *([f"{rank[0]} IS NOT NULL"] if rank and not group else []),
        *([f"{group.name} IS NOT NULL"] if group else []),
    ]
    sql += f" WHERE {' AND '.join(conditions)}" if conditions else ""
    sql += f" GROUP BY {group.name}" if group else ""
    if rank:  # what ties with the last one is shown as well
        order = f"{rank[0]} {'DESC' if rank[1] else 'ASC'}"
        sql += f" QUALIFY rank() OVER (ORDER BY {order}) <= {rank[2]} ORDER BY {order}"
    return sql


def _group(sheet: Sheet, question: str, columns: Sequence[Column]) -> Column | None:
    heads = [" ".join(re.findall(r"\w+", each.header.casefold())) for each in sheet.columns]
    for found in TABLE.group.finditer(question):
        if any(f"{found[1].split()[-1].lower()} {found[2].lower()}" in each for each in heads):
            continue  # "per day" is in the name of a column
        wanted = set(terms(f"{found[2]} {found[3] or ''}"))
        own = next((each for each in columns if wanted & each.terms), None)
        if own and (own.kind != "number" or found[1].lower() != "by"):  # "top 3 by price" makes no groups
            return own
    return None


def _counted_column(sheet: Sheet, question: str, columns: Sequence[Column]) -> Column | None:
    """Return the column by which "which port has most boats" counts rows: not what is counted, but what has it."""
    counted = TABLE.many.search(question)
    wanted = set(terms(counted[1])) if counted else set[str]()
    by = [each for each in columns if each.kind == "text" and not wanted & each.terms and each is not sheet.label]
    return by[0] if counted and len(by) == 1 else None


def _limit(question: str) -> int:
    """Return how many are asked for: "the three cheapest", "top 5"."""
    spelled = "|".join(SPELLED)
    patterns = (TABLE.most, TABLE.least, TABLE.latest, TABLE.earliest)
    order = re.sub(r"(?<!\\)\((?!\?)", "(?:", "|".join(each.source for each in patterns))
    words = rf"(\d{{1,3}}|{spelled})"
    near = rf"\b{words}\s+(?:\w+\s+){{0,4}}?(?:{order})|(?:{order})\s+{words}\b"
    found = re.search(near, question, re.IGNORECASE)
    word = next((each for each in found.groups() if each), "") if found else ""
    return int(word) if word.isdigit() else SPELLED.get(word.lower(), 1)


def _places(question: str, column: Column) -> list[int]:
    return [found.start() for found in re.finditer(r"[^\W_]+", question) if set(terms(found[0])) & column.terms]


def _only_words(found: re.Match[str]) -> str:
    return found[0] if not re.search(r"\d", found[0]) else " "


def _of_years(column: Column) -> bool:
    figures = [each for each in column.values if each is not None]
    return bool(figures) and all(
        isinstance(each, float) and FIRST_YEAR <= each <= LAST_YEAR and each.is_integer() for each in figures
    )


def _identifies(column: Column) -> bool:
    """Whether numbers name their rows and measure nothing: an ID, or numbers that count up."""
    if set(re.findall(r"\w+", column.header.casefold())[-1:]) & _IDENTIFIERS:  # "Order no.", not "Number of orders"
        return True
    cells = [each for each in column.values if each is not None]
    if (
        column.kind != "number"
        or len(cells) < COUNTING
        or not all(isinstance(each, float) and each.is_integer() for each in cells)
    ):
        return False
    values = [float(each) for each in cells if isinstance(each, float)]
    return len(set(values)) == len(values) and max(values) - min(values) == len(values) - 1


def _literal(column: Column, text: str, sign: str) -> str:
    if column.kind != "date":
        value = number(text)
        return _quoted(text) if value is None else f"{value:.12g}"
    if YEAR.fullmatch(text):  # after a year is after its last day
        return f"'{text}-12-31'" if sign in (">", "<=") else f"'{text}-01-01'"
    return f"'{text}'"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
