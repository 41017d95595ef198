"""Dense search with FAISS: a cached index of old rows, an exact search of the rows since, dead rows left out."""

from __future__ import annotations

import logging
import mmap
import os
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from ragkit.index.lock import cache_lock

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

    ``reload`` comes before the snapshot and ``refresh`` inside it, so that the cache is never newer than the snapshot.

    Args:
        store: the truth.
        cache: folder for FAISS files.
    """

    def __init__(self, store: Store, cache: Path) -> None:
        self.store = store
        self.cache = cache
        self._base: Any = None
        self._base_ids: NDArray[np.int64] = np.empty(0, np.int64)
        self._path: Path | None = None
        self._dead: Any = None
        self._tail_ids: NDArray[np.int64] = np.empty(0, np.int64)
        self._tail: Vectors = np.empty((0, 0), np.float32)

    def reload(self) -> None:
        """Read the newest FAISS file if it is not the one at hand; write it anew when it is far behind."""
        live = self.store.count_chunks()
        if live < CACHE_FROM and self._base is None:
            return
        self._read()
        newest = int(self._base_ids[-1]) if len(self._base_ids) else 0
        kept = self.store.count_chunks(newest)
        behind = (live - kept) + (len(self._base_ids) - kept)
        if live >= CACHE_FROM and behind > TAIL_SHARE * live:
            self._write()

    def refresh(self) -> None:
        """Catch up with the store's snapshot."""
        import faiss

        newest = int(self._base_ids[-1]) if len(self._base_ids) else 0
        self._dead = None
        if len(self._base_ids) != self.store.count_chunks(newest):
            dead = np.setdiff1d(self._base_ids, self.store.row_ids(), assume_unique=True)
            self._dead = faiss.IDSelectorNot(faiss.IDSelectorBatch(dead))
        self._catch_up(newest)

    def _catch_up(self, newest: int) -> None:
        """Read the vectors above the cached index; those at hand are kept where none of them is gone."""
        known = self._tail_ids
        if (
            len(known)
            and known[0] > newest
            and self.store.count_chunks(int(known[-1])) == self.store.count_chunks(newest) + len(known)
        ):
            ids, vectors = self.store.vectors_after(int(known[-1]))
            if len(ids):
                self._tail_ids = np.concatenate([known, ids])
                self._tail = np.concatenate([self._tail, vectors])
            return
        self._tail_ids, self._tail = self.store.vectors_after(newest)

    def search(
        self, vector: Vectors, k: int, allowed: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return (row ids, cosines) of the nearest rows, best first.

        Args:
            vector: float32 of shape (dimension,), length 1.
            k: how many.
            allowed: row ids, ascending, that the store's snapshot has; None searches all of it.
        """
        import faiss

        ids, scores = [np.empty(0, np.int64)], [np.empty(0, np.float32)]
        if self._base is not None and self._base.ntotal:
            selector = self._dead if allowed is None else faiss.IDSelectorBatch(allowed)
            options: dict[str, Any] = {"sel": selector} if selector is not None else {}
            parameters = faiss.SearchParameters(**options)
            found, rows = self._base.search(vector[None, :], min(k, self._base.ntotal), params=parameters)
            valid = rows[0] >= 0
            ids.append(rows[0][valid])
            scores.append(found[0][valid])
        if len(self._tail_ids):
            here = slice(None) if allowed is None else np.isin(self._tail_ids, allowed)
            tail_ids, cosines = self._tail_ids[here], self._tail[here] @ vector
            best = np.argpartition(-cosines, k - 1)[:k] if k < len(cosines) else np.arange(len(cosines))
            ids.append(tail_ids[best])
            scores.append(cosines[best])
        all_ids, all_scores = np.concatenate(ids), np.concatenate(scores)
        order = np.lexsort((all_ids, -all_scores))[:k]
        return all_ids[order], all_scores[order]

    def _files(self) -> list[Path]:
        return sorted(self.cache.glob("dense-*.faiss")) if self.cache.exists() else []

    def _read(self) -> None:
        """Use the FAISS file of this database, its checksum verified; FAISS itself notices damaged headers only."""
        files = self._files()
        if self._path in files:
            return
        self._use(None, None)
        for path in files:
            try:
                _, token, checksum = path.stem.split("-")
                if self.store.knows_token(token):
                    self._use(path, _checked(path, int(checksum, 16)))
                    return
            except (OSError, RuntimeError, ValueError, AttributeError) as error:
                log.warning("the vector cache %s is damaged and is made again: %s", path, error)

    def _use(self, path: Path | None, index: Any) -> None:
        import faiss

        ids = faiss.vector_to_array(index.id_map) if index is not None else np.empty(0, np.int64)
        self._path, self._base, self._base_ids = path, index, ids
        self._tail_ids, self._tail = np.empty(0, np.int64), np.empty((0, 0), np.float32)

    def _write(self) -> None:
        """Build the FAISS file from SQLite, beside the old one, and move it into place; one process at a time."""
        import faiss

        with cache_lock(self.store.folder) as lock:
            if lock != "held":
                return
            beside = self.cache / f"dense.{os.getpid()}.tmp"
            with self.store.snapshot():
                token = self.store.last_token()
                ids, vectors = self.store.vectors_after(0)
            index = faiss.IndexIDMap(faiss.IndexFlatIP(vectors.shape[1]))
            index.add_with_ids(vectors, ids)
            try:
                self.cache.mkdir(parents=True, exist_ok=True)
                faiss.write_index(index, str(beside))
                path = self.cache / f"dense-{token}-{_checksum(beside):08x}.faiss"
                old = [file for file in self._files() if file != path]
                beside.replace(path)
                for file in old:
                    file.unlink(missing_ok=True)
            except (OSError, RuntimeError) as error:  # the cache is a convenience: searching works without
                beside.unlink(missing_ok=True)
                log.warning("the vector cache could not be written to %s: %s", self.cache, error)
                return
            self._use(path, index)


def _checksum(path: Path) -> int:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return zlib.crc32(content)


def _checked(path: Path, checksum: int) -> Any:
    import faiss

    if _checksum(path) != checksum:
        raise ValueError("its content is not what was written")
    return faiss.read_index(str(path))
