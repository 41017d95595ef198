"""The truth of an index, and how it changes: whole documents, each with its chunks and vectors in one transaction."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from ragkit.index.queries import Queries
from ragkit.index.records import NewDocument, storable, storable_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ragkit.types import LoadedFile

_PUT_SOURCE = """
INSERT INTO sources (source, outcome, reason, detail, media_type, pages, size, modified_ns, content_hash, whole)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (source) DO UPDATE SET outcome = excluded.outcome, reason = excluded.reason, detail = excluded.detail,
    media_type = excluded.media_type, pages = excluded.pages, size = excluded.size,
    modified_ns = excluded.modified_ns, content_hash = excluded.content_hash, whole = excluded.whole
"""
_FINISH_SOURCE = """
UPDATE sources SET whole = 1, (characters, passages, truncated) = (
    SELECT coalesce(sum(characters), 0), coalesce(sum(passages), 0), coalesce(sum(truncated), 0)
    FROM documents WHERE source_id = sources.id)
WHERE id = ?
"""
_PUT_DOCUMENT = """
INSERT INTO documents (source_id, uid, content_hash, characters, passages, truncated, metadata, places, text)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_PUT_CHUNK = """
INSERT INTO chunks (uid, document_id, ordinal, start, "end", heading, text, metadata, text_hash)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""


class Store(Queries):
    """An open index: SQLite's file read and written. Every change is whole or not at all.

    Changes made outside a :meth:`transaction` are one each.
    """

    def set_setting(self, key: str, value: Any) -> None:
        """Store a setting."""
        with self.transaction():
            self._db.execute(
                "INSERT INTO settings VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (key, json.dumps(value, ensure_ascii=False)),
            )

    # -- the ledger ----------------------------------------------------------------------------------------------

    def put_source(
        self, loaded: LoadedFile, *, size: int = 0, modified_ns: int = 0, content_hash: str = "", whole: bool = True
    ) -> int:
        """Write the ledger's row of a file; returns its row id."""
        name = storable_path(loaded.source)
        about = (loaded.outcome, loaded.reason, storable(loaded.detail), loaded.media_type, loaded.pages)
        with self.transaction():
            self._db.execute(_PUT_SOURCE, (name, *about, size, modified_ns, content_hash, int(whole)))
            return self._source_id(name)

    def plain_source(self) -> int:
        """Return the row id that documents from no file hang on; their source is empty."""
        with self.transaction():
            self._db.execute("INSERT OR IGNORE INTO sources (source, outcome, whole) VALUES ('', 'text', 1)")
            return self._source_id("")

    def _source_id(self, name: str) -> int:
        return self._db.execute("SELECT id FROM sources WHERE source = ?", (name,)).fetchone()[0]

    def touch_source(self, source_id: int, modified_ns: int) -> None:
        """Note a new modification time of an unchanged file."""
        with self.transaction():
            self._db.execute("UPDATE sources SET modified_ns = ? WHERE id = ?", (modified_ns, source_id))

    def finish_source(self, source_id: int) -> None:
        """Note that all documents of a file are written."""
        with self.transaction():
            self._db.execute(_FINISH_SOURCE, (source_id,))

    def delete_source(self, source_id: int) -> None:
        """Delete a file from the index with all that hangs on it."""
        with self.transaction():
            self._db.execute("DELETE FROM sources WHERE id = ?", (source_id,))

    # -- documents -----------------------------------------------------------------------------------------------

    def put_document(self, source_id: int, document: NewDocument) -> None:
        """Write a document with its chunks and vectors, in place of an older one with the same uid."""
        metadata = {key: value for key, value in document.metadata.items() if key != "places"}
        row = (
            source_id,
            document.uid,
            document.content_hash,
            len(document.text),
            len(document.chunks),
            document.truncated,
            json.dumps(metadata, default=str),
            json.dumps(document.metadata.get("places") or []),
            storable(document.text),
        )
        with self.transaction():
            self.delete_documents(source_id, [document.uid])
            self._put_chunks(self._db.execute(_PUT_DOCUMENT, row).lastrowid, document, metadata)
            self._added = True

    def _put_chunks(self, document_id: int | None, document: NewDocument, shared: Mapping[str, Any]) -> None:
        for chunk, text_hash, vector in zip(document.chunks, document.text_hashes, document.vectors, strict=True):
            about = chunk.metadata
            own = {key: value for key, value in about.items() if key not in shared or shared[key] != value}
            place = (chunk.ordinal, chunk.start, chunk.end)
            texts = (storable(chunk.heading), storable(chunk.text), json.dumps(own, default=str))
            chunk_id = self._db.execute(_PUT_CHUNK, (chunk.id, document_id, *place, *texts, text_hash)).lastrowid
            self._db.execute("INSERT INTO vectors VALUES (?, ?)", (chunk_id, np.asarray(vector, "<f4").tobytes()))

    def delete_documents(self, source_id: int, uids: Iterable[str]) -> None:
        """Delete documents of a source with all that hangs on them."""
        with self.transaction():
            self._db.executemany(
                "DELETE FROM documents WHERE source_id = ? AND uid = ?", [(source_id, uid) for uid in uids]
            )

    def delete_chunks(self, uids: Iterable[str]) -> int:
        """Delete passages by id, and documents that have none left; returns how many were there."""
        with self.transaction():
            gone = 0
            touched: set[int] = set()
            for uid in uids:
                touched.update(
                    row[0] for row in self._db.execute("SELECT document_id FROM chunks WHERE uid = ?", (uid,))
                )
                gone += self._db.execute("DELETE FROM chunks WHERE uid = ?", (uid,)).rowcount
            self._db.executemany(
                "DELETE FROM documents WHERE id = ? AND NOT EXISTS (SELECT 1 FROM chunks WHERE document_id = ?)",
                [(document, document) for document in touched],
            )
            return gone
