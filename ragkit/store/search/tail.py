"""BM25 over the chunks that are not in the lexical cache yet, in plain Python, with the statistics of both together."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

K1, B = 1.2, 0.75  # tantivy's, so that its scores and these compare


def inverse_frequency(total: int, count: int) -> float:
    """Return BM25's weight of a term that ``count`` of ``total`` rows hold."""
    return math.log(1 + (total - count + 0.5) / (count + 0.5))


class Tail:
    """Postings of rows in ascending order; rows are added at the end only.

    Args:
        after: row id above which its rows begin.
    """

    def __init__(self, after: int) -> None:
        self.newest = after
        self._lengths: dict[int, int] = {}
        self._postings: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)

    def __len__(self) -> int:
        return len(self._lengths)

    @property
    def terms(self) -> int:
        """Terms of all rows together, repetitions counted."""
        return sum(self._lengths.values())

    def add(self, rows: Iterable[tuple[int, Sequence[str]]]) -> None:
        """Add (row id, terms) of later rows."""
        for row, words in rows:
            self.newest = row
            self._lengths[row] = len(words)
            for term, count in Counter(words).items():
                self._postings[term].append((row, count))

    def frequency(self, term: str) -> int:
        """Count the rows that hold a term."""
        return len(self._postings.get(term, ()))

    def score(self, weights: Mapping[str, float], mean: float) -> list[tuple[float, int]]:
        """Score the rows that hold any of the terms.

        Args:
            weights: the terms' inverse document frequencies, over the rows here and in the cache.
            mean: their mean length in terms.

        Returns:
            (score, row id), unsorted.
        """
        scores: defaultdict[int, float] = defaultdict(float)
        for term, idf in weights.items():
            for row, repeats in self._postings.get(term, ()):
                norm = K1 * (1 - B + B * self._lengths[row] / mean)
                scores[row] += idf * repeats * (K1 + 1) / (repeats + norm)
        return [(score, row) for row, score in scores.items()]
