"""Check every row of an index: documents, their passages, vectors. Rows stream by; memory does not grow with them."""

from __future__ import annotations

import json
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from ragkit.store.care.findings import Problem
from ragkit.store.sqlite.records import checksum, is_sound

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ragkit.store.sqlite.store import Store

NORM_TOLERANCE = 1e-3
HASH_BYTES = 16
AGAIN = "remove it with --repair, then run `ragkit index`, which reads its file again"
_DOCUMENTS = (
    "SELECT id, source_id, uid, content_hash, characters, passages, truncated, metadata, places, text, checksum"
    " FROM documents ORDER BY id"
)
_CHUNKS = (
    'SELECT document_id, id, uid, ordinal, start, "end", heading, text, metadata, text_hash, checksum'
    " FROM chunks ORDER BY document_id, id"
)
_SOME_TOKENS = (
    "SELECT document_id, count(token_vectors.chunk_id) AS has, count(*) AS passages FROM chunks"
    " LEFT JOIN token_vectors ON chunk_id = chunks.id GROUP BY document_id HAVING has > 0 AND has < passages"
)
_NO_TOKENS = (
    "SELECT DISTINCT document_id FROM chunks WHERE NOT EXISTS (SELECT 1 FROM token_vectors WHERE chunk_id = chunks.id)"
)
_PLACE = "SELECT source, source_id, documents.uid FROM documents JOIN sources ON sources.id = source_id"


