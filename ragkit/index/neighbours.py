"""How near the nearest neighbours of a few rows are, as all rows pass by once: to measure what a search misses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from ragkit.index.store import Store
    from ragkit.types import Vectors

TIE = 1e-6  # of cosine; copies of one text are as good as each other


class Nearest:
    """The cosines of the nearest neighbours of some rows; a row is not its own neighbour.

    Args:
        ids: row ids of shape (n,).
        vectors: float32 of shape (n, dimension), rows of length 1.
        depth: how many neighbours.
    """

    def __init__(self, ids: NDArray[np.int64], vectors: Vectors, depth: int) -> None:
        self.vectors = vectors
        self._ids = ids
        self._cosines = np.full((len(ids), depth), -np.inf, np.float32)  # best first

    def watched(
        self, blocks: Iterator[tuple[NDArray[np.int64], Vectors]]
    ) -> Iterator[tuple[NDArray[np.int64], Vectors]]:
        """Pass blocks of (row ids, vectors) on and remember how near the nearest of them are."""
        import faiss

        depth = self._cosines.shape[1]
        for ids, vectors in blocks:
            cosines, places = faiss.knn(
                self.vectors, vectors, min(depth + 1, len(ids)), metric=faiss.METRIC_INNER_PRODUCT
            )
            cosines = np.where(ids[places] == self._ids[:, None], -np.inf, cosines)
            self._cosines = -np.sort(-np.concatenate([self._cosines, cosines], axis=1), axis=1)[:, :depth]
            yield ids, vectors

    def cosines(self, found: NDArray[np.int64], store: Store) -> Vectors:
        """Return the exact cosine of each of the rows found for each row, -infinity for a row itself.

        Args:
            found: row ids of shape (n, m).
            store: where their vectors are.
        """
        made = np.full(found.shape, -np.inf, np.float32)
        for number, (own, vector, rows) in enumerate(zip(self._ids, self.vectors, found, strict=True)):
            known, vectors = store.vector_rows(rows.tolist())
            cosines = dict(zip(known.tolist(), (vectors @ vector).tolist(), strict=True))
            made[number] = [cosines.get(row, -np.inf) if row != own else -np.inf for row in rows.tolist()]
        return made

    def recall(self, found: Vectors, k: int) -> NDArray[np.float64]:
        """Return, for each number of rows looked at from the best on, the share of the k nearest among them.

        Args:
            found: what :meth:`cosines` returned, of shape (n, m).
            k: up to the depth.

        Returns:
            Shape (m,), not descending.
        """
        expected = np.minimum(np.isfinite(self._cosines).sum(axis=1), k)
        last = self._cosines[np.arange(len(expected)), np.maximum(expected - 1, 0)]
        near = np.cumsum(found >= last[:, None] - TIE, axis=1)
        shares = np.minimum(near, expected[:, None]) / np.maximum(expected[:, None], 1)
        return shares[expected > 0].mean(axis=0) if (expected > 0).any() else np.ones(found.shape[1])
