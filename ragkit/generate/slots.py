"""A bound on calls that run at the same time, for threads and for coroutines together, in the order they came."""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator


class Slots:
    """Let so many blocks run at once; others wait, threads by sleeping and coroutines by yielding to their loop.

    Args:
        number: blocks that may run at the same time, at least 1.
    """

    def __init__(self, number: int) -> None:
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
        """Hand the slot on; one who gave up waiting has none to hand on."""
        with self._lock:
            if not turn.done():
                self._waiting.remove(turn)
            elif self._waiting:
                self._waiting.popleft().set_result(None)
            else:
                self._free += 1
