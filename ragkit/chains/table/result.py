"""The answer of tables to a question, with the rows that it rests on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ragkit.chains.results import made_json
from ragkit.ground.rendering import citations_json, place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ragkit.chains.table.query import Scalar
    from ragkit.core.types import Citation


@dataclass(frozen=True, slots=True)
class TableAnswer:
    """The answer of tables to a question.

    Attributes:
        question: the question.
        text: the result: a value, or a line for each row of it.
        columns: names of the result's columns.
        values: its rows; computed numbers, else cells as they stand in the sheet.
        query: what was looked up or computed, in words.
        citations: the rows that it rests on, verbatim, at most ten.
        rows: how many rows it rests on.
        abstained: whether the sheets do not answer.
        reason: why, or what was left out.
        problems: what is wrong with the query even in the last try.
        tries: calls of the generator; 0 without one.
        model: spec of the generator.
        usage: tokens read and written.
        timings: seconds.
    """

    question: str = ""
    text: str = ""
    columns: tuple[str, ...] = ()
    values: tuple[tuple[Scalar, ...], ...] = ()
    query: str = ""
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
        """Return it in its stable JSON form."""
        return {
            "question": self.question,
            "text": self.text,
            "columns": list(self.columns),
            "values": [list(row) for row in self.values],
            "query": self.query,
            "rows": self.rows,
            "citations": citations_json(self.citations),
            "abstained": self.abstained,
            "reason": self.reason,
            "problems": list(self.problems),
            "tries": self.tries,
            **made_json(self),
        }

    def to_text(self, base: str = "") -> str:
        """Write it for people, paths relative to the folder ``base``."""
        lines = [self.text]
        if self.query and not self.abstained:
            lines.append(f"({self.query}; {self.rows} {'row' if self.rows == 1 else 'rows'})")
        lines += [""] if self.citations else []
        for each in self.citations:
            lines += [f"[{each.marker}] {each.quote}", f"    {place(each, base)}"]
        lines += [f"({problem})" for problem in self.problems]
        lines += [f"({self.reason})"] if self.reason else []
        return "\n".join(lines)
