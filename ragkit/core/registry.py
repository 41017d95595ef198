"""Spec strings to objects: ``provider:model?option=value``; built-in, installed (entry points) or registered."""

from __future__ import annotations

import importlib
import logging
import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote

from ragkit.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from importlib.metadata import EntryPoint

    from ragkit.core.settings import Settings

logger = logging.getLogger(__name__)

BUILT_IN: Mapping[str, Mapping[str, str]] = {
    "chains": {},  # the built-in ones are the folders of ragkit.chains, see ragkit.chains.registry
    "embedders": {
        "sentence-transformers": "ragkit.embed:load_embedder",
    },
    "generators": {
        "llamacpp": "ragkit.generate.llamacpp.chat:ChatLlamaCpp.from_spec",
        "transformers": "ragkit.generate.transformers.chat:ChatTransformers.from_spec",
        "openai": "ragkit.generate.hosted.chat:openai_chat_model",
    },
    "loaders": {},  # the built-in ones are told by media type, see ragkit.load.readers
    "rerankers": {
        "cross-encoder": "ragkit.retrieve.rerank:cross_encoder",
    },
    "splitters": {
        "structure": "ragkit.split.splitter:Splitter",
    },
    "stores": {
        "embedded": "ragkit.store.embedded:from_spec",
    },
    "verifiers": {
        "embedded": "ragkit.ground.verify.embedded:from_spec",
        "generator": "ragkit.chains.judging:verifier_of",
        "local": "ragkit.generate.transformers.judging:local_verifier",
        "rules": "ragkit.ground.verify.choose:rules",
    },
}
_EXAMPLES = {
    "embedders": "sentence-transformers:all-MiniLM-L6-v2",
    "generators": "llamacpp:SmolLM2-135M-Instruct-Q4_1 or openai:gpt-4o-mini",
    "rerankers": "cross-encoder:FOLDER",
}
_REGISTERED: dict[str, dict[str, Any]] = {kind: {} for kind in BUILT_IN}


@dataclass(frozen=True, slots=True)
class Spec:
    """A parsed ``provider:model?option=value`` string.

    Attributes:
        provider: which backend.
        model: name or path of the model; may hold ``:``, ``/`` and spaces.
        options: typed options (int, float, bool or str by their looks).
        settings: what the program is set to; None reads environment and ``ragkit.toml`` where they are needed.
    """

    provider: str
    model: str
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    settings: Settings | None = field(default=None, compare=False)

    def __str__(self) -> str:
        query = "&".join(f"{key}={quote(str(value), safe='/:,')}" for key, value in self.options.items())
        return f"{self.provider}:{self.model}" + (f"?{query}" if query else "")


def _typed(value: str) -> Any:
    if value.lower() in ("true", "false"):
        return value.lower() == "true"
    if re.fullmatch(r"[+-]?\d+", value):
        return int(value)
    if re.fullmatch(r"[+-]?(\d+\.\d*|\.\d+|\d+)([eE][+-]?\d+)?", value):
        return float(value)
    return value


def parse_spec(text: str, kind: str = "generators", settings: Settings | None = None) -> Spec:
    """Parse a spec string.

    Args:
        text: the spec.
        kind: what it is of, for the example that an error gives.
        settings: handed on to what is made of it.

    Raises:
        ConfigError: there is no provider or no model in it.
    """
    head, options = parse_options(text)
    provider, colon, model = head.partition(":")
    if not colon or not provider or not model:
        raise ConfigError(
            f"{text!r} is not a model spec: write provider:model, for example {_EXAMPLES.get(kind, 'provider:name')}"
        )
    return Spec(provider, model, options, settings)


def parse_options(text: str) -> tuple[str, dict[str, Any]]:
    """Part ``name?option=value`` into the name and the options, typed by their looks."""
    head, _, query = text.strip().partition("?")
    return head, {key: _typed(value) for key, value in parse_qsl(query, keep_blank_values=True)}


