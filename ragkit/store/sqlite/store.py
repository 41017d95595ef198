"""The truth of an index, and how it changes: whole documents, each with its chunks and vectors in one transaction."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from ragkit.store.sqlite.queries import Queries
from ragkit.store.sqlite.records import NewDocument, checksum, numbered, storable, storable_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ragkit.core.types import LoadedFile, Vectors

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
_OWNERS = "SELECT document_id, source_id FROM chunks JOIN documents ON documents.id = document_id WHERE chunks.uid = ?"
_COUNT_DOCUMENT = """
UPDATE documents SET (passages, truncated) = (
    SELECT count(*), min(truncated, count(*)) FROM chunks WHERE document_id = documents.id)
WHERE id = ?
"""
_COUNT_SOURCE = """
UPDATE sources SET (characters, passages, truncated) = (
    SELECT coalesce(sum(characters), 0), coalesce(sum(passages), 0), coalesce(sum(truncated), 0)
    FROM documents WHERE source_id = sources.id)
WHERE id = ? AND whole = 1 AND source != ''
"""
_PUT_DOCUMENT = """
INSERT INTO documents (source_id, uid, content_hash, characters, passages, truncated, metadata, places, text,
    checksum)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_PUT_CHUNK = """
INSERT INTO chunks (id, uid, document_id, ordinal, start, "end", heading, text, metadata, text_hash,
    checksum)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_PUT_VECTOR = "INSERT OR REPLACE INTO vectors (chunk_id, vector, checksum) VALUES (?, ?, ?)"
_PUT_TOKENS = "INSERT OR REPLACE INTO token_vectors (chunk_id, vectors, checksum) VALUES (?, ?, ?)"


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
        about = json.dumps(metadata, default=str)
        places, text = json.dumps(document.metadata.get("places") or []), storable(document.text)
        row = (
            source_id,
            document.uid,
            document.content_hash,
            len(document.text),
            len(document.chunks),
            document.truncated,
            about,
            places,
            text,
            checksum(document.uid, about, places, text),
        )
        with self.transaction():
            self.delete_documents(source_id, [document.uid])
            rows = self._put_chunks(self._db.execute(_PUT_DOCUMENT, row).lastrowid, document, metadata, about)
            self.put_vectors(dict(zip(rows, document.vectors, strict=True)))
            if document.token_vectors is not None:
                self.put_token_vectors(dict(zip(rows, document.token_vectors, strict=True)))
            self._added = True

    def _put_chunks(
        self, document_id: int | None, document: NewDocument, shared: Mapping[str, Any], about: str
    ) -> list[int]:
        first = self._newest_chunk() + 1
        for row, (chunk, text_hash) in enumerate(zip(document.chunks, document.text_hashes, strict=True), first):
            own = {key: value for key, value in chunk.metadata.items() if key not in shared or shared[key] != value}
            place = (chunk.ordinal, chunk.start, chunk.end)
            texts = (storable(chunk.heading), storable(chunk.text), json.dumps(own, default=str))
            known = numbered(row, document.uid, about, chunk.id, *place, *texts)
            self._db.execute(_PUT_CHUNK, (row, chunk.id, document_id, *place, *texts, text_hash, known))
        return list(range(first, first + len(document.chunks)))

    def _newest_chunk(self) -> int:
        """Return the highest row id that a chunk ever had."""
        given = "SELECT seq FROM sqlite_sequence WHERE name = 'chunks' UNION ALL SELECT max(id) FROM chunks"
        return max((row or 0 for (row,) in self._db.execute(given)), default=0)

    def put_vectors(self, vectors: Mapping[int, Vectors]) -> None:
        """Write the vectors of chunks by row id; float32 of shape (dimension,), length 1."""
        blobs = ((row, np.asarray(vector, "<f4").tobytes()) for row, vector in vectors.items())
        with self.transaction():
            self._db.executemany(_PUT_VECTOR, ((row, blob, numbered(row, blob)) for row, blob in blobs))

    def put_token_vectors(self, blobs: Mapping[int, bytes]) -> None:
        """Write the compressed vectors of chunks' tokens by row id."""
        with self.transaction():
            self._db.executemany(_PUT_TOKENS, ((row, blob, numbered(row, blob)) for row, blob in blobs.items()))

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
            touched: set[tuple[int, int]] = set()
            for uid in uids:
                touched.update(self._db.execute(_OWNERS, (uid,)))
                gone += self._db.execute("DELETE FROM chunks WHERE uid = ?", (uid,)).rowcount
            documents = sorted(document for document, _ in touched)
            self._db.executemany(
                "DELETE FROM documents WHERE id = ? AND NOT EXISTS (SELECT 1 FROM chunks WHERE document_id = ?)",
                [(document, document) for document in documents],
            )
            self._db.executemany(_COUNT_DOCUMENT, [(document,) for document in documents])
            self._db.executemany(_COUNT_SOURCE, [(source,) for source in {source for _, source in touched}])
            return gone
