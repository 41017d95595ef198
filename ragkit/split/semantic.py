"""Semantic splitting: a cut is cheaper where the sentences on either side differ in meaning.

After Hearst, "TextTiling: Segmenting Text into Multi-paragraph Subtopic Passages" (Computational Linguistics 23, 1997),
with vectors of sentences in place of counts of words.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ragkit.split.atoms import PARAGRAPH, SENTENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ragkit.core.types import Vectors
    from ragkit.split.atoms import Atom

WEIGHT = 1.2  # how much more the cut between the most alike costs than that between the least alike
SPAN = 2  # sentences looked at on either side


def reprice(text: str, parts: Sequence[Atom], encode: Callable[[Sequence[str]], Vectors]) -> list[Atom]:
    """Change the prices of cuts between sentences by how alike the two sides are, compared within the document.

    Args:
        text: the document's text.
        parts: its atoms, sentences apart.
        encode: texts to vectors of length 1.
    """
    import numpy as np

    places = [
        place
        for place in range(1, len(parts))
        if PARAGRAPH <= parts[place].price <= SENTENCE and parts[place].section == parts[place - 1].section
    ]
    if len(places) < 2:
        return list(parts)
    needed = sorted({max(place - SPAN, 0) for place in places} | set(places))
    ends = [parts[min(first + SPAN, len(parts)) - 1].end for first in needed]
    windows = [text[parts[first].start : end] for first, end in zip(needed, ends, strict=True)]
    vectors = dict(zip(needed, encode(windows), strict=True))
    alike = np.array([float(vectors[max(place - SPAN, 0)] @ vectors[place]) for place in places])
    ranks = alike.argsort().argsort() / (len(places) - 1) - 0.5
    made = list(parts)
    for place, rank in zip(places, ranks.tolist(), strict=True):
        made[place] = replace(made[place], price=max(PARAGRAPH / 2, made[place].price + WEIGHT * rank))
    return made
