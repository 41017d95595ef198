"""How the database file of an index is made and opened, also where it may only be read."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from ragkit.core.errors import IndexCorrupt, IndexFolderError, IndexMismatch
from ragkit.store.sqlite.migrate import SCHEMA_VERSION, version_of
from ragkit.store.sqlite.problems import about_rights

if TYPE_CHECKING:
    from pathlib import Path

DATABASE = "ragkit.sqlite3"
TABLES_OF_ALL = {"settings", "writes", "sources", "documents", "chunks", "vectors"}
TABLES = TABLES_OF_ALL | {"token_vectors"}

Stamp = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """An open database file.

    Attributes:
        db: the connection, in autocommit mode.
        file: which file it is; another one in its place is not seen by the connection.
        frozen: what the file looked like, where it is taken for immutable; None elsewhere.
    """

    db: sqlite3.Connection
    file: Stamp
    frozen: Stamp | None = None

    def is_outdated(self, path: Path) -> bool:
        """Whether the connection cannot see what became of the file.

        A repair puts another file in its place; and one that is taken for immutable was written by its owner.
        """
        try:
            return _file(path) != self.file or (self.frozen is not None and self.frozen != _look(path))
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
    db = sqlite3.connect(beside, isolation_level=None)
    try:
        write_schema(db)
    finally:
        db.close()
    beside.replace(path)


def write_schema(db: sqlite3.Connection) -> None:
    """Make the tables of the newest schema in an empty database."""
    db.executescript(files("ragkit.store.sqlite").joinpath("schema.sql").read_text("utf-8"))
    db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    db.execute("PRAGMA journal_mode = WAL")


def open_file(path: Path) -> Opened:
    """Open a file for reading and writing; read as it stands where the folder allows no more.

    Raises:
        sqlite3.Error: it cannot be opened.
        IndexFolderError: it can only be read, and a log beside it holds more.
        IndexCorrupt: it is no index.
        IndexMismatch: a newer release wrote it.
    """
    uri = path.absolute().as_uri()
    for mode in ("rw", "ro"):
        try:
            return Opened(_connect(path, f"{uri}?mode={mode}"), _file(path))
        except sqlite3.OperationalError as error:
            if not about_rights(error):
                raise
    if log_of(path).exists() and log_of(path).stat().st_size:
        raise IndexFolderError(
            f"{path.parent} holds changes that are not yet in {path.name}, and cannot be written: open it once "
            "where it can be (`ragkit status`), or copy the folder to such a place"
        )
    frozen = _look(path)
    return Opened(_connect(path, f"{uri}?immutable=1"), _file(path), frozen)


def log_of(path: Path) -> Path:
    """Return the write-ahead log that SQLite keeps beside a database."""
    return path.with_name(f"{path.name}-wal")


def _connect(path: Path, uri: str) -> sqlite3.Connection:
    db = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None, timeout=30)
    try:
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA cell_size_check = ON")
        db.execute("PRAGMA cache_size = -32768")
        _check_version(path, db)
    except BaseException:
        db.close()
        raise
    return db


def _check_version(path: Path, db: sqlite3.Connection) -> None:
    version = version_of(db)
    tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
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


def _file(path: Path) -> Stamp:
    stat = path.stat()
    return stat.st_dev, stat.st_ino


def _look(path: Path) -> Stamp:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns
