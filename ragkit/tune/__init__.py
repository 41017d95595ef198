"""Fitting prompts to labelled examples, and bringing along prompts that DSPy optimised."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragkit.tune.prompts import compile_prompt as compile_prompt
else:
    from ragkit.core.lazy import lazy_exports

    __getattr__, __dir__, __all__ = lazy_exports(__name__, {"ragkit.tune.prompts": "compile_prompt"})
