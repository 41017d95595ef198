"""Question and passages to messages: templates, packing to a token budget, the step of a chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragkit.prompt.packing import Packed as Packed
    from ragkit.prompt.packing import pack as pack
    from ragkit.prompt.runnable import GroundedPrompt as GroundedPrompt
    from ragkit.prompt.templates import answer_messages as answer_messages

_HOMES = {
    "GroundedPrompt": "ragkit.prompt.runnable",
    "Packed": "ragkit.prompt.packing",
    "answer_messages": "ragkit.prompt.templates",
    "pack": "ragkit.prompt.packing",
}
__all__ = ["GroundedPrompt", "Packed", "answer_messages", "pack"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
