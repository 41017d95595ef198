"""LangChain messages to the form that chat templates take, and the chunks of a reply to LangChain's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessageChunk
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk

from ragkit.core.errors import GenerationError

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
        raise GenerationError(f"local models take text only, not {', '.join(kinds)}: leave it out of the messages")
    return "\n".join(_valid(block["text"]) for block in content)


def _valid(text: str) -> str:
    """Replace halves of surrogate pairs, which damaged documents hold and UTF-8 cannot."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def delta_chunk(choice: dict[str, Any]) -> ChatGenerationChunk | None:
    """Turn a choice of an OpenAI-style (chat) completion chunk into LangChain's; None when it brings no text."""
    # A chat completion has deltas of a message, a completion plain text.
    delta = choice["delta"] if "delta" in choice else {"content": choice["text"]}
    text, thought = delta.get("content") or "", delta.get("reasoning_content")
    if not text and not thought:
        return None
    logprobs = {"logprobs": choice["logprobs"]} if choice.get("logprobs") else {}
    message = AIMessageChunk(
        content=text,
        additional_kwargs={"reasoning_content": thought} if thought else {},
        response_metadata=logprobs,
    )
    return ChatGenerationChunk(message=message, generation_info=logprobs or None)


def counts(input_tokens: int, output_tokens: int, cached_tokens: int | None = None) -> UsageMetadata:
    """Return token counts in LangChain's form.

    Args:
        input_tokens: tokens of the prompt.
        output_tokens: tokens of the answer, its end included.
        cached_tokens: tokens of the prompt whose work was reused; None where the runtime reuses none.
    """
    usage = UsageMetadata(
        input_tokens=input_tokens, output_tokens=output_tokens, total_tokens=input_tokens + output_tokens
    )
    if cached_tokens is not None:
        usage["input_token_details"] = {"cache_read": cached_tokens}
    return usage


def last_chunk(model: str, finish_reason: str, usage: UsageMetadata) -> ChatGenerationChunk:
    """Make the chunk that ends a stream; ``finish_reason`` is ``stop`` or ``length``."""
    message = AIMessageChunk(
        content="",
        usage_metadata=usage,
        response_metadata={"model_name": model, "finish_reason": finish_reason},
        chunk_position="last",
    )
    return ChatGenerationChunk(message=message, generation_info={"finish_reason": finish_reason})
