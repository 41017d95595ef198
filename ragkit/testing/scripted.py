"""A chat model that returns the replies of a script, streamed in pieces of any size: for the logic of chains."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.chat_models import generate_from_stream
from langchain_core.messages import AIMessageChunk
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGenerationChunk
from pydantic import Field, PrivateAttr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_core.callbacks import CallbackManagerForLLMRun
    from langchain_core.messages import BaseMessage
    from langchain_core.outputs import ChatResult


class ScriptedChat(BaseChatModel):
    """Returns the replies of a script in their order, again from the start when they are used up.

    Attributes:
        replies: what it returns.
        cuts: offsets at which each reply is cut into the pieces of its stream; none sends it whole.
        counts: whether it reports the tokens of a call, one for each word.
        asked: the messages of every call so far.
    """

    replies: list[str]
    cuts: list[int] = Field(default_factory=list[int])
    counts: bool = False

    _asked: list[list[BaseMessage]] = PrivateAttr(default_factory=list)

    @property
    def asked(self) -> list[list[BaseMessage]]:
        """The messages of every call so far."""
        return self._asked

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, None, **kwargs))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        reply = self.replies[len(self._asked) % len(self.replies)]
        self._asked.append(messages)
        # Markers and sentences may be cut anywhere in a real stream; equal edges give empty pieces, which occur too.
        edges = [0, *sorted(min(max(cut, 0), len(reply)) for cut in self.cuts), len(reply)]
        for start, end in pairwise(edges):
            chunk = ChatGenerationChunk(message=AIMessageChunk(content=reply[start:end]))
            if run_manager:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk
        read, written = sum(len(message.text.split()) for message in messages), len(reply.split())
        usage = UsageMetadata(input_tokens=read, output_tokens=written, total_tokens=read + written)
        yield ChatGenerationChunk(
            message=AIMessageChunk(
                content="",
                usage_metadata=usage if self.counts else None,
                response_metadata={"finish_reason": "stop"},
                chunk_position="last",
            )
        )
