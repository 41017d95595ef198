"""What chains need to know of a generator: what it can do, how it counts, how much it holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ragkit import models
from ragkit.errors import ModelError
from ragkit.registry import parse_spec

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

Mode = Literal["auto", "quote", "short", "answer"]
MODES = ("auto", "quote", "short", "answer")
UNKNOWN_CONTEXT = 4096  # tokens assumed of a model that does not say how much it holds


@dataclass(frozen=True, slots=True)
class Generator:
    """A chat model with its spec.

    Attributes:
        spec: as the user wrote it; empty for a model object handed in.
        chat: the LangChain chat model.
    """

    spec: str
    chat: BaseChatModel

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

    def count(self, text: str) -> int:
        """Tokens of a text: exact for local models, a cautious estimate for hosted ones."""
        if getattr(self.chat, "context_limit", 0):
            return self.chat.get_num_tokens(text)
        return len(text) // 3 + 1


def weak(spec: str) -> bool:
    """Whether a generator is known to follow instructions poorly, so that quotes are the better answer."""
    entry = models.find(spec.partition(":")[2].partition("?")[0])
    card: Any = getattr(entry, "card", None)
    return getattr(card, "follows_instructions", "good") == "weak"


def check(spec: str) -> None:
    """Find out cheaply whether a spec can be right, so that a wrong one is told even where no generator is needed.

    Raises:
        ConfigError: it is no spec, or the catalogue has no such model.
        ModelError: the model's file is not on this machine.
    """
    parsed = parse_spec(spec)
    if parsed.provider == "llamacpp" and models.locate(parsed.model) is None:
        if "/" in parsed.model or parsed.model.endswith(".gguf"):
            raise ModelError(
                f"there is no file {parsed.model}: give the path of a GGUF file or a name of the catalogue"
            )
        models.path(parsed.model)


def load(spec: str) -> Generator:
    """Load the generator a spec names."""
    from ragkit.generate import load_generator

    return Generator(spec, load_generator(spec))
