"""The SQLite file of an index in use by several threads: queries, snapshots, transactions, one writer at a time."""

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
from ragkit.store.sqlite.opening import DATABASE, damaged, make, open_file, translated

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from pathlib import Path

    from ragkit.core.errors import IndexCorrupt

BLOCK = 1_000  # rows fetched at a time
FETCH = 500  # values named in one statement: older builds of SQLite allow 999 parameters


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
        self._writer = WriterLock(folder)
        # All threads share one connection, so that the lock is held for each use of it. It is always taken after the
        # writer's lock: a thread that took it first would wait for a writer that waits for it.
        self._lock = threading.RLock()
        self._commits = 0
        self._adds_chunks = False
        if not self.path.exists():
            if not create:
                raise IndexMissing(f"there is no index at {folder}: make one with `ragkit index PATH --index {folder}`")
            self._create()
        with self._translating():
            self._file = open_file(self.path)
            self._connection = self._file.connection
            try:
                migrate(self._connection, self._writer)
            except BaseException:
                self._connection.close()
                raise

    def _create(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise IndexFolderError(
                f"{self.folder} cannot be made ({error.strerror}): choose another --index"
            ) from error
        # Another process may make it at the same time; who gets the lock second finds it there.
        with self._writer.held(), self._translating():
            if not self.path.exists():
                make(self.path)

    def close(self) -> None:
        """Close the database; the object cannot be used afterwards."""
        with self._lock:
            self._connection.close()

    # -- reading -------------------------------------------------------------------------------------------------

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement and return all its rows.

        Raises:
            IndexCorrupt: the database is damaged.
        """
        with self._lock, self._translating():
            return self._connection.execute(sql, parameters).fetchall()

    def rows_among(self, sql: str, values: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
        """Run a query that ends in IN over any number of values, a part of them at a time."""
        for begin in range(0, len(values), FETCH):
            part = values[begin : begin + FETCH]
            yield from self.rows(f"{sql} ({','.join('?' * len(part))})", part)

    def blocks(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[list[tuple[Any, ...]]]:
        """Run a query and yield its rows in blocks; the database is free for other threads between them.

        Call it inside :meth:`snapshot` where all blocks must show one committed state.
        """
        with self._lock, self._translating():
            cursor = self._connection.execute(sql, parameters)
        while True:
            with self._lock, self._translating():
                block = cursor.fetchmany(BLOCK)
            if not block:
                return
            yield block

    def copy_to(self, other: sqlite3.Connection) -> None:
        """Copy one committed state of the whole database into another one."""
        with self._lock, self._translating():
            self._connection.backup(other)

    @contextmanager
    def snapshot(self) -> Generator[None]:
        """Let all reads inside see one committed state; other threads wait."""
        # BEGIN takes no snapshot by itself: the first read inside does, and fixes the state.
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            with self._translating():
                self._connection.execute("BEGIN")
            try:
                yield
            finally:
                with self._translating():
                    self._connection.execute("COMMIT")

    def version(self) -> tuple[int, int]:
        """Return a value that changes with every commit, whoever makes it; for noticing that a copy is out of date."""
        with self._lock:
            self._reconnect()
            # SQLite's data_version counts the commits of other connections only; `_commits` counts this one's.
            return int(self.rows("PRAGMA data_version")[0][0]), self._commits

    def _reconnect(self) -> None:
        """Open the file again where the connection cannot see what became of it."""
        if self._connection.in_transaction or not self._file.is_outdated(self.path):
            return
        with self._translating():
            self._connection.close()
            self._file = open_file(self.path)
            self._connection = self._file.connection
            self._commits += 1

    # -- writing -------------------------------------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Generator[None]:
        """Be the one writer; the changes inside are committed by :meth:`transaction` blocks.

        Raises:
            IndexLocked: another process is writing.
            IndexFolderError: the folder cannot be written.
        """
        with self._writer.held():
            with self._lock:
                self._reconnect()  # what is written to a file that was replaced would be lost
            yield

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """Commit all changes inside together, or none of them; may be nested.

        Yields:
            The connection, for statements inside the block.

        Raises:
            IndexLocked: another process is writing.
            IndexFolderError: the folder cannot be written, or its disk is full.
        """
        with self.writing(), self._lock:
            if self._connection.in_transaction:
                yield self._connection
                return
            with self._translating():
                # IMMEDIATE: a transaction that begins as a reader's cannot become a writer's once others committed.
                self._connection.execute("BEGIN IMMEDIATE")
                self._adds_chunks = False
                try:
                    yield self._connection
                    if self._adds_chunks:
                        self.add_token(secrets.token_hex(8))
                    self._connection.execute("COMMIT")
                except BaseException:
                    if self._connection.in_transaction:
                        self._connection.execute("ROLLBACK")
                    raise
                self._commits += 1

    def mark_added(self) -> None:
        """Note that the transaction adds chunks: when it commits, the history gets a new token."""
        self._adds_chunks = True

    def add_token(self, token: str) -> None:
        """Write a token to the history; inside a transaction."""
        began = datetime.now(UTC).isoformat(timespec="seconds")
        self.rows("INSERT INTO main.writes (token, began) VALUES (?, ?)", (token, began))

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the database file, so that copying the one file is a full backup.

        Waits a second for readers that are busy; the log then stays until the next time.
        """
        with self._lock, self._translating():
            self._connection.execute("PRAGMA busy_timeout = 1000")
            # TRUNCATE and not PASSIVE: with an empty log the database can also be read where nothing may be written.
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            self._connection.execute("PRAGMA busy_timeout = 30000")

    # -- errors --------------------------------------------------------------------------------------------------

    @contextmanager
    def _translating(self) -> Generator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise translated(error, self.path) from error
        except UnicodeDecodeError as error:  # of SQLite's own message, which repeats the bytes it could not decode
            raise self.corrupt(str(error)) from error

    def corrupt(self, what: str) -> IndexCorrupt:
        """Return the error that says the database is damaged and what to do."""
        return damaged(self.path, what)
