"""Solve sums in words step by step, the arithmetic checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragkit.chains.registry import RegisteredChain

if TYPE_CHECKING:
    from ragkit.chains.base import Model
    from ragkit.chains.math.chain import MathChain


def math(model: Model = None, *, tries: int = 3) -> MathChain:
    """Return a Runnable that solves sums in words step by step, its arithmetic checked.

    Args:
        model: generator spec, LangChain chat model, or None for the settings'.
        tries: calls of the generator at most, until its arithmetic is right.
    """
    from ragkit.chains.math.chain import MathChain
    from ragkit.generate.generator import as_generator

    return MathChain(as_generator(model), tries=tries)


CHAINS = (
    RegisteredChain(
        "math",
        "Solves sums in words step by step, the arithmetic checked.",
        "ragkit.chains.math.options:MathOptions",
        input="text",
        takes="a sum in words",
        result="Calculation",
        keys=("answer", "text", "equations", "problems", "tries", "model", "usage", "timings"),
        function=math,
        classes={"Calculation": "ragkit.chains.math.result", "MathChain": "ragkit.chains.math.chain"},
    ),
)
