"""Questions over sheets: a query, by a generator or by the question's words, worked out on the cells themselves."""

from __future__ import annotations

import difflib
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from ragkit.chains.base import PartsChain
from ragkit.chains.table.names import explained, left_over, named_values, unknown_names
from ragkit.chains.table.prompt import as_query, query_messages, query_schema
from ragkit.chains.table.query import run
from ragkit.chains.table.result import TableAnswer
from ragkit.chains.table.words import beyond, query_by_words
from ragkit.core.errors import ConfigError
from ragkit.core.types import Citation, content_id, place_at
from ragkit.prompt.templates import again_messages
from ragkit.text.sentences import text_given
from ragkit.text.tables import tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from langchain_core.documents import Document
    from langchain_core.runnables import RunnableConfig

    from ragkit.chains.table.query import Query, Result, Scalar
    from ragkit.generate.generator import Generator
    from ragkit.text.tables import Table

TableMode = Literal["auto", "words", "model"]
TABLE_MODES: tuple[str, ...] = get_args(TableMode)
REPLY_TOKENS = 400
TRIES = 3
QUOTED = 10  # rows that are cited at most
LISTED = 50  # rows of a result that the text lists at most
SHOWN_TABLES = 6  # tables that a generator chooses from at most


@dataclass(frozen=True, slots=True)
class _Sheet:
    document: Document
    table: Table


