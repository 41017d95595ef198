"""The label of a text, with how likely it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ragkit.chains.results import made_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ragkit.core.types import Example


@dataclass(frozen=True, slots=True)
class Classification:
    """The label of a text.

    Attributes:
        text: the text.
        label: one of the labels, always.
        probability: how likely it is, from 0 to 1; None where the generator reports no likelihoods.
        probabilities: of all labels where they are known, by falling probability.
        mode: how it was found: ``nearest``, ``likelihood``, ``constrained`` or ``reply`` (a free reply, matched).
        examples: those in the prompt of the generator.
        left_out: how many examples did not fit its context.
        model: spec of the generator; empty without one.
        usage: tokens read and written.
        timings: seconds.
    """

    text: str
    label: str
    probability: float | None = None
    probabilities: Mapping[str, float] = field(default_factory=dict[str, float])
    mode: str = "nearest"
    examples: tuple[Example, ...] = ()
    left_out: int = 0
    model: str = ""
    usage: Mapping[str, int] = field(default_factory=dict[str, int])
    timings: Mapping[str, float] = field(default_factory=dict[str, float])

    def to_json(self) -> dict[str, Any]:
        """Return it in its stable JSON form."""
        return {
            "label": self.label,
            "probability": None if self.probability is None else round(self.probability, 4),
            "probabilities": {label: round(share, 4) for label, share in self.probabilities.items()},
            "mode": self.mode,
            "examples": [each.id or each.question for each in self.examples],
            "left_out": self.left_out,
            **made_json(self),
        }

    def to_text(self, base: str = "") -> str:
        """Write it for people."""
        return self.label if self.probability is None else f"{self.label} ({self.probability:.2f})"
