"""Write a text in other words or another language; what is lost is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragkit.chains.registry import RegisteredChain
from ragkit.core.errors import ConfigError

if TYPE_CHECKING:
    from ragkit.chains.base import Model
    from ragkit.chains.rewrite.chain import RewriteChain


def rewrite(instruction: str, model: Model = None) -> RewriteChain:
    """Return a Runnable that rewrites a text as an instruction says; what is lost or added of facts is reported.

    Args:
        instruction: how, for example ``Write the text for children.``
        model: generator spec, LangChain chat model, or None for the settings'.
    """
    from ragkit.chains.rewrite.chain import RewriteChain
    from ragkit.generate.generator import as_generator

    return RewriteChain(as_generator(model), instruction)


def translate(language: str, model: Model = None) -> RewriteChain:
    """Return a Runnable that translates a text; what is lost or added of facts is reported.

    Args:
        language: its name, for example ``German``.
        model: generator spec, LangChain chat model, or None for the settings'.

    Raises:
        ConfigError: no language is named.
    """
    if not language.strip():
        raise ConfigError("into which language is not said: name it, for example German")
    from ragkit.chains.rewrite.chain import RewriteChain
    from ragkit.generate.generator import as_generator

    instruction = f"Translate the text into {language.strip()}."
    return RewriteChain(as_generator(model), instruction, translates=True)


_KEYS = ("text", "problems", "model", "usage", "timings")
CHAINS = (
    RegisteredChain(
        "rewrite",
        "Writes a text anew as an instruction says; lost numbers, code and links are told.",
        "ragkit.chains.rewrite.options:RewriteOptions",
        input="text",
        takes="a text",
        result="Rewritten",
        keys=_KEYS,
        function=rewrite,
        classes={"RewriteChain": "ragkit.chains.rewrite.chain", "Rewritten": "ragkit.chains.rewrite.result"},
    ),
    RegisteredChain(
        "translate",
        "Writes a text in another language; lost numbers, code and links are told.",
        "ragkit.chains.rewrite.options:TranslateOptions",
        input="text",
        takes="a text",
        result="Rewritten",
        keys=_KEYS,
        function=translate,
    ),
)
