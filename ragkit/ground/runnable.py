"""Grounding as the last step of a LangChain chain: ``retriever | prompt | model | grounding``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.runnables import Runnable, RunnableConfig

from ragkit.core import runs as carry
from ragkit.core.errors import ConfigError
from ragkit.core.messages import ReplyReader
from ragkit.core.types import Answer
from ragkit.ground.grounder import Grounder
from ragkit.ground.safety import flags

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from ragkit.core.types import Evidence
    from ragkit.ground.verify.cascade import Checker


class Grounding(Runnable[Any, Answer]):
    """Turns a generator's reply into an Answer, streaming sentence by sentence.

    Args:
        confidence: (question, evidence) to how sure retrieval is, from 0 to 1; None leaves it open.
        threshold: confidence below which the answer is a refusal.
        short: whether replies are phrases to be found in the evidence.
        checker: gives verdicts on sentences; None confirms quotations alone.
    """

    def __init__(
        self,
        *,
        checker: Checker | None = None,
        confidence: Callable[[str, Sequence[Evidence]], float] | None = None,
        threshold: float = 0.0,
        short: bool = False,
    ) -> None:
        self.checker = checker
        self.confidence = confidence
        self.threshold = threshold
        self.short = short

    def grounder(self, config: RunnableConfig | None) -> Grounder:
        """Return what grounds the reply of this run.

        Raises:
            ConfigError: the step does not run in a chain with a grounded prompt.
        """
        left = carry.take(config)
        if left is None:
            raise ConfigError(
                "grounding does not know the passages: put it in the same chain as the prompt, "
                "index.retriever() | index.prompt() | model | index.grounding()"
            )
        question, hits, evidence = left
        sure = self.confidence(question, evidence) if self.confidence else None
        return Grounder(
            question,
            evidence,
            hits,
            confidence=sure,
            short=self.short,
            flags=flags(hits),
            checker=self.checker,
        )

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
        reply: _GroundedReply | None = None
        for message in input:
            if reply is None:
                reply = _GroundedReply(self, config)
                yield reply.grounder.start()
            yield reply.feed(message)
        yield (reply or _GroundedReply(self, config)).close()

    async def atransform(
        self,
        input: AsyncIterator[Any],
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[Answer]:
        """Ground a streamed reply; the parts add up to what :meth:`invoke` returns."""
        reply: _GroundedReply | None = None
        async for message in input:
            if reply is None:
                reply = _GroundedReply(self, config)
                yield reply.grounder.start()
            yield reply.feed(message)
        yield (reply or _GroundedReply(self, config)).close()


class _GroundedReply:
    """One reply on its way through a grounder, or past it where the passages do not cover the question."""

    def __init__(self, grounding: Grounding, config: RunnableConfig | None) -> None:
        self.grounder = grounding.grounder(config)
        sure = self.grounder.confidence
        self.refused = sure is not None and sure < grounding.threshold
        self._reader = ReplyReader()

    def feed(self, message: Any) -> Answer:
        return self._grounded(self._reader.feed(message))

    def close(self) -> Answer:
        part = self._grounded(self._reader.close()) + Answer(usage=self._reader.usage)
        if self.refused:
            return part + self.grounder.refuse("the passages found do not cover the question")
        if self._reader.cut:
            self.grounder.cut(self._reader.cut)
        return part + self.grounder.close()

    def _grounded(self, text: str) -> Answer:
        return Answer(raw_text=text) if self.refused else self.grounder.feed(text)
