"""One ranking out of two: a weighted sum of scores, each standardised over the candidates of the question.

Convex combination beats reciprocal rank fusion: Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid
Retrieval", arXiv 2210.11934.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def standardise(scores: NDArray[np.float32], among: NDArray[np.bool_] | None = None) -> NDArray[np.float32]:
    """Shift and scale scores to mean 0 and standard deviation 1; equal scores all become 0.

    Args:
        scores: shape (n,).
        among: boolean array of shape (n,): the scores that mean and deviation are taken from; None takes all.
    """
    if not len(scores):
        return scores
    exact = scores.astype(np.float64)  # in single precision, equal scores need not equal their mean
    taken = exact if among is None or not among.any() else exact[among]
    spread = float(taken.std())
    return ((exact - taken.mean()) / spread if spread > 1e-9 else np.zeros_like(exact)).astype(np.float32)


def fuse(
    dense: NDArray[np.float32],
    lexical: NDArray[np.float32],
    weight: float,
    among: NDArray[np.bool_] | None = None,
) -> NDArray[np.float32]:
    """Combine two scores of the same candidates.

    Args:
        dense: cosines, shape (n,).
        lexical: BM25 scores, shape (n,); 0 where no term matched.
        weight: share of the dense score, from 0 to 1.
        among: candidates that the scales are taken from; None takes all.

    Returns:
        float32 array of shape (n,).
    """
    return (weight * standardise(dense, among) + (1 - weight) * standardise(lexical, among)).astype(np.float32)
