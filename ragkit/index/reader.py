"""Both searches over one committed state of an index, kept fresh as the index changes."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import numpy as np

from ragkit.index.lexical import LexicalSearch
from ragkit.index.vectors import DenseSearch

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from numpy.typing import NDArray

    from ragkit.index.store import Store
    from ragkit.types import Chunk, Vectors

Part = Literal["dense", "lexical"]
WAIT = 10.0  # seconds a writer waits at its end for another process that is writing caches


class Reader:
    """Dense and lexical search by row id; thread-safe, one search at a time.

    Args:
        store: an open store.

    Attributes:
        check: called inside the first snapshot of each state of the index; raises where it cannot be searched any more.
    """

    def __init__(self, store: Store) -> None:
        cache = store.folder / "cache"
        self.store = store
        self.check: Callable[[], None] | None = None
        self._checked: tuple[int, int] | None = None
        self._dense = DenseSearch(store, cache)
        self._lexical = LexicalSearch(store, cache)
        self._seen: dict[Part, tuple[int, int]] = {}
        self._inside: set[Part] = set()
        self._lock = threading.RLock()

    def update_caches(self) -> None:
        """Bring the caches up to the store; for the writer, when it is done."""
        with self._lock:
            self._lexical.update(WAIT)
            self._dense.reload()
            self._seen.clear()

    @contextmanager
    def snapshot(self, *parts: Part) -> Generator[None]:
        """Let everything read and searched inside see one committed state.

        Args:
            parts: the searches that will be used inside; both when none is named.
        """
        wanted: set[Part] = set(parts) or {"dense", "lexical"}
        with self._lock:
            if wanted <= self._inside:
                yield
                return
            if self._inside:
                raise RuntimeError(f"this snapshot was opened for {sorted(self._inside)}, not for {sorted(wanted)}")
            state = self.store.version()
            for part in wanted:
                if self._seen.get(part) != state:
                    self._search_of(part).reload()
            with self.store.snapshot():
                state = self.store.version()
                if self.check is not None and self._checked != state:
                    self.check()
                    self._checked = state
                for part in wanted:
                    if self._seen.get(part) != state:
                        self._search_of(part).refresh()
                        self._seen[part] = state
                self._inside = wanted
                try:
                    yield
                finally:
                    self._inside = set()

    def _search_of(self, part: Part) -> DenseSearch | LexicalSearch:
        return self._dense if part == "dense" else self._lexical

    def dense(self, vector: Vectors, k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return (row ids, cosines) of the k nearest chunks, best first; fewer only when there are fewer."""
        with self.snapshot("dense"):
            return self._dense.search(vector, k)

    def lexical(self, text: str, k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return (row ids, BM25 scores) of the k best chunks, best first; fewer only when fewer hold a term."""
        with self.snapshot("lexical"):
            wanted = k
            while True:
                rows, scores = self._lexical.search(text, wanted)
                alive = np.isin(rows, np.fromiter(self.store.chunks_present(rows.tolist()), np.int64))
                if alive.sum() >= k or len(rows) < wanted:
                    return rows[alive][:k], scores[alive][:k]
                wanted *= 2

    def frequencies(self, terms: Sequence[str]) -> tuple[int, dict[str, int]]:
        """Return (number of chunks, chunks that hold each term); terms as ``ragkit.analysis.terms`` makes them."""
        with self.snapshot("lexical"):
            return self._lexical.frequencies(terms)

    def chunks(self, rows: Sequence[int]) -> dict[int, Chunk]:
        """Return chunks by row id."""
        return self.store.chunks(rows)

    def vectors(self, rows: Sequence[int]) -> dict[int, Vectors]:
        """Return vectors by row id."""
        return self.store.vectors(rows)
