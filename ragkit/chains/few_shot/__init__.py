"""Do a task as examples show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragkit.chains.registry import RegisteredChain

if TYPE_CHECKING:
    from ragkit.chains.base import Model
    from ragkit.chains.examples import Examples
    from ragkit.chains.few_shot.chain import FewShotChain
    from ragkit.core.types import Embedder


def few_shot(
    examples: Examples = None, model: Model = None, *, embedder: str | Embedder | None = None, **options: Any
) -> FewShotChain:
    """Return a Runnable from a text to what the generator makes of it, shown by examples chosen for the text.

    Args:
        examples: a file of examples, an index of them, or examples; None for none.
        model: generator spec, LangChain chat model, or None for the settings'.
        embedder: finds the examples that are like the text; None takes the settings'.
        **options: of :class:`ragkit.chains.FewShotChain`.
    """
    from ragkit.chains.examples import as_pool
    from ragkit.chains.few_shot.chain import FewShotChain
    from ragkit.generate.generator import as_generator

    return FewShotChain(as_generator(model), as_pool(examples, embedder), **options)


CHAINS = (
    RegisteredChain(
        "few_shot",
        "Does a task as examples show it.",
        "ragkit.chains.few_shot.options:FewShotOptions",
        input="text",
        takes="a text",
        result="Completion",
        keys=("text", "reasoning", "problems", "examples", "left_out", "model", "usage", "timings"),
        function=few_shot,
        classes={"Completion": "ragkit.chains.few_shot.result", "FewShotChain": "ragkit.chains.few_shot.chain"},
    ),
)
