"""Copy an index to one file, while it is in use."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from ragkit.core.errors import ConfigError, IndexFolderError

if TYPE_CHECKING:
    from pathlib import Path

    from ragkit.store.sqlite.store import Store


def backup(store: Store, path: Path) -> int:
    """Write one committed state of an index to a file, which is checked and then put in place at once.

    Copied into an empty folder as ``ragkit.sqlite3``, it is the index again.

    Args:
        store: an open store; others may write meanwhile.
        path: the file; one that is there is replaced.

    Returns:
        Its size in bytes.

    Raises:
        ConfigError: the file is the index itself, or in a folder that does not exist.
        IndexCorrupt: the index is damaged; no file is written.
        IndexFolderError: the file cannot be written.
    """
    if not path.parent.is_dir():
        raise ConfigError(f"there is no folder {path.parent} for the backup: make it first")
    if path.is_dir() or (path.exists() and path.samefile(store.path)):
        raise ConfigError(f"{path} is the index itself or a folder: name another file for the backup")
    beside = path.with_name(f"{path.name}.tmp")
    try:
        _drop(beside)
        with closing(sqlite3.connect(beside)) as copy:
            store.copy_to(copy)
            # 1: the first problem is enough to refuse.
            found = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if found != "ok":
            raise store.corrupt(str(found))
        # On the disk before it replaces an older backup: a power failure leaves the old one or the new one.
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        beside.replace(path)
        return path.stat().st_size
    except (sqlite3.DatabaseError, OSError) as error:
        raise IndexFolderError(
            f"the backup {path} could not be written ({error}): check its folder's rights and the disk"
        ) from error
    finally:
        _drop(beside)


def _drop(path: Path) -> None:
    # SQLite would apply a log or journal that lies beside a new file of the same name.
    for left in (path, *(path.with_name(path.name + end) for end in ("-journal", "-wal", "-shm"))):
        left.unlink(missing_ok=True)
