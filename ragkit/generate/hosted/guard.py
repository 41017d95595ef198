"""What guards a hosted model's calls: tries beyond its client library's own, and an eye on what comes back."""

from __future__ import annotations

import logging
from contextlib import aclosing, closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from ragkit.core.errors import GenerationError
from ragkit.core.messages import Tally
from ragkit.generate.failures import said, status_of
from ragkit.generate.hosted.patience import CutShort, Patience
from ragkit.generate.hosted.wire import Exchange, within

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Iterator

    from tenacity import RetryCallState

    from ragkit.generate.hosted.features import Features
    from ragkit.generate.hosted.limits import Slots

logger = logging.getLogger(__name__)

_ENDINGS = ("finish_reason", "status", "stop_reason", "done_reason")  # where providers say why an answer ended
_UNNOTICED = 10.0  # seconds; a longer pause is logged as a warning, with its reason


@dataclass(frozen=True, slots=True)
class Guard:
    """What guards the calls of one hosted model.

    Attributes:
        name: what errors call the model.
        patience: which failures are tried again.
        slots: bounds the calls that run at once; None for no bound.
        says_end: whether the provider ends each stream by saying why, so that one which does not was cut short.
        features: what its server does not take; None where that cannot be left out.
    """

    name: str
    patience: Patience = field(default_factory=Patience)
    slots: Slots | None = None
    says_end: bool = False
    features: Features | None = None

    def call(self, make: Callable[[], Any]) -> Any:
        """Run a call that answers at once."""
        exchange = Exchange()

        def once() -> Any:
            with within(exchange):
                return make()

        with self._explained(exchange):
            return _whole(self._tried(once))

    async def acall(self, make: Callable[[], Awaitable[Any]]) -> Any:
        """Run a call that answers at once."""
        exchange = Exchange()

        async def once() -> Any:
            with within(exchange):
                return await make()

        with self._explained(exchange):
            return _whole(await self._atried(once))

    def stream(self, make: Callable[[], Iterator[Any]], read: Callable[[Any], Any]) -> Iterator[Any]:
        """Run a call that answers in pieces; it is tried again only while nothing was handed on.

        Args:
            make: begins the call.
            read: turns the JSON of a reply in one piece into a chunk: some servers do not stream.
        """
        exchange = Exchange()

        def begin() -> tuple[Any, Generator[Any, None, None]]:
            chunks = _steps(make(), exchange)
            # The first chunk belongs to the attempt: most failures (quota, overload) come before it.
            first = next(chunks, None)
            return self._at_once(exchange, read) if first is None else first, chunks

        tally = Tally()
        with self._explained(exchange):
            chunk, chunks = self._tried(begin)
        ended = False
        with closing(chunks):
            while chunk is not None:
                ended = ended or _says_end(chunk)
                yield _tallied(chunk, tally)
                chunk = next(chunks, None)
        self._check_end(ended or exchange.done)

    async def astream(self, make: Callable[[], AsyncIterator[Any]], read: Callable[[Any], Any]) -> AsyncIterator[Any]:
        """Run a call that answers in pieces, as :meth:`stream` does."""
        exchange = Exchange()

        async def begin() -> tuple[Any, AsyncGenerator[Any, None]]:
            chunks = _asteps(make(), exchange)
            first = await anext(chunks, None)
            return self._at_once(exchange, read) if first is None else first, chunks

        tally = Tally()
        with self._explained(exchange):
            chunk, chunks = await self._atried(begin)
        ended = False
        async with aclosing(chunks):
            while chunk is not None:
                ended = ended or _says_end(chunk)
                yield _tallied(chunk, tally)
                chunk = await anext(chunks, None)
        self._check_end(ended or exchange.done)

    def _tried(self, once: Callable[[], Any]) -> Any:
        """Run one attempt after the other; what the server does not take is left out without counting as one."""
        from tenacity import Retrying

        while True:
            try:
                return Retrying(**self._policy())(once)
            except Exception as error:
                if self.features is None or not self.features.learn(error):
                    raise

    async def _atried(self, once: Callable[[], Awaitable[Any]]) -> Any:
        from tenacity import AsyncRetrying

        while True:
            try:
                return await AsyncRetrying(**self._policy())(once)
            except Exception as error:
                if self.features is None or not self.features.learn(error):
                    raise

    def _at_once(self, exchange: Exchange, read: Callable[[Any], Any]) -> Any:
        """Return the chunk of a reply that had no events; None where it is empty and that is no mistake.

        Raises:
            GenerationError: the server said what is wrong, with a status as if nothing were.
            CutShort: nothing came.
        """
        body = exchange.body()
        if isinstance(body, dict) and cast("dict[str, Any]", body).get("choices"):
            return read(body)
        if words := said(body):
            raise GenerationError(f"{self.name} failed ({words}): correct the request or choose another model")
        self._check_page(exchange)
        self._check_end(exchange.done)
        return None

    @contextmanager
    def _explained(self, exchange: Exchange) -> Generator[None, None, None]:
        """Name a web page as the cause of whatever a client library says where one came in place of JSON."""
        try:
            yield
        except GenerationError:
            raise
        except Exception as error:
            if status_of(error) is None:
                self._check_page(exchange)
            raise

    def _check_page(self, exchange: Exchange) -> None:
        if exchange.page:
            raise GenerationError(
                f"{self.name} failed (the server replied with a web page, not with a completion): check base_url, and "
                "whether one must log in"
            )

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


def _whole(result: Any) -> Any:
    """Return the result of a call that answers at once, which must hold a reply."""
    if not result.generations:
        raise CutShort("the server's reply holds no choice: try again later", retryable=True)
    return result


def _tallied(chunk: Any, tally: Tally) -> Any:
    """Return a chunk whose token counts add up with those before it, as LangChain and its callbacks take them."""
    usage = getattr(chunk.message, "usage_metadata", None)
    if usage:
        added = tally.add({key: usage[key] for key in ("input_tokens", "output_tokens")})
        if any(added[key] != usage[key] for key in added):
            # The details tell totals as well: they are left out where they were counted before.
            chunk.message.usage_metadata = {**added, "total_tokens": sum(added.values())}
    return chunk


def _steps(chunks: Iterator[Any], exchange: Exchange) -> Generator[Any, None, None]:
    """Mark only the making of each chunk: a generator's context is its caller's while it waits to go on."""
    try:
        while True:
            with within(exchange):
                chunk = next(chunks, None)
            if chunk is None:
                return
            yield chunk
    finally:
        if hasattr(chunks, "close"):
            chunks.close()  # pyright: ignore[reportAttributeAccessIssue]


async def _asteps(chunks: AsyncIterator[Any], exchange: Exchange) -> AsyncGenerator[Any, None]:
    try:
        while True:
            with within(exchange):
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