class TableChain(PartsChain[str, TableAnswer]):
    """Answers questions over the tables of documents; a generator chooses what to look up, never what the cells hold.

    Its query is restricted to existing tables and columns, must use the values that the question names, and is computed
    on the cells: the answer comes from them, and the rows it rests on are quoted. One table is queried at a time.

    Args:
        documents: called for the documents when they are needed for the first time.
        generator: its model is loaded at its first use, never by ``words``.
        mode: ``words``, which builds the query from the question's words, without a generator; ``model``; or ``auto``:
            the generator where some words of the question remain unused, unless it follows instructions poorly. A query
            of the generator that does not fit the question is replaced by the one built from the words.
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
        self._sheets: list[_Sheet] | None = None

    def sheets(self) -> list[_Sheet]:
        """Return the tables of the documents; their names are all different.

        Raises:
            ConfigError: there are none.
        """
        if self._sheets is None:
            found: list[_Sheet] = []
            names = set[str]()
            for document in self.documents():
                stem = Path(str(document.metadata.get("source", ""))).stem
                for table in tables(document.page_content, str(document.metadata.get("title") or stem)):
                    name = table.name if table.name not in names else f"{table.name} of {stem or len(names)}"
                    names.add(name)
                    found.append(_Sheet(document, replace(table, name=name)))
            if not found:
                raise ConfigError("the documents hold no table: give sheets, CSV files, or texts with tables")
            self._sheets = found
        return self._sheets

    def parts(self, given: str, config: RunnableConfig) -> Iterator[TableAnswer]:
        """Answer; there is one part."""
        started = time.perf_counter()
        text_given(given, "question")
        # The table that knows most words of the question comes first; `sorted` is stable, so others stay in order.
        ranked = sorted(self.sheets(), key=lambda each: -explained(each.table, given))
        answer = _refused(TableAnswer(given), "the question is empty")
        asks = beyond(ranked[0].table, given)
        if asks:
            answer = _refused(answer, f"the question asks for what no query works out: {asks}")
        elif given.strip():
            # The words first: they take 30 ms, and answered 11 of 12 questions of the handbook's sheets; a model of
            # 1.5 billion parameters that chose among all tables by itself answered 4 (docs/sheets.md).
            answer, whole = _by_words(given, ranked)
            with_model = self.mode == "model" or (self.mode == "auto" and not self.weak and not whole)
            if with_model:
                answer = self._by_model(given, ranked, answer, config)
        yield replace(answer, timings={"total": time.perf_counter() - started})

    def _by_model(
        self, question: str, ranked: Sequence[_Sheet], by_words: TableAnswer, config: RunnableConfig
    ) -> TableAnswer:
        generator = self.generator
        # Only tables that explain the question equally well are shown: a small model often picks a wrong one of more.
        most = explained(ranked[0].table, question)
        sheets = [each for each in ranked if explained(each.table, question) == most][:SHOWN_TABLES]
        by_name = {each.table.name: each for each in sheets}
        tables_shown = [each.table for each in sheets]
        first, schema = query_messages(question, tables_shown), query_schema(tables_shown)
        messages = first
        spent: dict[str, int] = {}
        answer = TableAnswer(question, model=generator.spec)
        wrong: list[str] = []
        for number in range(1, self.tries + 1):
            reply, usage = generator.reply(messages, config, schema=schema, max_tokens=REPLY_TOKENS)
            spent = {key: spent.get(key, 0) + usage.get(key, 0) for key in sorted({*spent, *usage})}
            query, wrong = _read(reply)
            sheet = by_name.get(query.table) if query else None
            if query and sheet is None:
                wrong = [f"there is no table {query.table!r}: choose {', '.join(by_name)}"]
            elif query and sheet:
                wrong = query_problems(sheet.table, query, question)
            answer = replace(answer, tries=number, usage=spent)
            if query and sheet and not wrong:
                return _noted(_answered(answer, sheet, query), left_over(sheet.table, question, query))
            # Built from the first messages, so that a retry shows the last wrong query only and prompts do not grow.
            messages = again_messages(first, reply, wrong, "query")
        if by_words.abstained:
            return replace(_refused(answer, "the model made no query that fits the question"), problems=tuple(wrong))
        reason = "; ".join(
            each for each in ("by the question's words: the model made no query that fits", by_words.reason) if each
        )
        return replace(by_words, tries=answer.tries, model=answer.model, usage=spent, reason=reason)


def query_problems(table: Table, query: Query, question: str) -> list[str]:
    """Return what is wrong with a query: what cannot be computed, and what of the question it leaves out.

    Args:
        table: the table that it reads.
        query: the query.
        question: the question that it was made from.
    """
    try:
        result = run(table, query)
    except ConfigError as error:
        return [str(error)]
    out: list[str] = []
    for each in query.where:
        values = [value for value in dict.fromkeys(table.values(each.column)) if value]
        if each.operator == "=" and not _matches(table, each.column, each.value):
            # A low cutoff (difflib's own is 0.6): a distant suggestion still shows a model how a column spells values.
            near = difflib.get_close_matches(each.value, values, 3, 0.4) or values[:3]
            out.append(f"no {each.column} is {each.value!r}; there are {', '.join(near)}")
    # Either may contain the other: a model writes "Berlin" for the cell "Berlin (HQ)", and the other way round.
    used = {each.value.casefold() for each in query.where}
    for column, value in named_values(table, question):
        if value.casefold() not in used and not any(
            value.casefold() in each or each in value.casefold() for each in used
        ):
            out.append(f"the question names {value!r}, a value of {column}, which no condition holds")
    if not out and not result.rows:
        out.append("no row meets these conditions together")
    return out


def _matches(table: Table, column: str, value: str) -> bool:
    from ragkit.chains.table.query import Condition, Query

    return bool(run(table, Query(table.name, where=(Condition(column, "=", value),))).rows)


def _by_words(question: str, ranked: Sequence[_Sheet]) -> tuple[TableAnswer, bool]:
    """Return the answer that the question's words lead to, and whether they were all used for it."""
    base = TableAnswer(question)
    for sheet in ranked:
        query = query_by_words(sheet.table, question)
        if query is None:
            continue
        left = left_over(sheet.table, question, query)
        # An unused number or name (a capital inside the sentence) would change which rows are meant: refuse.
        names = [each for each in left if each[0].isdigit() or (each[0].isupper() and not question.startswith(each))]
        if names:
            return _refused(base, f"nothing in {sheet.table.name} is called {', '.join(names)}"), False
        answer = _noted(_answered(base, sheet, query), left)
        meant = explained(sheet.table, question)
        others = [each.table for each in ranked if each is not sheet and explained(each.table, question) == meant]
        others = [each.name for each in others if query_by_words(each, question) is not None]
        if others and not answer.abstained:
            note = f"only {sheet.table.name} was asked; {', '.join(others[:SHOWN_TABLES])} would fit as well"
            answer = replace(answer, reason="; ".join(each for each in (note, answer.reason) if each))
        return answer, not left
    best = ranked[0].table
    if unknown := unknown_names(best, question):
        return _refused(base, f"nothing in {best.name} is called {', '.join(unknown)}"), False
    return _refused(base, "the question's words do not say which rows or column of a table are meant"), False


