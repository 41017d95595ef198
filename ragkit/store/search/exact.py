"""Exact search: the nearest of some rows whose vectors are at hand, or of all that SQLite holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ragkit.core.types import Vectors
    from ragkit.store.sqlite.store import Store

Found = tuple["NDArray[np.int64]", "NDArray[np.float32]"]  # row ids and cosines
NOTHING: Found = (np.empty(0, np.int64), np.empty(0, np.float32))


class ExactRows:
    """Rows with their vectors in a flat FAISS index.

    Args:
        ids: row ids, ascending.
        index: IndexFlatIP of their vectors, in this order.
    """

    def __init__(self, ids: NDArray[np.int64], index: Any) -> None:
        self.ids = ids
        self._index = index

    @classmethod
    def of(cls, ids: NDArray[np.int64], vectors: Vectors) -> ExactRows:
        """Make one of row ids and vectors, float32 of shape (n, dimension)."""
        import faiss

        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        return cls(ids, index)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def newest(self) -> int:
        """Its highest row id; 0 without rows."""
        return int(self.ids[-1]) if len(self.ids) else 0

    def add(self, ids: NDArray[np.int64], vectors: Vectors) -> None:
        """Add later rows; only to one that :meth:`of` made."""
        self._index.add(vectors)
        self.ids = np.concatenate([self.ids, ids])

    def search(self, vector: Vectors, k: int, allowed: NDArray[np.int64] | None = None) -> Found:
        """Return (row ids, cosines) of the k nearest, best first.

        Args:
            vector: float32 of shape (dimension,).
            k: how many.
            allowed: row ids to keep to; None searches all.
        """
        import faiss

        if not len(self.ids):
            return NOTHING
        options: dict[str, Any] = {}
        if allowed is not None:
            selector: Any = faiss.IDSelectorBitmap
            options["sel"] = selector(np.packbits(np.isin(self.ids, allowed), bitorder="little"))
        parameters = faiss.SearchParameters(**options)
        scores, places = self._index.search(vector[None, :], min(k, len(self.ids)), params=parameters)
        valid = places[0] >= 0
        return self.ids[places[0][valid]], scores[0][valid]


def best(found: Sequence[Found], k: int) -> Found:
    """Return the k best of several results; equal cosines in the order of their rows."""
    ids, scores = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.lexsort((ids, -scores))[:k]
    return ids[order], scores[order]


def score(store: Store, rows: Sequence[int], vector: Vectors) -> Found:
    """Return those of the rows that the store has, with their exact cosines, unsorted."""
    if not len(rows):
        return NOTHING
    ids, vectors = store.vector_rows(rows)
    return (ids, vectors @ vector) if len(ids) else NOTHING


def scan(store: Store, vector: Vectors, k: int, after: int, allowed: NDArray[np.int64] | None = None) -> Found:
    """Search all vectors of the store above a row id as they are read: slow, in little memory, always right."""
    kept = NOTHING
    for ids, vectors in store.vector_blocks(after):
        here = slice(None) if allowed is None else np.isin(ids, allowed)
        kept = best([kept, (ids[here], vectors[here] @ vector)], k)
    return kept
