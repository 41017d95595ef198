"""Approximate search over many vectors: each as some four-bit codes, all of which are looked at.

A product quantiser (Jégou, Douze and Schmid, "Product quantization for nearest neighbor search", 2011) with codes laid
out for the processor's shuffle instructions (André, Kermarrec and Le Scouarnec, "Cache locality is not enough", 2015;
FAISS's "fast scan") goes over a million vectors in a few milliseconds and takes a twenty-fourth of their memory or
less. Every code is compared, so that recall does not depend on how the vectors are distributed. It does with inverted
lists: a third or more of their lists had to be searched for the nearest passages of real questions. The codes only
choose candidates; the caller scores these again from the exact vectors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ragkit.core.types import Vectors

OVERFETCH = 2  # candidates fetched for one that is allowed, as a multiple of the share of allowed rows
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
        # Linear between the two depths that were measured, proportional beyond.
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
        # The codes cannot be filtered as they are compared (fast scan takes no selector), so that more candidates are
        # fetched and the allowed ones of them taken: as many more as allowed rows are rare among all.
        there = int(np.searchsorted(allowed, self.newest, "right"))  # later rows are not in this index
        fetch = k + OVERFETCH * k * len(self) // max(there, 1)
        while True:
            rows = self._nearest(vector, fetch)
            passed = rows[_is_among(rows, allowed)][:k]
            if len(passed) == k or fetch >= len(self):
                return passed
            fetch *= 4

    def _nearest(self, vector: Vectors, k: int) -> NDArray[np.int64]:
        if k < len(self):
            _, places = self.index.search(vector[None, :], k)
            # -1 stands for results that FAISS did not find: its lookup tables are rounded to bytes, and rows that are
            # rounded to the lowest score are left out. All rows as candidates then cost time, and no result.
            if (places[0] >= 0).all():
                return self.ids[places[0]]
        return self.ids


def _is_among(rows: NDArray[np.int64], allowed: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether each row is allowed; np.isin would sort the allowed rows again, which are sorted already."""
    if not len(allowed):
        return np.zeros(len(rows), bool)
    places = np.minimum(np.searchsorted(allowed, rows), len(allowed) - 1)
    return allowed[places] == rows
