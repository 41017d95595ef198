"""The answer to a request about a code base, with checked code."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ragkit.chains.results import made_json
from ragkit.ground.rendering import citations_json, flagged, flags_json, place, unique

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ragkit.chains.code.names import CodeBlock
    from ragkit.core.types import Citation, Flag


@dataclass(frozen=True, slots=True)
class CodeAnswer:
    """A request about a code base and its answer.

    Attributes:
        question: the request.
        text: the answer, with markers such as ``[1]`` in prose.
        citations: the parts of the code base that it rests on or uses, one for each mention.
        blocks: the code in ``text``, checked.
        abstained: whether the code base does not answer.
        reason: of a refusal, or what was left out.
        tries: how often the generator was asked.
        flags: places in the passages found that give orders to a model.
        model: spec of the generator; empty without one.
        usage: tokens read and written.
        timings: seconds.
    """

    question: str = ""
    text: str = ""
    citations: tuple[Citation, ...] = ()
    blocks: tuple[CodeBlock, ...] = ()
    abstained: bool = False
    reason: str = ""
    tries: int = 0
    flags: tuple[Flag, ...] = ()
    model: str = ""
    usage: Mapping[str, int] = field(default_factory=dict[str, int])
    timings: Mapping[str, float] = field(default_factory=dict[str, float])

    @property
    def problems(self) -> tuple[str, ...]:
        """The problems of the code in the best try; empty where none was found."""
        return tuple(problem for block in self.blocks for problem in block.problems)

    def to_json(self) -> dict[str, Any]:
        """Return it in its stable JSON form."""
        blocks = [
            {
                "language": each.language,
                "code": each.code,
                "start": each.start,
                "problems": list(each.problems),
                "unknown": list(each.unknown),
            }
            for each in self.blocks
        ]
        return {
            "question": self.question,
            "text": self.text,
            "abstained": self.abstained,
            "reason": self.reason,
            "citations": citations_json(self.citations),
            "blocks": blocks,
            "tries": self.tries,
            "flags": flags_json(self.flags),
            **made_json(self),
        }

    def to_text(self, base: str = "") -> str:
        """Write it for people, paths relative to the folder ``base``."""
        lines = [self.text, ""]
        for each in unique(self.citations):
            first = each.quote.strip().partition("\n")[0]
            lines += [f"[{each.marker}] {first}", f"    {place(each, base)}"]
        lines += [f"({problem})" for problem in self.problems]
        for block in self.blocks:
            lines += [f"(not of this code base: {', '.join(block.unknown)})"] if block.unknown else []
        lines += [f"({self.reason})"] if self.reason else []
        lines += [f"⚠ {flagged(each, base)}" for each in self.flags]
        return "\n".join(lines).rstrip()
