"""What is read from an index: settings, the ledger, documents, chunks, vectors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from ragkit.core.types import Chunk, Titled
from ragkit.store.sqlite.database import Database
from ragkit.store.sqlite.records import SourceRow, checksum, is_sound, storable_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from ragkit.core.types import Vectors

FETCH = 500  # rows named in one statement; below every SQLite build's limit of parameters

_SOURCES = (
    "SELECT id, source, outcome, reason, detail, size, modified_ns, content_hash, whole, characters, passages,"
    " truncated FROM sources "
)
_CHUNKS = (
    'SELECT chunks.id, chunks.uid, documents.uid, chunks.text, start, "end", ordinal, heading, chunks.metadata,'
    " documents.metadata, chunks.checksum FROM chunks JOIN documents ON documents.id = document_id WHERE "
)
_TEXTS = (
    "SELECT chunks.id, documents.uid, documents.metadata, chunks.uid, ordinal, start,"
    ' "end", heading, chunks.text, chunks.metadata, chunks.checksum FROM chunks'
    " JOIN documents ON documents.id = document_id WHERE chunks.id > ? ORDER BY chunks.id"
)

OPENING = 1500  # characters of a document in which it says what it is
_TITLED = (
    "SELECT source, metadata, substr(text, 1, ?) FROM sources JOIN documents ON documents.id ="
    " (SELECT min(id) FROM documents WHERE source_id = sources.id)"
)


class Queries(Database):
    """A database with its questions."""

    def setting(self, key: str) -> Any:
        """Return a stored setting, or None."""
        found = self.rows("SELECT value FROM settings WHERE key = ?", (key,))
        return self._json(found[0][0]) if found else None

    def last_token(self) -> str:
        """Return the token of the newest commit that added chunks; empty before the first."""
        found = self.rows("SELECT token FROM writes ORDER BY id DESC LIMIT 1")
        return found[0][0] if found else ""

    def knows_token(self, token: str) -> bool:
        """Whether a token belongs to this database's history."""
        return bool(self.rows("SELECT 1 FROM writes WHERE token = ?", (token,)))

    # -- the ledger ----------------------------------------------------------------------------------------------

    def source(self, source: str) -> SourceRow | None:
        """Return the ledger's row of a file."""
        return self.sources_named([source]).get(source)

    def sources_named(self, sources: Sequence[str]) -> dict[str, SourceRow]:
        """Return the ledger's rows of these files by name; files it does not know are left out."""
        names = {storable_path(source): source for source in sources}
        found = self._among(f"{_SOURCES} WHERE source IN", list(names))
        return {names[row[1]]: _source_row(row) for row in found}

    def sources(self) -> list[SourceRow]:
        """Return the whole ledger, by path."""
        return [_source_row(row) for row in self.rows(f"{_SOURCES} ORDER BY source")]

    def left_out(self) -> list[tuple[int, str]]:
        """Return (row id, source) of the paths that are not read for a good reason."""
        return [(row, source) for row, source in self.rows("SELECT id, source FROM sources WHERE outcome = 'skipped'")]

    def sums(self, source_ids: Sequence[int]) -> dict[int, tuple[int, int, int]]:
        """Return (characters, chunks, truncated passages) of whole sources by row id."""
        found = self._among("SELECT id, characters, passages, truncated FROM sources WHERE id IN", source_ids)
        return {row: (characters, passages, truncated) for row, characters, passages, truncated in found}

    # -- documents and chunks ------------------------------------------------------------------------------------

    def document_hashes(self, source_id: int) -> dict[str, str]:
        """Return content hashes of a source's documents by uid."""
        rows = self.rows("SELECT uid, content_hash FROM documents WHERE source_id = ?", (source_id,))
        return {uid: content_hash for uid, content_hash in rows}  # noqa: C416 - dict() would lose the types

    def document(self, uid: str, source: str | None = None) -> tuple[str, dict[str, Any]] | None:
        """Return (text, metadata) of a document by its id."""
        sql = (
            "SELECT documents.text, metadata, places, checksum FROM documents JOIN sources ON sources.id = source_id"
            " WHERE uid = ?"
        )
        if source is None:
            found = self.rows(sql, (uid,))
        else:
            found = self.rows(f"{sql} AND source = ?", (uid, storable_path(source)))
        return self._document(uid, *found[0]) if found else None

    def documents(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield (id, text, metadata) of all documents, in the order they were added.

        Raises:
            IndexCorrupt: one of them is damaged.
        """
        for block in self.blocks("SELECT uid, text, metadata, places, checksum FROM documents ORDER BY id"):
            for uid, *found in block:
                yield uid, *self._document(uid, *found)

    def _document(self, uid: str, text: str, metadata: str, places: str, known: Any) -> tuple[str, dict[str, Any]]:
        if known is not None and known != checksum(uid, metadata, places, text):
            raise self.corrupt(f"document {uid} is not as it was written")
        return text, {**self._json(metadata), **({"places": self._json(places)} if places != "[]" else {})}

    def titled(self, most: int) -> tuple[Titled, ...]:
        """Return the documents of files as they may be named, the first of each file; none where files are more."""
        (count,) = self.rows("SELECT count(*) FROM sources WHERE outcome = 'text'")[0]
        if count > most:
            return ()
        rows = self.rows(_TITLED, (OPENING,))
        return tuple(_titled(source, self._json(metadata), opening) for source, metadata, opening in rows)

    def chunks(self, rowids: Sequence[int]) -> dict[int, Chunk]:
        """Return the chunks with these row ids; ids that do not exist any more are left out."""
        return dict(self._chunks("chunks.id IN", [int(row) for row in rowids]))

    def chunks_by_uid(self, uids: Sequence[str]) -> dict[str, Chunk]:
        """Return the chunks with these ids; ids that do not exist are left out."""
        return {chunk.id: chunk for _, chunk in self._chunks("chunks.uid IN", uids)}

    def _chunks(self, where: str, keys: Sequence[Any]) -> Iterator[tuple[int, Chunk]]:
        shared: dict[str, Any] = {}  # documents have many chunks; their metadata is read once
        for found in self._among(_CHUNKS + where, keys):
            row, uid, document, text, start, end, ordinal, heading, own, about, known = found
            if not is_sound(known, row, document, about, uid, ordinal, start, end, heading, text, own):
                raise self.corrupt(f"chunk {row} is not as it was written")
            if not all(isinstance(part, str) for part in (uid, document, text, heading)):
                raise self.corrupt(f"chunk {row} holds bytes in place of text")
            if about not in shared:
                shared[about] = self._json(about)
            metadata = {**shared[about], **self._json(own)}
            try:
                yield row, Chunk(uid, document, text, start, end, ordinal, heading, metadata)
            except (TypeError, ValueError) as error:
                raise self.corrupt(f"chunk {row}: {error}") from error

    def texts_after(self, row: int) -> Iterator[tuple[int, str, str]]:
        """Yield (row id, heading, text) of all chunks above a row id, ascending.

        Raises:
            IndexCorrupt: one of them is damaged, or not there.
        """
        count = 0
        for block in self.blocks(_TEXTS, (row,)):
            count += len(block)
            for chunk, document, about, uid, ordinal, start, end, heading, text, own, known in block:
                if not is_sound(known, chunk, document, about, uid, ordinal, start, end, heading, text, own):
                    raise self.corrupt(f"chunk {chunk} is not as it was written")
                yield chunk, heading, text
        if count != (there := self._above(row)):
            raise self.corrupt(f"{there - count} of {there} chunks cannot be read")

    def _above(self, row: int) -> int:
        """Count the chunks above a row id; all of them by an index, which knows of rows that were lost."""
        return self.rows("SELECT count(*) FROM chunks WHERE id > ?", (row,))[0][0] if row else self.count_chunks()

    def chunks_present(self, rowids: Sequence[int]) -> Iterator[int]:
        """Yield those of the row ids that exist."""
        for (row,) in self._among("SELECT id FROM chunks WHERE id IN", [int(row) for row in rowids]):
            yield row

    def row_ids(self) -> NDArray[np.int64]:
        """Return the row ids of all chunks, ascending."""
        # Without ORDER BY SQLite reads them from an index and leaves the texts alone.
        blocks = [np.array(block, np.int64)[:, 0] for block in self.blocks("SELECT id FROM chunks")]
        return np.sort(np.concatenate(blocks)) if blocks else np.empty(0, np.int64)

    def count_chunks(self, up_to: int | None = None) -> int:
        """Count the chunks, or those with a row id up to a number."""
        if up_to is None:
            return self.rows("SELECT count(*) FROM chunks")[0][0]
        if up_to <= 0:
            return 0
        return self.count_chunks() - self.rows("SELECT count(*) FROM chunks WHERE id > ?", (up_to,))[0][0]

    # -- vectors -------------------------------------------------------------------------------------------------

    def embedder(self) -> dict[str, Any] | None:
        """Return what the index remembers of its embedder (``fingerprint, dimension, spec``); None where it has none.

        Raises:
            IndexCorrupt: it does not remember it, but has vectors.
        """
        found = self.setting("embedder")
        if found is None and not self.rows("SELECT 1 FROM vectors LIMIT 1"):
            return None
        kinds = {"fingerprint": dict, "dimension": int}
        if not isinstance(found, dict) or not all(isinstance(found.get(key), kind) for key, kind in kinds.items()):
            raise self.corrupt("it does not say which embedder made its vectors")
        return found

    def _dimension(self) -> int:
        return int((self.embedder() or {})["dimension"])

    def vectors_after(self, row: int) -> tuple[NDArray[np.int64], Vectors]:
        """Return (row ids, vectors) of all chunks above a row id; float32 of shape (n, dimension)."""
        with self.snapshot():
            count = self.rows("SELECT count(*) FROM vectors WHERE chunk_id > ?", (row,))[0][0]
            self._all_there(count, row)
            if not count:
                return np.empty(0, np.int64), np.empty((0, 0), np.float32)
            dimension = self._dimension()
            ids, vectors = np.empty(count, np.int64), np.empty((count, dimension), np.float32)
            at = 0
            for some, block in self.vector_blocks(row):
                end = at + len(some)
                ids[at:end], vectors[at:end] = some, block
                at = end
            return ids, vectors

    def vector_blocks(self, after: int) -> Iterator[tuple[NDArray[np.int64], Vectors]]:
        """Yield (row ids, vectors) of all chunks above a row id, ascending, some at a time."""
        sql = "SELECT chunk_id, vector, checksum FROM vectors WHERE chunk_id > ? ORDER BY chunk_id"
        dimension = count = 0
        for block in self.blocks(sql, (after,)):
            dimension = dimension or self._dimension()
            count += len(block)
            content = b"".join(self._sound(row, blob, known) for row, blob, known in block)
            yield np.array([row for row, _, _ in block], np.int64), self._array(content, (len(block), dimension))
        self._all_there(count, after)

    def _all_there(self, vectors: int, after: int) -> None:
        """Raise where the chunks above a row id are not as many as their vectors: SQLite does not notice lost rows."""
        if vectors != (chunks := self._above(after)):
            raise self.corrupt(f"there are {vectors} vectors of {chunks} chunks")

    def vectors(self, rowids: Sequence[int]) -> dict[int, Vectors]:
        """Return vectors by row id."""
        sql = "SELECT chunk_id, vector, checksum FROM vectors WHERE chunk_id IN"
        found = self._among(sql, [int(row) for row in rowids])
        return {row: self._array(self._sound(row, blob, known), (-1,)) for row, blob, known in found}

    def vectors_by_uid(self, uids: Sequence[str]) -> dict[str, Vectors]:
        """Return vectors by chunk id; ids that do not exist are left out."""
        sql = (
            "SELECT uid, vector, chunk_id, vectors.checksum FROM chunks JOIN vectors ON chunk_id = chunks.id"
            " WHERE uid IN"
        )
        found = self._among(sql, list(uids))
        return {uid: self._array(self._sound(row, blob, known), (-1,)) for uid, blob, row, known in found}

    def vector_rows(self, rowids: Sequence[int]) -> tuple[NDArray[np.int64], Vectors]:
        """Return (row ids, vectors), in any order, of those of the chunks that exist: quicker for many of them."""
        found = list(self._among("SELECT chunk_id, vector, checksum FROM vectors WHERE chunk_id IN", rowids))
        content = b"".join([self._sound(row, blob, known) for row, blob, known in found])
        return np.array([row for row, _, _ in found], np.int64), self._array(content, (len(found), -1))

    def token_vectors(self, rowids: Sequence[int]) -> dict[int, bytes]:
        """Return the compressed vectors of chunks' tokens by row id; chunks that have none are left out."""
        sql = "SELECT chunk_id, vectors, checksum FROM token_vectors WHERE chunk_id IN"
        found = self._among(sql, [int(row) for row in rowids])
        return {row: self._sound(row, blob, known) for row, blob, known in found}

    def known_passages(self, hashes: Iterable[bytes]) -> dict[bytes, tuple[Vectors, bytes | None]]:
        """Return what was already computed for these texts: the vector, and the tokens' vectors or None."""
        sql = (
            "SELECT text_hash, chunks.id, vector, vectors.checksum, token_vectors.vectors, token_vectors.checksum"
            " FROM chunks JOIN vectors ON vectors.chunk_id = chunks.id"
            " LEFT JOIN token_vectors ON token_vectors.chunk_id = chunks.id WHERE text_hash IN"
        )
        found: dict[bytes, tuple[Vectors, bytes | None]] = {}
        for key, row, blob, known, tokens, tokens_known in self._among(sql, list(dict.fromkeys(hashes))):
            if key in found and found[key][1] is not None:
                continue
            kept = None if tokens is None else self._sound(row, tokens, tokens_known)
            found[key] = self._array(self._sound(row, blob, known), (-1,)), kept
        return found

    # -- helpers -------------------------------------------------------------------------------------------------

    def _among(self, sql: str, keys: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
        """Run a query that ends in IN over any number of keys."""
        for begin in range(0, len(keys), FETCH):
            part = keys[begin : begin + FETCH]
            yield from self.rows(f"{sql} ({','.join('?' * len(part))})", part)

    def _json(self, text: str) -> Any:
        try:
            return json.loads(text)
        except (TypeError, ValueError) as error:
            raise self.corrupt(f"it holds broken JSON: {error}") from error

    def _sound(self, row: int, blob: Any, known: int | None) -> bytes:
        # The first test is what is_sound() finds of nearly every row, at a third of the time.
        if not isinstance(blob, bytes) or not (known == row + crc32(blob) or is_sound(known, row, blob)):
            raise self.corrupt(f"a vector of chunk {row} is not as it was written")
        return blob

    def _array(self, blob: bytes, shape: tuple[int, ...]) -> Vectors:
        try:
            return np.frombuffer(blob, "<f4").reshape(shape)
        except (TypeError, ValueError) as error:
            raise self.corrupt(f"a vector has the wrong length: {error}") from error


def _source_row(row: tuple[Any, ...]) -> SourceRow:
    number, source, outcome, reason, detail, size, modified_ns, content_hash, whole, *sums = row
    return SourceRow(number, source, outcome, reason, detail, size, modified_ns, content_hash, bool(whole), *sums)


def _titled(source: str, metadata: dict[str, Any], opening: str) -> Titled:
    date = next((str(metadata[key]) for key in ("date", "created", "modified") if metadata.get(key)), "")
    return Titled(source, str(metadata.get("title") or ""), opening, date)