def _noted(answer: TableAnswer, left: Sequence[str]) -> TableAnswer:
    """Add to an answer which words of the question it did not use."""
    if not left or answer.abstained:
        return answer
    note = f"these words of the question were not used: {', '.join(left)}"
    return replace(answer, reason="; ".join(each for each in (note, answer.reason) if each))


def _refused(answer: TableAnswer, reason: str) -> TableAnswer:
    return replace(answer, text="The sheets do not answer this.", abstained=True, reason=reason)


def _answered(answer: TableAnswer, sheet: _Sheet, query: Query) -> TableAnswer:
    result = run(sheet.table, query)
    answer = replace(answer, query=query.words)
    if not result.values:
        return _refused(answer, "no row meets the conditions")
    text = _written(result)
    quoted = result.rows[:QUOTED]
    notes = [f"{len(quoted)} of {len(result.rows)} rows are quoted"] if len(quoted) < len(result.rows) else []
    notes += [f"{_counted(result.totals, 'row')} of totals left out"] if result.totals else []
    notes += [f"{_counted(result.skipped, 'cell')} without a number left out"] if result.skipped else []
    notes += _single(sheet.table, query, result)
    notes += [f"{result.ties} more have the same {query.order_by}, and are not shown"] if result.ties else []
    left = len(result.values) - LISTED
    notes += [f"{left} more rows of the result are not shown in the text"] if left > 0 else []
    return replace(
        answer,
        text=text,
        columns=result.columns,
        values=result.values,
        citations=tuple(_citation(sheet, row.start, row.end, n, len(text)) for n, row in enumerate(quoted, 1)),
        rows=len(result.rows),
        reason="; ".join(notes),
    )


def _single(table: Table, query: Query, result: Result) -> list[str]:
    """Return a note where the row with most or least shares its name with others: their total may rank differently."""
    if not query.order_by or not query.limit or query.group_by or result.columns[0] == query.order_by:
        return []
    column = result.columns[0]
    cells = [each.casefold() for each in table.values(column)]
    several = [str(row[0]) for row in result.values if cells.count(str(row[0]).casefold()) > 1]
    return [f"{several[0]} has {cells.count(several[0].casefold())} rows, of which this is one"] if several else []


def _counted(count: int, what: str) -> str:
    return f"{count} {what if count == 1 else what + 's'}"


def _citation(sheet: _Sheet, start: int, end: int, marker: int, length: int) -> Citation:
    text, about = sheet.document.page_content, sheet.document.metadata
    source = str(about.get("source", ""))
    place = place_at(about, start, text, end)
    return Citation(
        marker, 0, length, source, place.get("page"), start, end, text[start:end], 1.0, content_id(source), place
    )


def _written(result: Result) -> str:
    lines = [" | ".join(_shown(each) for each in row) for row in result.values[:LISTED]]
    return "\n".join(lines)


def _shown(value: Scalar) -> str:
    return value if isinstance(value, str) else format(value, ".12g")


def _read(reply: str) -> tuple[Query | None, list[str]]:
    from langchain_core.utils.json import parse_json_markdown

    try:
        parsed: Any = parse_json_markdown(reply)
        return as_query(parsed), []
    except ValueError as error:
        return None, [f"this is no query in JSON ({' '.join(str(error).split())[:100]})"]
