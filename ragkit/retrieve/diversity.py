"""Fewer passages that say the same: maximal marginal relevance.

Carbonell and Goldstein, "The Use of MMR, Diversity-Based Reranking for Reordering Documents and Producing Summaries"
(SIGIR 1998).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragkit.types import Hit, Vectors


def diversify(hits: Sequence[Hit], vectors: Vectors, k: int, diversity: float) -> tuple[Hit, ...]:
    """Choose k hits, one after the other, each by its relevance less its likeness to those chosen before.

    Args:
        hits: candidates, best first.
        vectors: their vectors, float32 of shape (len(hits), dimension), length 1.
        k: how many to choose at most.
        diversity: weight of the likeness, from 0 (none: the order stays) to 1; the relevance has the rest. This is 1
            less what the paper calls lambda.

    Returns:
        The hits chosen, in the order they were, with that difference as their score: relevance is the hits' score,
        scaled to [0, 1] over the candidates, and likeness the highest cosine to any hit chosen before.
    """
    if not hits:
        return ()
    scores = np.array([hit.score for hit in hits], np.float64)
    spread = float(scores[0] - scores.min())
    relevance = (scores - scores.min()) / spread if spread > 1e-9 else np.ones(len(hits))
    likeness = np.zeros(len(hits))
    left = np.ones(len(hits), bool)
    chosen: list[Hit] = []
    while left.any() and len(chosen) < k:
        gain = np.where(left, (1 - diversity) * relevance - diversity * likeness, -np.inf)
        best = int(gain.argmax())
        left[best] = False
        chosen.append(replace(hits[best], score=float(gain[best]), rank=len(chosen) + 1))
        likeness = np.maximum(likeness, vectors @ vectors[best])
    return tuple(chosen)
