"""The SQLite file of an index: made, opened, read and changed in transactions; its errors in words."""

from __future__ import annotations

import secrets
import sqlite3
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ragkit.errors import IndexCorrupt, IndexFolderError, IndexMismatch, IndexMissing
from ragkit.index.lock import WriterLock
from ragkit.index.migrate import SCHEMA_VERSION, migrate
from ragkit.index.problems import about_rights, corrupt, problem

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from pathlib import Path

DATABASE = "ragkit.sqlite3"
TABLES_OF_ALL = {"settings", "writes", "sources", "documents", "chunks", "vectors"}
TABLES = TABLES_OF_ALL | {"token_vectors"}
BLOCK = 1_000  # rows fetched at a time


class Database:
    """An open index database. Safe to use from several threads of one process.

    Args:
        folder: the index folder.
        create: make the folder and the database when there is none.

    Raises:
        IndexMissing: there is no index and ``create`` is False.
        IndexCorrupt: the database is damaged.
        IndexMismatch: a newer release wrote it.
        IndexFolderError: the folder cannot be made or read.
    """

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        self.folder = folder
        self.path = folder / DATABASE
        self.writer = WriterLock(folder)
        self._lock = threading.RLock()
        self._commits = 0
        self._added = False
        self._frozen: tuple[int, int] | None = None
        self._file: tuple[int, int] | None = None
        if not self.path.exists():
            if not create:
                raise IndexMissing(f"there is no index at {folder}: make one with `ragkit index PATH --index {folder}`")
            self._create()
        with self._translated():
            self._db = self._connect()
            try:
                migrate(self._db, self.writer)
            except BaseException:
                self._db.close()
                raise

    def _create(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise IndexFolderError(
                f"{self.folder} cannot be made ({error.strerror}): choose another --index"
            ) from error
        with self.writing(), self._translated():
            if self.path.exists():
                return
            beside = self.path.with_suffix(".new")
            for left in (beside, self._log(), self.folder / f"{DATABASE}-shm"):
                left.unlink(missing_ok=True)  # SQLite would play a log that was left behind into the new file
            db = sqlite3.connect(beside, isolation_level=None)
            try:
                db.executescript(files("ragkit.index").joinpath("schema.sql").read_text("utf-8"))
                db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
                db.execute("PRAGMA journal_mode = WAL")
            finally:
                db.close()
            beside.replace(self.path)

    def _log(self) -> Path:
        return self.folder / f"{DATABASE}-wal"

    def _connect(self) -> sqlite3.Connection:
        """Open the file for reading and writing; read as it stands where the folder allows no more."""
        self._frozen = None
        uri = self.path.absolute().as_uri()
        try:
            return self._opened(f"{uri}?mode=rw")
        except sqlite3.OperationalError as error:
            if not about_rights(error):
                raise
        try:
            return self._opened(f"{uri}?mode=ro")
        except sqlite3.OperationalError as error:
            if not about_rights(error):
                raise
        if self._log().exists() and self._log().stat().st_size:
            raise IndexFolderError(
                f"{self.folder} holds changes that are not yet in {DATABASE}, and cannot be written: open it once "
                "where it can be (`ragkit status`), or copy the folder to such a place"
            )
        self._frozen = self._stamp()
        return self._opened(f"{uri}?immutable=1")

    def _opened(self, uri: str) -> sqlite3.Connection:
        db = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None, timeout=30)
        stat = self.path.stat()
        self._file = stat.st_dev, stat.st_ino
        try:
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("PRAGMA cell_size_check = ON")
            db.execute("PRAGMA cache_size = -32768")
            self._check_version(db)
        except BaseException:
            db.close()
            raise
        return db

    def _check_version(self, db: sqlite3.Connection) -> None:
        version = int(db.execute("PRAGMA user_version").fetchone()[0])
        tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if version > SCHEMA_VERSION:
            raise IndexMismatch(
                f"{self.folder} was written by a newer ragkit (schema {version}, this one knows {SCHEMA_VERSION}): "
                "update ragkit"
            )
        if version < 1 or not tables >= (TABLES if version == SCHEMA_VERSION else TABLES_OF_ALL):
            raise IndexCorrupt(
                f"{self.path} holds no ragkit index (any more): put back a backup of this one file, or move it away "
                "and run `ragkit index` again"
            )

    def _stamp(self) -> tuple[int, int]:
        stat = self.path.stat()
        return stat.st_size, stat.st_mtime_ns

    def close(self) -> None:
        """Close the database; the object cannot be used afterwards."""
        with self._lock:
            self._db.close()

    # -- reading -------------------------------------------------------------------------------------------------

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a query and return all its rows.

        Raises:
            IndexCorrupt: the database is damaged.
        """
        with self._lock, self._translated():
            return self._db.execute(sql, parameters).fetchall()

    def blocks(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[list[tuple[Any, ...]]]:
        """Run a query and yield its rows in blocks; the database is free for other threads between them.

        Call it inside :meth:`snapshot` where all blocks must show one committed state.
        """
        with self._lock, self._translated():
            cursor = self._db.execute(sql, parameters)
        while True:
            with self._lock, self._translated():
                block = cursor.fetchmany(BLOCK)
            if not block:
                return
            yield block

    def copy_to(self, other: sqlite3.Connection) -> None:
        """Copy one committed state of the whole database into another one."""
        with self._lock, self._translated():
            self._db.backup(other)

    @contextmanager
    def snapshot(self) -> Generator[None]:
        """Let all reads inside see one committed state; other threads wait."""
        with self._lock:
            if self._db.in_transaction:
                yield
                return
            with self._translated():
                self._db.execute("BEGIN")
            try:
                yield
            finally:
                with self._translated():
                    self._db.execute("COMMIT")

    def version(self) -> tuple[int, int]:
        """Return what changes whenever anybody commits; for noticing that something kept from before is old."""
        with self._lock:
            self._reconnect()
            return int(self.rows("PRAGMA data_version")[0][0]), self._commits

    def _reconnect(self) -> None:
        """Open the file anew where the connection cannot see what became of it.

        A repair puts another file in its place; and one that is taken for immutable was written by its owner.
        """
        if self._file is None or self._db.in_transaction:
            return
        try:
            stat = self.path.stat()
        except FileNotFoundError:  # the connection still has it
            return
        if (stat.st_dev, stat.st_ino) != self._file or (self._frozen is not None and self._frozen != self._stamp()):
            with self._translated():
                self._db.close()
                self._db = self._connect()
                self._commits += 1

    # -- writing -------------------------------------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Generator[None]:
        """Be the one writer; the changes inside are committed by :meth:`transaction` blocks.

        Raises:
            IndexLocked: another process is writing.
            IndexFolderError: the folder cannot be written.
        """
        with self.writer.held():
            with self._lock:
                self._reconnect()  # what is written to a file that was replaced would be lost
            yield

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Commit all changes inside together, or none of them; may be nested.

        Raises:
            IndexLocked: another process is writing.
            IndexFolderError: the folder cannot be written, or its disk is full.
        """
        with self.writing(), self._lock:  # always in this order
            if self._db.in_transaction:
                yield
                return
            with self._translated():
                self._db.execute("BEGIN IMMEDIATE")
                self._added = False
                try:
                    yield
                    if self._added:
                        self._note_write()
                    self._db.execute("COMMIT")
                except BaseException:
                    if self._db.in_transaction:
                        self._db.execute("ROLLBACK")
                    raise
                self._commits += 1

    def _note_write(self) -> None:
        began = datetime.now(UTC).isoformat(timespec="seconds")
        self._db.execute("INSERT INTO writes (token, began) VALUES (?, ?)", (secrets.token_hex(8), began))

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the database file, so that copying the one file is a full backup.

        Waits a second for readers that are busy; the log then stays until the next time.
        """
        with self._lock, self._translated():
            self._db.execute("PRAGMA busy_timeout = 1000")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            self._db.execute("PRAGMA busy_timeout = 30000")

    @contextmanager
    def _translated(self) -> Generator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise problem(error, self.path) from error
        except UnicodeDecodeError as error:  # of SQLite's own message, which repeats what it stumbled over
            raise self.corrupt(str(error)) from error

    def corrupt(self, what: str) -> IndexCorrupt:
        """Return the error that says the database is damaged and what to do."""
        return corrupt(self.path, what)
