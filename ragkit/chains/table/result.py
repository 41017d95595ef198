"""The answer of sheets to a question, with the SQL, and the rows and cells that it rests on."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from ragkit.chains.results import made_json
from ragkit.ground.rendering import citations_json, place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ragkit.chains.table.sheets import Value
    from ragkit.core.types import Citation


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell that an answer rests on.

    Attributes:
        source: its document.
        sheet: the sheet, or the heading above its table.
        row: number of its row in the table, from 1, the header not counted.
        column: header of its column.
        cell: its name in the sheet, such as ``D7``; empty outside workbooks and CSV files.
        text: what stands in it.
    """

    source: str
    sheet: str
    row: int
    column: str
    cell: str
    text: str


@dataclass(frozen=True, slots=True)
class TableAnswer:
    """The answer of tables to a question.

    Attributes:
        question: the question.
        text: the answer: a sentence, or a line for each row of the result.
        columns: names of the result's columns.
        values: its rows: numbers, texts, days, yes and no, as SQL returned them.
        sql: the statement that was run.
        cells: the cells that it rests on, of the rows that are cited.
        citations: these rows, verbatim, at most ten.
        rows: how many rows it rests on.
        abstained: whether the sheets do not answer.
        reason: why, or what was left out.
        problems: what is wrong with the statement even in the last try.
        tries: calls of the generator; 0 without one.
        model: spec of the generator.
        usage: tokens read and written.
        timings: seconds.
    """

    question: str = ""
    text: str = ""
    columns: tuple[str, ...] = ()
    values: tuple[tuple[Value, ...], ...] = ()
    sql: str = ""
    cells: tuple[TableCell, ...] = ()
    citations: tuple[Citation, ...] = ()
    rows: int = 0
    abstained: bool = False
    reason: str = ""
    problems: tuple[str, ...] = ()
    tries: int = 0
    model: str = ""
    usage: Mapping[str, int] = field(default_factory=dict[str, int])
    timings: Mapping[str, float] = field(default_factory=dict[str, float])

    def to_json(self) -> dict[str, Any]:
        """Return it in its stable JSON form; days are written YYYY-MM-DD."""
        return {
            "question": self.question,
            "text": self.text,
            "columns": list(self.columns),
            "values": [[str(each) if isinstance(each, dt.date) else each for each in row] for row in self.values],
            "sql": self.sql,
            "rows": self.rows,
            "cells": [asdict(each) for each in self.cells],
            "citations": citations_json(self.citations),
            "abstained": self.abstained,
            "reason": self.reason,
            "problems": list(self.problems),
            "tries": self.tries,
            **made_json(self),
        }

    def to_text(self, base: str = "") -> str:
        """Write it for people, paths relative to the folder ``base``."""
        lines = [self.text, *([""] if self.citations else [])]
        for each in self.citations:
            lines += [f"[{each.marker}] {each.quote}", f"    {place(each, base)}"]
        if self.sql and not self.abstained:
            lines += ["", f"{self.sql}", f"({self.rows} {'row' if self.rows == 1 else 'rows'})"]
        lines += [f"({problem})" for problem in self.problems]
        lines += [f"({self.reason})"] if self.reason else []
        return "\n".join(lines)
