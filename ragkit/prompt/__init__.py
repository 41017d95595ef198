"""Question and passages to messages: templates, packing to a token budget, the step of a chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragkit.prompt.packing import Packed as Packed
    from ragkit.prompt.packing import pack as pack
    from ragkit.prompt.runnable import GroundedPrompt as GroundedPrompt
    from ragkit.prompt.templates import answer_messages as answer_messages
else:
    from ragkit.core.lazy import lazy_exports

    __getattr__, __dir__, __all__ = lazy_exports(
        __name__,
        {
            "ragkit.prompt.packing": "Packed pack",
            "ragkit.prompt.runnable": "GroundedPrompt",
            "ragkit.prompt.templates": "answer_messages",
        },
    )
