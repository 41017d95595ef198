"""The SQLite file of an index: made, opened, read and changed in transactions; its errors in words."""

from __future__ import annotations

import secrets
import sqlite3
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ragkit.core.errors import IndexFolderError, IndexMissing
from ragkit.store.sqlite.lock import WriterLock
from ragkit.store.sqlite.migrate import migrate
from ragkit.store.sqlite.opening import DATABASE, Opened, make, open_file
from ragkit.store.sqlite.problems import corrupt, problem

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from pathlib import Path

    from ragkit.core.errors import IndexCorrupt

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
        self._opened: Opened | None = None
        if not self.path.exists():
            if not create:
                raise IndexMissing(f"there is no index at {folder}: make one with `ragkit index PATH --index {folder}`")
            self._create()
        with self._translated():
            self._opened = open_file(self.path)
            self._db = self._opened.db
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
            if not self.path.exists():
                make(self.path)

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
        """Open the file anew where the connection cannot see what became of it."""
        if self._opened is None or self._db.in_transaction or not self._opened.is_outdated(self.path):
            return
        with self._translated():
            self._db.close()
            self._opened = open_file(self.path)
            self._db = self._opened.db
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
