"""Options of texts in other words and other languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from ragkit.chains.options import Blueprint, ChainOptions, Resources
from ragkit.chains.rewrite import rewrite, translate
from ragkit.generate.generator import spec_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from ragkit.chains.rewrite.chain import RewriteChain


class RewriteOptions(ChainOptions):
    """Options of the chain `rewrite`."""

    instruction: str = Field(min_length=1, description="How, in a sentence.")

    def blueprint(self, resources: Resources) -> Blueprint:
        """Return text to Rewritten."""
        return _blueprint(self, lambda: rewrite(self.instruction, self.model), self.instruction)


class TranslateOptions(ChainOptions):
    """Options of the chain `translate`."""

    language: str = Field(min_length=1, description="Name of the language, for example German.")

    def blueprint(self, resources: Resources) -> Blueprint:
        """Return text to Rewritten, in another language."""
        return _blueprint(self, lambda: translate(self.language, self.model), f"into {self.language}")


def _blueprint(options: ChainOptions, chain: Callable[[], RewriteChain], how: str) -> Blueprint:
    model = spec_of(options.model)
    steps = (
        ("cut", "to blocks"),
        ("generate", f"{how}, {model}"),
        ("check", "numbers, addresses, code and links are kept, or it is told"),
    )
    return Blueprint(chain, steps, model)
