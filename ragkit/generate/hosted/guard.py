"""What guards a hosted model's calls: tries beyond its client library's own, and an eye on answers that break off."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import aclosing, closing, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ragkit.generate.hosted.patience import CutShort, Patience

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Iterator

    from ragkit.generate.hosted.limits import Slots

logger = logging.getLogger(__name__)

_ENDINGS = ("finish_reason", "status", "stop_reason", "done_reason")  # where providers say why an answer ended
_UNNOTICED = 10.0  # seconds that nobody needs to be told the reason of
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
        tried = 0
        while True:
            try:
                with marked():
                    return make()
            except Exception as error:
                if (seconds := self._pause(error, tried)) is None:
                    raise
                time.sleep(seconds)
                tried += 1

    async def acall(self, make: Callable[[], Awaitable[Any]]) -> Any:
        """Run a call that answers at once."""
        tried = 0
        while True:
            try:
                with marked():
                    return await make()
            except Exception as error:
                if (seconds := self._pause(error, tried)) is None:
                    raise
                await asyncio.sleep(seconds)
                tried += 1

    def stream(self, make: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        """Run a call that answers in pieces; it is tried again only while nothing was handed on."""
        tried = 0
        while True:
            begun = ended = False
            try:
                with closing(_steps(make())) as chunks:
                    for chunk in chunks:
                        ended = ended or _says_end(chunk)
                        begun = True
                        yield chunk
                self._check_end(ended)
            except Exception as error:
                if begun or (seconds := self._pause(error, tried)) is None:
                    raise
                time.sleep(seconds)
                tried += 1
            else:
                return

    async def astream(self, make: Callable[[], AsyncIterator[Any]]) -> AsyncIterator[Any]:
        """Run a call that answers in pieces; it is tried again only while nothing was handed on."""
        tried = 0
        while True:
            begun = ended = False
            try:
                async with aclosing(_asteps(make())) as chunks:
                    async for chunk in chunks:
                        ended = ended or _says_end(chunk)
                        begun = True
                        yield chunk
                self._check_end(ended)
            except Exception as error:
                if begun or (seconds := self._pause(error, tried)) is None:
                    raise
                await asyncio.sleep(seconds)
                tried += 1
            else:
                return

    def _check_end(self, ended: bool) -> None:
        if self.says_end and not ended:
            raise CutShort(
                f"{self.name} stopped in the middle of its answer, without saying why: try again later", retryable=True
            )

    def _pause(self, error: Exception, tried: int) -> float | None:
        seconds = self.patience.wait(error, tried)
        if seconds is not None:
            level = logging.WARNING if seconds > _UNNOTICED else logging.INFO
            logger.log(level, "%s failed (%s): trying again in %.0f s", self.name, error, seconds)
        return seconds


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
    told = {**(chunk.generation_info or {}), **chunk.message.response_metadata}
    return any(told.get(name) for name in _ENDINGS)


def passing() -> bool:
    """Whether this runs within a guarded call."""
    return _inside.get()
