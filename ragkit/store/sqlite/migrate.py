"""Numbered migrations: a file that an older release wrote is brought to this one's schema when it is opened."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ragkit.core.errors import IndexFolderError, IndexLocked, IndexMismatch
from ragkit.store.sqlite.problems import about_rights

if TYPE_CHECKING:
    import sqlite3

    from ragkit.store.sqlite.lock import WriterLock

SCHEMA_VERSION = 2
WAIT = 60.0  # seconds to wait for another process that migrates, or for an older one that still writes
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


def version_of(db: sqlite3.Connection) -> int:
    """Return the schema version of an open database."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def migrate(db: sqlite3.Connection, writer: WriterLock) -> None:
    """Bring a database to the newest schema, in one transaction: killed at any moment, it is as before.

    Args:
        db: open in autocommit mode, of a known version.
        writer: the lock of its folder.

    Raises:
        IndexLocked: somebody is writing, for longer than is worth waiting.
        IndexMismatch: it is of an older schema and cannot be written.
    """
    waited_until = time.monotonic() + WAIT
    while (version := version_of(db)) < SCHEMA_VERSION:
        try:
            with writer.held():
                _step(db)
        except IndexLocked:
            if time.monotonic() > waited_until:
                raise
            time.sleep(0.05)
        except IndexFolderError as error:
            raise _stuck(writer, version) from error
        except BaseException as error:
            if db.in_transaction:
                db.execute("ROLLBACK")
            if about_rights(error):
                raise _stuck(writer, version) from error
            raise


def _step(db: sqlite3.Connection) -> None:
    db.execute("BEGIN IMMEDIATE")
    version = version_of(db)  # another process may have been quicker
    for number in range(version + 1, SCHEMA_VERSION + 1):
        for statement in MIGRATIONS[number]:
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {number}")
    db.execute("COMMIT")


def _stuck(writer: WriterLock, version: int) -> IndexMismatch:
    return IndexMismatch(
        f"{writer.folder} was written by an older ragkit (schema {version}, this one needs {SCHEMA_VERSION}) and "
        f"cannot be written: open it once where it can be (`ragkit status --index {writer.folder}`), or copy the "
        "folder to such a place"
    )
