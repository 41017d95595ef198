"""What guards a hosted model's calls: tries beyond its client library's own, and an eye on answers that break off."""

from __future__ import annotations

import logging
from contextlib import aclosing, closing, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ragkit.generate.hosted.patience import CutShort, Patience

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Iterator

    from tenacity import RetryCallState

    from ragkit.generate.hosted.limits import Slots

logger = logging.getLogger(__name__)

_ENDINGS = ("finish_reason", "status", "stop_reason", "done_reason")  # where providers say why an answer ended
_UNNOTICED = 10.0  # seconds; a longer pause is logged as a warning, with its reason
_inside: ContextVar[bool] = ContextVar("ragkit_guarded", default=False)


@dataclass(frozen=True, slots=True)
class Guard:
    """What guards the calls of one hosted model.

    Attributes:
        name: what errors call the model.
        patience: which failures are tried again.
        slots: bounds the calls that run at once; None for no bound.
        says_end: whether the provider ends each stream by saying why, so that one which does not was cut short.
    """

    name: str
    patience: Patience = field(default_factory=Patience)
    slots: Slots | None = None
    says_end: bool = False

    def call(self, make: Callable[[], Any]) -> Any:
        """Run a call that answers at once."""
        from tenacity import Retrying

        return Retrying(**self._policy())(marked()(make))

    async def acall(self, make: Callable[[], Awaitable[Any]]) -> Any:
        """Run a call that answers at once."""
        from tenacity import AsyncRetrying

        async def once() -> Any:
            with marked():
                return await make()

        return await AsyncRetrying(**self._policy())(once)

    def stream(self, make: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        """Run a call that answers in pieces; it is tried again only while nothing was handed on."""

        def begin() -> tuple[Any, Generator[Any, None, None]]:
            chunks = _steps(make())
            # The first chunk belongs to the attempt: most failures (quota, overload) come before it.
            first = next(chunks, None)
            if first is None:
                self._check_end(ended=False)
            return first, chunks

        chunk, chunks = self.call(begin)
        ended = chunk is None
        with closing(chunks):
            while chunk is not None:
                ended = ended or _says_end(chunk)
                yield chunk
                chunk = next(chunks, None)
        self._check_end(ended)

    async def astream(self, make: Callable[[], AsyncIterator[Any]]) -> AsyncIterator[Any]:
        """Run a call that answers in pieces; it is tried again only while nothing was handed on."""

        async def begin() -> tuple[Any, AsyncGenerator[Any, None]]:
            chunks = _asteps(make())
            first = await anext(chunks, None)
            if first is None:
                self._check_end(ended=False)
            return first, chunks

        chunk, chunks = await self.acall(begin)
        ended = chunk is None
        async with aclosing(chunks):
            while chunk is not None:
                ended = ended or _says_end(chunk)
                yield chunk
                chunk = await anext(chunks, None)
        self._check_end(ended)

    def _check_end(self, ended: bool) -> None:
        if self.says_end and not ended:
            raise CutShort(
                f"{self.name} stopped in the middle of its answer, without saying why: try again later", retryable=True
            )

    def _policy(self) -> dict[str, Any]:
        """Return the arguments of tenacity's ``Retrying``."""
        from tenacity import retry_if_exception, stop_after_attempt

        return {
            "stop": stop_after_attempt(self.patience.retries + 1),
            "retry": retry_if_exception(lambda error: self.patience.wait(error) is not None),
            "wait": self._pause,
            "before_sleep": self._report,
            "reraise": True,
        }

    def _pause(self, state: RetryCallState) -> float:
        return self.patience.wait(_error_of(state), state.attempt_number - 1) or 0.0

    def _report(self, state: RetryCallState) -> None:
        level = logging.WARNING if state.upcoming_sleep > _UNNOTICED else logging.INFO
        logger.log(level, "%s failed (%s): trying again in %.0f s", self.name, _error_of(state), state.upcoming_sleep)


def _error_of(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None


@contextmanager
def marked() -> Generator[None, None, None]:
    """Let calls within the block pass unguarded: some providers' methods call each other."""
    token = _inside.set(True)
    try:
        yield
    finally:
        _inside.reset(token)


def _steps(chunks: Iterator[Any]) -> Generator[Any, None, None]:
    """Mark only the making of each chunk: a generator's context is its caller's while it waits to go on."""
    try:
        while True:
            with marked():
                chunk = next(chunks, None)
            if chunk is None:
                return
            yield chunk
    finally:
        if hasattr(chunks, "close"):
            chunks.close()  # pyright: ignore[reportAttributeAccessIssue]


async def _asteps(chunks: AsyncIterator[Any]) -> AsyncGenerator[Any, None]:
    try:
        while True:
            with marked():
                chunk = await anext(chunks, None)
            if chunk is None:
                return
            yield chunk
    finally:
        if hasattr(chunks, "aclose"):
            await chunks.aclose()  # pyright: ignore[reportAttributeAccessIssue]


def _says_end(chunk: Any) -> bool:
    facts = {**(chunk.generation_info or {}), **chunk.message.response_metadata}
    return any(facts.get(name) for name in _ENDINGS)


def passing() -> bool:
    """Whether this runs within a guarded call."""
    return _inside.get()
