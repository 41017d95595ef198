"""Answer a question that takes several steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ragkit.chains.registry import ANSWER_KEYS, RegisteredChain

if TYPE_CHECKING:
    from ragkit.chains.context import Answering
    from ragkit.chains.multi_hop.chain import StepsChain


def multi_hop(index: Answering | Mapping[str, Answering], *, steps: int = 4, **options: Any) -> StepsChain:
    """Return a Runnable that answers questions of several steps.

    Args:
        index: the index to search; or several by name, of which each step is sent to the most confident one.
        steps: at most.
        **options: of :meth:`ragkit.Index.chain`.
    """
    from ragkit.chains.multi_hop.chain import StepsChain

    options = {"route": "passages", **options}
    if isinstance(index, Mapping):
        return StepsChain({name: each.chain(**options) for name, each in index.items()}, steps=steps)
    return StepsChain(index.chain(**options), steps=steps)


CHAINS = (
    RegisteredChain(
        "multi_hop",
        "Answers questions of several steps over an index, or over the one of several that fits each step.",
        "ragkit.chains.multi_hop.options:MultiHopOptions",
        input="question",
        takes="a question",
        result="Answer",
        keys=ANSWER_KEYS,
        function=multi_hop,
        classes={"StepsChain": "ragkit.chains.multi_hop.chain"},
    ),
)
