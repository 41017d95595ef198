"""Spec strings to objects: ``provider:model?option=value``; built-in providers plus entry points."""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote

from ragkit.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from importlib.metadata import EntryPoint

BUILT_IN: Mapping[str, Mapping[str, str]] = {
    "embedders": {
        "sentence-transformers": "ragkit.embed:load_embedder",
    },
    "generators": {
        "llamacpp": "ragkit.generate.llamacpp:ChatLlamaCpp.from_spec",
        "transformers": "ragkit.generate.transformers:ChatTransformers.from_spec",
        "openai": "ragkit.generate.hosted:openai_chat_model",
    },
}


@dataclass(frozen=True, slots=True)
class Spec:
    """A parsed ``provider:model?option=value`` string.

    Attributes:
        provider: which backend.
        model: name or path of the model; may hold ``:``, ``/`` and spaces.
        options: typed options (int, float, bool or str by their looks).
    """

    provider: str
    model: str
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def __str__(self) -> str:
        query = "&".join(f"{key}={quote(str(value), safe=' /:,')}" for key, value in self.options.items())
        return f"{self.provider}:{self.model}" + (f"?{query}" if query else "")


def _typed(value: str) -> Any:
    if value.lower() in ("true", "false"):
        return value.lower() == "true"
    if re.fullmatch(r"[+-]?\d+", value):
        return int(value)
    if re.fullmatch(r"[+-]?(\d+\.\d*|\.\d+|\d+)([eE][+-]?\d+)?", value):
        return float(value)
    return value


def parse_spec(text: str) -> Spec:
    """Parse a spec string.

    Raises:
        ConfigError: there is no provider or no model in it.
    """
    head, _, query = text.strip().partition("?")
    provider, colon, model = head.partition(":")
    if not colon or not provider or not model:
        raise ConfigError(
            f"{text!r} is not a model spec: write provider:model, for example "
            "llamacpp:SmolLM2-135M-Instruct-Q4_1 or openai:gpt-4o-mini"
        )
    return Spec(provider, model, {key: _typed(value) for key, value in parse_qsl(query, keep_blank_values=True)})


def resolve(kind: str, provider: str) -> Callable[[Spec], Any] | None:
    """Find the factory for a provider; None when nobody registered it.

    Packages add their own with the entry-point group ``ragkit.<kind>`` (``ragkit.embedders``, ``ragkit.generators``).
    """
    target = BUILT_IN[kind].get(provider)
    if target is not None:
        module, _, path = target.partition(":")
        found: Any = importlib.import_module(module)
        for name in path.split("."):
            found = getattr(found, name)
        return found
    for entry in _installed(kind):
        if entry.name != provider:
            continue
        return entry.load()
    return None


def _installed(kind: str) -> Iterable[EntryPoint]:
    from importlib.metadata import entry_points  # it imports much, and built-in providers need nothing of it

    return entry_points(group=f"ragkit.{kind}")


def known(kind: str) -> list[str]:
    """List the providers of a kind, built in or installed."""
    return sorted({*BUILT_IN[kind], *(entry.name for entry in _installed(kind))})


def create(kind: str, text: str) -> Any:
    """Make the object a spec string names.

    Raises:
        ConfigError: the provider is unknown or an option is wrong.
    """
    spec = parse_spec(text)
    factory = resolve(kind, spec.provider)
    if factory is None:
        near = get_close_matches(spec.provider, known(kind), n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known(kind))}"
        raise ConfigError(f"unknown provider {spec.provider!r} in {text!r}: {hint}")
    return factory(spec)
