"""A generator's words to an Answer: markers parsed, support checked, quotes exact, refusal where support is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragkit.ground.abstention import confidence as confidence
    from ragkit.ground.grounder import Grounder as Grounder
    from ragkit.ground.render import render as render
    from ragkit.ground.runnable import Grounding as Grounding
    from ragkit.ground.support import support as support

_HOMES = {
    "Grounder": "grounder",
    "Grounding": "runnable",
    "confidence": "abstention",
    "render": "render",
    "support": "support",
}
__all__ = ["Grounder", "Grounding", "confidence", "render", "support"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"ragkit.ground.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
