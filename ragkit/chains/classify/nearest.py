"""Labels by nearest examples, without a generator: discriminant analysis of vectors, and likeness of tokens."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ragkit.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ragkit.prompt.pool import ExamplePool

    Floats = NDArray[np.floating[Any]]

# With these weights, 84.9 to 85.6 % of 1000 test questions of banking77 are right (77 labels, 10 examples each, MiniLM,
# three draws of examples), and 81.7 to 82.3 % by the nearest example alone (benchmarks/labels.py).
SHRINKAGE = 0.6  # share of the mean variance that is added to every direction (Ledoit and Wolf 2004 estimate theirs)
SHARPNESS = 15.0  # how much more the likest examples of a label count than its others
ANY_EXAMPLE = 0.5  # weight of tokens covered by any of a label's examples
FITTED_ON = 400  # examples at most that the temperature is fitted on
FOLDS = 5
UNFITTED = 0.3  # temperature where the examples are too few to fit one: less sure than fits on more examples are
# Searched on a grid: the loss is cheap once the scores are there. On banking77 (10 examples a label, 1000 questions)
# the expected calibration error is .026 to .052 over three draws of examples.
_TEMPERATURES = np.geomspace(0.1, 6.0, 40)


class NearestLabels:
    """Finds the label of a text by the examples that are like it.

    Three signals are brought to one scale and added: a linear discriminant over the vectors, with a shrunk common
    covariance (Fisher 1936); the likest examples of each label, by cosine and by how well their tokens cover the
    text's; and how well the tokens of all of a label's examples together cover them.

    Args:
        pool: examples whose answers are labels.

    Raises:
        ConfigError: there is only one label.
    """

    def __init__(self, pool: ExamplePool) -> None:
        self.pool = pool
        self.labels = tuple(dict.fromkeys(each.answer for each in pool.examples))
        if len(self.labels) < 2:
            raise ConfigError("nearest examples need two labels at least: the examples have one")
        places = {label: place for place, label in enumerate(self.labels)}
        self._of = np.array([places[each.answer] for each in pool.examples])

    def scores(self, text: str) -> Floats:
        """Return how well each label fits, of shape (labels,); they compare within one text."""
        return self._scores(text, np.arange(len(self._of)), self._discriminant)

    def probabilities(self, text: str) -> Floats:
        """Return how likely each label is, adding up to 1; calibrated on the examples themselves."""
        return _softmax(self.scores(text) * self.temperature)

    @cached_property
    def _discriminant(self) -> tuple[Floats, Floats]:
        return self._fitted(np.arange(len(self._of)))

    def _fitted(self, rows: NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Return weights, of shape (dimension, labels), and offsets of the discriminant."""
        vectors, of = self.pool.vectors[rows], self._of[rows]
        means = np.zeros((len(self.labels), vectors.shape[1]), np.float32)
        for label in range(len(self.labels)):
            if (of == label).any():
                means[label] = vectors[of == label].mean(axis=0)
        # One covariance for all labels: with some ten examples a label there are too few for one each, and even the
        # common one is singular in hundreds of dimensions. Shrinking it towards a multiple of the identity makes it
        # invertible; the lower bound does so where all vectors are equal.
        around = vectors - means[of]
        scatter = around.T @ around / len(vectors)
        width = len(scatter)
        scatter += max(SHRINKAGE * float(np.trace(scatter)) / width, 1e-4) * np.eye(width, dtype=np.float32)
        weights = np.linalg.solve(scatter, means.T).astype(np.float32)
        offsets = -0.5 * (means * weights.T).sum(axis=1)
        # A label that has no example among these rows (a fold of the cross-validation) cannot be chosen.
        offsets[~np.isin(np.arange(len(self.labels)), of)] = -np.inf
        return weights, offsets

    def _scores(self, text: str, rows: NDArray[np.intp], fitted: tuple[Floats, Floats]) -> Floats:
        likeness = self.pool.similarity(text)
        vector = self.pool.embedder.encode_query(text)
        weights, offsets = fitted
        total = _scaled(vector / max(float(np.linalg.norm(vector)), 1e-9) @ weights + offsets)
        together = likeness
        if self.pool.has_tokens:
            covered, rare = self.pool.covered(text)
            together = likeness + rare @ covered
            best = np.full((len(covered), len(self.labels)), -np.inf, np.float32)
            # For each token of the text, how well any example of a label covers it; unbuffered, as rows repeat labels.
            np.maximum.at(best.T, self._of[rows], covered[:, rows].T)
            total = total + ANY_EXAMPLE * _scaled(rare @ best)
        return total + _scaled(self._pooled(together, rows))

    def _pooled(self, likeness: Floats, rows: NDArray[np.intp]) -> Floats:
        """Return the likeness of each label's examples, the likest counting most (mean of exponentials)."""
        # A soft maximum, log-mean-exp: labels with many examples have no advantage over those with few. The highest
        # likeness is subtracted first, for range; the constant shift leaves the order as it is.
        raised = np.exp(SHARPNESS * (likeness[rows] - likeness[rows].max()))
        sums = np.bincount(self._of[rows], raised, len(self.labels))
        counts = np.bincount(self._of[rows], minlength=len(self.labels))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(counts > 0, np.log(sums / counts) / SHARPNESS, -np.inf).astype(np.float32)

    @cached_property
    def temperature(self) -> float:
        """Factor that scores are multiplied by before the softmax, fitted by cross-validation on the examples."""
        # Each example is scored by a model fitted without its fold; scores on its own training data would be too sure.
        # A label with a single example cannot be predicted when that is held out, so such examples are not scored.
        order = np.random.default_rng(13).permutation(len(self._of))
        held = order[:FITTED_ON]
        common = np.flatnonzero(np.bincount(self._of) > 1)
        held = held[np.isin(self._of[held], common)]
        if len(held) < 2 * FOLDS:
            return UNFITTED
        scored: list[tuple[Floats, int]] = []
        for fold in range(FOLDS):
            asked = held[fold::FOLDS]
            rows = np.setdiff1d(np.arange(len(self._of)), asked)
            fitted = self._fitted(rows)
            scored += [(self._scores(self.pool.examples[i].question, rows, fitted), int(self._of[i])) for i in asked]
        losses = [self._loss(scored, float(temperature)) for temperature in _TEMPERATURES]
        return float(_TEMPERATURES[int(np.argmin(losses))])

    @staticmethod
    def _loss(scored: Sequence[tuple[Floats, int]], temperature: float) -> float:
        shares = [float(_softmax(scores * temperature)[label]) for scores, label in scored]
        return float(-np.log(np.maximum(shares, 1e-9)).mean())


def _scaled(scores: Floats) -> Floats:
    """Standardise scores to mean 0 and deviation 1; labels without an example stay at minus infinity."""
    known = np.isfinite(scores)
    spread = float(scores[known].std())
    return np.where(known, (scores - scores[known].mean()) / (spread or 1.0), -np.inf).astype(np.float32)


def _softmax(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max())
    return (raised / raised.sum()).astype(np.float32)
