"""The prompt as a step of a LangChain chain: ``retriever | prompt | model | grounding``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.prompt_values import ChatPromptValue
from langchain_core.runnables import Runnable, RunnableConfig

from ragkit.core import runs as carry
from ragkit.core.errors import ConfigError
from ragkit.prompt.packing import pack
from ragkit.prompt.templates import Style, answer_messages

if TYPE_CHECKING:
    from collections.abc import Callable

    from ragkit.core.types import Evidence


def _rough_count(text: str) -> int:
    """Count tokens too high rather than too low, where the generator's tokenizer is not at hand."""
    return len(text) // 2 + 1


class GroundedPrompt(Runnable[Any, ChatPromptValue]):
    """Turns retrieved passages into messages with numbered sources.

    Takes what ragkit's retriever returns (its list remembers the question), and leaves the evidence for the grounding
    step of the same run.

    Args:
        select: (question, hits) to evidence, best first.
        style: ``answer`` or ``short``.
        budget: tokens for all sources together.
        count: tokens of a text in the generator's tokenizer; a cautious guess without it.
    """

    def __init__(
        self,
        select: Callable[[str, Any], tuple[Evidence, ...]],
        *,
        style: Style = "answer",
        budget: int = 1500,
        count: Callable[[str], int] = _rough_count,
    ) -> None:
        self.select = select
        self.style: Style = style
        self.budget = budget
        self.count = count

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> ChatPromptValue:
        """Build the messages.

        Raises:
            ConfigError: the input is not from ragkit's retriever.
        """
        question, hits = getattr(input, "question", None), getattr(input, "hits", None)
        if question is None or hits is None:
            raise ConfigError(
                "the grounded prompt needs the passages of a ragkit retriever: "
                "build the chain as index.retriever() | index.prompt() | model | index.grounding()"
            )
        packed = pack(self.select(question, hits), self.budget, self.count)
        carry.leave(config, (question, hits, packed.evidence))
        return ChatPromptValue(messages=answer_messages(question, packed.evidence, self.style))
