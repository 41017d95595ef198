"""Dense search with FAISS: a cached index of old rows, an exact search of the rows since, dead rows left out."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from ragkit.index.store import Store
    from ragkit.types import Vectors

log = logging.getLogger(__name__)

CACHE_FROM = 2_000  # rows below which reading the vectors from SQLite is as quick as a FAISS file
TAIL_SHARE = 0.1  # of all rows: when more lie behind the cached index, it is written anew


class DenseSearch:
    """Exact inner-product search over the vectors of a store.

    Args:
        store: the truth.
        cache: folder for FAISS files; None keeps everything in memory.
    """

    def __init__(self, store: Store, cache: Path | None) -> None:
        self.store = store
        self.cache = cache
        self._base: Any = None
        self._base_ids: NDArray[np.int64] = np.empty(0, np.int64)
        self._dead: Any = None
        self._tail_ids: NDArray[np.int64] = np.empty(0, np.int64)
        self._tail: Vectors = np.empty((0, 0), np.float32)

    def refresh(self) -> None:
        """Catch up with the store; called after the store changed."""
        import faiss

        if self._base is None:
            self._read()
        newest = int(self._base_ids[-1]) if len(self._base_ids) else 0
        alive = self.store.row_ids()
        dead = np.setdiff1d(self._base_ids, alive, assume_unique=True)
        self._dead = faiss.IDSelectorNot(faiss.IDSelectorBatch(dead)) if len(dead) else None
        self._tail_ids, self._tail = self.store.vectors_after(newest)

    def update(self) -> None:
        """Write the FAISS file anew if it has fallen behind by enough; the caller is the one writer."""
        self.refresh()
        live = self.store.rows("SELECT count(*) FROM chunks")[0][0]
        behind = len(self._tail_ids) + (len(self._base_ids) + len(self._tail_ids) - live)
        if self.cache is None or live < CACHE_FROM or behind <= TAIL_SHARE * live:
            return
        self._write()
        self._base = None
        self.refresh()

    def search(self, vector: Vectors, k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return (row ids, cosines) of the nearest rows, best first.

        Args:
            vector: float32 of shape (dimension,), length 1.
            k: how many.
        """
        import faiss

        ids, scores = [np.empty(0, np.int64)], [np.empty(0, np.float32)]
        if self._base is not None and self._base.ntotal:
            parameters = faiss.SearchParameters(sel=self._dead) if self._dead is not None else None
            found, rows = self._base.search(vector[None, :], min(k, self._base.ntotal), params=parameters)
            valid = rows[0] >= 0
            ids.append(rows[0][valid])
            scores.append(found[0][valid])
        if len(self._tail_ids):
            cosines = self._tail @ vector
            best = np.argpartition(-cosines, k - 1)[:k] if k < len(cosines) else np.arange(len(cosines))
            ids.append(self._tail_ids[best])
            scores.append(cosines[best])
        all_ids, all_scores = np.concatenate(ids), np.concatenate(scores)
        order = np.lexsort((all_ids, -all_scores))[:k]
        return all_ids[order], all_scores[order]

    def _files(self) -> list[Path]:
        return sorted(self.cache.glob("dense-*.faiss")) if self.cache is not None and self.cache.exists() else []

    def _read(self) -> None:
        import faiss

        self._base, self._base_ids = None, np.empty(0, np.int64)
        for path in self._files():
            token = path.stem.split("-")[1]
            if not self.store.knows_token(token):
                continue
            try:
                index = faiss.read_index(str(path))
                ids = faiss.vector_to_array(index.id_map)
            except (RuntimeError, AttributeError) as error:
                log.warning("the vector cache %s is damaged and is not used: %s", path, error)
                continue
            if len(ids) == index.ntotal and index.d == self.store.setting("embedder")["dimension"]:
                self._base, self._base_ids = index, ids
                return

    def _write(self) -> None:
        """Build the FAISS file from SQLite, beside the old one, and move it into place."""
        import faiss

        if self.cache is None:
            return
        token = self.store.last_token()
        ids, vectors = self.store.vectors_after(0)
        index = faiss.IndexIDMap(faiss.IndexFlatIP(vectors.shape[1]))
        index.add_with_ids(vectors, ids)
        path = self.cache / f"dense-{token}-{len(ids)}.faiss"
        beside = path.with_suffix(f".{os.getpid()}.tmp")
        old = [file for file in self._files() if file != path]
        try:
            self.cache.mkdir(parents=True, exist_ok=True)
            faiss.write_index(index, str(beside))
            beside.replace(path)
        except (OSError, RuntimeError) as error:  # the cache is a convenience: searching works without
            beside.unlink(missing_ok=True)
            log.warning("the vector cache could not be written to %s: %s", self.cache, error)
            return
        for file in old:
            file.unlink(missing_ok=True)
