"""The SQLite file that is the truth of an index: opening, writing whole documents, reading rows."""

from __future__ import annotations

import json
import re
import secrets
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ragkit.errors import IndexCorrupt, IndexFolderError, IndexMismatch, IndexMissing
from ragkit.index.lock import WriterLock
from ragkit.types import Chunk, pages_inside, place_at

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ragkit.types import LoadedFile, Vectors

SCHEMA_VERSION = 1
DATABASE = "ragkit.sqlite3"
FETCH = 500  # rows named in one statement; below every SQLite build's limit of parameters


@dataclass(frozen=True, slots=True)
class SourceRow:
    """What the ledger says of one file."""

    id: int
    source: str
    outcome: str
    reason: str
    detail: str
    size: int
    modified_ns: int
    content_hash: str
    whole: bool


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document ready to be written: everything a search needs, made beforehand.

    Attributes:
        uid: its id within the source.
        text: the whole text.
        metadata: JSON-serialisable.
        content_hash: over text and metadata.
        chunks: its passages.
        text_hashes: for each passage, the hash of what was embedded.
        vectors: float32 of shape (len(chunks), dimension), rows of length 1.
        truncated: passages that the embedder cut.
    """

    uid: str
    text: str
    metadata: Mapping[str, Any]
    content_hash: str
    chunks: Sequence[Chunk]
    text_hashes: Sequence[bytes]
    vectors: Vectors
    truncated: int = 0


def _storable(text: str) -> str:
    """Replace lone surrogates, which UTF-8 cannot hold; the length stays the same."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text) if not text.isascii() else text


