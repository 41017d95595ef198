"""Documents to chunks that an embedder can take whole: ragkit's own splitter, and those that packages add."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from ragkit.core.errors import ConfigError
from ragkit.core.registry import factory_of, parse_options
from ragkit.core.settings import OWN_SPLITTER
from ragkit.split.cutting import Cutting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.documents import Document

    from ragkit.core.types import Chunk, Tokenizer, Vectors

KIND = "splitters"
# On Chroma's chunking evaluation 200 tokens have a recall of 80.1 % at 5 passages and 100 tokens 73.1 % with twice the
# precision; overlap buys nothing (docs/splitting.md).
DEFAULT_CHUNK_TOKENS = 200
# Shorter sentences ("Yes.") share a chunk with the next.
SENTENCE_TOKENS = 8
# Raise it when texts are cut differently, so that indexes cut the old way are recognised.
SPLITTING = "2"
Unit = Literal["passage", "sentence"]


class DocumentCutter(Protocol):
    """An object that cuts a document into chunks."""

    def split(self, document: Document) -> list[Chunk]:
        """Cut one document; one without text gives no chunk."""
        ...


class SentenceEncoder(Protocol):
    """What semantic splitting needs of an embedder."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed texts: float32 array of shape (len(texts), dimension), rows of length 1."""
        ...


def embedding_text(chunk: Chunk) -> str:
    """Return what is embedded for a chunk: the headings above it on a line of their own, then its text."""
    return f"{chunk.heading}\n{chunk.text}" if chunk.heading else chunk.text


@dataclass(frozen=True, slots=True)
class Splitter:
    """Cuts documents where their structure and sentences allow, with sizes in the embedder's own tokens.

    Of each chunk holds: ``document.page_content[chunk.start:chunk.end] == chunk.text``; it neither begins nor ends with
    white space; its ``embedding_text`` has at most ``tokenizer.max_tokens`` tokens (a single character is never cut).
    Every character of a document that is not white space lies in a chunk.

    Attributes:
        tokenizer: the embedder's tokenizer.
        chunk_tokens: tokens a chunk's text may have; by default 200, or what the embedder takes if that is less.
        overlap_tokens: tokens of whole sentences that a chunk may repeat from the one before it; never across headings.
        min_tokens: sections, or sentences, shorter than this share a chunk with the next; by default a quarter of
            ``chunk_tokens``, and 8 for sentences.
        unit: ``passage`` fills chunks up to ``chunk_tokens``; ``sentence`` makes each sentence, list item or row one,
            to be widened to what stands around it (``ragkit.chains.widen``).
        headings: whether ``chunk.heading`` holds what stands above a chunk, to be embedded with it.
        semantic: an embedder, for cuts where sentences on either side differ most in meaning; None looks at structure
            alone. Every sentence is embedded once more for it.
    """

    tokenizer: Tokenizer
    chunk_tokens: int | None = None
    overlap_tokens: int = 0
    min_tokens: int | None = None
    unit: Unit = "passage"
    headings: bool = True
    semantic: SentenceEncoder | None = None

    def __post_init__(self) -> None:
        size, most = self.size, self.tokenizer.max_tokens
        if not 1 <= size <= most:
            raise ConfigError(f"chunk_tokens is {size}: choose from 1 to {most}, what the embedder takes")
        if not 0 <= self.overlap_tokens <= size // 2:
            raise ConfigError(
                f"overlap_tokens is {self.overlap_tokens}: choose from 0 to half of {size}, the chunk size"
            )
        if self.min_tokens is not None and not 0 <= self.min_tokens <= size:
            raise ConfigError(f"min_tokens is {self.min_tokens}: choose from 0 to {size}, the chunk size")
        if self.unit not in ("passage", "sentence"):
            raise ConfigError(f"unit is {self.unit!r}: choose from passage, sentence")

    @property
    def size(self) -> int:
        """Tokens a chunk's text may have."""
        return min(DEFAULT_CHUNK_TOKENS, self.tokenizer.max_tokens) if self.chunk_tokens is None else self.chunk_tokens

    @property
    def least(self) -> int:
        """Tokens below which a section, or a sentence, shares a chunk with the next."""
        if self.min_tokens is not None:
            return self.min_tokens
        return min(SENTENCE_TOKENS, self.size) if self.unit == "sentence" else self.size // 4

    def split(self, document: Document) -> list[Chunk]:
        """Cut one document; one without text gives no chunk."""
        return list(Cutting(self, document).chunks())


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
        ConfigError: the splitter is not registered, its package is broken, or an option is wrong.
    """
    name, options = parse_options(spec)
    factory = factory_of(KIND, name, spec)
    try:
        return factory(tokenizer, **(defaults | options if name == OWN_SPLITTER else options))
    except TypeError as error:
        raise ConfigError(f"the splitter {spec!r} cannot be made ({error}): check its options") from error
