"""Whether the sources answer a question: how sure that is from what was retrieved, and where to refuse.

Without a calibration, a curve that was fitted once to three sets gives the confidence, and ``THRESHOLD`` bounds it. A
calibration fits both to one collection, so that the share of wrong answers stays below what its user allows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ragkit.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ragkit.core.types import Evidence

THRESHOLD = 0.5
REFUSAL = "The sources do not answer this question."

# A logistic curve over three signals, fitted on SQuAD 2 paragraphs, the handbook and questions of a foreign collection
# (Natural Questions over SQuAD's paragraphs), each set weighing the same, then rounded. At the threshold it refuses
# more than nine in ten of the foreign questions; questions about the right subject that no sentence answers are much
# harder. A calibration replaces all four.
COSINE, COVERED, DENSE, BIAS = 3.6, 1.6, 3.4, -4.15

# Probabilities closer to 0 or 1 are noise, and their log odds would outweigh every other signal.
_LEAST = 1e-4


@dataclass(frozen=True, slots=True)
class Bound:
    """A threshold and what it leads to on the questions measured.

    Attributes:
        threshold: confidence from which a question is answered.
        wrong: share of wrong answers among those returned, from 0 to 1.
        coverage: share of the questions that should be answered that are, from 0 to 1.
    """

    threshold: float
    wrong: float
    coverage: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """How signals become a confidence, and what each threshold of it leads to.

    Attributes:
        weights: of the log odds of each signal: retrieval's, and the generator's check where there is one.
        bias: added to them.
        bounds: by rising threshold.
        questions: how many it was fitted on.
        passages: how many the index held then.
    """

    weights: tuple[float, ...]
    bias: float
    bounds: tuple[Bound, ...]
    questions: int = 0
    passages: int = 0

    def confidence(self, *signals: float) -> float:
        """Return the confidence, from 0 to 1, of as many signals, from 0 to 1, as there are weights."""
        # Platt scaling (1999) over several signals: log odds add up where the signals are independent.
        total = self.bias + sum(weight * log_odds(signal) for weight, signal in zip(self.weights, signals, strict=True))
        return 1 / (1 + math.exp(-total))

    def bound(self, max_wrong: float) -> Bound:
        """Return the bound that answers most while wrong answers stay at or below a share.

        Raises:
            ConfigError: ``max_wrong`` is outside 0 to 1, or no threshold keeps it.
        """
        return bound(self.bounds, max_wrong)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "weights": list(self.weights),
            "bias": self.bias,
            "bounds": [[each.threshold, each.wrong, each.coverage] for each in self.bounds],
            "questions": self.questions,
            "passages": self.passages,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Calibration:
        """Return what :meth:`to_json` returned.

        Raises:
            ConfigError: it is something else.
        """
        try:
            return cls(
                tuple(float(each) for each in stored["weights"]),
                float(stored["bias"]),
                tuple(Bound(*map(float, each)) for each in stored["bounds"]),
                int(stored["questions"]),
                int(stored["passages"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigError(
                f"the calibration stored with the index cannot be read ({error}): make it again with "
                "`ragkit eval answers --calibrate`"
            ) from error


def log_odds(probability: float) -> float:
    """Return the log odds of a probability, bounded where it says no more than noise."""
    bounded = min(max(probability, _LEAST), 1 - _LEAST)
    return math.log(bounded / (1 - bounded))


def bound(bounds: Sequence[Bound], max_wrong: float) -> Bound:
    """Return the bound that answers most while the share of wrong answers stays at or below ``max_wrong``.

    Raises:
        ConfigError: ``max_wrong`` is outside 0 to 1, or no threshold keeps it.
    """
    if not 0 <= max_wrong <= 1:
        raise ConfigError(f"max_wrong is a share from 0 to 1, not {max_wrong}")
    # A bound that answers nothing has no wrong answers either, and is none.
    allowed = [each for each in bounds if each.wrong <= max_wrong and each.coverage > 0]
    if not allowed:
        raise ConfigError(f"no threshold keeps wrong answers at or below {max_wrong}: allow more")
    return max(allowed, key=lambda each: (each.coverage, each.threshold))


def confidence(evidence: Sequence[Evidence], covered: float) -> float:
    """Return how sure the evidence answers the question, from 0 to 1.

    Args:
        evidence: sentences of the best passages.
        covered: the largest share of the question's weighted content words that one passage holds, from 0 to 1.
    """
    if not evidence:
        return 0.0
    cosine = max(each.cosine for each in evidence)
    dense = max(each.hit.dense or 0.0 for each in evidence)
    return 1 / (1 + math.exp(-(COSINE * cosine + COVERED * covered + DENSE * dense + BIAS)))
