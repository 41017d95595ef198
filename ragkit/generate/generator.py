"""A chat model with what chains need of it: what it can do, how it counts, how much it holds, a cache of replies."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ragkit import models
from ragkit.core.errors import ModelError
from ragkit.core.messages import text_of, usage_of
from ragkit.core.registry import parse_spec
from ragkit.core.settings import Settings, load_settings
from ragkit.generate.failures import provider_errors
from ragkit.generate.usage.cache import Reply, ReplyCache, key_of
from ragkit.generate.usage.prices import LOCAL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from pathlib import Path

    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk, BaseMessage
    from langchain_core.runnables import RunnableConfig


Mode = Literal["auto", "quote", "short", "answer"]
MODES = ("auto", "quote", "short", "answer")
# Reasons of a reply that is whole, in the words of OpenAI, Anthropic and Google.
ENDS = ("stop", "length", "end_turn", "max_tokens", "STOP", "MAX_TOKENS")
# In the metadata of a reply that is from the cache.
CACHED = "cached_reply"
# Tokens assumed of a model that does not say how much it holds.
UNKNOWN_CONTEXT = 4096


@dataclass(slots=True)
class _Gathered:
    """A streamed reply as it comes together."""

    text: str = ""
    usage: tuple[int, int] = (0, 0)
    ended: bool = False

    def add(self, message: BaseMessage) -> None:
        self.text += str(message.text)
        counts = getattr(message, "usage_metadata", None) or {}
        taken, written = self.usage
        self.usage = taken + int(counts.get("input_tokens", 0)), written + int(counts.get("output_tokens", 0))
        # A reply that an error or a lost connection cut off has no reason to have ended.
        self.ended = self.ended or message.response_metadata.get("finish_reason") in ENDS


class LazyModel:
    """A chat model that is loaded once, when it is needed first; shared by copies of a generator and by threads.

    Args:
        spec: names the model.
        settings: where model files are and how many threads run; None reads environment and ``ragkit.toml``.
    """

    def __init__(self, spec: str, settings: Settings | None = None) -> None:
        self.spec, self.settings = spec, settings
        self._lock = threading.Lock()
        self._chat: BaseChatModel | None = None

    def load(self) -> BaseChatModel:
        """Return the chat model.

        Raises:
            ModelError: it cannot be loaded; the next call tries again.
        """
        with self._lock:
            if self._chat is None:
                from ragkit.generate import load_generator

                self._chat = load_generator(self.spec, self.settings)
            return self._chat


@dataclass(frozen=True, slots=True)
class Generator:
    """A chat model with its spec.

    Attributes:
        spec: as the user wrote it; empty for a model object.
        model: the LangChain chat model, or what loads it at its first use.
        cache: where replies are stored; None stores none.
        state: returns the state of the index, which is part of a reply's key in the cache.
        weak: whether it is known to follow instructions poorly.
    """

    spec: str
    model: BaseChatModel | LazyModel
    cache: ReplyCache | None = None
    state: Callable[[], str] = str
    weak: bool = False

    @property
    def chat(self) -> BaseChatModel:
        """The LangChain chat model; loaded at its first use.

        Raises:
            ModelError: it cannot be loaded.
        """
        return self.model.load() if isinstance(self.model, LazyModel) else self.model

    @property
    def context(self) -> int:
        """Tokens of prompt and reply together."""
        return int(getattr(self.chat, "context_limit", 0) or UNKNOWN_CONTEXT)

    @property
    def name(self) -> str:
        """The spec without its options."""
        return self.spec.partition("?")[0]

    @property
    def continues(self) -> bool:
        """Whether it takes a bare text to go on with, and a grammar that holds it to certain words."""
        return hasattr(self.chat, "plain") and hasattr(self.chat, "grammar")

    def held_to(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return the options of a call that hold its reply to a JSON schema; none where the model takes no such."""
        if hasattr(self.chat, "json_schema"):
            return {"json_schema": schema}
        if type(self.chat).__module__.startswith("langchain_openai"):
            return {"response_format": {"type": "json_schema", "json_schema": {"name": "form", "schema": schema}}}
        return {}

    def stream(
        self, messages: Sequence[BaseMessage], config: RunnableConfig | None = None, **options: Any
    ) -> Iterator[AIMessageChunk]:
        """Stream a reply, from the cache where it is stored there; one that came to its end is stored."""
        key, stored = self._looked_up(messages, options)
        if stored:
            yield _again(stored)
            return
        gathered = _Gathered()
        for message in self.chat.stream(list(messages), config, **options):
            gathered.add(message)
            yield message
        self._store(key, gathered)

    def reply(
        self,
        messages: Sequence[BaseMessage],
        config: RunnableConfig | None = None,
        *,
        schema: dict[str, Any] | None = None,
        **options: Any,
    ) -> tuple[str, dict[str, int]]:
        """Return a whole reply, and the tokens it took.

        Args:
            messages: what is asked.
            config: of the run.
            schema: JSON schema that the reply is held to, where the model can be.
            **options: of the call.

        Raises:
            GenerationError: there is no reply.
        """
        if schema is not None:
            options |= self.held_to(schema)
        text, usage = "", dict[str, int]()
        with provider_errors(self.spec):
            for message in self.stream(messages, config, **options):
                text += text_of(message)
                usage.update(usage_of(message))
        return text.strip(), usage

    async def astream(
        self, messages: Sequence[BaseMessage], config: RunnableConfig | None = None, **options: Any
    ) -> AsyncIterator[AIMessageChunk]:
        """Stream a reply, from the cache where it is stored there; one that came to its end is stored."""
        key, stored = self._looked_up(messages, options)
        if stored:
            yield _again(stored)
            return
        gathered = _Gathered()
        async for message in self.chat.astream(list(messages), config, **options):
            gathered.add(message)
            yield message
        self._store(key, gathered)

    def _looked_up(self, messages: Sequence[BaseMessage], options: dict[str, Any]) -> tuple[str, Reply | None]:
        # A reply drawn by chance is another each time it is asked for, and must stay so.
        drawn = getattr(self.chat, "temperature", 0) and getattr(self.chat, "seed", None) is None
        if self.cache is None or drawn:
            return "", None
        key = key_of(fingerprint(self), self.state(), messages, options)
        return key, self.cache.get(key)

    def _store(self, key: str, gathered: _Gathered) -> None:
        if key and self.cache and gathered.ended:
            self.cache.put(key, Reply(gathered.text, *gathered.usage))

    def count(self, text: str) -> int:
        """Tokens of a text: exact for local models, a cautious estimate for hosted ones."""
        if getattr(self.chat, "context_limit", 0):
            return self.chat.get_num_tokens(text)
        # Few tokenizers need more than a token for three characters of a language with an alphabet.
        return len(text) // 3 + 1


