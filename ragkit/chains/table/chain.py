"""Questions over sheets: SQL by a generator or by the question's words, run on typed copies of the tables."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from ragkit.chains.base import PartsChain
from ragkit.chains.table.check import unused
from ragkit.chains.table.database import BadSQL, Found, Select, SheetDatabase
from ragkit.chains.table.prompt import query_messages
from ragkit.chains.table.question import TABLE, chosen, named_whole, relevance, unknown_names
from ragkit.chains.table.result import TableAnswer, TableCell
from ragkit.chains.table.sheets import sheets_of
from ragkit.chains.table.wording import LISTED, worded
from ragkit.chains.table.words import query_by_words
from ragkit.core.errors import ConfigError
from ragkit.core.types import Citation, content_id, place_at
from ragkit.load.formats.markdown import column_letters
from ragkit.load.formats.office.xlsx import column_number
from ragkit.prompt.templates import again_messages
from ragkit.text.sentences import text_given

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from langchain_core.documents import Document
    from langchain_core.runnables import RunnableConfig

    from ragkit.chains.table.sheets import Sheet
    from ragkit.generate.generator import Generator

TableMode = Literal["auto", "words", "model"]
TABLE_MODES: tuple[str, ...] = get_args(TableMode)
REPLY_TOKENS = 250
TRIES = 3
QUOTED = 10  # rows that are cited at most
REFUSED = "The sheets do not answer this."
_FENCED = re.compile(r"```(?:\w+\n)?(.*?)(?:```|$)", re.DOTALL)


@dataclass(frozen=True)
class _Ran:
    """A statement that uses the whole question, and its result."""

    statement: Select
    found: Found


@dataclass(frozen=True)
class _Try:
    """What came of some SQL: what was run, or what is wrong with it."""

    ran: _Ran | None = None
    problems: tuple[str, ...] = ()


class TableChain(PartsChain[str, TableAnswer]):
    """Answers questions over the tables of documents by SQL: with what DuckDB returns, never with what a model says.

    A statement is a single SELECT over the tables, without files, network or settings, and it must use every word of
    the question that restricts or asks for something: else it is refused.

    Args:
        documents: called for the documents when they are needed for the first time.
        generator: its model is loaded at its first use, never by ``words``.
        mode: ``words``, which writes the SQL from the question's words, without a generator; ``model``; or ``auto``:
            the generator where the words do not suffice, unless it follows instructions poorly.
        weak: whether the generator follows instructions poorly; None takes what is known of its model.
        tries: calls of the generator at most.

    Raises:
        ConfigError: an option is wrong.
    """

    def __init__(
        self,
        documents: Callable[[], Sequence[Document]],
        generator: Generator,
        *,
        mode: TableMode = "auto",
        weak: bool | None = None,
        tries: int = TRIES,
    ) -> None:
        if mode not in TABLE_MODES:
            raise ConfigError(f"unknown mode {mode!r}: choose {', '.join(TABLE_MODES)}")
        if tries < 1:
            raise ConfigError("a query needs one try at least")
        self.documents = documents
        self.generator = generator
        self.mode: TableMode = mode
        self.weak = generator.weak if weak is None else weak
        self.tries = tries
        self._sheets: list[Sheet] | None = None

    def sheets(self) -> list[Sheet]:
        """Return the tables of the documents.

        Raises:
            ConfigError: there are none.
        """
        if self._sheets is None:
            found = sheets_of(self.documents())
            if not found:
                raise ConfigError("the documents hold no table: give sheets, CSV files, or texts with tables")
            self._sheets = found
        return self._sheets

    def parts(self, given: str, config: RunnableConfig) -> Iterator[TableAnswer]:
        """Answer; there is one part."""
        started = time.perf_counter()
        text_given(given, "question")
        answer = self._answer(given, config) if given.strip() else _refused(TableAnswer(given), "the question is empty")
        yield replace(answer, timings={"total": time.perf_counter() - started})

    def _answer(self, question: str, config: RunnableConfig) -> TableAnswer:
        ranked = relevance(self.sheets(), question)
        if names := unknown_names(self.sheets(), question):
            return _refused(TableAnswer(question), f"nothing in the tables is called {', '.join(names)}")
        if not ranked:
            return _refused(TableAnswer(question), "no table has a word of the question")
        sheets = chosen(ranked, question)
        with SheetDatabase(sheets) as database:
            # The words first: they take milliseconds, and a statement that used all of them is rarely wrong.
            tried, others = (_Try(), []) if self.mode == "model" else _by_words(database, sheets, question)
            if tried.ran is None and self.mode != "words" and not (self.mode == "auto" and self.weak):
                return self._by_model(database, sheets, question, config)
            if tried.ran is None:
                reason = "; ".join(tried.problems) or "the question's words do not say which rows or column are meant"
                return _refused(TableAnswer(question), reason)
            return _answered(TableAnswer(question), tried.ran, database.sheets, others)

    def _by_model(
        self, database: SheetDatabase, sheets: Sequence[Sheet], question: str, config: RunnableConfig
    ) -> TableAnswer:
        generator = self.generator
        first = query_messages(question, sheets)
        messages = first
        spent: dict[str, int] = {}
        answer = TableAnswer(question, model=generator.spec)
        tried = _Try()
        for number in range(1, self.tries + 1):
            reply, usage = generator.reply(messages, config, max_tokens=REPLY_TOKENS)
            spent = {key: spent.get(key, 0) + usage.get(key, 0) for key in sorted({*spent, *usage})}
            answer = replace(answer, tries=number, usage=spent)
            tried = _tried(database, _sql_of(reply), question, strict=False)
            if tried.ran is not None:
                return _answered(answer, tried.ran, database.sheets, [])
            # Built from the first messages, so that a retry shows the last wrong statement only.
            messages = again_messages(first, reply, tried.problems, "statement")
        return replace(_refused(answer, "the model wrote no SQL that fits the question"), problems=tried.problems)


def _by_words(database: SheetDatabase, sheets: Sequence[Sheet], question: str) -> tuple[_Try, list[str]]:
    """Return the statement that uses all words, and the names of other sheets of which one says the same.

    Sheets that say different things, each as well as the other, are no answer.
    """
    made: list[tuple[Sheet, _Ran]] = []
    first = _Try()
    for sheet in sheets:
        if sql := query_by_words(sheet, question):
            tried = _tried(database, sql, question, strict=True)
            first = first if first.problems else tried
            made += [(sheet, tried.ran)] if tried.ran else []
    if not made:
        return first, []
    # A column whose whole header is in the question is meant rather than one that only has words of it.
    ranks = {sheet.name: named_whole(sheet, ran.statement.shown, question) for sheet, ran in made}
    best = max(made, key=lambda each: ranks[each[0].name])  # of equal ones the first
    alike = [each for each in made if ranks[each[0].name] == ranks[best[0].name] and each is not best]
    if any(_figures(ran.found) != _figures(best[1].found) for _, ran in alike):
        names = ", ".join(sheet.title for sheet, _ in [best, *alike])
        return _Try(problems=(f"{names} answer this differently: name the one that is meant",)), []
    return _Try(best[1]), [sheet.title for sheet, _ in alike]


def _figures(found: Found) -> list[object]:
    """Return the numbers of a result, or all of it where it has none."""
    cells = [each for row in found.rows for each in row]
    return [each for each in cells if isinstance(each, float)] or list(cells)


def _tried(database: SheetDatabase, sql: str, question: str, *, strict: bool) -> _Try:
    """Run SQL that uses the whole question; ``found`` is None where something is wrong."""
    try:
        statement = database.parse(sql, question)
        read = [database.sheets[each] for each in statement.sheets]
        others = [each for each in database.sheets.values() if each not in read]
        problems = unused(question, statement, read, others=others, strict=strict)
        problems = problems if read else ["the tables do not hold what is asked for"]
        found = None if problems else database.run(statement)
    except BadSQL as error:
        return _Try(problems=(str(error),))
    if found is not None and all(value is None for row in found.rows for value in row):
        return _Try(problems=("no row meets the conditions",))
    if found is not None and len(found.rows) > 1 and all(isinstance(each, float) for row in found.rows for each in row):
        return _Try(problems=(f"{len(found.rows)} rows fit: select what tells them apart as well",))
    return _Try(_Ran(statement, found) if found else None, tuple(problems))


def _sql_of(reply: str) -> str:
    fenced = _FENCED.search(reply)
    return (fenced[1] if fenced else reply).strip().rstrip(";")


def _refused(answer: TableAnswer, reason: str) -> TableAnswer:
    return replace(answer, text=REFUSED, abstained=True, reason=reason)


def _answered(answer: TableAnswer, ran: _Ran, sheets: dict[str, Sheet], others: Sequence[str]) -> TableAnswer:
    statement, found = ran.statement, ran.found
    text = worded(found, statement, sheets, share=bool(TABLE.share.search(answer.question)))
    quoted = found.used[:QUOTED]
    totals = sum(len(sheets[each].totals) for each in found.without_totals)
    notes = [f"{len(quoted)} of {len(found.used)} rows are quoted"] if len(quoted) < len(found.used) else []
    notes += [f"{_counted(totals, 'row')} of totals left out"] if totals else []
    missing = _without_number(statement, found, sheets)
    notes += [f"{_counted(missing, 'cell')} without a number left out"] if missing else []
    left = len(found.rows) - LISTED
    notes += [f"{left} more rows of the result are not shown in the text"] if left > 0 else []
    notes += [f"only the first {len(found.rows)} rows were read"] if found.cut else []
    notes += (
        [f"only {sheets[min(statement.sheets)].title} was asked; {', '.join(others)} would fit as well"]
        if others
        else []
    )
    return replace(
        answer,
        text=text,
        columns=found.columns,
        values=found.rows,
        sql=statement.sql,
        cells=tuple(cell for name, row in quoted for cell in _cells(sheets[name], row, statement)),
        citations=tuple(_citation(sheets[name], row, n, len(text)) for n, (name, row) in enumerate(quoted, 1)),
        rows=len(found.used),
        reason="; ".join(notes),
    )


def _without_number(statement: Select, found: Found, sheets: dict[str, Sheet]) -> int:
    """Count the cells that a sum or an average passed over, because nothing stands in them."""
    if not statement.functions & {"sum", "avg"}:
        return 0
    columns = {
        name: [each for each in sheets[name].columns if each.name in statement.shown] for name in statement.sheets
    }
    return sum(each.values[row] is None for name, row in found.used for each in columns[name] if each.kind == "number")


def _counted(count: int, what: str) -> str:
    return f"{count} {what if count == 1 else what + 's'}"


def _place(sheet: Sheet, row: int) -> dict[str, Any]:
    line = sheet.rows[row]
    return place_at(sheet.document.metadata, line.start, sheet.document.page_content, line.end)


def _cells(sheet: Sheet, row: int, statement: Select) -> Iterator[TableCell]:
    """Return the cells of a row that a statement used."""
    place = _place(sheet, row)
    found = re.match(r"([A-Z]+)(\d+):([A-Z]+)", str(place.get("cells", "")))
    first = column_number(found[1].encode()) if found else 0
    # Where columns without text were left out, their neighbours' letters are not known.
    whole = found and column_number(found[3].encode()) - first + 1 == len(sheet.rows[row].cells)
    source = str(sheet.document.metadata.get("source", ""))
    for column in sheet.columns:
        if column.place >= 0 and ("*" in statement.columns or column.name in statement.columns):
            name = f"{column_letters(first + column.place)}{found[2]}" if found and whole else ""
            title = str(place.get("sheet") or sheet.title)
            yield TableCell(source, title, row + 1, column.header, name, column.cells[row])


def _citation(sheet: Sheet, row: int, marker: int, length: int) -> Citation:
    text, line = sheet.document.page_content, sheet.rows[row]
    source = str(sheet.document.metadata.get("source", ""))
    place = _place(sheet, row)
    quote = text[line.start : line.end]
    return Citation(
        marker, 0, length, source, place.get("page"), line.start, line.end, quote, 1.0, content_id(source), place
    )
