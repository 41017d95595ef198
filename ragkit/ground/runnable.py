"""Grounding as the last step of a LangChain chain: ``retriever | prompt | model | grounding``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.runnables import Runnable, RunnableConfig

from ragkit.core import runs as carry
from ragkit.core.errors import ConfigError
from ragkit.core.messages import text_of, usage_of
from ragkit.core.types import Answer
from ragkit.ground.grounder import Grounder
from ragkit.ground.safety import flags

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from ragkit.core.types import Evidence


class Grounding(Runnable[Any, Answer]):
    """Turns a generator's reply into an Answer, streaming sentence by sentence.

    Args:
        confidence: (question, evidence) to how sure retrieval is, from 0 to 1; None leaves it open.
        threshold: confidence below which the answer is a refusal.
        short: whether replies are phrases to be found in the evidence.
    """

    def __init__(
        self,
        *,
        confidence: Callable[[str, Sequence[Evidence]], float] | None = None,
        threshold: float = 0.0,
        short: bool = False,
    ) -> None:
        self.confidence = confidence
        self.threshold = threshold
        self.short = short

    def _grounder(self, config: RunnableConfig | None) -> Grounder:
        left = carry.take(config)
        if left is None:
            raise ConfigError(
                "grounding does not know the passages: put it in the same chain as the prompt, "
                "index.retriever() | index.prompt() | model | index.grounding()"
            )
        question, hits, evidence = left
        sure = self.confidence(question, evidence) if self.confidence else None
        return Grounder(question, evidence, hits, confidence=sure, short=self.short, flags=flags(hits))

    def _refused(self, grounder: Grounder) -> bool:
        return grounder.confidence is not None and grounder.confidence < self.threshold

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Answer:
        """Ground a whole reply.

        Raises:
            ConfigError: the step does not run in a chain with a grounded prompt.
        """
        parts = self.transform(iter([input]), config)
        answer = next(parts)
        for part in parts:
            answer += part
        return answer

    def stream(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Answer]:
        """Ground a whole reply, part by part."""
        yield from self.transform(iter([input]), config)

    def transform(self, input: Iterator[Any], config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Answer]:
        """Ground a streamed reply; the parts add up to what :meth:`invoke` returns."""
        grounder: Grounder | None = None
        refused = False
        for message in input:
            if grounder is None:
                grounder = self._grounder(config)
                refused = self._refused(grounder)
                yield grounder.start()
            yield Answer(raw_text=text_of(message)) if refused else grounder.feed(text_of(message))
            if usage := usage_of(message):
                yield Answer(usage=usage)
        yield self._last(grounder or self._grounder(config), refused=refused)

    async def atransform(
        self,
        input: AsyncIterator[Any],
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[Answer]:
        """Ground a streamed reply; the parts add up to what :meth:`invoke` returns."""
        grounder: Grounder | None = None
        refused = False
        async for message in input:
            if grounder is None:
                grounder = self._grounder(config)
                refused = self._refused(grounder)
                yield grounder.start()
            yield Answer(raw_text=text_of(message)) if refused else grounder.feed(text_of(message))
            if usage := usage_of(message):
                yield Answer(usage=usage)
        yield self._last(grounder or self._grounder(config), refused=refused)

    def _last(self, grounder: Grounder, *, refused: bool) -> Answer:
        if refused:
            return grounder.refuse("the passages found do not cover the question")
        return grounder.close()
