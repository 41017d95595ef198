"""LangChain messages to the plain role-and-text form that chat templates take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragkit.errors import GenerationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import BaseMessage


def as_chat(messages: Sequence[BaseMessage]) -> list[dict[str, Any]]:
    """Turn messages into ``{"role": ..., "content": ...}`` objects with plain text.

    Raises:
        GenerationError: a message holds an image or another thing that is no text.
    """
    from langchain_core.messages import convert_to_openai_messages

    chat = convert_to_openai_messages(list(messages), text_format="string")
    return [{**message, "content": _as_text(message.get("content"))} for message in chat]


def _as_text(content: Any) -> str:
    if content is None:
        return ""
    if isinstance(content, str):
        return _valid(content)
    kinds = sorted({block.get("type", "?") for block in content if block.get("type") != "text"})
    if kinds:
        raise GenerationError(f"local models read text only, not {', '.join(kinds)}: leave it out of the messages")
    return "\n".join(_valid(block["text"]) for block in content)


def _valid(text: str) -> str:
    """Replace halves of surrogate pairs, which damaged documents hold and UTF-8 cannot."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
