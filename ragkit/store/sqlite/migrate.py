"""Numbered migrations: a file that an older release wrote is brought to this one's schema when it is opened."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ragkit.core.errors import IndexFolderError, IndexLocked, IndexMismatch
from ragkit.store.sqlite.opening import SCHEMA_VERSION, about_rights, version_of

if TYPE_CHECKING:
    import sqlite3

    from ragkit.store.sqlite.lock import WriterLock

WAIT = 60.0  # seconds to wait for another process that migrates, or for an older one that still writes
# Statements by the version they lead to. An entry that was released is never changed: `tests/golden` holds an index
# of each version, and a migrated one must have the tables of `schema.sql`.
MIGRATIONS: dict[int, tuple[str, ...]] = {
    2: (
        "ALTER TABLE documents ADD COLUMN checksum INTEGER",
        "ALTER TABLE chunks ADD COLUMN checksum INTEGER",
        "ALTER TABLE vectors ADD COLUMN checksum INTEGER",
        """CREATE TABLE token_vectors (
            chunk_id INTEGER PRIMARY KEY REFERENCES chunks (id) ON DELETE CASCADE,
            vectors  BLOB NOT NULL,
            checksum INTEGER
        )""",
    ),
}


def migrate(connection: sqlite3.Connection, writer: WriterLock) -> None:
    """Bring a database to the newest schema, in one transaction: killed at any moment, it is as before.

    Args:
        connection: in autocommit mode, to a database of a known version.
        writer: the lock of its folder.

    Raises:
        IndexLocked: somebody is writing, for longer than is worth waiting.
        IndexMismatch: it is of an older schema and cannot be written.
    """
    waited_until = time.monotonic() + WAIT
    while (version := version_of(connection)) < SCHEMA_VERSION:
        try:
            # Several processes that open the index at once all come here; one migrates, the others wait for it.
            with writer.held():
                _migrate_once(connection)
        except IndexLocked:
            if time.monotonic() > waited_until:
                raise
            time.sleep(0.05)
        except IndexFolderError as error:
            raise _read_only(writer, version) from error
        except BaseException as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if about_rights(error):
                raise _read_only(writer, version) from error
            raise


def _migrate_once(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    version = version_of(connection)  # another process may have been quicker
    for number in range(version + 1, SCHEMA_VERSION + 1):
        for statement in MIGRATIONS[number]:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")
    connection.execute("COMMIT")


def _read_only(writer: WriterLock, version: int) -> IndexMismatch:
    return IndexMismatch(
        f"{writer.folder} was written by an older ragkit (schema {version}, this one needs {SCHEMA_VERSION}) and "
        f"cannot be written: open it once where it can be (`ragkit status --index {writer.folder}`), or copy the "
        "folder to such a place"
    )