def register(kind: str, name: str, provider: Any) -> None:
    """Add a provider in this process only, for scripts, notebooks and tests; it goes before all others of its name.

    Args:
        kind: ``chains``, ``embedders``, ``generators``, ``loaders``, ``rerankers``, ``splitters``, ``stores`` or
            ``verifiers``.
        name: what spec strings call it; of a loader the extension of its files.
        provider: what an entry point of the group ``ragkit.<kind>`` would name.

    Raises:
        ConfigError: there is no such kind.
    """
    if kind not in _REGISTERED:
        raise ConfigError(f"there are no {kind!r} to register: choose from {', '.join(_REGISTERED)}")
    _REGISTERED[kind][name] = provider


def unregister(kind: str, name: str) -> None:
    """Take back what ``register`` added; nothing happens where it added nothing."""
    _REGISTERED[kind].pop(name, None)


def registered(kind: str) -> Mapping[str, Any]:
    """Return what ``register`` added, by name."""
    return dict(_REGISTERED[kind])


@cache
def installed(kind: str) -> Mapping[str, EntryPoint]:
    """Find what installed packages offer, by name, without importing any; looked up once a process."""
    from importlib.metadata import entry_points  # it imports much, and built-in providers need nothing of it

    offered: dict[str, EntryPoint] = {}
    for entry in entry_points(group=f"ragkit.{kind}"):
        offered.setdefault(entry.name, entry)
    return offered


def resolve(kind: str, provider: str) -> Any:
    """Find a provider, a factory as a rule; None when nobody registered it.

    Packages add their own with the entry-point group ``ragkit.<kind>``, for example ``ragkit.embedders``.

    Raises:
        ConfigError: the package that offers it is broken.
    """
    if provider in _REGISTERED[kind]:
        return _REGISTERED[kind][provider]
    target = BUILT_IN[kind].get(provider)
    if target is not None:
        module, _, path = target.partition(":")
        found: Any = importlib.import_module(module)
        for name in path.split("."):
            found = getattr(found, name)
        return found
    entry = installed(kind).get(provider)
    if entry is None:
        return None
    loaded, problem = _load(entry)
    if problem:
        raise ConfigError(problem)
    return loaded


@cache  # of failures too: a broken package is tried once, not once a file
def _load(entry: EntryPoint) -> tuple[Any, str]:
    try:
        return entry.load(), ""
    except (Exception, SystemExit) as error:  # a package that is imported may raise anything
        logger.debug("%s", entry.value, exc_info=True)
        what = f"{type(error).__name__}: {error}".strip(": ")
        named = f"{entry.name!r} of {entry.group} (from {package_of(entry)})"
        return None, f"{named} cannot be loaded ({what}): update that package or uninstall it"


def package_of(entry: EntryPoint) -> str:
    """Name the package that brings an entry point, with its version."""
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist is not None else "an unknown package"


def known(kind: str) -> list[str]:
    """List the providers of a kind, built in, installed or registered."""
    return sorted({*BUILT_IN[kind], *installed(kind), *_REGISTERED[kind]})


def create(kind: str, text: str, settings: Settings | None = None) -> Any:
    """Make the object a spec string names.

    Raises:
        ConfigError: the provider is unknown or an option is wrong.
    """
    spec = parse_spec(text, kind, settings)
    return factory_of(kind, spec.provider, text)(spec)


def create_named(kind: str, text: str) -> Any:
    """Make the object that a spec string names; unlike with :func:`create` a name alone is enough.

    Raises:
        ConfigError: the provider is unknown or an option is wrong.
    """
    head, options = parse_options(text)
    provider, _, model = head.partition(":")
    return factory_of(kind, provider, text)(Spec(provider, model, options))


def factory_of(kind: str, provider: str, text: str) -> Callable[..., Any]:
    """Return the factory of a provider named in ``text``, a spec.

    Raises:
        ConfigError: nobody registered it; the message names the nearest one, or all.
    """
    factory = resolve(kind, provider)
    if factory is None:
        near = get_close_matches(provider, known(kind), n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known(kind))}"
        raise ConfigError(f"unknown provider {provider!r} in {text!r}: {hint}")
    return factory
