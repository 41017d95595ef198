"""Chat models of LangChain's packages with a guard around their calls: as a subclass, so that all else stays theirs."""

from __future__ import annotations

from contextlib import aclosing, asynccontextmanager, closing, contextmanager, nullcontext
from functools import cache, partial, wraps
from typing import TYPE_CHECKING, Any

from ragkit.generate.failures import provider_errors
from ragkit.generate.hosted.guard import passing

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator

    from langchain_core.language_models import BaseChatModel

    from ragkit.generate.hosted.guard import Guard


def guarded(model: BaseChatModel, guard: Guard) -> BaseChatModel:
    """Return the same chat model with its calls guarded; its class is a subclass of what it was."""
    kind = guarded_class(type(model))
    made = kind.__new__(kind)
    made.__setstate__(model.__getstate__())
    made.ragkit_guard = guard  # pyright: ignore[reportAttributeAccessIssue] -- a field that guarded_class adds
    return made


@cache
def guarded_class(kind: type[BaseChatModel]) -> type[BaseChatModel]:
    """Make the subclass of a chat model class whose calls go through its field ``ragkit_guard``."""
    from langchain_core.language_models import BaseChatModel
    from pydantic import Field, create_model

    added: Any = {"ragkit_guard": (Any, Field(default=None, exclude=True, repr=False))}
    made = create_model(kind.__name__, __base__=kind, __module__=kind.__module__, **added)
    for name, wrap in _WRAPPED.items():
        own = getattr(kind, name)
        if own is not getattr(BaseChatModel, name):  # what a class inherits from there ends in what it has itself
            setattr(made, name, wrap(own))
    return made


def _whole(own: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(own)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        make = partial(own, self, *args, **kwargs)
        if passing() or self.ragkit_guard is None:
            return make()
        with _entered(self.ragkit_guard):
            return self.ragkit_guard.call(make)

    return method


def _awhole(own: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(own)
    async def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        make = partial(own, self, *args, **kwargs)
        if passing() or self.ragkit_guard is None:
            return await make()
        async with _aentered(self.ragkit_guard):
            return await self.ragkit_guard.acall(make)

    return method


def _pieces(own: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(own)
    def method(self: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
        make = partial(own, self, *args, **kwargs)
        if passing() or self.ragkit_guard is None:
            yield from make()
            return
        with _entered(self.ragkit_guard), closing(self.ragkit_guard.stream(make)) as chunks:
            yield from chunks

    return method


def _apieces(own: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(own)
    async def method(self: Any, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        make = partial(own, self, *args, **kwargs)
        if passing() or self.ragkit_guard is None:
            async for chunk in make():
                yield chunk
            return
        async with _aentered(self.ragkit_guard), aclosing(self.ragkit_guard.astream(make)) as chunks:
            async for chunk in chunks:
                yield chunk

    return method


_WRAPPED = {"_generate": _whole, "_agenerate": _awhole, "_stream": _pieces, "_astream": _apieces}


@contextmanager
def _entered(guard: Guard) -> Generator[None, None, None]:
    with provider_errors(guard.name), guard.slots.hold() if guard.slots else nullcontext():
        yield


@asynccontextmanager
async def _aentered(guard: Guard) -> AsyncGenerator[None, None]:
    with provider_errors(guard.name):
        async with guard.slots.ahold() if guard.slots else nullcontext():
            yield
