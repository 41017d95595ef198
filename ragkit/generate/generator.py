"""A chat model with what chains need of it: what it can do, how it counts, how much it holds, a cache of replies."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from ragkit import models
from ragkit.core.errors import ModelError
from ragkit.core.messages import cut_of, text_of, usage_of
from ragkit.core.registry import parse_options, parse_spec
from ragkit.core.settings import Settings, load_settings
from ragkit.generate.failures import provider_errors
from ragkit.generate.replies import REASONING_TOKENS, Arrival, Traits, estimated, stored_reply
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
# Tokens assumed of a model that does not say how much it holds.
UNKNOWN_CONTEXT = 4096


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
        traits: what is known of its replies; copies share it.
    """

    spec: str
    model: BaseChatModel | LazyModel
    cache: ReplyCache | None = None
    state: Callable[[], str] = str
    weak: bool = False
    traits: Traits = field(default_factory=Traits)

    def __post_init__(self) -> None:
        if self.traits == Traits():
            named = self.spec or str(getattr(self.model, "model_name", "") or getattr(self.model, "model", ""))
            object.__setattr__(self, "traits", Traits.of(named.partition("?")[0]))

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
            form = {"type": "json_schema", "json_schema": {"name": "form", "schema": schema}}
            # Past LangChain, which would parse the reply while it streams, and fail where it was cut off.
            past = getattr(self.chat, "use_responses_api", None) is not True
            return {"extra_body": {"response_format": form}} if past else {"response_format": form}
        return {}

    def limit(self, wanted: int) -> int:
        """Return how many tokens a reply may have where a chain wants as many.

        ``max_tokens`` of the spec wins, and a model that reasons gets more.
        """
        own = self._own_limit()
        if own is not None:
            return own
        return wanted + REASONING_TOKENS if self.traits.reasons else wanted

    def _own_limit(self) -> int | None:
        """Return ``max_tokens`` as the user set it; None where nobody did."""
        if self.spec:
            options = parse_options(self.spec)[1]
            own = options.get("max_tokens", options.get("max_completion_tokens"))
        else:
            own = getattr(self.chat, "max_tokens", None) if "max_tokens" in self.chat.model_fields_set else None
        return own if isinstance(own, int) else None

    def _limited(self, messages: Sequence[BaseMessage], options: dict[str, Any]) -> dict[str, Any]:
        """Return the options of a call with its real limit of tokens; what a grammar holds needs no more."""
        wanted = options.get("max_tokens")
        if wanted is None or options.get("grammar"):
            return options
        if self.traits.reasons:  # reasoning has lines of its own, at whose first end it would stop
            options = {name: value for name, value in options.items() if name != "stop"}
        limit = self.limit(wanted)
        # A hosted model takes a limit beyond its context for what is left of it; a local one refuses.
        if limit > wanted and self.local:
            used = self.chat.get_num_tokens_from_messages(list(messages))
            limit = max(wanted, min(limit, self.context - used))
        return {**options, "max_tokens": limit}

    @property
    def local(self) -> bool:
        """Whether the model runs in this process, with a context of known size."""
        return bool(getattr(self.chat, "context_limit", 0))

    def stream(
        self,
        messages: Sequence[BaseMessage],
        config: RunnableConfig | None = None,
        *,
        whole: bool = False,
        **options: Any,
    ) -> Iterator[AIMessageChunk]:
        """Stream a reply without its reasoning, from the cache where it is stored there.

        The last message has the tokens of the whole reply and, where the reply was cut off, why: ``cut_of`` and
        ``usage_of`` of ``ragkit.core.messages``. A reply that is whole, or as long as it may be, is stored. One whose
        length ended it before it said anything is requested once more with room to reason.

        Args:
            messages: what is asked.
            config: of the run.
            whole: whether it need not come piece by piece: reasoning without an opening tag is then always known.
            **options: of the call.
        """
        key, stored = self._looked_up(messages, options)
        if stored:
            yield stored_reply(stored.text, stored.cut)
            return
        reading, rest = Arrival(self.traits, whole), ""
        for limited in self._tries(messages, options, reading):
            for message in self.chat.stream(list(messages), config, **limited):
                if piece := reading.piece(message):
                    yield piece
            rest = reading.reader.close()
        yield reading.last(rest)
        self._store(key, reading)

    def _tries(
        self, messages: Sequence[BaseMessage], options: dict[str, Any], reading: Arrival
    ) -> Iterator[dict[str, Any]]:
        """Yield the options of the call, and of a second one where the first had no room to say anything."""
        limited = self._limited(messages, options)
        yield limited
        # A local model that says nothing did not reason in secret; what the user set is not exceeded.
        if not reading.took_nothing() or not (reading.reader.reasoned or not self.local):
            return
        self.traits.reasons = True
        more = self._limited(messages, options)
        if more != limited:
            reading.begin()
            yield more
            reading.took_nothing()

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
        return self.full_reply(messages, config, schema=schema, **options)[:2]

    def full_reply(
        self,
        messages: Sequence[BaseMessage],
        config: RunnableConfig | None = None,
        *,
        schema: dict[str, Any] | None = None,
        **options: Any,
    ) -> tuple[str, dict[str, int], str]:
        """Return a whole reply, the tokens it took, and why it was cut off, if it was; arguments as of :meth:`reply`.

        Raises:
            GenerationError: there is no reply.
        """
        if schema is not None:
            options |= self.held_to(schema)
        text, usage, cut = "", dict[str, int](), ""
        with provider_errors(self.spec):
            for message in self.stream(messages, config, whole=True, **options):
                text += text_of(message)
                usage.update(usage_of(message))
                cut = cut_of(message)
        return text.strip(), usage, cut

    async def astream(
        self, messages: Sequence[BaseMessage], config: RunnableConfig | None = None, **options: Any
    ) -> AsyncIterator[AIMessageChunk]:
        """Stream a reply as :meth:`stream` does."""
        key, stored = self._looked_up(messages, options)
        if stored:
            yield stored_reply(stored.text, stored.cut)
            return
        reading, rest = Arrival(self.traits), ""
        for limited in self._tries(messages, options, reading):
            async for message in self.chat.astream(list(messages), config, **limited):
                if piece := reading.piece(message):
                    yield piece
            rest = reading.reader.close()
        yield reading.last(rest)
        self._store(key, reading)

    def _looked_up(self, messages: Sequence[BaseMessage], options: dict[str, Any]) -> tuple[str, Reply | None]:
        # A reply drawn by chance is another each time it is asked for, and must stay so.
        drawn = getattr(self.chat, "temperature", 0) and getattr(self.chat, "seed", None) is None
        if self.cache is None or drawn:
            return "", None
        key = key_of(fingerprint(self), self.state(), messages, options)
        return key, self.cache.get(key)

    def _store(self, key: str, reading: Arrival) -> None:
        # A reply that an error, a filter or a lost connection cut off may be whole the next time.
        if key and self.cache and reading.reader.end in ("stop", "length"):
            used = reading.reader.usage
            tokens = used.get("input_tokens", 0), used.get("output_tokens", 0)
            self.cache.put(key, Reply(reading.reader.text, *tokens, reading.reader.cut))

    def count(self, text: str) -> int:
        """Tokens of a text: exact for local models, a cautious estimate for hosted ones."""
        return self.chat.get_num_tokens(text) if self.local else estimated(text)


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
    entry = models.find(models.in_full(spec).partition(":")[2].partition("?")[0])
    card: Any = getattr(entry, "card", None)
    return getattr(card, "follows_instructions", "good") == "weak"


def check(spec: str, settings: Settings | None = None) -> None:
    """Find out cheaply whether a spec can be right, so that a wrong one is an error even where no generator is needed.

    Raises:
        ConfigError: it is no spec, or the catalogue has no such model.
        ModelError: the model's file is not on this machine.
    """
    parsed = parse_spec(models.in_full(spec))
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
    model = models.in_full(model)
    if check_spec:
        check(model, settings)
    return Generator(model, LazyModel(model, settings), replies, weak=weak(model))


def spec_of(model: str | BaseChatModel | Generator | None = None) -> str:
    """Return the spec of what :func:`as_generator` takes; empty for a model object."""
    if isinstance(model, Generator):
        return model.spec
    spec = model if isinstance(model, str) else load_settings().model if model is None else ""
    return models.in_full(spec)


def load(spec: str) -> Generator:
    """Load the generator a spec names."""
    from ragkit.generate import load_generator

    spec = models.in_full(spec)
    return Generator(spec, load_generator(spec), weak=weak(spec))
