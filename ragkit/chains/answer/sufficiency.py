"""Whether the passages answer the question at all, by retrieval, by the generator, and by both together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragkit.chains.answer.checking import check_messages
from ragkit.chains.judging import yes_share
from ragkit.generate.scoring import Scores
from ragkit.ground.abstain import Calibration, confidence
from ragkit.retrieve.evidence import coverage, term_weights

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ragkit.core.types import Evidence
    from ragkit.generate.generator import Generator
    from ragkit.retrieve.search import Searcher

SENTENCES = 3  # that are checked; more cost time and add little
RETRIEVAL_ALONE = Calibration((1.0,), 0.0, ())
# With the check the area under the curve, answerable against not, is 0.79, and 0.63 by retrieval alone (SQuAD 2,
# Qwen2.5-Coder-1.5B, 50 questions of each kind).
# Set on SQuAD 2 questions with Qwen2.5-Coder-1.5B: few of the answerable ones fall below one half, about half of the
# others do.
WITH_CHECK = Calibration((0.5, 1.0), -0.6, ())


@dataclass(frozen=True, slots=True)
class Signals:
    """The signals for whether the sources answer a question.

    Attributes:
        retrieval: how sure retrieval alone is, from 0 to 1.
        check: how likely the generator finds it that the evidence states what is asked; None where it was not asked.
    """

    retrieval: float
    check: float | None = None

    @property
    def values(self) -> tuple[float, ...]:
        """Both, or retrieval's alone."""
        return (self.retrieval,) if self.check is None else (self.retrieval, self.check)

    def confidence(self) -> float:
        """Return what they make together where nothing was fitted to the collection."""
        return (RETRIEVAL_ALONE if self.check is None else WITH_CHECK).confidence(*self.values)


def assess(
    searcher: Searcher,
    question: str,
    evidence: Sequence[Evidence],
    weights: Mapping[tuple[str, ...], float] | None = None,
) -> float:
    """Return how sure the evidence answers the question, from 0 to 1, by what retrieval found alone.

    Args:
        searcher: has the statistics of terms.
        question: the question.
        evidence: what was chosen.
        weights: of the question's words, as :func:`term_weights` returns them; None looks them up.
    """
    if not evidence:
        return 0.0
    weights = term_weights(searcher, question) if weights is None else weights
    # A sentence refers to things that its passage or heading names, so the whole passage must cover the question.
    passages = {each.hit.rank: f"{each.hit.chunk.heading}\n{each.hit.chunk.text}" for each in evidence}
    return confidence(evidence, max((coverage(weights, text) for text in passages.values()), default=0.0))


def tells(generator: Generator) -> bool:
    """Whether a generator reports how likely it finds a word."""
    return isinstance(generator.chat, Scores)


def sufficiency(generator: Generator, question: str, evidence: Sequence[Evidence]) -> float:
    """Return how likely the generator finds it that the evidence states what is asked, from 0 to 1.

    Args:
        generator: the generator.
        question: the question.
        evidence: by falling score.

    Raises:
        ConfigError: the generator does not report how likely it finds a word.
    """
    if not evidence:
        return 0.0
    return yes_share(generator, check_messages(question, evidence[:SENTENCES]))
