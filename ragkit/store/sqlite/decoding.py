"""Rows as SQLite returns them, checked and made into what callers take: chunks, documents, vectors.

Each function that takes the database raises its IndexCorrupt where the row is damaged.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from ragkit.core.types import Chunk, Titled
from ragkit.store.sqlite.records import SourceRow, checksum, is_sound

if TYPE_CHECKING:
    from ragkit.core.types import Vectors
    from ragkit.store.sqlite.database import Database

SOURCE_COLUMNS = (
    "id, source, outcome, reason, detail, size, modified_ns, content_hash, whole, characters, passages, truncated"
)
# The columns between the first and the last are what a passage's checksum is over, in its order.
CHUNK_COLUMNS = (
    "chunks.id, documents.uid, documents.metadata, chunks.uid, ordinal, start,"
    ' "end", heading, chunks.text, chunks.metadata, chunks.checksum'
)
_DATES = ("date", "created", "modified")  # keys that loaders write, the most telling first


def source_row(row: tuple[Any, ...]) -> SourceRow:
    """Make a record of :data:`SOURCE_COLUMNS`."""
    number, source, outcome, reason, detail, size, modified_ns, content_hash, whole, *sums = row
    return SourceRow(number, source, outcome, reason, detail, size, modified_ns, content_hash, bool(whole), *sums)


def titled(source: str, metadata: dict[str, Any], opening: str) -> Titled:
    """Return a document as it may be named, by its metadata."""
    date = next((str(metadata[key]) for key in _DATES if metadata.get(key)), "")
    return Titled(source, str(metadata.get("title") or ""), opening, date)


def document(db: Database, uid: str, text: str, metadata: str, places: str, known: Any) -> tuple[str, dict[str, Any]]:
    """Return (text, metadata) of a document."""
    if known is not None and known != checksum(uid, metadata, places, text):
        raise db.corrupt(f"document {uid} is not as it was written")
    return text, {**parsed(db, metadata), **({"places": parsed(db, places)} if places != "[]" else {})}


def check_chunk(db: Database, row: tuple[Any, ...]) -> None:
    """Compare a row of :data:`CHUNK_COLUMNS` with its checksum."""
    if not is_sound(row[-1], *row[:-1]):
        raise db.corrupt(f"chunk {row[0]} is not as it was written")


def chunk(db: Database, row: tuple[Any, ...], parsed_metadata: dict[str, Any]) -> Chunk:
    """Make a chunk of a row of :data:`CHUNK_COLUMNS`.

    Args:
        db: where it is from.
        row: the row.
        parsed_metadata: metadata of documents by their JSON; many chunks share one, which is parsed once.
    """
    check_chunk(db, row)
    number, document_uid, about, uid, ordinal, start, end, heading, text, own, _ = row
    # SQLite has no types of columns: a damaged type code turns text into bytes. Rows of schema 1 have no checksum that
    # would tell.
    if not all(isinstance(part, str) for part in (uid, document_uid, text, heading)):
        raise db.corrupt(f"chunk {number} holds bytes in place of text")
    if about not in parsed_metadata:
        parsed_metadata[about] = parsed(db, about)
    metadata = {**parsed_metadata[about], **parsed(db, own)}
    try:
        return Chunk(uid, document_uid, text, start, end, ordinal, heading, metadata)
    except (TypeError, ValueError) as error:
        raise db.corrupt(f"chunk {number}: {error}") from error


def parsed(db: Database, text: str) -> Any:
    """Return the value of stored JSON."""
    try:
        return json.loads(text)
    except (TypeError, ValueError) as error:
        raise db.corrupt(f"it holds broken JSON: {error}") from error


def sound(db: Database, row: int, blob: Any, known: int | None) -> bytes:
    """Return the bytes of a chunk's vector or of its tokens' vectors, compared with their checksum."""
    # The first test is what is_sound() finds of nearly every row, at a third of the time.
    if not isinstance(blob, bytes) or not (known == row + crc32(blob) or is_sound(known, row, blob)):
        raise db.corrupt(f"a vector of chunk {row} is not as it was written")
    return blob


def floats(db: Database, content: bytes, shape: tuple[int, ...]) -> Vectors:
    """Return stored vectors as a read-only float32 array of a shape."""
    try:
        return np.frombuffer(content, "<f4").reshape(shape)
    except (TypeError, ValueError) as error:
        raise db.corrupt(f"a vector has the wrong length: {error}") from error
