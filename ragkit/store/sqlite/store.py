"""An index on disk: whole documents, each with its chunks and vectors, written in one transaction and read again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from ragkit.store.sqlite import decoding
from ragkit.store.sqlite.database import Database
from ragkit.store.sqlite.records import NewDocument, checksum, numbered, storable, storable_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ragkit.core.types import Chunk, LoadedFile, Titled, Vectors
    from ragkit.store.sqlite.records import SourceRow

TITLE_CHARACTERS = 1500  # of a document's beginning, in which it says what it is

_SOURCES = f"SELECT {decoding.SOURCE_COLUMNS} FROM sources"  # noqa: S608 - the names are ours
_CHUNKS = f"SELECT {decoding.CHUNK_COLUMNS} FROM chunks JOIN documents ON documents.id = document_id"  # noqa: S608
_DOCUMENTS = "SELECT uid, documents.text, metadata, places, checksum FROM documents"
_VECTORS = "SELECT chunk_id, vector, checksum FROM vectors"
# The first document of each file: one of many rows or messages is named as a whole.
_TITLED = (
    "SELECT source, metadata, substr(text, 1, ?) FROM sources JOIN documents ON documents.id ="
    " (SELECT min(id) FROM documents WHERE source_id = sources.id)"
)
# A text may stand in several passages; the caller takes one that has vectors of its tokens where there is one.
_KNOWN_PASSAGES = (
    "SELECT text_hash, chunks.id, vector, vectors.checksum, token_vectors.vectors, token_vectors.checksum"
    " FROM chunks JOIN vectors ON vectors.chunk_id = chunks.id"
    " LEFT JOIN token_vectors ON token_vectors.chunk_id = chunks.id WHERE text_hash IN"
)
_PUT_SETTING = "INSERT INTO settings VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
_PUT_SOURCE = """
INSERT INTO sources (source, outcome, reason, detail, media_type, pages, size, modified_ns, content_hash, whole)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (source) DO UPDATE SET outcome = excluded.outcome, reason = excluded.reason, detail = excluded.detail,
    media_type = excluded.media_type, pages = excluded.pages, size = excluded.size,
    modified_ns = excluded.modified_ns, content_hash = excluded.content_hash, whole = excluded.whole
"""
# A file that is not whole yet gets its sums when it is; documents of no file (source '') are not counted.
_COUNT_SOURCE = """
UPDATE sources SET (characters, passages, truncated) = (
    SELECT coalesce(sum(characters), 0), coalesce(sum(passages), 0), coalesce(sum(truncated), 0)
    FROM documents WHERE source_id = sources.id)
WHERE id = ? AND whole = 1 AND source != ''
"""
_COUNT_DOCUMENT = """
UPDATE documents SET (passages, truncated) = (
    SELECT count(*), min(truncated, count(*)) FROM chunks WHERE document_id = documents.id)
