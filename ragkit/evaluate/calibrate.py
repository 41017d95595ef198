"""Fitting confidence to a collection, and the threshold that holds wrong answers below a wanted share."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ragkit.core.errors import ConfigError
from ragkit.ground.abstain import Bound, Calibration, log_odds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ragkit.chains.answer.sufficiency import Signals
    from ragkit.evaluate.made import MadeQuestion
    from ragkit.generate.generator import Mode
    from ragkit.index import Index

PRIOR = 4.0  # the built-in weights count like this many questions
FOLDS = 5
_STEPS = 50
MOST_BOUNDS = 200  # stored with an index


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


def fit(
    answerable: Sequence[Sequence[float]], unanswerable: Sequence[Sequence[float]], start: Calibration
) -> Calibration:
    """Fit weights to questions of both kinds, each kind counting the same, and measure them on folds left out.

    Args:
        answerable: signals, from 0 to 1, of questions that the sources answer.
        unanswerable: of questions that they do not answer.
        start: weights that few questions stay close to.

    Raises:
        ConfigError: one of the two is empty.
    """
    if not answerable or not unanswerable:
        raise ConfigError("calibration takes answerable and unanswerable questions: add those that are missing")
    signals = np.array([[log_odds(each) for each in row] for row in [*answerable, *unanswerable]])
    right = np.arange(len(signals)) < len(answerable)
    # Confidence is measured by weights that never saw the question: the bounds are promises about new questions. Each
    # kind is dealt out to the folds by itself, so that none is without one of them.
    fold = np.concatenate([np.arange(len(answerable)), np.arange(len(unanswerable))]) % FOLDS
    sure = np.zeros(len(signals))
    for number in range(FOLDS):
        out = fold == number
        known = ~out if right[~out].any() and (~right[~out]).any() else np.ones_like(out)
        fitted = _weights(signals[known], right[known], start)
        sure[out] = [_with(start, fitted).confidence(*_probabilities(row)) for row in signals[out]]
    bounds = curve(sure[right].tolist(), sure[~right].tolist())
    # Thinned evenly: an index need not store a bound for each of thousands of questions.
    step = -(-len(bounds) // MOST_BOUNDS)
    made = _with(start, _weights(signals, right, start))
    return replace(made, bounds=bounds[::step], questions=len(signals))


def calibrate(
    index: Index,
    questions: Sequence[MadeQuestion],
    *,
    mode: Mode = "auto",
    k: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Calibration]:
    """Fit confidence to an index by questions made from its own sentences, asked with their passage and without.

    Args:
        index: the index; its generator is asked for its check where it can give one.
        questions: as :func:`ragkit.evaluate.made.make_questions` makes them.
        mode: answer mode; ``quote`` asks no generator.
        k: passages to retrieve.
        progress: called with questions done and all.

    Returns:
        Calibrations by the name of what is asked: ``""`` for retrieval alone, the generator's name for both signals.

    Raises:
        ConfigError: there are no questions.
    """
    # Each question once with its passage and once with all passages that hold its sentence taken out: the second is a
    # question that the rest of the collection does not answer, on the same subject and in the same words.
    chain = index.chain(mode=mode, k=k, threshold=0.0, route="passages")
    found: list[tuple[Signals, Signals]] = []
    for number, each in enumerate(questions):
        found.append((chain.signals(each.question), chain.signals(each.question, without=each.holds)))
        if progress:
            progress(number + 1, len(questions))
    passages = index.store.count_chunks()
    fitted: dict[str, Calibration] = {}
    for name, start in chain.uncalibrated().items():
        use = len(start.weights)
        made = fit([a.values[:use] for a, _ in found], [b.values[:use] for _, b in found], start)
        fitted[name] = replace(made, passages=passages)
    return fitted


def _weights(signals: Any, right: Any, start: Calibration) -> Any:
    """Fit a logistic curve by Newton's method, drawn towards the weights at the start (a Gaussian prior, MAP).

    Args:
        signals: log odds, float64 of shape (n, signals).
        right: bool of shape (n,): which questions the sources answer.
        start: the prior's mean.

    Returns:
        float64 of shape (signals + 1,): the weights, then the bias.
    """
    rows = np.hstack([signals, np.ones((len(signals), 1))])
    first = np.array([*start.weights, start.bias])
    # Each kind counts as half of the rows, however many questions it has.
    share = np.where(right, 0.5 / max(right.sum(), 1), 0.5 / max((~right).sum(), 1)) * len(rows)
    # The problem is convex, and the prior makes the matrix positive definite: a handful of steps is enough.
    weights = first.copy()
    for _ in range(_STEPS):
        sure = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        slope = rows.T @ (share * (sure - right)) + PRIOR * (weights - first)
        bend = (rows * (share * sure * (1 - sure))[:, None]).T @ rows + PRIOR * np.eye(len(first))
        step = np.linalg.solve(bend, slope)
        weights -= step
        if np.abs(step).max() < 1e-6:
            break
    return weights


def _with(start: Calibration, weights: Any) -> Calibration:
    return replace(start, weights=tuple(weights[:-1].tolist()), bias=float(weights[-1]))


def _probabilities(row: Any) -> list[float]:
    return (1 / (1 + np.exp(-row))).tolist()
