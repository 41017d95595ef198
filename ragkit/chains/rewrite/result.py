"""A text in other words, with what was lost of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ragkit.chains.results import made_json

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A rewritten text.

    Attributes:
        text: the text.
        problems: what is lost of the original, added to it, cut off or not translated, block by block, even after a
            second try; empty where nothing is known to be wrong.
        model: spec of the generator.
        usage: tokens read and written.
        timings: seconds.
    """

    text: str = ""
    problems: tuple[str, ...] = ()
    model: str = ""
    usage: Mapping[str, int] = field(default_factory=dict[str, int])
    timings: Mapping[str, float] = field(default_factory=dict[str, float])

    def __add__(self, part: Rewritten) -> Rewritten:
        """Append a part."""
        keys = {*self.usage, *part.usage}
        return Rewritten(
            self.text + part.text,
            self.problems + part.problems,
            self.model or part.model,
            {key: self.usage.get(key, 0) + part.usage.get(key, 0) for key in sorted(keys)},
            {**self.timings, **part.timings},
        )

    def to_json(self) -> dict[str, Any]:
        """Return it in its stable JSON form."""
        return {"text": self.text, "problems": list(self.problems), **made_json(self)}

    def to_text(self, base: str = "") -> str:
        """Write it for people."""
        return "\n".join([self.text.rstrip("\n"), *(f"({problem})" for problem in self.problems)])