WHERE id = ?
"""
_OWNERS = "SELECT document_id, source_id FROM chunks JOIN documents ON documents.id = document_id WHERE chunks.uid = ?"
_DELETE_EMPTY = "DELETE FROM documents WHERE id = ? AND NOT EXISTS (SELECT 1 FROM chunks WHERE document_id = ?)"
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
_EVERY_ID = "SELECT seq FROM sqlite_sequence WHERE name = 'chunks' UNION ALL SELECT max(id) FROM chunks"


class Store:
    """An open index. Every change is whole or not at all; those outside a :meth:`transaction` are one each.

    Safe to use from several threads of one process. ``close``, ``rows``, ``blocks``, ``copy_to``, ``snapshot``,
    ``version``, ``writing``, ``transaction``, ``checkpoint`` and ``corrupt`` are those of the
    :class:`~ragkit.store.sqlite.database.Database`.

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
        self.db = Database(folder, create=create)
        self.folder = folder
        self.path = self.db.path
        self.close = self.db.close
        self.rows = self.db.rows
        self.blocks = self.db.blocks
        self.copy_to = self.db.copy_to
        self.snapshot = self.db.snapshot
        self.version = self.db.version
        self.writing = self.db.writing
        self.transaction = self.db.transaction
        self.checkpoint = self.db.checkpoint
        self.corrupt = self.db.corrupt

    # -- settings and history ------------------------------------------------------------------------------------

    def setting(self, key: str) -> Any:
        """Return a stored setting, or None."""
        found = self.rows("SELECT value FROM settings WHERE key = ?", (key,))
        return decoding.parsed(self.db, found[0][0]) if found else None

    def set_setting(self, key: str, value: Any) -> None:
        """Store a setting."""
        with self.transaction() as connection:
            connection.execute(_PUT_SETTING, (key, json.dumps(value, ensure_ascii=False)))

    def embedder(self) -> dict[str, Any] | None:
        """Return what is stored of the embedder (``fingerprint, dimension, spec``); None where there is none yet.

        Raises:
            IndexCorrupt: nothing is stored of it, but vectors are.
        """
        found = self.setting("embedder")
        if found is None and not self.rows("SELECT 1 FROM vectors LIMIT 1"):
            return None
        kinds = {"fingerprint": dict, "dimension": int}
        if not isinstance(found, dict) or not all(isinstance(found.get(key), kind) for key, kind in kinds.items()):
            raise self.corrupt("it does not say which embedder made its vectors")
        return found

    def last_token(self) -> str:
        """Return the token of the newest commit that added chunks; empty before the first."""
        found = self.rows("SELECT token FROM writes ORDER BY id DESC LIMIT 1")
        return found[0][0] if found else ""

    def knows_token(self, token: str) -> bool:
        """Whether a token belongs to this database's history."""
        return bool(self.rows("SELECT 1 FROM writes WHERE token = ?", (token,)))

    # -- the ledger of files -------------------------------------------------------------------------------------

    def source(self, source: str) -> SourceRow | None:
        """Return the ledger's row of a file."""
        return self.sources_named([source]).get(source)

    def sources_named(self, sources: Sequence[str]) -> dict[str, SourceRow]:
        """Return the ledger's rows of these files by name; files that are not in it are left out."""
        names = {storable_path(source): source for source in sources}
        found = self.db.rows_among(f"{_SOURCES} WHERE source IN", list(names))
        return {names[row[1]]: decoding.source_row(row) for row in found}

    def sources(self) -> list[SourceRow]:
        """Return the whole ledger, by path."""
        return [decoding.source_row(row) for row in self.rows(f"{_SOURCES} ORDER BY source")]

    def left_out(self) -> list[tuple[int, str]]:
        """Return (row id, source) of the paths that are not read for a good reason."""
        return [(row, source) for row, source in self.rows("SELECT id, source FROM sources WHERE outcome = 'skipped'")]

    def put_source(
        self, loaded: LoadedFile, *, size: int = 0, modified_ns: int = 0, content_hash: str = "", whole: bool = True
    ) -> int:
        """Write the ledger's row of a file; returns its row id."""
        name = storable_path(loaded.source)
        about = (loaded.outcome, loaded.reason, storable(loaded.detail), loaded.media_type, loaded.pages)
        with self.transaction() as connection:
            connection.execute(_PUT_SOURCE, (name, *about, size, modified_ns, content_hash, int(whole)))
            return self._source_id(name)

    def plain_source(self) -> int:
        """Return the row id of the source of documents that are from no file; its name is empty."""
        with self.transaction() as connection:
            connection.execute("INSERT OR IGNORE INTO sources (source, outcome, whole) VALUES ('', 'text', 1)")
            return self._source_id("")

    def _source_id(self, name: str) -> int:
        return self.rows("SELECT id FROM sources WHERE source = ?", (name,))[0][0]

    def touch_source(self, source_id: int, modified_ns: int) -> None:
        """Store a new modification time of an unchanged file."""
        with self.transaction() as connection:
            connection.execute("UPDATE sources SET modified_ns = ? WHERE id = ?", (modified_ns, source_id))

    def finish_source(self, source_id: int) -> None:
        """Mark a file as whole: all of its documents are written."""
        with self.transaction() as connection:
            connection.execute("UPDATE sources SET whole = 1 WHERE id = ?", (source_id,))
            connection.execute(_COUNT_SOURCE, (source_id,))

    def delete_source(self, source_id: int) -> None:
        """Delete a file from the index with its documents, chunks and vectors."""
        with self.transaction() as connection:
            connection.execute("DELETE FROM sources WHERE id = ?", (source_id,))

    # -- documents -----------------------------------------------------------------------------------------------

    def document_hashes(self, source_id: int) -> dict[str, str]:
        """Return content hashes of a source's documents by uid."""
        found = self.rows("SELECT uid, content_hash FROM documents WHERE source_id = ?", (source_id,))
        return {uid: content_hash for uid, content_hash in found}  # noqa: C416 - dict() would lose the types

    def document(self, uid: str, source: str | None = None) -> tuple[str, dict[str, Any]] | None:
        """Return (text, metadata) of a document by its id.

        Raises:
            IndexCorrupt: it is damaged.
        """
        sql = f"{_DOCUMENTS} JOIN sources ON sources.id = source_id WHERE uid = ?"
        if source is None:
            # Ids are unique within a source only; of several documents any is returned.
            found = self.rows(sql, (uid,))
        else:
            found = self.rows(f"{sql} AND source = ?", (uid, storable_path(source)))
        return decoding.document(self.db, *found[0]) if found else None

    def documents(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield (id, text, metadata) of all documents, in the order they were added.

        Raises:
            IndexCorrupt: one of them is damaged.
        """
        for block in self.blocks(f"{_DOCUMENTS} ORDER BY id"):
            for found in block:
                yield found[0], *decoding.document(self.db, *found)

    def titled(self, most: int) -> tuple[Titled, ...]:
        """Return the documents of files as they may be named, the first of each file; none where files are more."""
        (count,) = self.rows("SELECT count(*) FROM sources WHERE outcome = 'text'")[0]
        if count > most:
            return ()
        found = self.rows(_TITLED, (TITLE_CHARACTERS,))
        return tuple(decoding.titled(source, decoding.parsed(self.db, about), text) for source, about, text in found)

    def put_document(self, source_id: int, document: NewDocument) -> None:
        """Write a document with its chunks and vectors, in place of an older one with the same uid."""
        # Places, as many as a document has pages, have a column of their own: passages do not need them.
        metadata = {key: value for key, value in document.metadata.items() if key != "places"}
        about = json.dumps(metadata, default=str)  # what JSON lacks, such as dates, is stored and compared as text
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
        with self.transaction() as connection:
            self.delete_documents(source_id, [document.uid])
            chunk_rows = self._put_chunks(connection.execute(_PUT_DOCUMENT, row).lastrowid, document, metadata, about)
            self.put_vectors(dict(zip(chunk_rows, document.vectors, strict=True)))
            if document.token_vectors is not None:
                self.put_token_vectors(dict(zip(chunk_rows, document.token_vectors, strict=True)))
            self.db.mark_added()

    def _put_chunks(
        self, document_id: int | None, document: NewDocument, shared: Mapping[str, Any], about: str
    ) -> list[int]:
        # A row id is part of the row's checksum, so that it is chosen here: above all that a chunk ever had, as
        # AUTOINCREMENT would.
        first = max((row or 0 for (row,) in self.rows(_EVERY_ID)), default=0) + 1
        values: list[tuple[Any, ...]] = []
        for row, (chunk, text_hash) in enumerate(zip(document.chunks, document.text_hashes, strict=True), first):
            own = {key: value for key, value in chunk.metadata.items() if key not in shared or shared[key] != value}
            place = (chunk.ordinal, chunk.start, chunk.end)
            texts = (storable(chunk.heading), storable(chunk.text), json.dumps(own, default=str))
            known = numbered(row, document.uid, about, chunk.id, *place, *texts)
            values.append((row, chunk.id, document_id, *place, *texts, text_hash, known))
        with self.transaction() as connection:
            connection.executemany(_PUT_CHUNK, values)
        return list(range(first, first + len(values)))

    def delete_documents(self, source_id: int, uids: Iterable[str]) -> None:
        """Delete documents of a source with their chunks and vectors."""
        sql = "DELETE FROM documents WHERE source_id = ? AND uid = ?"
        with self.transaction() as connection:
            connection.executemany(sql, [(source_id, uid) for uid in uids])

    # -- chunks --------------------------------------------------------------------------------------------------

    def chunks(self, rowids: Sequence[int]) -> dict[int, Chunk]:
        """Return the chunks with these row ids; ids that do not exist any more are left out.

        Raises:
            IndexCorrupt: one of them is damaged.
        """
        return dict(self._chunks("chunks.id IN", [int(row) for row in rowids]))

    def chunks_by_uid(self, uids: Sequence[str]) -> dict[str, Chunk]:
        """Return the chunks with these ids; ids that do not exist are left out.

        Raises:
            IndexCorrupt: one of them is damaged.
        """
        return {chunk.id: chunk for _, chunk in self._chunks("chunks.uid IN", uids)}

    def _chunks(self, where: str, keys: Sequence[Any]) -> Iterator[tuple[int, Chunk]]:
        parsed_metadata: dict[str, Any] = {}
        for row in self.db.rows_among(f"{_CHUNKS} WHERE {where}", keys):
            yield row[0], decoding.chunk(self.db, row, parsed_metadata)

    def texts_after(self, row: int) -> Iterator[tuple[int, str, str]]:
        """Yield (row id, heading, text) of all chunks above a row id, ascending.

        Raises:
            IndexCorrupt: one of them is damaged, or not there.
        """
        count = 0
        for block in self.blocks(f"{_CHUNKS} WHERE chunks.id > ? ORDER BY chunks.id", (row,)):
            count += len(block)
            for found in block:
                decoding.check_chunk(self.db, found)
                number, _, _, _, _, _, _, heading, text, _, _ = found
                yield number, heading, text
        if count != (there := self._count_above(row)):
            raise self.corrupt(f"{there - count} of {there} chunks cannot be read")

    def chunks_present(self, rowids: Sequence[int]) -> Iterator[int]:
        """Yield those of the row ids that exist."""
        for (row,) in self.db.rows_among("SELECT id FROM chunks WHERE id IN", [int(row) for row in rowids]):
            yield row

    def row_ids(self) -> NDArray[np.int64]:
        """Return the row ids of all chunks, ascending: int64 of shape (n,)."""
        # Without ORDER BY SQLite reads them from an index and leaves the texts alone.
        blocks = [np.array(block, np.int64)[:, 0] for block in self.blocks("SELECT id FROM chunks")]
        return np.sort(np.concatenate(blocks)) if blocks else np.empty(0, np.int64)

    def count_chunks(self, up_to: int | None = None) -> int:
        """Count the chunks, or those with a row id up to a number."""
        total = self._count_above(0)
        return total if up_to is None else total - self._count_above(max(up_to, 0))

    def count_later(self, row: int, most: int) -> int:
        """Count the chunks above a row id, no further than a number: quick for any size of index."""
        sql = "SELECT count(*) FROM (SELECT 1 FROM chunks WHERE id > ? LIMIT ?)"
        return self.rows(sql, (row, most))[0][0]

    def _count_above(self, row: int) -> int:
        # All of them are counted by an index, and not by the table: rows that damage took from the table still count.
        if not row:
            return self.rows("SELECT count(*) FROM chunks")[0][0]
        return self.rows("SELECT count(*) FROM chunks WHERE id > ?", (row,))[0][0]

    def delete_chunks(self, uids: Iterable[str]) -> int:
        """Delete passages by id, and documents that have none left; returns how many were there."""
        with self.transaction() as connection:
            deleted = 0
            touched: set[tuple[int, int]] = set()
            for uid in uids:
                # Before the deletion, after which nothing names the owner.
                touched.update(connection.execute(_OWNERS, (uid,)))
                deleted += connection.execute("DELETE FROM chunks WHERE uid = ?", (uid,)).rowcount
            documents = sorted(document for document, _ in touched)
            connection.executemany(_DELETE_EMPTY, [(document, document) for document in documents])
            connection.executemany(_COUNT_DOCUMENT, [(document,) for document in documents])
            connection.executemany(_COUNT_SOURCE, [(source,) for source in {source for _, source in touched}])
            return deleted

    # -- vectors -------------------------------------------------------------------------------------------------

    def put_vectors(self, vectors: Mapping[int, Vectors]) -> None:
        """Write the vectors of chunks by row id; float32 of shape (dimension,), length 1."""
        self._put_blobs(_PUT_VECTOR, ((row, np.asarray(vector, "<f4").tobytes()) for row, vector in vectors.items()))

    def put_token_vectors(self, blobs: Mapping[int, bytes]) -> None:
        """Write the compressed vectors of chunks' tokens by row id."""
        self._put_blobs(_PUT_TOKENS, blobs.items())

    def _put_blobs(self, sql: str, blobs: Iterable[tuple[int, bytes]]) -> None:
        with self.transaction() as connection:
            connection.executemany(sql, ((row, blob, numbered(row, blob)) for row, blob in blobs))

    def vectors(self, rowids: Sequence[int]) -> dict[int, Vectors]:
        """Return vectors by row id: float32 of shape (dimension,)."""
        found = self.db.rows_among(f"{_VECTORS} WHERE chunk_id IN", [int(row) for row in rowids])
        return {row: self._vector(row, blob, known) for row, blob, known in found}

    def vectors_by_uid(self, uids: Sequence[str]) -> dict[str, Vectors]:
        """Return vectors by chunk id, float32 of shape (dimension,); ids that do not exist are left out."""
        sql = "SELECT uid, chunk_id, vector, vectors.checksum FROM chunks JOIN vectors ON chunk_id = id WHERE uid IN"
        return {uid: self._vector(*stored) for uid, *stored in self.db.rows_among(sql, list(uids))}

    def vector_rows(self, rowids: Sequence[int]) -> tuple[NDArray[np.int64], Vectors]:
        """Return the row ids that exist, in any order, and their vectors: quicker for many rows than :meth:`vectors`.

        Returns:
            int64 of shape (n,) and float32 of shape (n, dimension); (0, 0) where none of them exists.
        """
        found = list(self.db.rows_among(f"{_VECTORS} WHERE chunk_id IN", rowids))
        content = b"".join([decoding.sound(self.db, *stored) for stored in found])
        shape = (len(found), -1) if found else (0, 0)
        return np.array([row for row, _, _ in found], np.int64), decoding.floats(self.db, content, shape)

    def vectors_after(self, row: int) -> tuple[NDArray[np.int64], Vectors]:
        """Return (row ids, vectors) of all chunks above a row id, ascending; float32 of shape (n, dimension).

        Raises:
            IndexCorrupt: one of them is damaged, or not there.
        """
        with self.snapshot():
            count = self.rows("SELECT count(*) FROM vectors WHERE chunk_id > ?", (row,))[0][0]
            self._check_count(count, row)
            if not count:
                return np.empty(0, np.int64), np.empty((0, 0), np.float32)
            # One array of the final size: joining the blocks would need twice the memory.
            ids, vectors = np.empty(count, np.int64), np.empty((count, self._dimension()), np.float32)
            begin = 0
            for some, block in self.vector_blocks(row):
                end = begin + len(some)
                ids[begin:end], vectors[begin:end] = some, block
                begin = end
            return ids, vectors

    def vector_blocks(self, after: int) -> Iterator[tuple[NDArray[np.int64], Vectors]]:
        """Yield (row ids, vectors) of all chunks above a row id, ascending, some at a time.

        Raises:
            IndexCorrupt: one of them is damaged, or not there.
        """
        dimension = count = 0
        for block in self.blocks(f"{_VECTORS} WHERE chunk_id > ? ORDER BY chunk_id", (after,)):
            dimension = dimension or self._dimension()
            count += len(block)
            content = b"".join(decoding.sound(self.db, *stored) for stored in block)
            vectors = decoding.floats(self.db, content, (len(block), dimension))
            yield np.array([row for row, _, _ in block], np.int64), vectors
        self._check_count(count, after)

    def token_vectors(self, rowids: Sequence[int]) -> dict[int, bytes]:
        """Return the compressed vectors of chunks' tokens by row id; chunks that have none are left out."""
        sql = "SELECT chunk_id, vectors, checksum FROM token_vectors WHERE chunk_id IN"
        found = self.db.rows_among(sql, [int(row) for row in rowids])
        return {row: decoding.sound(self.db, row, blob, known) for row, blob, known in found}

    def known_passages(self, hashes: Iterable[bytes]) -> dict[bytes, tuple[Vectors, bytes | None]]:
        """Return what was already computed for these texts: the vector, and the tokens' vectors or None."""
        found: dict[bytes, tuple[Vectors, bytes | None]] = {}
        for key, row, blob, known, tokens, tokens_known in self.db.rows_among(
            _KNOWN_PASSAGES, list(dict.fromkeys(hashes))
        ):
            if key in found and found[key][1] is not None:
                continue
            packed = None if tokens is None else decoding.sound(self.db, row, tokens, tokens_known)
            found[key] = self._vector(row, blob, known), packed
        return found

    def _vector(self, row: int, blob: Any, known: int | None) -> Vectors:
        return decoding.floats(self.db, decoding.sound(self.db, row, blob, known), (-1,))

    def _dimension(self) -> int:
        return int((self.embedder() or {})["dimension"])

    def _check_count(self, vectors: int, after: int) -> None:
        """Compare the chunks above a row id with their vectors in number: SQLite does not notice lost rows."""
        if vectors != (chunks := self._count_above(after)):
            raise self.corrupt(f"there are {vectors} vectors of {chunks} chunks")
