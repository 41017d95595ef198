"""Options of hosted specs that bound requests: how many a second, how many at once, how long to wait when sent away."""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

from ragkit.core.errors import ConfigError
from ragkit.generate.hosted.patience import LONGEST_WAIT, Patience
from ragkit.generate.hosted.wire import LONGEST_REPLY

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from langchain_core.rate_limiters import InMemoryRateLimiter

    from ragkit.core.registry import Spec

RETRIES = 2
# Seconds between two looks at whether the next request may go, where requests are rare.
_SLOWEST_CHECK = 0.1

# Bounds by provider, model, base URL and value: all models of a process that agree in these share one.
_SLOTS: dict[tuple[Any, ...], Slots] = {}
_RATES: dict[tuple[Any, ...], InMemoryRateLimiter] = {}


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """Bounds on requests.

    Attributes:
        patience: which failures are tried again, and how long is waited for.
        slots: requests at once; None for no bound.
        rate_limiter: requests a second; None for no bound.
        longest_reply: seconds that a reply may take from its first byte to its last.
    """

    patience: Patience
    slots: Slots | None
    rate_limiter: InMemoryRateLimiter | None
    longest_reply: float


def take_limits(spec: Spec, options: dict[str, Any]) -> RequestLimits:
    """Take ``requests_per_second``, ``concurrency``, ``longest_wait`` and ``longest_reply`` out of a spec's options.

    Specs with the same provider, model, base URL and bounds share them, whatever else they differ in.

    Raises:
        ConfigError: a value is wrong.
    """
    rate = _number(spec, options, "requests_per_second", above=0)
    slots = _number(spec, options, "concurrency", above=0, whole=True)
    longest = _number(spec, options, "longest_wait", above=-1)
    reply = _number(spec, options, "longest_reply", above=0)
    place = (spec.provider, spec.model, str(options.get("base_url", "")))
    retries = options.get("max_retries", RETRIES)
    return RequestLimits(
        # A wrong number of retries is the chat model's own to complain about.
        Patience(retries if isinstance(retries, int) else RETRIES, LONGEST_WAIT if longest is None else longest),
        None if slots is None else _SLOTS.setdefault((*place, slots), Slots(int(slots))),
        None if rate is None else _RATES.setdefault((*place, rate), _new_rate_limiter(rate)),
        LONGEST_REPLY if reply is None else reply,
    )


def _new_rate_limiter(rate: float) -> InMemoryRateLimiter:
    from langchain_core.rate_limiters import InMemoryRateLimiter

    # Looked at more often than requests may go, or the looking would bound the rate.
    often = min(_SLOWEST_CHECK, 0.25 / rate)
    limiter = InMemoryRateLimiter(requests_per_second=rate, check_every_n_seconds=often, max_bucket_size=1)
    # LangChain's limiter begins empty; the first request need not wait.
    limiter.available_tokens = 1.0
    return limiter


def _number(spec: Spec, options: dict[str, Any], name: str, *, above: float, whole: bool = False) -> float | None:
    value = options.pop(name, None)
    if value is None:
        return None
    right = isinstance(value, int if whole else (int, float)) and not isinstance(value, bool) and value > above
    if not right:
        least = "a whole number of at least 1" if whole else "a number above 0" if above == 0 else "seconds, 0 or more"
        raise ConfigError(f"wrong option in {str(spec)!r}: {name} is {value!r}, but must be {least}")
    return value


class Slots:
    """Let so many blocks run at once; others wait in their order, threads asleep and coroutines yielding to their loop.

    Args:
        number: blocks that may run at the same time, at least 1.
    """

    def __init__(self, number: int) -> None:
        # concurrent.futures' Future is what a thread and (wrapped) a coroutine can both wait for; neither kind of
        # semaphore in the standard library serves both.
        self._free = number
        self._waiting: deque[Future[None]] = deque()
        self._lock = Lock()

    @contextmanager
    def hold(self) -> Generator[None, None, None]:
        """Hold a slot within the block, after waiting for one in this thread."""
        turn = self._ask()
        try:
            turn.result()
            yield
        finally:
            self._leave(turn)

    @asynccontextmanager
    async def ahold(self) -> AsyncGenerator[None, None]:
        """Hold a slot within the block, after waiting for one in this coroutine."""
        turn = self._ask()
        try:
            # Shielded: cancelling the coroutine must not cancel the turn, which `_leave` looks at.
            await asyncio.shield(asyncio.wrap_future(turn))
            yield
        finally:
            self._leave(turn)

    def _ask(self) -> Future[None]:
        turn: Future[None] = Future()
        with self._lock:
            if self._free:
                self._free -= 1
                turn.set_result(None)
            else:
                self._waiting.append(turn)
        return turn

    def _leave(self, turn: Future[None]) -> None:
        """Pass the slot on; a caller that stopped waiting has none."""
        with self._lock:
            if not turn.done():
                self._waiting.remove(turn)
            elif self._waiting:
                self._waiting.popleft().set_result(None)
            else:
                self._free += 1
