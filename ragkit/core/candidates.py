"""What dense and lexical search put forward for one question, joined: row ids with both scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from ragkit.core.types import Vectors

    Found = tuple[NDArray[np.int64], NDArray[np.float32]]


class SearchesRows(Protocol):
    """The two searches of an index, and what completes them."""

    def dense(self, vector: Vectors, k: int, allowed: NDArray[np.int64] | None = None) -> Found:
        """Return (row ids, cosines) of the nearest chunks, best first."""
        ...

    def lexical(
        self, text: str, k: int, allowed: NDArray[np.int64] | None = None, idf: Mapping[str, float] | None = None
    ) -> Found:
        """Return (row ids, BM25 scores) of the best chunks, best first."""
        ...

    def rows_where(self, filter: Mapping[str, Any]) -> NDArray[np.int64]:
        """Return the row ids, ascending, of the chunks whose metadata passes a filter."""
        ...

    def vectors(self, rows: Sequence[int]) -> dict[int, Vectors]:
        """Return vectors by row id."""
        ...


@dataclass(frozen=True, slots=True)
class Candidates:
    """Candidates of a hybrid search, one a row; all arrays have shape (n,).

    Attributes:
        rows: int64 row ids, ascending.
        dense: float32 cosines to the question.
        lexical: float32 BM25 scores; 0 where no term matches.
        among: bool, the rows that the scales of the scores are taken from.
        own: bool, the rows of the sources that were named; all False where none was.
    """

    rows: NDArray[np.int64]
    dense: NDArray[np.float32]
    lexical: NDArray[np.float32]
    among: NDArray[np.bool_]
    own: NDArray[np.bool_]


def gather(
    index: SearchesRows,
    question: str,
    vector: Vectors,
    depth: int,
    base: int,
    filter: Mapping[str, Any] | None,
    sources: Sequence[str],
) -> Candidates:
    """Collect the candidates of a hybrid search.

    Args:
        index: where to search.
        question: the question.
        vector: its vector, float32 of shape (dimension,) and length 1.
        depth: candidates of each search.
        base: candidates of each search that the scales of the scores come from: as many whatever is asked for, so that
            a larger number of results only adds hits.
        filter: what the chunks' metadata must be; None searches all.
        sources: documents that the question names: the best passages of these are candidates too.
    """
    allowed = None if filter is None else index.rows_where(filter)
    near, cosines = index.dense(vector, depth, allowed)
    matching, bm25 = index.lexical(question, depth, allowed)
    own = index.rows_where({"source": {"$in": list(sources)}}) if sources else np.empty(0, np.int64)
    if len(sources):
        near, cosines = _joined((near, cosines), index.dense(vector, base, own))
        matching, bm25 = _joined((matching, bm25), index.lexical(question, base, own))
    rows = np.union1d(near, matching)
    dense = np.full(len(rows), -1, np.float32)
    dense[np.searchsorted(rows, near)] = cosines
    # Without the exact cosine of what only the lexical search found, it would count as the least similar of all.
    missing = np.setdiff1d(rows, near, assume_unique=True)
    if len(missing) and (found := index.vectors(missing.tolist())):
        dense[np.searchsorted(rows, list(found))] = np.stack(list(found.values())) @ vector
    lexical = np.zeros(len(rows), np.float32)
    lexical[np.searchsorted(rows, matching)] = bm25
    among = np.isin(rows, np.union1d(near[:base], matching[:base]))
    return Candidates(rows, dense, lexical, among, np.isin(rows, own))


def _joined(first: Found, second: Found) -> Found:
    """Join what two searches found, each row once."""
    fresh = ~np.isin(second[0], first[0])
    return np.concatenate([first[0], second[0][fresh]]), np.concatenate([first[1], second[1][fresh]])