def _again(stored: Reply) -> AIMessageChunk:
    from langchain_core.messages import AIMessageChunk

    return AIMessageChunk(content=stored.text, response_metadata={"finish_reason": "stop", CACHED: True})


def fingerprint(generator: Generator) -> str:
    """Return what tells one generator from another: its spec, and what its file or its server is."""
    if not generator.spec:
        facts = getattr(generator.chat, "_identifying_params", {})
        return f"{type(generator.chat).__name__} {sorted(facts.items(), key=str)}"
    parsed = parse_spec(generator.spec)
    found = models.locate(parsed.model) if parsed.provider in LOCAL else None
    if found is None:
        return f"{generator.spec} {os.environ.get('OPENAI_BASE_URL', '')}"
    files = sorted(found.rglob("*")) if found.is_dir() else [found]
    facts = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files if path.is_file()]
    return f"{generator.spec} {facts}"


def weak(spec: str) -> bool:
    """Whether a generator is known to follow instructions poorly, so that quotes are the better answer."""
    entry = models.find(spec.partition(":")[2].partition("?")[0])
    card: Any = getattr(entry, "card", None)
    return getattr(card, "follows_instructions", "good") == "weak"


def check(spec: str, settings: Settings | None = None) -> None:
    """Find out cheaply whether a spec can be right, so that a wrong one is an error even where no generator is needed.

    Raises:
        ConfigError: it is no spec, or the catalogue has no such model.
        ModelError: the model's file is not on this machine.
    """
    parsed = parse_spec(spec)
    folder = settings.models_dir if settings else None
    if parsed.provider == "llamacpp" and models.locate(parsed.model, folder) is None:
        if "/" in parsed.model or parsed.model.endswith(".gguf"):
            raise ModelError(
                f"there is no file {parsed.model}: give the path of a GGUF file or a name of the catalogue"
            )
        models.path(parsed.model, folder)


def as_generator(
    model: str | BaseChatModel | Generator | None = None,
    cache: Path | None = None,
    *,
    settings: Settings | None = None,
    check_spec: bool = True,
) -> Generator:
    """Return a generator whose model is loaded at its first use.

    Args:
        model: its spec, a LangChain chat model, or a generator as it is; None takes the settings' spec.
        cache: file in which replies are stored; None takes the settings', which store none by default.
        settings: None reads environment and ``ragkit.toml``.
        check_spec: whether a spec is checked at once: false where the generator may never be needed.

    Raises:
        ConfigError: a spec is wrong.
        ModelError: the model's file is not on this machine.
    """
    if isinstance(model, Generator):
        return model
    settings = settings or load_settings()
    model = settings.model if model is None else model
    cache = cache or settings.cache
    replies = None if cache is None else ReplyCache(cache)
    if not isinstance(model, str):
        return Generator("", model, replies)
    if check_spec:
        check(model, settings)
    return Generator(model, LazyModel(model, settings), replies, weak=weak(model))


def spec_of(model: str | BaseChatModel | Generator | None = None) -> str:
    """Return the spec of what :func:`as_generator` takes; empty for a model object."""
    if isinstance(model, Generator):
        return model.spec
    return model if isinstance(model, str) else load_settings().model if model is None else ""


def load(spec: str) -> Generator:
    """Load the generator a spec names."""
    from ragkit.generate import load_generator

    return Generator(spec, load_generator(spec), weak=weak(spec))