class Store:
    """An open index database. Safe to use from several threads of one process.

    Args:
        folder: the index folder.
        create: make the folder and the database when there is none.

    Raises:
        IndexMissing: there is no index and ``create`` is False.
        IndexCorrupt: the database is damaged.
        IndexMismatch: a newer release wrote it.
    """

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        self.folder = folder
        self.path = folder / DATABASE
        self.writer = WriterLock(folder)
        self._lock = threading.RLock()
        if not self.path.exists():
            if not create:
                raise IndexMissing(f"there is no index at {folder}: make one with `ragkit index PATH --index {folder}`")
            self._create()
        self._db = self._connect()
        self._check_version()

    def _create(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise IndexFolderError(f"{self.folder} cannot be made ({error.strerror}): choose another --index") from error
        with self.writer.held(), self._translated():
            if self.path.exists():
                return
            beside = self.path.with_suffix(".new")
            beside.unlink(missing_ok=True)
            db = sqlite3.connect(beside)
            try:
                db.executescript(files("ragkit.index").joinpath("schema.sql").read_text("utf-8"))
                db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
                db.commit()
            finally:
                db.close()
            beside.replace(self.path)

    def _connect(self) -> sqlite3.Connection:
        with self._translated():
            db = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None, timeout=30)
            try:
                db.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError:  # a read-only folder or medium: read it as it stands
                db.close()
                db = sqlite3.connect(f"{self.path.absolute().as_uri()}?immutable=1", uri=True, check_same_thread=False,
                                     isolation_level=None)
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("PRAGMA cache_size = -32768")
            return db

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise self._problem(error) from error

    def _problem(self, error: sqlite3.DatabaseError) -> IndexFolderError:
        code = getattr(error, "sqlite_errorname", "") or ""
        text = str(error)
        if code.startswith("SQLITE_FULL") or "disk is full" in text:
            return IndexFolderError(f"no room left on the disk of {self.folder}: the index is as it was; free some space")
        if code.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")) or "readonly" in text:
            return IndexFolderError(f"{self.folder} cannot be written ({text}): the index is as it was; check its rights")
        if code.startswith("SQLITE_IOERR"):
            return IndexFolderError(f"reading or writing {self.path} failed ({text}): check the disk and its free space")
        if code.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or "malformed" in text or "not a database" in text:
            return IndexCorrupt(
                f"{self.path} is damaged ({text}): put back a backup of this one file, or move the folder away and "
                "run `ragkit index` again"
            )
        return IndexFolderError(f"{self.path}: {text}")

    def _check_version(self) -> None:
        with self._translated():
            version = int(self._db.execute("PRAGMA user_version").fetchone()[0])
            tables = {row[0] for row in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if version > SCHEMA_VERSION:
            raise IndexMismatch(
                f"{self.folder} was written by a newer ragkit (schema {version}, this one knows {SCHEMA_VERSION}): "
                "update ragkit"
            )
        if version < 1 or not {"settings", "sources", "documents", "chunks", "vectors"} <= tables:
            raise IndexCorrupt(f"{self.path} is no ragkit index: move it away and run `ragkit index` again")

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

    def iterate(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Run a query and yield its rows, a thousand at a time."""
        with self._lock, self._translated():
            cursor = self._db.execute(sql, parameters)
            while block := cursor.fetchmany(1000):
                yield from block

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let all reads inside see one committed state."""
        with self._lock, self._translated():
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN")
            try:
                yield
            finally:
                self._db.execute("COMMIT")

    def version(self) -> int:
        """A number that changes whenever another connection commits; for noticing that a cache is old."""
        return int(self.rows("PRAGMA data_version")[0][0])

    def setting(self, key: str) -> Any:
        """Return a stored setting, or None."""
        found = self.rows("SELECT value FROM settings WHERE key = ?", (key,))
        return json.loads(found[0][0]) if found else None

    def source(self, source: str) -> SourceRow | None:
        """Return the ledger's row of a file."""
        for row in self._sources("WHERE source = ?", (source,)):
            return row
        return None

    def sources(self) -> list[SourceRow]:
        """Return the whole ledger, by path."""
        return self._sources("ORDER BY source")

    def _sources(self, tail: str, parameters: Sequence[Any] = ()) -> list[SourceRow]:
        columns = "id, source, outcome, reason, detail, size, modified_ns, content_hash, whole"
        return [
            SourceRow(*row[:-1], bool(row[-1]))
            for row in self.rows(f"SELECT {columns} FROM sources {tail}", parameters)  # noqa: S608 - constant text
        ]

    def totals(self, source_id: int) -> tuple[int, int, int]:
        """Return (characters, chunks, truncated passages) indexed for a source."""
        characters, truncated = self.rows(
            "SELECT coalesce(sum(length(text)), 0), coalesce(sum(truncated), 0) FROM documents WHERE source_id = ?",
            (source_id,),
        )[0]
        chunks = self.rows(
            "SELECT count(*) FROM chunks JOIN documents ON documents.id = document_id WHERE source_id = ?", (source_id,)
        )[0][0]
        return characters, chunks, truncated

    def document_hashes(self, source_id: int) -> dict[str, str]:
        """Return content hashes of a source's documents by uid."""
        return dict(self.rows("SELECT uid, content_hash FROM documents WHERE source_id = ?", (source_id,)))  # pyright: ignore[reportArgumentType]

    def document(self, uid: str, source: str | None = None) -> tuple[str, dict[str, Any]] | None:
        """Return (text, metadata) of a document by its id."""
        where = "uid = ?" + (" AND source = ?" if source is not None else "")
        found = self.rows(
            f"SELECT documents.text, metadata FROM documents JOIN sources ON sources.id = source_id WHERE {where} LIMIT 1",  # noqa: S608 - constant text
            (uid,) if source is None else (uid, source),
        )
        return (found[0][0], json.loads(found[0][1])) if found else None

    def chunks(self, rowids: Sequence[int]) -> dict[int, Chunk]:
        """Return the chunks with these row ids; ids that do not exist any more are left out."""
        return dict(self._chunks("chunks.id", [int(row) for row in rowids]))

    def chunks_by_uid(self, uids: Sequence[str]) -> dict[str, Chunk]:
        """Return the chunks with these ids; ids that do not exist are left out."""
        return {chunk.id: chunk for _, chunk in self._chunks("chunks.uid", uids)}

    def _chunks(self, column: str, keys: Sequence[Any]) -> Iterator[tuple[int, Chunk]]:
        for begin in range(0, len(keys), FETCH):
            part = keys[begin : begin + FETCH]
            marks = ",".join("?" * len(part))
            for row, uid, document, text, start, end, ordinal, heading, own, shared in self.rows(
                "SELECT chunks.id, chunks.uid, documents.uid, chunks.text, start, \"end\", ordinal, heading, chunks.metadata,"
                " json_remove(documents.metadata, '$.places') FROM chunks JOIN documents ON documents.id = document_id"
                f" WHERE {column} IN ({marks})",
                part,
            ):
                metadata = {**json.loads(shared), **json.loads(own)}
                yield row, Chunk(uid, document, text, start, end, ordinal, heading, metadata)

    def chunks_present(self, rowids: Sequence[int]) -> Iterator[int]:
        """Yield those of the row ids that exist."""
        for begin in range(0, len(rowids), FETCH):
            part = [int(row) for row in rowids[begin : begin + FETCH]]
            marks = ",".join("?" * len(part))
            for (row,) in self.rows(f"SELECT id FROM chunks WHERE id IN ({marks})", part):  # noqa: S608 - constant text
                yield row

    def row_ids(self) -> NDArray[np.int64]:
        """Return the row ids of all chunks, ascending."""
        return np.fromiter((row[0] for row in self.iterate("SELECT id FROM chunks ORDER BY id")), np.int64)

    def vectors_after(self, row: int) -> tuple[NDArray[np.int64], Vectors]:
        """Return (row ids, vectors) of all chunks above a row id; float32 of shape (n, dimension)."""
        ids: list[int] = []
        parts: list[bytes] = []
        for rowid, blob in self.iterate("SELECT chunk_id, vector FROM vectors WHERE chunk_id > ? ORDER BY chunk_id", (row,)):
            ids.append(rowid)
            parts.append(blob)
        flat = np.frombuffer(b"".join(parts), "<f4").astype(np.float32, copy=False)
        return np.array(ids, np.int64), flat.reshape(len(ids), -1) if ids else flat.reshape(0, 0)

    def vectors(self, rowids: Sequence[int]) -> dict[int, Vectors]:
        """Return vectors by row id."""
        found: dict[int, Vectors] = {}
        for begin in range(0, len(rowids), FETCH):
            part = [int(row) for row in rowids[begin : begin + FETCH]]
            marks = ",".join("?" * len(part))
            for row, blob in self.rows(f"SELECT chunk_id, vector FROM vectors WHERE chunk_id IN ({marks})", part):  # noqa: S608 - constant text
                found[row] = np.frombuffer(blob, "<f4")
        return found

    def known_vectors(self, hashes: Iterable[bytes]) -> dict[bytes, Vectors]:
        """Return vectors that were already computed for these texts."""
        wanted = list(dict.fromkeys(hashes))
        found: dict[bytes, Vectors] = {}
        for begin in range(0, len(wanted), FETCH):
            part = wanted[begin : begin + FETCH]
            marks = ",".join("?" * len(part))
            for text_hash, blob in self.rows(
                f"SELECT text_hash, vector FROM chunks JOIN vectors ON chunk_id = chunks.id WHERE text_hash IN ({marks})",  # noqa: S608 - constant text
                part,
            ):
                found[text_hash] = np.frombuffer(blob, "<f4")
        return found

    # -- writing -------------------------------------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the one writer; the changes inside are committed by :meth:`transaction` blocks.

        Raises:
            IndexLocked: another process is writing.
        """
        try:
            with self.writer.held():
                yield
        except PermissionError as error:
            raise IndexFolderError(f"{self.folder} cannot be written: check its rights") from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all changes inside together, or none of them."""
        with self._lock, self._translated():
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the database file, so that copying the one file is a full backup."""
        self.rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def begin_write(self) -> str:
        """Note that rows are about to change; returns the token caches are named after."""
        token = secrets.token_hex(8)
        began = datetime.now(timezone.utc).isoformat(timespec="seconds")
        with self.transaction():
            self._db.execute("INSERT INTO writes (token, began) VALUES (?, ?)", (token, began))
        return token

    def last_token(self) -> str:
        """Return the newest write token; empty before the first write."""
        found = self.rows("SELECT token FROM writes ORDER BY id DESC LIMIT 1")
        return found[0][0] if found else ""

    def knows_token(self, token: str) -> bool:
        """Whether a write token belongs to this database's history."""
        return bool(self.rows("SELECT 1 FROM writes WHERE token = ?", (token,)))

    def set_setting(self, key: str, value: Any) -> None:
        """Store a setting."""
        with self.transaction():
            self._db.execute(
                "INSERT INTO settings VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (key, json.dumps(value, ensure_ascii=False)),
            )

    def put_source(
        self, loaded: LoadedFile, *, size: int = 0, modified_ns: int = 0, content_hash: str = "", whole: bool = True
    ) -> int:
        """Write the ledger's row of a file; returns its row id."""
        with self.transaction():
            return self._db.execute(
                "INSERT INTO sources (source, outcome, reason, detail, media_type, pages, size, modified_ns, content_hash,"
                " whole) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (source) DO UPDATE SET outcome = excluded.outcome,"
                " reason = excluded.reason, detail = excluded.detail, media_type = excluded.media_type,"
                " pages = excluded.pages, size = excluded.size, modified_ns = excluded.modified_ns,"
                " content_hash = excluded.content_hash, whole = excluded.whole RETURNING id",
                (loaded.source, loaded.outcome, loaded.reason, _storable(loaded.detail), loaded.media_type, loaded.pages,
                 size, modified_ns, content_hash, int(whole)),
            ).fetchone()[0]

    def plain_source(self) -> int:
        """Return the row id that documents from no file hang on; their source is empty."""
        with self.transaction():
            self._db.execute("INSERT OR IGNORE INTO sources (source, outcome, whole) VALUES ('', 'text', 1)")
            return self._db.execute("SELECT id FROM sources WHERE source = ''").fetchone()[0]

    def touch_source(self, source_id: int, *, modified_ns: int, whole: bool = True) -> None:
        """Note a new modification time of an unchanged file, or that all its documents are written."""
        with self.transaction():
            self._db.execute("UPDATE sources SET modified_ns = ?, whole = ? WHERE id = ?", (modified_ns, int(whole), source_id))

    def put_document(self, source_id: int, document: NewDocument) -> None:
        """Write a document with its chunks and vectors, in place of an older one with the same uid."""
        with self.transaction():
            self._db.execute("DELETE FROM documents WHERE source_id = ? AND uid = ?", (source_id, document.uid))
            row = self._db.execute(
                "INSERT INTO documents (source_id, uid, text, metadata, content_hash, truncated) VALUES (?, ?, ?, ?, ?, ?)",
                (source_id, document.uid, _storable(document.text), json.dumps(document.metadata, ensure_ascii=True),
                 document.content_hash, document.truncated),
            ).lastrowid
            for chunk, text_hash, vector in zip(document.chunks, document.text_hashes, document.vectors, strict=True):
                own: dict[str, Any] = place_at(document.metadata, chunk.start)
                if later := pages_inside(document.metadata, chunk.start, chunk.end):
                    own["pages_inside"] = later
                chunk_row = self._db.execute(
                    'INSERT INTO chunks (uid, document_id, ordinal, start, "end", heading, text, metadata, text_hash)'
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (chunk.id, row, chunk.ordinal, chunk.start, chunk.end, _storable(chunk.heading), _storable(chunk.text),
                     json.dumps(own), text_hash),
                ).lastrowid
                self._db.execute("INSERT INTO vectors VALUES (?, ?)", (chunk_row, vector.astype("<f4").tobytes()))

    def delete_documents(self, source_id: int, uids: Iterable[str]) -> None:
        """Delete documents of a source with all that hangs on them."""
        with self.transaction():
            self._db.executemany(
                "DELETE FROM documents WHERE source_id = ? AND uid = ?", [(source_id, uid) for uid in uids]
            )

    def delete_source(self, source_id: int) -> None:
        """Delete a file from the index with all that hangs on it."""
        with self.transaction():
            self._db.execute("DELETE FROM sources WHERE id = ?", (source_id,))

    def delete_chunks(self, uids: Iterable[str]) -> int:
        """Delete passages by id, and documents that have none left; returns how many were there."""
        with self.transaction():
            gone = 0
            for uid in uids:
                found = self._db.execute("DELETE FROM chunks WHERE uid = ? RETURNING document_id", (uid,)).fetchall()
                gone += len(found)
                for (document,) in found:
                    self._db.execute(
                        "DELETE FROM documents WHERE id = ? AND NOT EXISTS (SELECT 1 FROM chunks WHERE document_id = ?)",
                        (document, document),
                    )
            return gone
