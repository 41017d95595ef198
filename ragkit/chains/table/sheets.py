"""Tables of documents with typed columns and simple names, as SQL can work on them."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ragkit.text.amounts import date, day_first, decimal_mark, number, unit
from ragkit.text.rules import all_rules
from ragkit.text.tables import MISSING, TableRow, different, is_total, tables
from ragkit.text.terms import terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.documents import Document

    from ragkit.text.tables import Table

Kind = Literal["number", "date", "boolean", "text"]
Value = str | float | bool | dt.date | None
TYPED = 0.8  # share of a column's cells with text from which their kind is the column's
LONGEST_NAME = 40  # characters of a name in SQL
LONGEST_UNIT = 24  # characters of what is taken for a unit in a header
LONGEST_NOTE = 60  # characters of what a caption says in parentheses of all its table's figures

_YES = frozenset[str]().union(*(each.tables.yes for each in all_rules()))
_NO = frozenset[str]().union(*(each.tables.no for each in all_rules()))
_YEAR = re.compile(r"(?:19|20)\d\d")
_UNIT = re.compile(r".*?(?:\(([^()]+)\)|,\s+([^,\d]+))\s*$")
_NOTE = re.compile(r"\(([^()]+)\)[:.]?\s*$")
SECTION = "section"
LABEL = "item"  # what rows are, where the header does not say


@dataclass(frozen=True)
class Column:
    """A column of a sheet.

    Attributes:
        name: in SQL.
        header: as people read it.
        kind: of its values.
        unit: of its numbers; empty where none is known.
        place: number of the column among the table's cells, from 0; -1 where it is made of rows between the others.
        cells: its cells as they stand.
        values: read by its kind, a row each; None where nothing is known.
    """

    name: str
    header: str
    kind: Kind
    unit: str
    place: int
    cells: tuple[str, ...]
    values: tuple[Value, ...]

    @cached_property
    def terms(self) -> frozenset[str]:
        """Search terms of its header."""
        return frozenset(terms(self.header))

    @cached_property
    def names_rows(self) -> bool:
        """Whether all its cells differ, and none is empty."""
        return len({each.casefold() for each in self.cells if each}) == len(self.cells)

    @cached_property
    def distinct(self) -> tuple[str, ...]:
        """Its different cells with text, in their order."""
        return tuple(dict.fromkeys(each for each in self.cells if each))


@dataclass(frozen=True)
class Sheet:
    """A table of a document, ready for SQL.

    Attributes:
        name: in SQL.
        title: the sheet, heading or file that it is from.
        caption: the line above it.
        document: it stands in.
        columns: its columns.
        rows: its rows, those of totals included.
        totals: numbers of the rows of totals among them, from 0.
    """

    name: str
    title: str
    caption: str
    document: Document
    columns: tuple[Column, ...]
    rows: tuple[TableRow, ...]
    totals: frozenset[int]

    @property
    def label(self) -> Column:
        """The column that says what a row is: the first if all its cells differ, else the first of text."""
        own = [each for each in self.columns if each.place >= 0]
        if own[0].names_rows:
            return own[0]
        return next((each for each in own if each.kind == "text"), own[0])

    @cached_property
    def about(self) -> frozenset[str]:
        """Search terms of title, caption and file."""
        stem = Path(str(self.document.metadata.get("source", ""))).stem
        return frozenset(terms(f"{self.title} {self.caption} {stem}"))

    @property
    def note(self) -> str:
        """What its caption says of all its figures, such as "in millions"; empty for nothing."""
        found = _NOTE.search(self.caption)
        return found[1] if found and len(found[1]) <= LONGEST_NOTE else ""

    def column(self, name: str) -> Column | None:
        """Return the column with a name in SQL."""
        return next((each for each in self.columns if each.name == name.casefold()), None)


def sheets_of(documents: Sequence[Document]) -> list[Sheet]:
    """Return the tables of documents, named t1, t2 and so on."""
    out: list[Sheet] = []
    titles = set[str]()
    for document in documents:
        stem = Path(str(document.metadata.get("source", ""))).stem
        for table in tables(document.page_content, str(document.metadata.get("title") or stem)):
            title = table.name if table.name not in titles else f"{table.name} of {stem or len(titles)}"
            titles.add(title)
            if sheet := _sheet(document, table, f"t{len(out) + 1}", title):
                out.append(sheet)
    return out


def _sheet(document: Document, table: Table, name: str, title: str) -> Sheet | None:
    headers, rows = _headed(table)
    headers = _told_apart(headers)
    if headers[0].startswith("column 1") and headers[0] not in table.head.cells:
        headers[0] = LABEL
    rows, sections = _sectioned(rows)
    if not rows:
        return None
    names = _names([SECTION, *headers] if any(sections) else headers)
    columns: list[Column] = []
    every = [cell for row in rows for cell in row.cells]
    if any(sections):
        columns.append(
            Column(names.pop(0), SECTION, "text", "", -1, sections, tuple(each or None for each in sections))
        )
    for place, (called, header) in enumerate(zip(names, headers, strict=True)):
        columns.append(_typed(called, header, place, [row.cells[place] for row in rows], every))
    totals = frozenset(number for number, row in enumerate(rows) if is_total(row))
    return Sheet(name, title, table.caption, document, tuple(columns), tuple(rows), totals)


def _headed(table: Table) -> tuple[list[str], list[TableRow]]:
    """Return a header for each column, and the rows: headers of several lines joined, none made of a row of figures."""
    head, rows = [*table.head.cells, *[""] * (len(table.columns) - len(table.head.cells))], list(table.rows)
    if any(number(each) is not None and not _YEAR.fullmatch(each) for each in head[1:]):
        return [f"column {place}" for place in range(1, len(head) + 1)], [table.head, *rows]
    while len(rows) > 1 and _heads_on(head, rows[0], rows[1:]):
        spread: list[str] = []
        for place, each in enumerate(head):  # a cell over several columns stands in the first of them
            spread.append(each or (spread[-1] if place and rows[0].cells[place] else ""))
        joined = [" ".join(filter(None, pair)) for pair in zip(spread, rows[0].cells, strict=True)]
        over_all = len(set(spread)) == 1  # a title over the whole table tells no column from another
        head, rows = (list(rows[0].cells) if over_all else joined), rows[1:]
    return different(head), rows


def _heads_on(head: Sequence[str], row: TableRow, below: Sequence[TableRow]) -> bool:
    """Whether a row goes on with the header: it has no figures where those below have, and fills what is not named."""
    unnamed = [place for place, each in enumerate(head) if place and (not each or list(head).count(each) > 1)]
    if not any(row.cells[place] for place in unnamed):
        return False
    if any(number(each) is not None and not _YEAR.fullmatch(each) for each in row.cells):
        return False
    return any(number(each.cells[place]) is not None for place in unnamed for each in below)


def _told_apart(headers: Sequence[str]) -> list[str]:
    """Complete headers that stood twice by what spans their group.

    Of "Three Months Ended July 1 | June 25 | Nine Months Ended July 1 | June 25 (2)" the second and fourth get the
    words that their left neighbours have beyond a last line as long as their own: in a spanned header they stood above
    both.
    """
    out = list(headers)
    for place, each in enumerate(headers):
        bare = re.sub(r" \(\d+\)$", "", each)
        twins = [number for number, other in enumerate(headers) if number and re.sub(r" \(\d+\)$", "", other) == bare]
        length = len(bare.split())
        left = [headers[number - 1].split() for number in twins]
        leaves = {tuple(words[-length:]) for words in left}
        if len(twins) > 1 and place in twins and len(leaves) == 1 and all(len(words) > length for words in left):
            out[place] = " ".join([*headers[place - 1].split()[:-length], bare])
    return different(out)


def _sectioned(rows: Sequence[TableRow]) -> tuple[list[TableRow], tuple[str, ...]]:
    """Take out rows that only name those below them; each row gets the name of its section, up to a total."""
    kept: list[TableRow] = []
    sections: list[str] = []
    section = ""
    several = [row for row in rows if any(row.cells[1:])]
    figures = len(several) > 1 and all(any(number(each) is not None for each in row.cells[1:]) for row in several)
    for place, row in enumerate(rows):
        below = rows[place + 1] if place + 1 < len(rows) else None
        if below and _opens(row, figures=figures):
            section = row.cells[0].rstrip(": ")
            continue
        kept.append(row)
        sections.append(section)
        section = "" if is_total(row) else section
    return kept, tuple(sections)


def _opens(row: TableRow, *, figures: bool) -> bool:
    """Whether a row names those below it; without a colon only where all others have figures."""
    alone = bool(row.cells[0]) and not any(row.cells[1:])
    return alone and (figures or row.cells[0].endswith(":"))


def _names(headers: Sequence[str]) -> list[str]:
    """Return simple, different names for SQL."""
    out: list[str] = []
    reserved = _reserved()
    for place, each in enumerate(headers, 1):
        words = re.sub(r"\W+", "_", each.casefold()).strip("_") or f"column_{place}"
        plain = words if len(words) <= LONGEST_NAME else words[:LONGEST_NAME].rpartition("_")[0] or words[:LONGEST_NAME]
        plain = f"_{plain}" if plain[0].isdigit() else plain
        plain = f"{plain}_" if plain in reserved or plain == ROW else plain
        while plain in out:
            plain = f"{plain}_{place}"
        out.append(plain)
    return out


ROW = "_row"


def _reserved() -> frozenset[str]:
    from ragkit.chains.table.database import reserved_words

    return reserved_words()


def _typed(name: str, header: str, place: int, cells: Sequence[str], every: Sequence[str]) -> Column:
    """Read a column; its own cells tell which decimal mark and order of dates it has, else those of the others do."""
    kept = tuple(cells)
    texts = [each for each in cells if each and not MISSING.fullmatch(each)]
    made = partial(Column, name, header)
    folded = {each.casefold() for each in texts}
    if (
        len(folded) <= 2 and folded <= _YES | _NO and len(folded & _YES) == 1
    ):  # "x" and "y" are a mark each, together none
        blank = None if folded & _NO else False  # where only crosses stand, an empty cell is a no
        return made("boolean", "", place, kept, tuple(_truth(each, blank) for each in cells))
    first = day_first(cells)
    first = day_first(every) if first is None else first
    dates = [_day(each, first) for each in cells]
    if texts and sum(each is not None for each in dates) >= TYPED * len(texts):
        return made("date", "", place, kept, tuple(dates))
    mark = decimal_mark(cells) or decimal_mark(every)
    numbers = [number(each, mark) for each in cells]
    units = {unit(each) for each in texts if number(each) is not None} - {""}
    if texts and sum(each is not None for each in numbers) >= TYPED * len(texts) and len(units) < 2:
        own = next(iter(units), "") or _unit_of(header)
        return made("number", own, place, kept, tuple(numbers))
    return made("text", "", place, kept, tuple(each or None for each in cells))


def _truth(cell: str, blank: bool | None) -> bool | None:
    folded = cell.casefold()
    return True if folded in _YES else False if folded in _NO else blank


def _day(cell: str, first: bool | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(date(cell, first)[:10])
    except ValueError:
        return None


def _unit_of(header: str) -> str:
    found = _UNIT.match(header)
    own = (found[1] or found[2]).strip() if found else ""
    return "" if len(own) > LONGEST_UNIT else own
