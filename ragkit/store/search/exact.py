"""Exact search: over rows whose vectors are in memory, or over all that SQLite holds."""

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
        self.index = index

    @classmethod
    def of(cls, ids: NDArray[np.int64], vectors: Vectors) -> ExactRows:
        """Make one of row ids, int64 of shape (n,), and vectors, float32 of shape (n, dimension)."""
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
        self.index.add(vectors)
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
            # FAISS numbers the vectors from 0; bit n of byte n / 8 says whether number n may be found.
            selector: Any = faiss.IDSelectorBitmap
            options["sel"] = selector(np.packbits(np.isin(self.ids, allowed), bitorder="little"))
        parameters = faiss.SearchParameters(**options)
        scores, places = self.index.search(vector[None, :], min(k, len(self.ids)), params=parameters)
        valid = places[0] >= 0  # fewer allowed rows than k leave places of -1
        return self.ids[places[0][valid]], scores[0][valid]


def best(found: Sequence[Found], k: int) -> Found:
    """Return the k best of several results; equal cosines in the order of their rows."""
    ids, scores = (np.concatenate(part) for part in zip(*found, strict=True))
    # The same order whatever cache a row came from, so that equal texts do not change places as caches are written.
    order = np.lexsort((ids, -scores))[:k]
    return ids[order], scores[order]


def score(store: Store, rows: Sequence[int], vector: Vectors) -> Found:
    """Return those of the rows that the store has, with their exact cosines, unsorted."""
    ids, vectors = store.vector_rows(rows)
    return (ids, vectors @ vector) if len(ids) else NOTHING


def scan(store: Store, vector: Vectors, k: int, after: int, allowed: NDArray[np.int64] | None = None) -> Found:
    """Search all vectors of the store above a row id, block by block: slow, in little memory, always right."""
    nearest = NOTHING
    for ids, vectors in store.vector_blocks(after):
        here = slice(None) if allowed is None else np.isin(ids, allowed)
        nearest = best([nearest, (ids[here], vectors[here] @ vector)], k)
    return nearest
