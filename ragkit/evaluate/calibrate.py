"""The threshold of confidence that keeps wrong answers below a share that is given, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragkit.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Bound:
    """A threshold and what it leads to on the questions measured.

    Attributes:
        threshold: confidence from which a question is answered.
        wrong: share of wrong answers among those given, from 0 to 1.
        coverage: share of the questions that should be answered that are, from 0 to 1.
    """

    threshold: float
    wrong: float
    coverage: float


def curve(answerable: Sequence[float], unanswerable: Sequence[float]) -> tuple[Bound, ...]:
    """Return what each threshold leads to, by rising threshold; an answered unanswerable question is a wrong answer.

    Args:
        answerable: confidence, from 0 to 1, of questions that the sources answer.
        unanswerable: confidence of questions that they do not answer.

    Raises:
        ConfigError: one of the two is empty.
    """
    if not answerable or not unanswerable:
        raise ConfigError("calibration takes answerable and unanswerable questions: add those that are missing")
    out: list[Bound] = []
    for threshold in sorted({*answerable, *unanswerable}):
        right = sum(each >= threshold for each in answerable)
        wrong = sum(each >= threshold for each in unanswerable)
        out.append(Bound(threshold, wrong / (right + wrong), right / len(answerable)))
    return tuple(out)


def bound(bounds: Sequence[Bound], max_wrong: float) -> Bound:
    """Return the bound that answers most while the share of wrong answers stays at or below ``max_wrong``.

    Raises:
        ConfigError: ``max_wrong`` is outside 0 to 1, or no threshold keeps it.
    """
    if not 0 <= max_wrong <= 1:
        raise ConfigError(f"max_wrong is a share from 0 to 1, not {max_wrong}")
    kept = [each for each in bounds if each.wrong <= max_wrong and each.coverage > 0]
    if not kept:
        raise ConfigError(f"no threshold keeps wrong answers at or below {max_wrong}: allow more")
    return max(kept, key=lambda each: (each.coverage, each.threshold))
