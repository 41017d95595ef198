"""How the database file of an index is made and opened, also where it may only be read; SQLite's errors in words."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from ragkit.core.errors import IndexCorrupt, IndexFolderError, IndexLocked, IndexMismatch

if TYPE_CHECKING:
    from pathlib import Path

DATABASE = "ragkit.sqlite3"
SCHEMA_VERSION = 2  # of `schema.sql`; `migrate.py` brings older files here
TABLES_OF_ALL = {"settings", "writes", "sources", "documents", "chunks", "vectors"}
TABLES = TABLES_OF_ALL | {"token_vectors"}
# Parts of SQLite's messages about a damaged file. A broken page of the schema table is reported as a name or statement
# that SQLite does not know; damaged text as a failure to decode it.
_DAMAGE = ("malformed", "not a database", "decode to UTF-8", "no such column", "no such table", "SQL logic error")

Stamp = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DatabaseFile:
    """A database file and the connection to it.

    Attributes:
        connection: in autocommit mode.
        identity: device and inode: another file in its place is invisible to the connection.
        frozen: size and modification time where the file was opened as immutable; None elsewhere.
    """

    connection: sqlite3.Connection
    identity: Stamp
    frozen: Stamp | None = None

    def is_outdated(self, path: Path) -> bool:
        """Whether the connection cannot see what became of the file.

        A repair puts another file in its place, and a file that was opened as immutable was written by its owner.
        """
        try:
            return _identity(path) != self.identity or (self.frozen is not None and self.frozen != _state(path))
        except FileNotFoundError:  # the connection still has it
            return False


def make(path: Path) -> None:
    """Make an empty database of the newest schema; the caller holds the writer's lock.

    Raises:
        OSError, sqlite3.Error: it cannot be written.
    """
    beside = path.with_suffix(".new")
    for left in (beside, log_of(path), path.with_name(f"{path.name}-shm")):
        left.unlink(missing_ok=True)  # SQLite would play a log that was left behind into the new file
    connection = sqlite3.connect(beside, isolation_level=None)
    try:
        write_schema(connection)
    finally:
        connection.close()
    beside.replace(path)


def write_schema(connection: sqlite3.Connection) -> None:
    """Make the tables of the newest schema in an empty database."""
    connection.executescript(files("ragkit.store.sqlite").joinpath("schema.sql").read_text("utf-8"))
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    # With a write-ahead log readers never wait for the writer. The mode is a property of the file.
    connection.execute("PRAGMA journal_mode = WAL")


def open_file(path: Path) -> DatabaseFile:
    """Open a file for reading and writing, or for reading alone where the folder allows no more.

    Raises:
        sqlite3.Error: it cannot be opened.
        IndexFolderError: it can only be read, and a log beside it holds more.
        IndexCorrupt: it is no index.
        IndexMismatch: a newer release wrote it.
    """
    uri = path.absolute().as_uri()
    for mode in ("rw", "ro"):
        try:
            return DatabaseFile(_connect(path, f"{uri}?mode={mode}"), _identity(path))
        except sqlite3.OperationalError as error:
            if not about_rights(error):
                raise
    # In WAL mode even a reader writes, to the shared-memory file beside the database. Where the folder forbids that,
    # only `immutable` is left, which reads no log: commits that are still in the log would be missing.
    if log_of(path).exists() and log_of(path).stat().st_size:
        raise IndexFolderError(
            f"{path.parent} holds changes that are not yet in {path.name}, and cannot be written: open it once "
            "where it can be (`ragkit status`), or copy the folder to such a place"
        )
    frozen = _state(path)  # before it is opened: a change while it is opened is then noticed later
    return DatabaseFile(_connect(path, f"{uri}?immutable=1"), _identity(path), frozen)


def log_of(path: Path) -> Path:
    """Return the write-ahead log that SQLite keeps beside a database."""
    return path.with_name(f"{path.name}-wal")


def _connect(path: Path, uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None, timeout=30)
    try:
        # NORMAL in WAL mode: a power failure may lose the last commits, never half of one.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA cell_size_check = ON")  # notices more damaged pages when they are read
        connection.execute("PRAGMA cache_size = -32768")  # negative: KiB, not pages
        _check_version(path, connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _check_version(path: Path, connection: sqlite3.Connection) -> None:
    version = version_of(connection)
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if version > SCHEMA_VERSION:
        raise IndexMismatch(
            f"{path.parent} was written by a newer ragkit (schema {version}, this one knows {SCHEMA_VERSION}): "
            "update ragkit"
        )
    if version < 1 or not tables >= (TABLES if version == SCHEMA_VERSION else TABLES_OF_ALL):
        raise IndexCorrupt(
            f"{path} holds no ragkit index (any more): put back a backup of this one file, save what can still be read "
            f"with `ragkit verify --repair --index {path.parent}`, or move it away and run `ragkit index` again"
        )


def version_of(connection: sqlite3.Connection) -> int:
    """Return the schema version of an open database."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _identity(path: Path) -> Stamp:
    stat = path.stat()
    return stat.st_dev, stat.st_ino


def _state(path: Path) -> Stamp:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def about_rights(error: BaseException) -> bool:
    """Whether an error says that a file could not be opened or written."""
    text = str(error)
    return "readonly" in text or "unable to open" in text or "access permission denied" in text


def damaged(path: Path, what: str) -> IndexCorrupt:
    """Return the error that says a database is damaged and what to do."""
    return IndexCorrupt(
        f"{path} is damaged ({what}): put back a backup of this one file, or save every document that can still be "
        f"read with `ragkit verify --repair --index {path.parent}` and run `ragkit index` again for the rest"
    )


def translated(error: sqlite3.DatabaseError, path: Path) -> IndexFolderError:
    """Return ragkit's error for one of SQLite's about a database.

    The text of the message decides: Python's classes do not tell a full disk from a missing right.
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
        return damaged(path, text)
    return IndexFolderError(f"{path}: {text}")
