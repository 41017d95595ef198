"""Both searches over one committed state of an index, kept fresh as the index changes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from ragkit.index.lexical import LexicalSearch
from ragkit.index.vectors import DenseSearch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ragkit.index.store import Store
    from ragkit.types import Chunk, Vectors


class Reader:
    """Dense and lexical search by row id; thread-safe.

    Args:
        store: an open store.
    """

    def __init__(self, store: Store) -> None:
        cache = store.folder / "cache"
        self.store = store
        self._dense = DenseSearch(store, cache)
        self._lexical = LexicalSearch(store, cache)
        self._seen: dict[str, tuple[int, int]] = {}
        self._writes = 0
        self._lock = threading.RLock()

    def changed(self) -> None:
        """Note that this process changed the store."""
        with self._lock:
            self._writes += 1

    def update_caches(self) -> None:
        """Bring the caches up to the store; the caller is the one writer."""
        with self._lock:
            self.changed()
            self._lexical.update()
            self._dense.update()

    def _fresh(self, name: str) -> None:
        state = (self.store.version(), self._writes)
        if self._seen.get(name) != state:
            with self.store.snapshot():
                (self._dense if name == "dense" else self._lexical).refresh()
            self._seen[name] = (self.store.version(), self._writes)

    def dense(self, vector: Vectors, k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return (row ids, cosines) of the k nearest chunks, best first."""
        with self._lock:
            self._fresh("dense")
            return self._dense.search(vector, k)

    def lexical(self, text: str, k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return (row ids, BM25 scores) of the k best chunks, best first."""
        with self._lock:
            self._fresh("lexical")
            wanted = k
            while True:
                rows, scores = self._lexical.search(text, wanted)
                alive = np.isin(rows, np.fromiter(self.store.chunks_present(rows), np.int64))
                if alive.sum() >= k or len(rows) < wanted:
                    return rows[alive][:k], scores[alive][:k]
                wanted *= 2

    def frequencies(self, terms: Sequence[str]) -> tuple[int, dict[str, int]]:
        """Return (number of chunks, chunks that hold each term); terms as ``ragkit.analysis.terms`` makes them."""
        with self._lock:
            self._fresh("lexical")
            return self._lexical.frequencies(terms)

    def chunks(self, rows: Sequence[int]) -> dict[int, Chunk]:
        """Return chunks by row id."""
        return self.store.chunks(rows)

    def vectors(self, rows: Sequence[int]) -> dict[int, Vectors]:
        """Return vectors by row id."""
        return self.store.vectors(rows)
