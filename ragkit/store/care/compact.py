"""Return the disk space that an index no longer needs; row ids stay as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragkit.store.care.repair import renew_caches
from ragkit.store.care.verify import verify_store
from ragkit.store.sqlite.records import checksum, numbered
from ragkit.store.sqlite.swap import drop_scratch

if TYPE_CHECKING:
    from pathlib import Path

    from ragkit.store.sqlite.store import Store

BLOCK = 5_000  # rows whose checksums are made at a time
# Rows that schema 1 wrote have no checksum yet: (rows from an id on, values that the checksum is over).
_UNSUMMED = {
    "UPDATE documents SET checksum = ? WHERE id = ?": (
        "SELECT id, uid, metadata, places, text FROM documents WHERE checksum IS NULL AND id > ? ORDER BY id LIMIT ?"
    ),
    "UPDATE chunks SET checksum = ? WHERE id = ?": (
        "SELECT chunks.id, documents.uid, documents.metadata, chunks.uid, ordinal, start,"
        ' "end", heading, chunks.text, chunks.metadata FROM chunks JOIN documents ON documents.id = document_id'
        " WHERE chunks.checksum IS NULL AND chunks.id > ? ORDER BY chunks.id LIMIT ?"
    ),
    "UPDATE vectors SET checksum = ? WHERE chunk_id = ?": (
        "SELECT chunk_id, vector FROM vectors WHERE checksum IS NULL AND chunk_id > ? ORDER BY chunk_id LIMIT ?"
    ),
}


@dataclass(frozen=True, slots=True)
class CompactReport:
    """What a compaction gave.

    Attributes:
        before: bytes of the folder before.
        after: bytes of the folder after.
    """

    before: int
    after: int


def compact(store: Store) -> CompactReport:
    """Rewrite the database without the space of deleted rows, and rebuild the caches.

    What an interrupted re-embedding left is deleted too.

    Args:
        store: an open store.

    Raises:
        IndexCorrupt: the index is damaged; it is left as it is.
        IndexLocked: another process is writing.
        IndexFolderError: the disk has no room for a second copy of the database; the index is as it was.
    """
    with store.writing():
        # VACUUM copies what SQLite can read: of a damaged database that may be less, without an error.
        before = folder_bytes(store.folder)
        damage = [problem for problem in verify_store(store).problems if problem.code != "cache"]
        if damage:
            raise store.corrupt(f"{damage[0].where}: {damage[0].what}")
        drop_scratch(store.folder)
        add_checksums(store)
        store.checkpoint()
        # Both checkpoints: VACUUM writes the whole database to the log, which takes room until it is folded in.
        store.rows("VACUUM")
        store.checkpoint()
    renew_caches(store.folder)
    return CompactReport(before, folder_bytes(store.folder))


def add_checksums(store: Store) -> None:
    """Add checksums to the rows of older schemas; the caller has checked them otherwise."""
    for update, select in _UNSUMMED.items():
        # In blocks with a transaction each: a row without a checksum is valid, so that half of them is no damage.
        row = 0
        while block := store.rows(select, (row, BLOCK)):
            with store.transaction():
                for row, *values in block:
                    known = checksum(*values) if "documents" in update else numbered(row, *values)
                    store.rows(update, (known, row))


def folder_bytes(folder: Path) -> int:
    """Return the size of all files in an index folder."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:  # another process replaced a cache
            continue
    return total
