"""How sure the sources answer a question, from what retrieval found; below a threshold ragkit says so instead."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragkit.types import Evidence

THRESHOLD = 0.5
REFUSAL = "The sources do not answer this question."

# A logistic curve over two signals, set by hand on SQuAD 2 paragraphs with questions of the same and of another
# collection: at the threshold most foreign questions are refused and few answerable ones.
COSINE, COVERED, BIAS = 8.0, 5.0, -6.6


def confidence(evidence: Sequence[Evidence], covered: float) -> float:
    """Return how sure the evidence answers the question, from 0 to 1.

    Args:
        evidence: by falling score.
        covered: share of the question's weighted content words that the best passages hold, from 0 to 1.
    """
    if not evidence:
        return 0.0
    cosine = max(each.cosine for each in evidence)
    return 1 / (1 + math.exp(-(COSINE * cosine + COVERED * covered + BIAS)))
