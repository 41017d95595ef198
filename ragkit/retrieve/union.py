"""Several indexes searched as one: one ranking, with the statistics of all of them."""

from __future__ import annotations

import math
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np

from ragkit.core.candidates import Candidates, gather
from ragkit.text.terms import QueryTerms, query_words, weigh

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from ragkit.core.types import Chunk, Titled, Vectors
    from ragkit.retrieve.search import Searchable

SPACING = 1 << 40  # row ids of one index stay below this; those of the next are above
Found = tuple["NDArray[np.int64]", "NDArray[np.float32]"]
T = TypeVar("T")


class Union:
    """Searches several indexes of one embedder as if one index held their passages.

    Cosines compare as they are. BM25 weighs each term by how many passages of all indexes hold it; only the mean
    length of passages stays each index's own. A row id is the index's number times 2**40 plus the row id there.

    Args:
        parts: the indexes; at least one. A passage that is in two of them is found twice.
    """

    def __init__(self, parts: Sequence[Searchable]) -> None:
        self.parts = tuple(parts)

    @contextmanager
    def snapshot(self, *parts: Literal["dense", "lexical"]) -> Generator[None]:
        """Let everything read and searched inside see one committed state of each index."""
        with ExitStack() as stack:
            for part in sorted(set(self.parts), key=id):  # one order for all threads, or two could wait for each other
                stack.enter_context(part.snapshot(*parts))
            yield

    def dense(self, vector: Vectors, k: int, allowed: NDArray[np.int64] | None = None) -> Found:
        """Return (row ids, cosines) of the k nearest chunks, best first."""
        return self._best(k, allowed, lambda part, rows: part.dense(vector, k, rows))

    def lexical(
        self,
        text: str,
        k: int,
        allowed: NDArray[np.int64] | None = None,
        idf: Mapping[str, float] | None = None,
    ) -> Found:
        """Return (row ids, BM25 scores) of the k best chunks, best first."""
        with self.snapshot("lexical"):
            weights = {**self._weights(text), **(idf or {})}
            return self._best(k, allowed, lambda part, rows: part.lexical(text, k, rows, weights))

    def _weights(self, text: str) -> dict[str, float]:
        """Weigh terms by rareness over all indexes; the forms that one word has in several languages count together."""
        spoken = self.languages()
        # An index with fewer languages may see words that are function words in another's.
        words = [*query_words(text), *query_words(text, spoken)]
        total, counts = self.frequencies(list({term for word in words for term in word}))
        weights: dict[str, float] = {}
        for word in words:
            holding = min(total, sum(counts[term] for term in word))
            weights.update(dict.fromkeys(word, math.log(1 + (total - holding + 0.5) / (holding + 0.5))))
        return weights

    def _best(
        self, k: int, allowed: NDArray[np.int64] | None, search: Callable[[Searchable, NDArray[np.int64] | None], Found]
    ) -> Found:
        found: list[Found] = []
        for number, part in enumerate(self.parts):
            first = number * SPACING
            within = None
            if allowed is not None:
                begin, end = np.searchsorted(allowed, [first, first + SPACING])
                within = allowed[begin:end] - first
            rows, scores = search(part, within)
            found.append((rows + first, scores))
        rows = np.concatenate([rows for rows, _ in found])
        scores = np.concatenate([scores for _, scores in found])
        order = np.lexsort((rows, -scores))[:k]
        return rows[order], scores[order]

    def query_terms(self, text: str) -> QueryTerms:
        """Return the words of a question, weighed by how rare they are in all indexes."""
        return weigh(text, self.languages(), self.frequencies)

    def candidates(
        self,
        text: str,
        vector: Vectors,
        depth: int,
        base: int,
        filter: Mapping[str, Any] | None = None,
        sources: Sequence[str] = (),
    ) -> Candidates:
        """Return what both searches put forward over all indexes."""
        return gather(self, text, vector, depth, base, filter, sources)

    def titled(self) -> tuple[tuple[Titled, ...], int]:
        """Return the documents of all indexes as they may be named, and :meth:`token_bits`."""
        return tuple(each for part in self.parts for each in part.titled()[0]), self.token_bits()

    def rows_where(self, filter: Mapping[str, Any]) -> NDArray[np.int64]:
        """Return the row ids, ascending, of the chunks whose metadata passes a filter."""
        return np.concatenate([part.rows_where(filter) + number * SPACING for number, part in enumerate(self.parts)])

    def chunks(self, rows: Sequence[int]) -> dict[int, Chunk]:
        """Return chunks by row id."""
        return self._by_row(rows, lambda part, own: part.chunks(own))

    def vectors(self, rows: Sequence[int]) -> dict[int, Vectors]:
        """Return vectors by row id."""
        return self._by_row(rows, lambda part, own: part.vectors(own))

    def vectors_of(self, ids: Sequence[str]) -> dict[str, Vectors]:
        """Return vectors by chunk id."""
        return {key: vector for part in self.parts for key, vector in part.vectors_of(ids).items()}

    def languages(self) -> Sequence[str]:
        """Return the languages besides English that chunks of any index are written in."""
        return list(dict.fromkeys(code for part in self.parts for code in part.languages()))

    def token_bits(self) -> int:
        """Return how many bits all indexes keep of each token's vector; 0 where they differ."""
        each = {part.token_bits() for part in self.parts}
        return each.pop() if len(each) == 1 else 0

    def token_vectors(self, rows: Sequence[int]) -> dict[int, bytes]:
        """Return the packed signs of the tokens' vectors by row id."""
        return self._by_row(rows, lambda part, own: part.token_vectors(own))

    def frequencies(self, terms: Sequence[str]) -> tuple[int, dict[str, int]]:
        """Return (number of chunks, chunks that hold each term) over all indexes."""
        each = [part.frequencies(terms) for part in self.parts]
        return sum(total for total, _ in each), {term: sum(counts[term] for _, counts in each) for term in terms}

    def _by_row(self, rows: Iterable[int], read: Callable[[Searchable, list[int]], dict[int, T]]) -> dict[int, T]:
        own: dict[int, list[int]] = {}
        for row in rows:
            own.setdefault(int(row) // SPACING, []).append(int(row) % SPACING)
        return {
            row + number * SPACING: value
            for number, wanted in own.items()
            for row, value in read(self.parts[number], wanted).items()
        }
