"""The exact nearest neighbours of a few rows, found as all rows pass by once; for measuring what a search misses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from ragkit.index.store import Store
    from ragkit.types import Vectors

NEIGHBOURS = 10
TIE = 1e-6  # of cosine; copies of one text are as good as each other


class Nearest:
    """How near the nearest neighbours of some rows are; a row is not its own neighbour.

    Args:
        ids: row ids of shape (n,).
        vectors: float32 of shape (n, dimension).
    """

    def __init__(self, ids: NDArray[np.int64], vectors: Vectors) -> None:
        self.vectors = vectors
        self._ids = ids
        self._scores = np.full((len(ids), NEIGHBOURS), -np.inf, np.float32)  # best first
        self._known: dict[int, Vectors] = {}

    def watched(
        self, blocks: Iterator[tuple[NDArray[np.int64], Vectors]]
    ) -> Iterator[tuple[NDArray[np.int64], Vectors]]:
        """Pass blocks of (row ids, vectors) on and remember how near the nearest of them are."""
        import faiss

        for ids, vectors in blocks:
            k = min(NEIGHBOURS + 1, len(ids))
            scores, places = faiss.knn(self.vectors, vectors, k, metric=faiss.METRIC_INNER_PRODUCT)
            scores = np.where(ids[places] == self._ids[:, None], -np.inf, scores)
            self._scores = -np.sort(-np.concatenate([self._scores, scores], axis=1), axis=1)[:, :NEIGHBOURS]
            yield ids, vectors

    def recall(self, found: NDArray[np.int64], store: Store) -> float:
        """Return the share of the nearest neighbours that is among the row ids found for each row, -1 for none."""
        new = [row for row in np.unique(found).tolist() if row >= 0 and row not in self._known]
        self._known.update(store.vectors(new))
        shares: list[float] = []
        for own, vector, scores, rows in zip(
            self._ids.tolist(), self.vectors, self._scores, found.tolist(), strict=True
        ):
            expected = int(np.isfinite(scores).sum())
            others = [self._known[row] for row in rows if row != own and row in self._known]
            if expected and others:
                near = np.stack(others) @ vector >= scores[expected - 1] - TIE
                shares.append(min(int(near.sum()), expected) / expected)
            elif expected:
                shares.append(0.0)
        return float(np.mean(shares)) if shares else 1.0
