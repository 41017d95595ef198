"""Fitting sources into a generator's context: the best first; what does not fit is returned too."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
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
        evidence: what goes into the prompt, ordered by passage rank, then by place.
        dropped: what did not fit.
    """

    evidence: tuple[Evidence, ...]
    dropped: tuple[Evidence, ...]


def pack(evidence: Sequence[Evidence], budget: int, count: Callable[[str], int]) -> Packed:
    """Select the best evidence that fits a token budget.

    Args:
        evidence: by falling score.
        budget: tokens for all sources together.
        count: tokens of a text in the generator's own tokenizer.

    Raises:
        ContextOverflow: not even the best source fits.
    """
    packed: list[Evidence] = []
    dropped: list[Evidence] = []
    left = budget
    for each in evidence:
        # One more for the line end between sources.
        needed = count(source_block(len(packed) + 1, each)) + 1
        if needed > left:
            dropped.append(each)  # a shorter one behind it may still fit
            continue
        packed.append(each)
        left -= needed
    if evidence and not packed:
        raise ContextOverflow(count(source_block(1, evidence[0])) + 1, budget)
    # Sentences of one passage stand together and in its order, so that the model has what surrounds each.
    packed.sort(key=attrgetter("hit.rank", "start"))
    return Packed(tuple(packed), tuple(dropped))
