"""The cached vectors of an index: which file is used, when it is made anew or brought up to the store, and how.

Few rows are kept exactly, many as codes (``approximate``). Rows above a file's last one are searched
exactly beside it and rows that are gone are left out, so that a file is useful long after it was written.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

from ragkit.store.search.approximate import ApproximateRows
from ragkit.store.search.exact import ExactRows
from ragkit.store.search.vector_file import Extent, extent, read, write
from ragkit.store.sqlite.lock import cache_lock
from ragkit.store.sqlite.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

log = logging.getLogger(__name__)

CACHE_FROM = 2_000  # rows below which reading the vectors from SQLite is as quick as a FAISS file
APPROXIMATE_FROM = 20_000  # rows below which an exact search takes 2 ms at the most
TAIL_SHARE = 0.1  # of all rows: when more lie behind an exact file, it is written anew
TAIL_ROWS = 10_000  # above an approximate file that its writer leaves there: an exact search of them takes 1 ms
TAIL_GROWTH = 0.02  # of all rows, where that is more
DEAD_SHARE = 0.25  # of an approximate file's rows
SCAN_FROM = 200_000  # rows above the file that are too many to keep in memory
FAILURES = (OSError, RuntimeError, ValueError, AttributeError, KeyError, TypeError)  # what a damaged file raises

Base = ExactRows | ApproximateRows
NOTHING = Extent(0, 0, exact=True)


class VectorCache:
    """The files of a cache folder.

    Args:
        store: the truth.
        folder: for FAISS files.
    """

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.folder = folder
        self.base: Base | None = None
        self._path: Path | None = None

    def reload(self) -> bool:
        """Use the newest file of this database; returns whether that is another than before."""
        files = self._files()
        if self._path in files:
            return False
        before, self.base, self._path = self._path, None, None
        for path in files:
            try:
                _, token, checksum = path.stem.split("-")
                if self.store.knows_token(token):
                    self.base, self._path = opened(path, int(checksum, 16)), path
                    break
            except FAILURES as error:
                log.warning("the vector cache %s is damaged and is made again: %s", path, error)
        return self._path != before

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("dense-*.faiss")) if self.folder.exists() else []

    @property
    def extent(self) -> Extent:
        """What the file at hand covers."""
        if self.base is None:
            return NOTHING
        return Extent(len(self.base), self.base.newest, isinstance(self.base, ExactRows))

    def outline(self) -> Extent:
        """Return what the newest file says that it covers: quickly, since nothing else is read or checked."""
        for path in self._files():
            try:
                if self.store.knows_token(path.stem.split("-")[1]):
                    return extent(path)
            except FAILURES as error:
                log.info("the vector cache %s is damaged: %s", path, error)
        return NOTHING

    def above(self, covered: Extent) -> int:
        """Count the rows above the last one of a file; as many as are too many stand for more."""
        if not covered.rows:
            return self.store.count_chunks()
        return self.store.count_later(covered.newest, SCAN_FROM + 1)

    def too_many(self, above: int) -> bool:
        """Whether so many rows above the file are read for each search, not kept."""
        return above > SCAN_FROM

    # -- writing -------------------------------------------------------------------------------------------------

    def behind(self, covered: Extent, *, writer: bool) -> bool:
        """Whether a file should be written anew or brought up to the store.

        Args:
            covered: what it covers.
            writer: whether that may take seconds; a search puts up with more.
        """
        above = self.above(covered)
        if not covered.rows:
            return above >= CACHE_FROM
        if not writer and above + covered.rows >= APPROXIMATE_FROM:
            return self.too_many(above)
        live = self.store.count_chunks()
        if not covered.exact:
            return above > max(TAIL_ROWS, TAIL_GROWTH * live) or _dying(covered, live - above)
        return live >= CACHE_FROM and above + (covered.rows + above - live) > TAIL_SHARE * live

    def update(self, wait: float = 0) -> None:
        """Write the file anew or bring it up to the store, on a connection of its own; one process at a time.

        Args:
            wait: seconds to wait for another process that writes caches; then it is left to that one.
        """
        with cache_lock(self.store.folder, wait) as lock:
            if lock != "held" or (self.reload() and not self.behind(self.extent, writer=True)):
                return
            store = Store(self.store.folder)
            try:
                with store.snapshot():
                    self._write(store)
            finally:
                store.close()

    def _write(self, store: Store) -> None:
        token = store.last_token()
        if not token:
            return
        beside = self.folder / f"dense.{os.getpid()}.tmp"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            checksum = write(beside, *self._made(store))
            path = self.folder / f"dense-{token}-{checksum:08x}.faiss"
            old = [file for file in self._files() if file != path]
            beside.replace(path)
            for file in old:
                file.unlink(missing_ok=True)
        except (OSError, RuntimeError) as error:  # the cache is a convenience: searching works without
            beside.unlink(missing_ok=True)
            log.warning("the vector cache could not be written to %s: %s", self.folder, error)
        finally:
            self.base, self._path = None, None  # rows may have been added to it

    def _made(self, store: Store) -> tuple[Any, NDArray[np.int64], dict[str, Any]]:
        """Return what :func:`ragkit.store.search.vector_file.write` takes."""
        import faiss

        if store.count_chunks() < APPROXIMATE_FROM:
            ids, vectors = store.vectors_after(0)
            flat = faiss.IndexFlatIP(vectors.shape[1])
            flat.add(vectors)
            return flat, ids, {"kind": "exact"}
        from ragkit.store.search.training import grow, train

        rows = None
        if isinstance(self.base, ApproximateRows) and not _dying(self.extent, store.count_chunks(self.base.newest)):
            rows = grow(store, self.base)
        rows = rows or train(store)
        return rows.index, rows.ids, {**rows.notes, "kind": "codes"}


def _dying(covered: Extent, live: int) -> bool:
    """Whether too many of an approximate file's rows are gone: each search looks at them for nothing."""
    return covered.rows - live > DEAD_SHARE * covered.rows


def opened(path: Path, checksum: int) -> Base:
    """Return the rows of a file, ready to be searched.

    Raises:
        Exception: one of :data:`FAILURES`; the file is damaged.
    """
    index, ids, notes = read(path, checksum)
    return ApproximateRows(ids, index, notes) if notes["kind"] == "codes" else ExactRows(ids, index)
