"""A generator's words to an Answer: markers parsed, support checked, quotes exact, refusal where support is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragkit.ground.abstain import confidence as confidence
    from ragkit.ground.grounder import Grounder as Grounder
    from ragkit.ground.rendering import render as render
    from ragkit.ground.runnable import Grounding as Grounding
    from ragkit.ground.verify.support import support as support
else:
    from ragkit.core.lazy import lazy_exports

    __getattr__, __dir__, __all__ = lazy_exports(
        __name__,
        {
            "ragkit.ground.abstain": "confidence",
            "ragkit.ground.grounder": "Grounder",
            "ragkit.ground.rendering": "render",
            "ragkit.ground.runnable": "Grounding",
            "ragkit.ground.verify.support": "support",
        },
    )
