"""From a spec to a splitter: ragkit's own, or one that a package or script adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from ragkit.core.errors import ConfigError
from ragkit.core.registry import factory_of, parse_options
from ragkit.core.settings import OWN_SPLITTER

if TYPE_CHECKING:
    from langchain_core.documents import Document

    from ragkit.core.types import Chunk, Tokenizer

KIND = "splitters"


class DocumentCutter(Protocol):
    """What a splitter is: an object that cuts a document into chunks."""

    def split(self, document: Document) -> list[Chunk]:
        """Cut one document; one without text gives no chunk."""
        ...


def load_splitter(spec: str, tokenizer: Tokenizer, **defaults: Any) -> DocumentCutter:
    """Make the splitter that a spec names: ``structure?chunk_tokens=100``.

    Packages add others with the entry-point group ``ragkit.splitters``, scripts with
    :func:`ragkit.core.registry.register`: a name, and a function that takes a tokenizer, and the options by name, and
    returns the splitter.

    Args:
        spec: name and options.
        tokenizer: the embedder's tokenizer.
        defaults: options of ragkit's own splitter that hold where the spec does not say otherwise.

    Raises:
        ConfigError: nobody registered the splitter, its package is broken, or an option is wrong.
    """
    name, options = parse_options(spec)
    factory = factory_of(KIND, name, spec)
    try:
        return factory(tokenizer, **(defaults | options if name == OWN_SPLITTER else options))
    except TypeError as error:
        raise ConfigError(f"the splitter {spec!r} cannot be made ({error}): check its options") from error
