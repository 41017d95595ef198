"""Approximate search over many vectors: each as some four-bit codes, all of which are looked at.

A product quantiser (Jégou, Douze and Schmid, "Product quantization for nearest neighbor search", 2011) with codes laid
out for the processor's shuffle instructions (André, Kermarrec and Le Scouarnec, "Cache locality is not enough", 2015;
FAISS's "fast scan") goes over a million vectors in a few milliseconds and takes a twenty-fourth of their memory or
less. Every code is looked at, so that what is found does not depend on how the vectors lie, as it would with inverted
lists, which had to look into a third or more of their lists for the nearest passages of real questions. The codes
only choose candidates; the caller scores these again from the exact vectors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ragkit.core.types import Vectors

OVERFETCH = 2  # rows fetched for one that is allowed, beyond its share
NEAR, DEEP = 10, 100  # numbers of results for which the number of candidates was measured


class ApproximateRows:
    """Rows as codes in a FAISS index.

    Args:
        ids: row ids, ascending.
        index: IndexPQFastScan of their vectors, in this order.
        notes: ``candidates`` for :data:`NEAR` and :data:`DEEP` results, and those of ``training``.
    """

    def __init__(self, ids: NDArray[np.int64], index: Any, notes: dict[str, Any]) -> None:
        self.ids = ids
        self.notes = notes
        self.index = index
        self._near, self._deep = notes["candidates"]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def newest(self) -> int:
        """Its highest row id."""
        return int(self.ids[-1])

    def candidates(self, k: int) -> int:
        """Return how many candidates hold nearly all of the k nearest."""
        if k <= NEAR:
            return self._near
        if k >= DEEP:
            return k * self._deep // DEEP
        return self._near + (self._deep - self._near) * (k - NEAR) // (DEEP - NEAR)

    def search(self, vector: Vectors, k: int, allowed: NDArray[np.int64] | None = None) -> NDArray[np.int64]:
        """Return row ids of about the k nearest, about best first; fewer only when there are fewer.

        Args:
            vector: float32 of shape (dimension,).
            k: how many.
            allowed: row ids, ascending, to keep to; None searches all.
        """
        if allowed is None:
            return self._nearest(vector, k)
        there = int(np.searchsorted(allowed, self.newest, "right"))  # the others are not in it
        fetch = k + OVERFETCH * k * len(self) // max(there, 1)
        while True:
            rows = self._nearest(vector, fetch)
            passed = rows[_among(rows, allowed)][:k]
            if len(passed) == k or fetch >= len(self):
                return passed
            fetch *= 4

    def _nearest(self, vector: Vectors, k: int) -> NDArray[np.int64]:
        if k < len(self):
            _, places = self.index.search(vector[None, :], k)
            if (places[0] >= 0).all():  # FAISS leaves out what its lookup tables score least
                return self.ids[places[0]]
        return self.ids


def _among(rows: NDArray[np.int64], allowed: NDArray[np.int64]) -> NDArray[np.bool_]:
    if not len(allowed):
        return np.zeros(len(rows), bool)
    places = np.minimum(np.searchsorted(allowed, rows), len(allowed) - 1)
    return allowed[places] == rows
