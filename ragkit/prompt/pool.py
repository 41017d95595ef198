"""Examples with their vectors: how like a text each of them is, as a whole and token by token."""

from __future__ import annotations

import math
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ragkit.core.errors import ConfigError
from ragkit.core.protocols import TokenEmbedder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ragkit.core.protocols import Embedder
    from ragkit.core.types import Example

    Floats = NDArray[np.floating[Any]]


class Pool(Protocol):
    """Where examples are chosen from: a file's, or those of an index."""

    def whole(self) -> ExamplePool:
        """Return all examples."""
        ...

    def near(self, text: str, count: int) -> ExamplePool:
        """Return the examples that are likest a text, or more.

        Args:
            text: the text.
            count: how many at least, where there are as many.
        """
        ...


class Exemplary(Protocol):
    """What holds examples: a :class:`ragkit.Index`."""

    def examples(self, embedder: Embedder | None = None) -> Pool:
        """Return them, compared by an embedder, or by its own."""
        ...


class ExamplePool:
    """Examples to choose from, all in memory. Vectors are made when they are first needed.

    Args:
        examples: the examples; of those that say the same only the first counts.
        embedder: embeds them and what is compared with them; without one only their words and order are known.

    Raises:
        ConfigError: there are no examples.
    """

    def __init__(self, examples: Sequence[Example], embedder: Embedder | None = None) -> None:
        if not examples:
            raise ConfigError("there are no examples to choose from")
        different: dict[tuple[str, str, str], Example] = {}
        for each in examples:
            different.setdefault((each.question, each.answer, each.context), each)
        self.examples = tuple(different.values())
        self._embedder = embedder

    def whole(self) -> ExamplePool:
        """Return the pool itself."""
        return self

    def near(self, text: str, count: int) -> ExamplePool:
        """Return the pool itself."""
        return self

    @property
    def embedder(self) -> Embedder:
        """The embedder.

        Raises:
            ConfigError: the pool has none.
        """
        if self._embedder is None:
            raise ConfigError(
                "choosing examples by likeness needs an embedder: give one, or choose by random or length"
            )
        return self._embedder

    @cached_property
    def vectors(self) -> Floats:
        """Vectors of what the examples ask: float32 array of shape (examples, dimension), rows of length 1."""
        return unit(self.embedder.encode([each.question for each in self.examples]))

    @cached_property
    def has_tokens(self) -> bool:
        """Whether the embedder gives vectors of single tokens."""
        return isinstance(self.embedder, TokenEmbedder) and self.embedder.token_dimension > 0

    @property
    def _token_embedder(self) -> TokenEmbedder:
        if not isinstance(self.embedder, TokenEmbedder):
            raise ConfigError("this embedder gives no vectors of tokens: choose by similarity or mmr")
        return self.embedder

    @cached_property
    def _tokens(self) -> tuple[Floats, NDArray[np.intp]]:
        """Signs of all examples' tokens as vectors of length 1, and where each example's begin."""
        embedder = self._token_embedder
        encoded = embedder.encode_passages([each.question for each in self.examples], tokens=True)
        packed = encoded.tokens or ()
        width = embedder.token_dimension
        signs = [np.unpackbits(each, axis=1, count=width).astype(np.float32) * 2 - 1 for each in packed]
        # reduceat needs a row for every example, and a text may have no token.
        signs = [each if len(each) else np.zeros((1, width), np.float32) for each in signs]
        # Rows of +1 and -1 over the root of their number have length 1, so products below are cosines.
        starts = np.cumsum([0, *(len(each) for each in signs[:-1])])
        return np.concatenate(signs) / math.sqrt(width), starts

    @cached_property
    def _counts(self) -> Counter[str]:
        return Counter(piece for each in self.examples for piece in set(self._pieces(each.question)))

    def _pieces(self, text: str) -> list[str]:
        return [text[start:end].lower() for start, end in self.embedder.tokenizer.offsets(text)]

    def similarity(self, text: str) -> Floats:
        """Return how like a text each example is: cosines, of shape (examples,)."""
        return self.vectors @ unit(self.embedder.encode_query(text)[None])[0]

    def covered(self, text: str) -> tuple[Floats, Floats]:
        """Return how well each token of a text is covered by the likest token of each example.

        Returns:
            Likenesses, of shape (tokens, examples), and how rare each token is among the examples (inverse document
            frequency), of shape (tokens,), adding up to 1.
        """
        embedder = self._token_embedder
        tokens, starts = self._tokens
        asked = embedder.encode_question(text)
        if not len(asked.tokens):
            return np.zeros((0, len(self.examples)), np.float32), np.zeros(0, np.float32)
        likeness = np.maximum.reduceat(np.asarray(asked.tokens, np.float32) @ tokens.T, starts, axis=1)
        total = len(self.examples)
        # Like the inverse document frequency of BM25, but never negative; .5 more for tokens that no example has.
        pieces = (text[start:end].lower() for start, end in asked.spans)
        rare = np.array([math.log(1 + total / (self._counts[piece] + 0.5)) for piece in pieces], np.float32)
        return likeness, rare / rare.sum()


def unit(vectors: Floats) -> Floats:
    """Return vectors of length 1, row by row."""
    rows = np.asarray(vectors, np.float32)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
