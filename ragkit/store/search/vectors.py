"""The vector cache of an index: which file is used, when it is written again or extended, and how.

Few rows are stored as vectors, many as codes (``approximate``). Rows above a file's last one are searched exactly
beside it and deleted rows are left out, so that a file is useful long after it was written. A file's name is
``dense-TOKEN-CHECKSUM.faiss``: the token of the commit it was made from, and the CRC-32 of its content.
"""

from __future__ import annotations

import logging
import os
from contextlib import suppress
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

# Measured on 2 cores with vectors of 384 numbers: reading 100 000 of them from SQLite takes 0.6 s, from a FAISS file
# 0.16 s; an exact search takes 0.1 ms for 1 000 rows.
CACHE_FROM = 2_000  # rows below which reading the vectors from SQLite is as quick as a FAISS file
APPROXIMATE_FROM = 20_000  # rows below which an exact search takes 2 ms at the most
TAIL_SHARE = 0.1  # of all rows: when more are later than an exact file, or deleted from it, it is written again
TAIL_ROWS = 10_000  # later than an approximate file, which its writer leaves there: an exact search takes 1 ms
TAIL_GROWTH = 0.02  # of all rows, where that is more
DEAD_SHARE = 0.25  # of an approximate file's rows
SCAN_FROM = 200_000  # rows later than the file that are too many for memory (300 MB at 384 numbers)
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
        if self._path in files:  # files are replaced, never changed
            return False
        before, self.base, self._path = self._path, None, None
        for path in files:
            try:
                _, token, checksum = path.stem.split("-")
                if self.store.knows_token(token):
                    self.base, self._path = load(path, int(checksum, 16)), path
                    break
            except FAILURES as error:
                log.warning("the vector cache %s is damaged and is made again: %s", path, error)
        return self._path != before

    def _files(self) -> list[Path]:
        """List the files, the newest first."""
        return sorted(self.folder.glob("dense-*.faiss"), key=_written, reverse=True) if self.folder.exists() else []

    @property
    def extent(self) -> Extent:
        """What the loaded file covers."""
        if self.base is None:
            return NOTHING
        return Extent(len(self.base), self.base.newest, isinstance(self.base, ExactRows))

    def outline(self) -> Extent:
        """Return what the newest file covers by its own account: quickly, since nothing else is read or checked."""
        for path in self._files():
            try:
                if self.store.knows_token(path.stem.split("-")[1]):
                    return extent(path)
            except FAILURES as error:
                log.info("the vector cache %s is damaged: %s", path, error)
        return NOTHING

    def above(self, covered: Extent) -> int:
        """Count the rows above the last one of a file, no further than to :data:`SCAN_FROM` and one more."""
        if not covered.rows:
            return self.store.count_chunks()
        return self.store.count_later(covered.newest, SCAN_FROM + 1)

    def too_many(self, above: int) -> bool:
        """Whether rows above the file are so many that each search reads them from SQLite."""
        return above > SCAN_FROM

    # -- writing -------------------------------------------------------------------------------------------------

    def behind(self, covered: Extent, *, writer: bool) -> bool:
        """Whether a file should be written again or brought up to the store.

        Args:
            covered: what it covers.
            writer: whether that may take seconds; a search works with a file that is further behind.
        """
        above = self.above(covered)
        # Without a file, everything is above it.
        if not covered.rows:
            return above >= CACHE_FROM
        if not writer and above + covered.rows >= APPROXIMATE_FROM:
            return self.too_many(above)
        live = self.store.count_chunks()
        if not covered.exact:
            return above > max(TAIL_ROWS, TAIL_GROWTH * live) or _is_dying(covered, live - above)
        deleted = covered.rows - (live - above)
        return live >= CACHE_FROM and above + deleted > TAIL_SHARE * live

    def update(self, wait: float = 0) -> None:
        """Write the file again or bring it up to the store; one process at a time.

        Args:
            wait: seconds to wait for another process that writes caches; then it is left to that one.
        """
        with cache_lock(self.store.folder, wait) as lock:
            if lock != "held" or (self.reload() and not self.behind(self.extent, writer=True)):
                return
            # A connection of its own: other threads search meanwhile, and each snapshot holds its connection's lock.
            store = Store(self.store.folder)
            try:
                with store.snapshot():
                    self._write(store)
            finally:
                store.close()

    def _write(self, store: Store) -> None:
        # Inside the snapshot: the token and the rows are of one state.
        token = store.last_token()
        if not token:
            return
        beside = self.folder / f"dense.{os.getpid()}.tmp"  # found by no search until it is complete and renamed
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            checksum = write(beside, *self._made(store))
            path = self.folder / f"dense-{token}-{checksum:08x}.faiss"
            old = [file for file in self._files() if file != path]
            beside.replace(path)
            self.base = None  # it may be mapped from one of the old files
            # Processes that have an older file mapped can read on after it is deleted.
            for file in old:
                with suppress(PermissionError):  # Windows keeps a file that is read: the next write's turn
                    file.unlink(missing_ok=True)
        except (OSError, RuntimeError) as error:  # the cache is a convenience: searching works without
            beside.unlink(missing_ok=True)
            log.warning("the vector cache could not be written to %s: %s", self.folder, error)
        finally:
            self.base, self._path = None, None  # rows may have been added to it that its file does not have

    def _made(self, store: Store) -> tuple[Any, NDArray[np.int64], dict[str, Any]]:
        """Return what :func:`ragkit.store.search.vector_file.write` takes."""
        if store.count_chunks() < APPROXIMATE_FROM:
            ids, vectors = store.vectors_after(0)
            return ExactRows.of(ids, vectors).index, ids, {"kind": "exact"}
        from ragkit.store.search.training import grow, train

        rows = None
        if isinstance(self.base, ApproximateRows) and not _is_dying(self.extent, store.count_chunks(self.base.newest)):
            rows = grow(store, self.base)
        rows = rows or train(store)
        return rows.index, rows.ids, {**rows.notes, "kind": "codes"}


def _written(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:  # another process just replaced it
        return 0


def _is_dying(covered: Extent, live: int) -> bool:
    """Whether too many of an approximate file's rows are deleted: each search compares them in vain."""
    return covered.rows - live > DEAD_SHARE * covered.rows


def load(path: Path, checksum: int) -> Base:
    """Return the rows of a file, ready to be searched.

    Raises:
        Exception: one of :data:`FAILURES`; the file is damaged.
    """
    index, ids, notes = read(path, checksum)
    return ApproximateRows(ids, index, notes) if notes["kind"] == "codes" else ExactRows(ids, index)
