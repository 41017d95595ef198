"""What a generator made of a text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ragkit.chains.results import made_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ragkit.core.types import Example


@dataclass(frozen=True, slots=True)
class Completion:
    """What a generator made of a text.

    Attributes:
        text: what it wrote.
        reasoning: what it wrote before the text, where the chain knows what the text begins after.
        examples: the examples it was shown.
        left_out: how many that were chosen did not fit its context.
        model: its spec.
        usage: tokens read and written.
        timings: seconds.
        problems: that the reply was cut off, and by what.
    """

    text: str = ""
    examples: tuple[Example, ...] = ()
    left_out: int = 0
    model: str = ""
    usage: Mapping[str, int] = field(default_factory=dict[str, int])
    timings: Mapping[str, float] = field(default_factory=dict[str, float])
    reasoning: str = ""
    problems: tuple[str, ...] = ()

    def __add__(self, part: Completion) -> Completion:
        """Append a part."""
        keys = {*self.usage, *part.usage}
        return Completion(
            self.text + part.text,
            self.examples + part.examples,
            self.left_out + part.left_out,
            self.model or part.model,
            {key: self.usage.get(key, 0) + part.usage.get(key, 0) for key in sorted(keys)},
            {**self.timings, **part.timings},
            self.reasoning + part.reasoning,
            self.problems + part.problems,
        )

    def to_json(self) -> dict[str, Any]:
        """Return it in its stable JSON form."""
        return {
            "text": self.text,
            "reasoning": self.reasoning,
            "problems": list(self.problems),
            "examples": [each.id or each.question for each in self.examples],
            "left_out": self.left_out,
            **made_json(self),
        }

    def to_text(self, base: str = "") -> str:
        """Write it for people."""
        problems = [f"{self.left_out} examples did not fit the model's context"] if self.left_out else []
        return "\n".join([self.text, *(f"({problem})" for problem in [*problems, *self.problems])])
