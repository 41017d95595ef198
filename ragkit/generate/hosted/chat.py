"""Hosted models, delegated to LangChain: OpenAI and whatever has its interface, and every other provider.

Their calls go through a `Guard`, by a subclass of the provider's own class, so that all else stays the provider's.
"""

from __future__ import annotations

import os
import re
from contextlib import aclosing, asynccontextmanager, closing, contextmanager, nullcontext
from difflib import get_close_matches
from functools import cache, partial, wraps
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from ragkit.core.errors import ConfigError, MissingExtra
from ragkit.generate.failures import provider_errors
from ragkit.generate.hosted.features import Features
from ragkit.generate.hosted.guard import Guard
from ragkit.generate.hosted.limits import RETRIES, take_limits
from ragkit.generate.hosted.wire import clients, passing
from ragkit.generate.options import as_stop_list, check_names, describe

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator

    from langchain_core.language_models import BaseChatModel

    from ragkit.core.registry import Spec
    from ragkit.generate.hosted.limits import RequestLimits

# Seconds without a byte from the server; the client library's own default is ten minutes.
_TIMEOUT = 120.0
# Servers on this machine need none, but the client library insists on one.
_NO_KEY = "not-needed"
_PAYLOAD = "_get_request_payload"


def openai_chat_model(spec: Spec) -> BaseChatModel:
    """Make a guarded ``ChatOpenAI``; with ``base_url`` it speaks to any server with OpenAI's interface.

    Every option of ``ChatOpenAI`` can be given, and those of `take_limits`. Defaults: temperature 0 where the model
    takes one, 120 s, 2 retries, usage reported in streams too. The key comes from OPENAI_API_KEY, the base URL also
    from OPENAI_BASE_URL; a server on this machine needs no key. What fails raises `GenerationError`.

    Raises:
        ConfigError: there is no key, or an option is unknown or wrong.
        MissingExtra: langchain-openai is not installed.
    """
    try:
        from langchain_openai import ChatOpenAI
    except ImportError as error:
        raise MissingExtra("an openai: model", "langchain-openai") from error
    options: dict[str, Any] = dict(spec.options)
    limits = take_limits(spec, options)
    base_url = str(options.pop("base_url", "") or os.environ.get("OPENAI_BASE_URL", ""))
    key = str(options.pop("api_key", "") or os.environ.get("OPENAI_API_KEY", ""))
    if not key:
        if not _on_this_machine(base_url):
            raise ConfigError(
                f"{str(spec)!r} needs a key: set the environment variable OPENAI_API_KEY, "
                "or use a local model such as llamacpp:SmolLM2-135M-Instruct-Q4_1"
            )
        key = _NO_KEY
    known = {name for key, field in ChatOpenAI.model_fields.items() for name in (key, field.alias) if name}
    check_names(spec, options, known, "give one that ChatOpenAI has")
    if "stop" in options:
        options["stop"] = as_stop_list(options["stop"])
    if not _reasons(spec.model):
        options.setdefault("temperature", 0)
    client, async_client = clients((base_url, options.get("timeout")), limits.longest_reply)
    defaults: dict[str, Any] = {"timeout": _TIMEOUT, "max_retries": RETRIES, "stream_usage": True}
    defaults |= {"http_client": client, "http_async_client": async_client}
    if limits.rate_limiter:
        defaults["rate_limiter"] = limits.rate_limiter
    try:
        model = ChatOpenAI(model=spec.model, base_url=base_url or None, api_key=key, **(defaults | options))  # pyright: ignore[reportArgumentType] -- pydantic makes the SecretStr
    except ValidationError as error:
        raise ConfigError(f"wrong option in {str(spec)!r}: {describe(error)}") from error
    return _guarded(model, spec, limits)


def other_chat_model(spec: Spec) -> BaseChatModel:
    """Make a guarded model of any other provider that LangChain's ``init_chat_model`` knows.

    Its options are those of the provider's class, and those of `take_limits`.

    Raises:
        ConfigError: the provider is unknown, its key is missing, or an option is wrong.
        MissingExtra: the provider's integration package is not installed.
    """
    from langchain.chat_models import init_chat_model

    options: dict[str, Any] = dict(spec.options)
    limits = take_limits(spec, options)
    if limits.rate_limiter:
        options["rate_limiter"] = limits.rate_limiter
    try:
        model = init_chat_model(spec.model, model_provider=spec.provider, **options)
    except ImportError as error:
        named = re.search(r"pip install (?:-U )?[`'\"]?([\w.-]+)", str(error))
        raise MissingExtra(f"{spec.provider}:", named[1] if named else f"langchain-{spec.provider}") from error
    except ValidationError as error:
        raise ConfigError(f"{str(spec)!r} cannot be used: {describe(error)}") from error
    except Exception as error:  # each provider's package has errors of its own for a missing key
        if str(error).startswith("Unsupported provider"):
            raise ConfigError(f"unknown provider {spec.provider!r} in {str(spec)!r}: {_suggestion(spec)}") from error
        raise ConfigError(f"{str(spec)!r} cannot be used: {error}") from error
    return _guarded(model, spec, limits)