class RowCheck:
    """One pass over the rows of a store.

    Attributes:
        documents: how many were checked.
        chunks: how many were checked.
        vectors: how many were checked.

    Args:
        store: an open store; the caller holds its snapshot.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.documents = self.chunks = self.vectors = 0
        self._json_known: set[str] = {"{}", "[]"}

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong with documents, passages and vectors.

        Raises:
            IndexCorrupt: rows cannot be read.
        """
        yield from self._texts()
        yield from self._missing_vectors()
        yield from self._vectors(dimension(self.store))
        yield from self._token_vectors()

    # -- documents and passages ----------------------------------------------------------------------------------

    def _texts(self) -> Iterator[Problem]:
        groups = groupby(_flat(self.store.blocks(_CHUNKS)), itemgetter(0))
        owner, group = next(groups, (None, iter(())))
        for row in _flat(self.store.blocks(_DOCUMENTS)):
            self.documents += 1
            while owner is not None and owner < row[0]:  # of no document: the check of references names them
                owner, group = next(groups, (None, iter(())))
            chunks: Iterable[tuple[Any, ...]] = group if owner == row[0] else ()
            for code, what in (*self._document(row), *self._chunks(row, chunks)):
                yield self._problem(code, what, row[0])

    def _document(self, row: tuple[Any, ...]) -> Iterator[tuple[str, str]]:
        _, _, uid, content_hash, characters, _, _, metadata, places, text, known = row
        if not isinstance(text, str) or len(text) != characters:
            yield "document", f"its text is not {characters} characters long"
        if known is not None and known != checksum(uid, metadata, places, text):
            yield "document", "it is not as it was written"
        if not uid or not content_hash:
            yield "document", "it has no id or no hash"
        if not self._is_json(metadata, dict) or not self._is_json(places, list):
            yield "document", "its metadata is no JSON"

    def _chunks(self, document: tuple[Any, ...], chunks: Iterable[tuple[Any, ...]]) -> Iterator[tuple[str, str]]:
        _, _, name, _, _, passages, truncated, about, _, whole, _ = document
        count = 0
        for _, row, uid, ordinal, start, end, heading, text, metadata, text_hash, known in chunks:
            count += 1
            if not isinstance(text, str) or not 0 <= start < end or whole[start:end] != text:
                yield "chunk", f"passage {row} is not the document's text at {start}:{end}"
            if not is_sound(known, row, name, about, uid, ordinal, start, end, heading, text, metadata):
                yield "chunk", f"passage {row} is not as it was written"
            if not uid or not isinstance(text_hash, bytes) or len(text_hash) != HASH_BYTES or ordinal < 0:
                yield "chunk", f"passage {row} has no proper id, hash or number"
            if not self._is_json(metadata, dict):
                yield "chunk", f"passage {row} has metadata that is no JSON"
        self.chunks += count
        if count != passages or not 0 <= truncated <= passages:
            yield "document", f"it has {count} passages, not {passages} with {truncated} cut"

    def _is_json(self, text: Any, kind: type) -> bool:
        if text in self._json_known:
            return (text[0] == "{") == (kind is dict)
        try:
            good = isinstance(json.loads(text), kind)
        except (TypeError, ValueError):
            return False
        if good and len(text) < 1_000 and len(self._json_known) < 10_000:
            self._json_known.add(text)
        return good

    # -- vectors -------------------------------------------------------------------------------------------------

    def _missing_vectors(self) -> Iterator[Problem]:
        sql = "SELECT id, document_id FROM chunks WHERE NOT EXISTS (SELECT 1 FROM vectors WHERE chunk_id = chunks.id)"
        for row, document in _flat(self.store.blocks(sql)):
            yield self._problem("vector", f"passage {row} has no vector", document)

    def _vectors(self, dimension: int) -> Iterator[Problem]:
        sql = "SELECT chunk_id, vector, checksum FROM vectors ORDER BY chunk_id"
        for block in self.store.blocks(sql):
            self.vectors += len(block)
            wrong = {row for row, blob, _ in block if not isinstance(blob, bytes) or len(blob) != 4 * dimension}
            for row in sorted(wrong):
                yield self._vector_problem(row, f"is not {dimension} numbers long")
            fitting = [entry for entry in block if entry[0] not in wrong]
            for row, blob, known in fitting:
                if not is_sound(known, row, blob):
                    yield self._vector_problem(row, "is not as it was written")
            if fitting and dimension:
                rows = np.array([row for row, _, _ in fitting], np.int64)
                yield from self._lengths(rows, b"".join(blob for _, blob, _ in fitting), dimension)

    def _lengths(self, rows: Any, blobs: bytes, dimension: int) -> Iterator[Problem]:
        vectors = np.frombuffer(blobs, "<f4").reshape(len(rows), dimension)
        with np.errstate(all="ignore"):  # damage may be any number
            norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
            finite = np.isfinite(norms)
            unit = (np.abs(norms - 1) <= NORM_TOLERANCE) | (norms == 0)
        for row in rows[~finite].tolist():
            yield self._vector_problem(row, "holds what is no number")
        for row in rows[finite & ~unit].tolist():
            yield self._vector_problem(row, "is not of length 1")

    def _token_vectors(self) -> Iterator[Problem]:
        setting = self.store.setting("tokens")
        if not is_tokens(setting):
            count = self.store.rows("SELECT count(*) FROM token_vectors")[0][0]
            if count:
                yield Problem(
                    "tokens", f"{count} rows are of no known kind", "token_vectors", "remove them with --repair"
                )
            return
        size = setting["bits"] // 8
        sql = "SELECT chunk_id, vectors, checksum FROM token_vectors ORDER BY chunk_id"
        for row, blob, known in _flat(self.store.blocks(sql)):
            if not isinstance(blob, bytes) or not is_sound(known, row, blob):
                yield self._vector_problem(row, "of its tokens is not as it was written", "tokens")
            elif len(blob) % size:
                yield self._vector_problem(row, f"of its tokens is no multiple of {size} bytes", "tokens")
        for document, has, count in _flat(self.store.blocks(_SOME_TOKENS)):
            yield self._problem("tokens", f"only {has} of its {count} passages have vectors of their tokens", document)

    def lost_tokens(self) -> Iterator[Problem]:
        """Yield documents without vectors of their tokens in an index that has them for most: they were lost.

        An embedder's runtime may give none, so that this is a fault only where rows are known to be missing.
        """
        there, passages = self.store.rows("SELECT count(*) FROM token_vectors")[0][0], self.store.count_chunks()
        if 2 * there > passages:
            for (document,) in _flat(self.store.blocks(_NO_TOKENS)):
                yield self._problem("tokens", "it has no vectors of its tokens", document)

    # -- helpers -------------------------------------------------------------------------------------------------

    def _vector_problem(self, row: int, what: str, code: str = "vector") -> Problem:
        found = self.store.rows("SELECT document_id FROM chunks WHERE id = ?", (row,))
        return self._problem(code, f"the vector of passage {row} {what}", found[0][0] if found else 0)

    def _problem(self, code: str, what: str, document: int) -> Problem:
        found = self.store.rows(f"{_PLACE} WHERE documents.id = ?", (document,))
        source, source_id, uid = found[0] if found else ("", 0, "")
        where = f"{source}, document {uid}" if source else f"document {uid or document}"
        return Problem(code, what, where, AGAIN, source_id, document)


def is_tokens(setting: Any) -> bool:
    """Whether a setting says what the vectors of tokens are: signs, eight to a byte."""
    return isinstance(setting, dict) and isinstance(bits := setting.get("bits"), int) and bits >= 8


def dimension(store: Store) -> int:
    """Return the dimension of a store's vectors: its embedder's, else what most of them have."""
    try:
        return int(json.loads(store.rows("SELECT value FROM settings WHERE key = 'embedder'")[0][0])["dimension"])
    except (TypeError, ValueError, KeyError, IndexError):
        found = store.rows("SELECT length(vector) FROM vectors GROUP BY 1 ORDER BY count(*) DESC LIMIT 1")
        return found[0][0] // 4 if found else 0


def _flat(blocks: Iterable[list[tuple[Any, ...]]]) -> Iterator[tuple[Any, ...]]:
    for block in blocks:
        yield from block
