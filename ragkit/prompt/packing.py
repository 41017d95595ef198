"""Fitting sources into a generator's context: the best first, what is left out is named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragkit.core.errors import ContextOverflow
from ragkit.prompt.templates import source_block

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ragkit.core.types import Evidence


@dataclass(frozen=True, slots=True)
class Packed:
    """Sources that fit.

    Attributes:
        evidence: what goes into the prompt, in reading order: by passage rank, then by place.
        dropped: what did not fit.
    """

    evidence: tuple[Evidence, ...]
    dropped: tuple[Evidence, ...]


def pack(evidence: Sequence[Evidence], budget: int, count: Callable[[str], int]) -> Packed:
    """Keep the best evidence that fits a token budget.

    Args:
        evidence: by falling score.
        budget: tokens for all sources together.
        count: tokens of a text in the generator's own tokenizer.

    Raises:
        ContextOverflow: not even the best source fits.
    """
    kept: list[Evidence] = []
    dropped: list[Evidence] = []
    left = budget
    for each in evidence:
        needed = count(source_block(len(kept) + 1, each)) + 1
        if needed > left:
            dropped.append(each)
            continue
        kept.append(each)
        left -= needed
    if evidence and not kept:
        raise ContextOverflow(count(source_block(1, evidence[0])) + 1, budget)
    kept.sort(key=lambda each: (each.hit.rank, each.start))
    return Packed(tuple(kept), tuple(dropped))
