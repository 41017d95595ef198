"""What chains that return their result in parts share: every way to call them, from one method."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.config import run_in_executor

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from langchain_core.language_models import BaseChatModel

    from ragkit.generate.generator import Generator

    Model = str | BaseChatModel | Generator | None

Input = TypeVar("Input")
Output = TypeVar("Output")
_END: Any = object()


def held(parts: Iterator[Output]) -> Iterator[Output]:
    """Yield parts, the first only when there is a second, unless it has a text.

    What a chain says of itself before its model is called would otherwise be a stream that has begun, and LangChain's
    fallbacks are taken only before that.
    """
    first = next(parts)
    if not getattr(first, "text", ""):
        second = next(parts, _END)
        yield first
        if second is _END:
            return
        first = second
    yield first
    yield from parts


class PartsChain(Runnable[Input, Output], Generic[Input, Output]):
    """A Runnable whose result is the sum of its parts, so that whole and stream cannot differ."""

    @abstractmethod
    def parts(self, given: Input, config: RunnableConfig) -> Iterator[Output]:
        """Yield the result part by part; the parts add up to it.

        Args:
            given: the input.
            config: of this run, with its callbacks.
        """

    def invoke(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Output:
        """Return the whole result."""
        return self._call_with_config(self._whole, input, config)

    def stream(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Output]:
        """Yield the result part by part."""
        yield from self._transform_stream_with_config(iter([input]), self._streamed, config)

    async def ainvoke(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> Output:
        """Return the whole result; the work is done in a thread."""
        return await run_in_executor(config, self.invoke, input, config)

    async def astream(self, input: Input, config: RunnableConfig | None = None, **kwargs: Any) -> AsyncIterator[Output]:
        """Yield the result part by part; the work is done in a thread."""

        async def once() -> AsyncIterator[Input]:
            yield input

        async for part in self._atransform_stream_with_config(once(), self._astreamed, config):
            yield part

    def _whole(self, value: Input, run_manager: Any, config: RunnableConfig) -> Output:
        parts = self.parts(value, config)
        whole: Any = next(parts)
        for part in parts:
            whole += part
        return whole

    def _streamed(self, values: Iterator[Input], run_manager: Any, config: RunnableConfig) -> Iterator[Output]:
        yield from held(self.parts(next(values), config))

    async def _astreamed(
        self, values: AsyncIterator[Input], run_manager: Any, config: RunnableConfig
    ) -> AsyncIterator[Output]:
        # One part at a time in a thread: the event loop stays free, and no part is computed before it is wanted.
        parts = held(self.parts(await anext(values), config))
        while (part := await run_in_executor(config, next, parts, _END)) is not _END:
            yield part
