"""Put what can be saved of a damaged database in its place; the damaged one is kept beside it."""

from __future__ import annotations

import os
import shutil
import sqlite3
from typing import TYPE_CHECKING

from ragkit.core.errors import IndexCorrupt, IndexFolderError
from ragkit.store.care.mend import counts, mend, repairs
from ragkit.store.care.salvage import salvage
from ragkit.store.care.verify import verify_store
from ragkit.store.care.verify_rows import RowCheck
from ragkit.store.sqlite.lock import WriterLock, cache_lock
from ragkit.store.sqlite.opening import DATABASE
from ragkit.store.sqlite.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from ragkit.store.care.findings import Repair

SCRATCH = "salvage"  # folder beside the database, an index of its own
WAIT = 10.0  # seconds to wait for another process that writes caches
ROUNDS = 4  # what a repair removes may leave something else incomplete


def rescue(folder: Path) -> tuple[list[Repair], Path]:
    """Save the whole documents of a damaged database.

    The damaged file stays in its place until the new one is complete, and beside it afterwards.

    Args:
        folder: the index folder.

    Returns:
        What became of each source that is not as it was, and where the damaged file is.

    Raises:
        IndexLocked: another process is writing.
        IndexCorrupt: nothing of it can be read; the folder is left as it is.
        IndexFolderError: the folder cannot be written, or its disk is full.
    """
    with WriterLock(folder).held(), cache_lock(folder, WAIT):
        try:
            return _rescued(folder)
        except (OSError, sqlite3.Error) as error:
            reason = (error.strerror if isinstance(error, OSError) else None) or error
            raise IndexFolderError(
                f"what can be read of {folder / DATABASE} could not be written ({reason}): it is as it was; "
                "check the folder's rights and the disk's free space, then run this again"
            ) from error
        finally:
            shutil.rmtree(folder / SCRATCH, ignore_errors=True)


def _rescued(folder: Path) -> tuple[list[Repair], Path]:
    shutil.rmtree(folder / SCRATCH, ignore_errors=True)
    (folder / SCRATCH).mkdir()
    made = folder / SCRATCH / DATABASE
    salvage(folder / DATABASE, _log(folder), made)
    store = Store(folder / SCRATCH)
    try:
        before = counts(store)
        if not before:
            raise IndexCorrupt(
                f"nothing of an index can be read from {folder / DATABASE}: put back a backup of this one file, or "
                "move it away and run `ragkit index` again"
            )
        mend(store, list(RowCheck(store).lost_tokens()))
        for _ in range(ROUNDS):
            found = verify_store(store)
            if found.ok:
                break
            mend(store, found.problems)
        else:
            raise IndexCorrupt(f"what was read from {folder / DATABASE} does not fit together: put back a backup")
        done = repairs(store, before)
        store.checkpoint()
    finally:
        store.close()
    return done, _swap(folder, made)


def _swap(folder: Path, made: Path) -> Path:
    """Put the new file in place of the damaged one in one step, and keep that one."""
    database = folder / DATABASE
    with made.open("rb+") as file:
        os.fsync(file.fileno())
    kept = _kept(folder)
    log = _log(folder)
    if log.exists() and not log.name.startswith(kept.name):
        _keep(log, kept.with_name(f"{kept.name}-wal"))
        log.unlink()  # before the new file is there: SQLite would play the old one's log into it
    (folder / f"{DATABASE}-shm").unlink(missing_ok=True)
    made.replace(database)
    return kept


def _kept(folder: Path) -> Path:
    """Keep the damaged file under a name of its own, unless a repair that was cut off has done so."""
    earlier = _earlier(folder)
    if earlier is not None:
        return earlier
    number = 1
    while (kept := folder / f"{DATABASE}.damaged-{number}").exists():
        number += 1
    _keep(folder / DATABASE, kept)
    return kept


def _earlier(folder: Path) -> Path | None:
    same = (path for path in folder.glob(f"{DATABASE}.damaged-*") if path.samefile(folder / DATABASE))
    return next(same, None)


def _log(folder: Path) -> Path:
    """Return the database's log; a repair that was cut off may have put it beside the damaged file already."""
    log, earlier = folder / f"{DATABASE}-wal", _earlier(folder)
    if not log.exists() and earlier is not None:
        return earlier.with_name(f"{earlier.name}-wal")
    return log


def _keep(path: Path, name: Path) -> None:
    try:
        name.hardlink_to(path)
    except OSError:  # a file system without links
        beside = name.with_name(f"{name.name}.tmp")
        shutil.copyfile(path, beside)
        beside.replace(name)
