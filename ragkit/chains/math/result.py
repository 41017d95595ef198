"""A sum that was solved, its equations worked out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ragkit.chains.math.arithmetic import Equation, written
from ragkit.chains.results import made_json

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Calculation:
    """A sum that was solved.

    Attributes:
        answer: the result, as the generator wrote it; empty where there is none.
        text: the steps.
        equations: every equation among them, worked out.
        problems: what is wrong even in the last try; empty where all is right.
        tries: calls of the generator.
        model: its spec.
        usage: tokens read and written.
        timings: seconds.
    """

    answer: str
    text: str
    equations: tuple[Equation, ...] = ()
    problems: tuple[str, ...] = ()
    tries: int = 1
    model: str = ""
    usage: Mapping[str, int] = field(default_factory=dict[str, int])
    timings: Mapping[str, float] = field(default_factory=dict[str, float])

    def to_json(self) -> dict[str, Any]:
        """Return it in its stable JSON form."""
        equations = [
            {"expression": each.expression, "stated": each.stated, "value": written(each.value), "right": each.right}
            for each in self.equations
        ]
        return {
            "answer": self.answer,
            "text": self.text,
            "equations": equations,
            "problems": list(self.problems),
            "tries": self.tries,
            **made_json(self),
        }

    def to_text(self, base: str = "") -> str:
        """Write it for people."""
        return "\n".join([self.text, *(f"({problem})" for problem in self.problems)])
