"""SQLite's errors in words that say what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragkit.core.errors import IndexCorrupt, IndexFolderError, IndexLocked

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

_DAMAGE = ("malformed", "not a database", "decode to UTF-8", "no such column", "no such table", "SQL logic error")


def about_rights(error: BaseException) -> bool:
    """Whether a file could not be opened or written."""
    text = str(error)
    return "readonly" in text or "unable to open" in text or "access permission denied" in text


def corrupt(path: Path, what: str) -> IndexCorrupt:
    """Return the error that says a database is damaged."""
    return IndexCorrupt(
        f"{path} is damaged ({what}): put back a backup of this one file, or save every document that can still be "
        f"read with `ragkit verify --repair --index {path.parent}` and run `ragkit index` again for the rest"
    )


def problem(error: sqlite3.DatabaseError, path: Path) -> IndexFolderError:
    """Return ragkit's error for one of SQLite's.

    Args:
        error: what SQLite said.
        path: the database.
    """
    text = str(error)
    if "disk is full" in text:
        return IndexFolderError(
            f"no room left on the disk of {path.parent}: the index is as it was; free some space, then run this again"
        )
    if about_rights(error):
        return IndexFolderError(
            f"{path.parent} cannot be read or written ({text}): the index is as it was; check its rights"
        )
    if "disk I/O" in text:
        return IndexFolderError(f"reading or writing {path} failed ({text}): check the disk and its free space")
    if "is locked" in text:
        return IndexLocked(f"{path} is in use by another program ({text}): close it, then run this again")
    if any(sign in text for sign in _DAMAGE):
        return corrupt(path, text)
    return IndexFolderError(f"{path}: {text}")
