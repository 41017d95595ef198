"""Dense search by cosine: a cached index of older rows, an exact search of the later ones, deleted rows left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragkit.store.search.exact import NOTHING, ExactRows, best, scan, score
from ragkit.store.search.vectors import VectorCache

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from ragkit.core.types import Vectors
    from ragkit.store.search.approximate import ApproximateRows
    from ragkit.store.search.exact import Found
    from ragkit.store.sqlite.store import Store

FEW = 500  # allowed rows up to which reading their vectors from SQLite is as quick as searching any index
WIDER = 4  # times as many candidates where fewer than k of them still exist


class DenseSearch:
    """Search by cosine over the vectors of a store.

    ``reload`` is called before a snapshot of the store and ``refresh`` inside it, so that the cache is never newer than
    the snapshot: a row of the cache that the snapshot lacks was deleted, and never is one that it cannot see yet.

    Args:
        store: the truth.
        cache: folder for FAISS files.
    """

    def __init__(self, store: Store, cache: Path) -> None:
        self.store = store
        self.cache = VectorCache(store, cache)
        self._after = 0  # the row that the tail begins above
        self._tail: ExactRows | None = None  # rows above the cache; None where there are none, or too many
        self._scanned = False  # whether rows above the cache are read from SQLite for each search
        self._alive: NDArray[np.int64] | None = None  # None where all rows of an exact cache exist

    def reload(self) -> None:
        """Use the newest cache file; bring it up to date first where that is quick and it is far behind."""
        self.cache.reload()
        if self.cache.behind(self.cache.extent, writer=False):
            self.cache.update()
            self.cache.reload()

    def update(self, wait: float = 0) -> None:
        """Bring the cache file up to the store when it is behind; for the writer, when it is done.

        Args:
            wait: seconds to wait for another process that writes caches; then it is left to that one.
        """
        # Not the cache that searches use: they go on with the old file until the new one is there.
        cache = VectorCache(self.store, self.cache.folder)
        if cache.behind(cache.outline(), writer=True):
            cache.update(wait)

    def refresh(self) -> None:
        """Catch up with the store's snapshot."""
        # The three states below are only correct together with the snapshot they were computed in.
        base = self.cache.base
        newest = base.newest if base else 0
        self._alive = None
        # Fewer rows than the cache has: some were deleted. Candidates of codes are scored from SQLite, which has no
        # deleted rows.
        if isinstance(base, ExactRows) and len(base) != self.store.count_chunks(newest):
            self._alive = self.store.row_ids()
        above = self.cache.above(self.cache.extent)
        self._scanned = self.cache.too_many(above)
        if not above or self._scanned:
            self._tail = None
        # Usually only a few rows were added since the last search, and the tail is extended by them.
        elif self._after != newest or not self._caught_up(above):
            self._tail = ExactRows.of(*self.store.vectors_after(newest))
        self._after = newest

    def _caught_up(self, above: int) -> bool:
        """Add new rows to the tail; False where any of its rows was deleted, and it has to be made again."""
        if self._tail is None:
            return False
        ids, vectors = self.store.vectors_after(self._tail.newest)
        if len(self._tail) + len(ids) != above:
            return False
        if len(ids):
            self._tail.add(ids, vectors)
        return True

    def search(self, vector: Vectors, k: int, allowed: NDArray[np.int64] | None = None) -> Found:
        """Return (row ids, cosines) of the nearest rows, best first.

        Args:
            vector: float32 of shape (dimension,), length 1.
            k: how many.
            allowed: row ids, ascending, that the store's snapshot has; None searches all of it.
        """
        if allowed is not None and len(allowed) <= FEW:
            return best([score(self.store, allowed.tolist(), vector)], k)
        base = self.cache.base
        found = [NOTHING]
        if isinstance(base, ExactRows):
            found.append(base.search(vector, k, self._alive if allowed is None else allowed))
        elif base is not None:
            found.append(self._approximate(base, vector, k, allowed))
        if self._scanned:
            found.append(scan(self.store, vector, k, self._after, allowed))
        elif self._tail is not None:
            found.append(self._tail.search(vector, k, allowed))
        return best(found, k)

    def _approximate(self, base: ApproximateRows, vector: Vectors, k: int, allowed: NDArray[np.int64] | None) -> Found:
        """Choose candidates by their codes and score them exactly; deleted ones have no vector any more."""
        wanted = base.candidates(k)
        while True:
            rows = base.search(vector, wanted, allowed)
            found = best([score(self.store, rows.tolist(), vector)], k)
            if len(found[0]) == k or len(rows) < wanted:
                return found
            wanted *= WIDER
