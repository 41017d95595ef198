"""What is found out about a sentence of a reply: a claim goes to a verifier, a verdict comes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

Label = Literal["quoted", "supported", "unsupported", "contradicted", "meta"]


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence that a verifier is to judge.

    Attributes:
        text: the sentence, without markers.
        evidence: the part of the sources that bears most on it, each with its heading, in the sources' order.
        before: the sentence of the reply before it, which its pronouns may stand for; empty where there is none.
        question: what the reply answers; empty where nothing was asked.
    """

    text: str
    evidence: Sequence[str]
    before: str = ""
    question: str = ""


@runtime_checkable
class Verifier(Protocol):
    """Judges whether evidence says what sentences say."""

    def judge(self, claims: Sequence[Claim], /) -> Sequence[float]:
        """Return the probability, from 0 to 1, that its evidence supports each claim.

        Args:
            claims: of one reply, in its order; they may share their evidence.

        Raises:
            GenerationError: the model behind the verifier failed.
        """
        ...


@dataclass(frozen=True, slots=True)
class Span:
    """Where a source carries a sentence.

    Attributes:
        source: the source's index, from 0.
        start: of the span in the source's text, in characters.
        end: one past it.
    """

    source: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found out about one sentence of a reply.

    Attributes:
        text: the sentence, without markers.
        label: ``quoted`` (verbatim or nearly so), ``supported`` (by meaning), ``unsupported`` (not confirmed),
            ``contradicted`` (the sources say otherwise) or ``meta`` (it speaks about the sources).
        probability: of being supported, from 0 to 1.
        spans: the smallest spans that carry it, the strongest first; empty when nothing does.
        reason: what speaks against it; empty when nothing does.
    """

    text: str
    label: Label
    probability: float
    spans: tuple[Span, ...] = ()
    reason: str = ""

    @property
    def holds(self) -> bool:
        """Whether the sources bear the sentence out."""
        return self.label in ("quoted", "supported", "meta")

    @property
    def sources(self) -> tuple[int, ...]:
        """The sources of its spans, each once, by index."""
        return tuple(dict.fromkeys(span.source for span in self.spans))
