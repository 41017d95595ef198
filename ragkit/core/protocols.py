"""What ragkit asks of tokenizers and embedding models, whoever brings them, and what these give back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]


@runtime_checkable
class Tokenizer(Protocol):
    """What splitting and packing need to know of a model's tokenizer.

    Attributes:
        max_tokens: content tokens a text may have before the model cuts it (special tokens already taken off).
    """

    max_tokens: int

    def offsets(self, text: str) -> Sequence[tuple[int, int]]:
        """Character span (start, end) of every content token of ``text``, in order, never truncated."""
        ...

    def count(self, text: str) -> int:
        """Content tokens of ``text``, never truncated."""
        ...


@runtime_checkable
class Embedder(Protocol):
    """An embedding model as the index sees it; ragkit's own embedders are also LangChain ``Embeddings``."""

    @property
    def dimension(self) -> int:
        """Length of every vector."""
        ...

    @property
    def fingerprint(self) -> Mapping[str, Any]:
        """What decides the vectors: model, weights hash, dimension, pooling, prefixes, normalisation."""
        ...

    @property
    def tokenizer(self) -> Tokenizer:
        """The model's own tokenizer."""
        ...

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed passages: float32 array of shape (len(texts), dimension)."""
        ...

    def encode_query(self, text: str) -> Vectors:
        """Embed a question: float32 array of shape (dimension,)."""
        ...


@dataclass(frozen=True, slots=True)
class Encoded:
    """What an embedder makes of passages.

    Attributes:
        vectors: float32 array of shape (n, dimension).
        truncated: boolean array of shape (n,): which texts were longer than the model reads, and were cut.
        tokens: for each passage the vectors of its content tokens, one bit a number: uint8 of shape
            (tokens, token dimension / 8), a set bit stands for a positive number; None where they were not asked for.
    """

    vectors: Vectors
    truncated: NDArray[np.bool_]
    tokens: Sequence[NDArray[np.uint8]] | None = None


@dataclass(frozen=True, slots=True)
class EncodedQuery:
    """A question as late interaction sees it.

    Attributes:
        vector: float32 array of shape (dimension,).
        spans: character span (start, end) of each content token.
        tokens: float32 array of shape (tokens, token dimension), rows of length 1.
    """

    vector: Vectors
    spans: Sequence[tuple[int, int]]
    tokens: Vectors


@runtime_checkable
class TokenEmbedder(Embedder, Protocol):
    """An embedder that also gives the vectors of single tokens, for late interaction."""

    @property
    def token_dimension(self) -> int:
        """Length of a token's vector; 0 where the model's runtime gives none."""
        ...

    def encode_passages(self, texts: Sequence[str], *, tokens: bool) -> Encoded:
        """Embed passages, with the vectors of their tokens where ``tokens`` is set."""
        ...

    def encode_question(self, text: str) -> EncodedQuery:
        """Embed a question with the vectors of its tokens."""
        ...