def _suggestion(spec: Spec) -> str:
    from ragkit.core.registry import known

    near = get_close_matches(spec.provider, known("generators"), n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"take {', '.join(known('generators'))} or a provider of LangChain's init_chat_model"


def _on_this_machine(base_url: str) -> bool:
    host = urlsplit(base_url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _reasons(model: str) -> bool:
    """Whether a model of OpenAI's is one of those that refuse a temperature."""
    return re.search(r"(?:^|/)(?:o\d|gpt-5)", model) is not None


def _guarded(model: BaseChatModel, spec: Spec, limits: RequestLimits) -> BaseChatModel:
    """Return the same chat model with its calls guarded; its class is a subclass of what it was."""
    # Of the many providers, those of OpenAI's interface are known to end every stream with a reason.
    says_end = any(kind.__name__ == "BaseChatOpenAI" for kind in type(model).__mro__)
    # Without the options, among which a key may be: the name goes into errors and logs.
    name = f"{spec.provider}:{spec.model}"
    kind = _guarded_class(type(model))
    # Not through __init__, which would validate again and could read keys from the environment again.
    made = kind.__new__(kind)
    made.__setstate__(model.__getstate__())
    features = Features(name) if hasattr(kind, _PAYLOAD) else None
    made.ragkit_guard = Guard(name, limits.patience, limits.slots, says_end, features)  # pyright: ignore[reportAttributeAccessIssue] -- a field that _guarded_class adds
    return made


@cache
def _guarded_class(kind: type[BaseChatModel]) -> type[BaseChatModel]:
    """Make the subclass of a chat model class whose calls go through its field ``ragkit_guard``."""
    from langchain_core.language_models import BaseChatModel
    from pydantic import Field, create_model

    added: Any = {"ragkit_guard": (Any, Field(default=None, exclude=True, repr=False))}
    made = create_model(kind.__name__, __base__=kind, __module__=kind.__module__, **added)
    for name, wrap in _WRAPPED.items():
        own = getattr(kind, name)
        # A method that is LangChain's own calls another of the four in the end, and that one is wrapped.
        if own is not getattr(BaseChatModel, name):
            setattr(made, name, wrap(own))
    # Where the class of OpenAI's interface makes the body of a request: what the server refuses is left out there.
    if own := getattr(kind, _PAYLOAD, None):
        setattr(made, _PAYLOAD, _fitted_payload(own))
    return made


def _fitted_payload(own: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    @wraps(own)
    def method(self: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        payload = own(self, *args, **kwargs)
        return payload if self.ragkit_guard is None else self.ragkit_guard.features.without(payload)

    return method


def _in_one_piece(model: Any, body: dict[str, Any]) -> Any:
    """Return the only chunk of a reply that did not stream."""
    from langchain_core.messages import AIMessageChunk
    from langchain_core.outputs import ChatGenerationChunk

    message = model._create_chat_result(body).generations[0].message  # noqa: SLF001 - of the class that is wrapped
    facts = {**message.response_metadata, "finish_reason": body["choices"][0].get("finish_reason") or "stop"}
    facts.pop("token_usage", None)
    chunk = AIMessageChunk(
        content=message.content,
        additional_kwargs=message.additional_kwargs,
        response_metadata=facts,
        usage_metadata=message.usage_metadata,
        chunk_position="last",
    )
    return ChatGenerationChunk(message=chunk, generation_info={"finish_reason": facts["finish_reason"]})


def _guarded_call(own: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(own)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        make = partial(own, self, *args, **kwargs)
        if passing() or self.ragkit_guard is None:
            return make()
        with _entered(self.ragkit_guard):
            return self.ragkit_guard.call(make)

    return method


def _guarded_acall(own: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(own)
    async def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        make = partial(own, self, *args, **kwargs)
        if passing() or self.ragkit_guard is None:
            return await make()
        async with _aentered(self.ragkit_guard):
            return await self.ragkit_guard.acall(make)

    return method


def _guarded_stream(own: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(own)
    def method(self: Any, *args: Any, **kwargs: Any) -> Iterator[Any]:
        make = partial(own, self, *args, **kwargs)
        if passing() or self.ragkit_guard is None:
            yield from make()
            return
        stream = self.ragkit_guard.stream(make, partial(_in_one_piece, self))
        with _entered(self.ragkit_guard), closing(stream) as chunks:
            yield from chunks

    return method


def _guarded_astream(own: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(own)
    async def method(self: Any, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        make = partial(own, self, *args, **kwargs)
        if passing() or self.ragkit_guard is None:
            async for chunk in make():
                yield chunk
            return
        stream = self.ragkit_guard.astream(make, partial(_in_one_piece, self))
        async with _aentered(self.ragkit_guard), aclosing(stream) as chunks:
            async for chunk in chunks:
                yield chunk

    return method


_WRAPPED = {
    "_generate": _guarded_call,
    "_agenerate": _guarded_acall,
    "_stream": _guarded_stream,
    "_astream": _guarded_astream,
}


@contextmanager
def _entered(guard: Guard) -> Generator[None, None, None]:
    with provider_errors(guard.name), guard.slots.hold() if guard.slots else nullcontext():
        yield


@asynccontextmanager
async def _aentered(guard: Guard) -> AsyncGenerator[None, None]:
    with provider_errors(guard.name):
        async with guard.slots.ahold() if guard.slots else nullcontext():
            yield
