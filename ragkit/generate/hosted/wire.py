"""What comes over the wire from an OpenAI-style server: bounded, watched, never redirected elsewhere."""

from __future__ import annotations

import json
import sys
import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from ragkit.core.errors import GenerationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator, Iterator

LONGEST_REPLY = 1800.0  # seconds; a slow machine takes this long for some thousand tokens
LARGEST_REPLY = 16 * 2**20  # bytes; an event of one token has some 300
HEAD = 2**20  # bytes that are kept of a reply which is no stream
_DONE = b"[DONE]"


@dataclass(slots=True)
class Exchange:
    """One request and what came back.

    Attributes:
        streamed: whether the reply is a stream of events.
        page: whether it is a web page.
        done: whether the mark that ends a stream of events came.
        head: the beginning of a reply that is no stream.
    """

    streamed: bool = False
    page: bool = False
    done: bool = False
    head: bytearray = field(default_factory=bytearray)
    _tail: bytes = b""

    def note(self, content_type: str) -> None:
        """Begin a reply."""
        self.streamed, self.page = "event-stream" in content_type, "html" in content_type
        self.head.clear()

    def take(self, piece: bytes) -> None:
        """Look at the next piece of a reply."""
        if self.streamed:
            self._tail = self._tail[-len(_DONE) :] + piece
            self.done = self.done or _DONE in self._tail
            self._tail = self._tail[-len(_DONE) :]
        elif len(self.head) < HEAD:
            self.head += piece

    def body(self) -> Any:
        """Return the JSON of a reply that is no stream; None where it is none."""
        try:
            return json.loads(self.head.decode("utf-8", "replace"))
        except ValueError:
            return None


_running: ContextVar[Exchange | None] = ContextVar("ragkit_exchange", default=None)


def passing() -> bool:
    """Whether this runs within a guarded call."""
    return _running.get() is not None


@contextmanager
def within(exchange: Exchange) -> Generator[None, None, None]:
    """Let the block's request be this one; calls within it pass unguarded, since providers' methods call each other."""
    token = _running.set(exchange)
    try:
        yield
    finally:
        _running.reset(token)


class _Watch:
    """Counts the bytes and the time of one reply."""

    def __init__(self, exchange: Exchange | None, seconds: float) -> None:
        self.exchange, self.seconds = exchange, seconds
        self.began, self.bytes = time.monotonic(), 0

    def take(self, piece: bytes) -> bytes:
        self.bytes += len(piece)
        if self.bytes > LARGEST_REPLY or time.monotonic() - self.began > self.seconds:
            bound = f"{LARGEST_REPLY >> 20} MB" if self.bytes > LARGEST_REPLY else f"{self.seconds:g} s"
            raise GenerationError(
                f"the server's reply has no end: it was given up after {bound}; see what the server does, or allow "
                "slower ones more with ?longest_reply=SECONDS"
            )
        if self.exchange is not None:
            self.exchange.take(piece)
        return piece


@cache
def clients(server: tuple[Any, ...], seconds: float) -> tuple[Any, Any]:
    """Return the sync and the async HTTP client of the OpenAI library, bounded; models that agree in these share them.

    Args:
        server: what tells one server, and how it is spoken to, from another; the connections to it are shared.
        seconds: a reply may take from its first byte to its last.
    """
    del server  # only the cache looks at it
    import openai

    # The base class of the library's own client is that of httpx, or of its successor in newer versions.
    httpx: Any = sys.modules[openai.DefaultHttpxClient.__mro__[1].__module__.partition(".")[0]]
    # A prompt goes to the server that the user named, and nowhere that it points to.
    sync, asynchronous = _client(httpx, seconds), _async_client(httpx, seconds)
    return sync(follow_redirects=False), asynchronous(follow_redirects=False)


def _client(httpx: Any, seconds: float) -> Any:
    import openai

    class Bounded(httpx.SyncByteStream):
        def __init__(self, inner: Any, watch: _Watch) -> None:
            self.inner, self.watch = inner, watch

        def __iter__(self) -> Iterator[bytes]:
            for piece in self.inner:
                yield self.watch.take(piece)

        def close(self) -> None:
            self.inner.close()

    class BoundedClient(openai.DefaultHttpxClient):
        def send(self, request: Any, *, stream: bool = False, **options: Any) -> Any:
            response: Any = super().send(request, stream=True, **options)
            response.stream = Bounded(response.stream, _watch(response, seconds))
            if not stream:
                try:
                    response.read()
                finally:
                    response.close()
            return response

    return BoundedClient


def _async_client(httpx: Any, seconds: float) -> Any:
    import openai

    class AsyncBounded(httpx.AsyncByteStream):
        def __init__(self, inner: Any, watch: _Watch) -> None:
            self.inner, self.watch = inner, watch

        async def __aiter__(self) -> AsyncIterator[bytes]:
            async for piece in self.inner:
                yield self.watch.take(piece)

        async def aclose(self) -> None:
            await self.inner.aclose()

    class BoundedAsyncClient(openai.DefaultAsyncHttpxClient):
        async def send(self, request: Any, *, stream: bool = False, **options: Any) -> Any:
            response: Any = await super().send(request, stream=True, **options)
            response.stream = AsyncBounded(response.stream, _watch(response, seconds))
            if not stream:
                try:
                    await response.aread()
                finally:
                    await response.aclose()
            return response

    return BoundedAsyncClient


def _watch(response: Any, seconds: float) -> _Watch:
    exchange = _running.get()
    if exchange is not None:
        exchange.note(str(response.headers.get("content-type", "")))
    return _Watch(exchange, seconds)
