"""A generator's words to an Answer: markers parsed, support checked, quotes exact, refusal where support is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragkit.ground.abstain import confidence as confidence
    from ragkit.ground.grounder import Grounder as Grounder
    from ragkit.ground.render import render as render
    from ragkit.ground.runnable import Grounding as Grounding
    from ragkit.ground.verify.support import support as support

_HOMES = {
    "Grounder": "ragkit.ground.grounder",
    "Grounding": "ragkit.ground.runnable",
    "confidence": "ragkit.ground.abstain",
    "render": "ragkit.ground.render",
    "support": "ragkit.ground.verify.support",
}
__all__ = ["Grounder", "Grounding", "confidence", "render", "support"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
