"""Which chains there are: those in the folders beside this file, those of installed packages, those registered."""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ragkit.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ragkit.chains.options import ChainOptions

ANSWER_KEYS = (
    "answer", "question", "route", "abstained", "reason", "confidence", "citations", "flags", "unsupported",
    "verdicts", "model", "usage", "timings", "raw_answer",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RegisteredChain:
    """A chain as pipelines, the command line, the docs and ``ragkit.chains`` know it.

    A sub-package of ``ragkit.chains`` lists its own in ``CHAINS``; another package names one by an entry point of the
    group ``ragkit.chains``. Making one imports nothing that is heavy.

    Attributes:
        name: what pipeline files call it (``task:``).
        summary: what it does, in a sentence.
        options: ``module:Class`` of its options, a :class:`ragkit.chains.options.ChainOptions`.
        input: name of the field of a row that it works on.
        takes: what stands in that field.
        result: name of the class of its result.
        keys: keys of the result's JSON form, the main one first.
        function: what makes it in Python; None where only pipelines do.
        classes: names of classes that ``ragkit.chains`` offers beside the function, each with its module.
    """

    name: str
    summary: str
    options: str
    input: str
    takes: str
    result: str
    keys: tuple[str, ...]
    function: Callable[..., Any] | None = None
    classes: Mapping[str, str] = field(default_factory=dict[str, str])

    def load_options(self) -> type[ChainOptions]:
        """Import the class of its options."""
        module, _, name = self.options.partition(":")
        return getattr(import_module(module), name)


@cache
def built_in() -> dict[str, RegisteredChain]:
    """Return the chains that come with ragkit, by name: what its sub-packages list in ``CHAINS``."""
    folder: Any = import_module("ragkit.chains").__path__
    found = [
        chain
        for module in pkgutil.iter_modules(folder, "ragkit.chains.")
        if module.ispkg
        for chain in import_module(module.name).CHAINS
    ]
    return {chain.name: chain for chain in found}


def chains() -> dict[str, RegisteredChain]:
    """Return all chains by name: ragkit's own, those of installed packages, those registered in this process.

    Raises:
        ConfigError: a package that offers one is broken.
    """
    from ragkit.core import registry

    names = {*registry.installed("chains"), *registry.registered("chains")}
    return built_in() | {name: find_chain(name) for name in sorted(names)}


def find_chain(name: str) -> RegisteredChain:
    """Return a chain by its name; what is registered in this process goes before all others.

    Raises:
        ConfigError: there is none, or the package that offers it is broken.
    """
    from ragkit.core import registry

    if name in built_in() and name not in registry.registered("chains"):
        return built_in()[name]
    found = registry.resolve("chains", name)
    if found is None:
        from difflib import get_close_matches

        close = get_close_matches(name, (known := chain_names()), 1)
        hint = f"did you mean {close[0]}? " if close else ""
        raise ConfigError(f"unknown task {name!r}: {hint}choose {', '.join(known)}")
    if not isinstance(found, RegisteredChain):
        raise ConfigError(
            f"the chain {name!r} is registered as {type(found).__name__}: register a ragkit.chains.RegisteredChain"
        )
    return found


def chain_names() -> list[str]:
    """Return the names of all chains, without importing the packages that offer them."""
    from ragkit.core import registry

    return [*built_in(), *(each for each in registry.known("chains") if each not in built_in())]
