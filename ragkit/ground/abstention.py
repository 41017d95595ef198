"""How sure the sources answer a question, from what retrieval found; below a threshold ragkit says so instead."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragkit.types import Evidence

THRESHOLD = 0.5
REFUSAL = "The sources do not answer this question."

# A logistic curve over three signals, fitted on SQuAD 2 paragraphs, the handbook and questions of a foreign collection
# (Natural Questions over SQuAD's paragraphs), each set weighing the same, then rounded. At the threshold it refuses
# more than nine in ten of the foreign questions; questions about the right subject that no sentence answers are much
# harder.
COSINE, COVERED, DENSE, BIAS = 3.6, 1.6, 3.4, -4.15


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
