"""The index as a LangChain vector store, usable alone with any ``Embeddings``; nothing is pickled."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore as BaseVectorStore
from langchain_core.vectorstores.utils import maximal_marginal_relevance

from ragkit.errors import ConfigError, IndexMismatch
from ragkit.index.reader import Reader
from ragkit.index.store import NewDocument, Store
from ragkit.index.sync import text_hash, unit
from ragkit.types import Chunk, content_id

if TYPE_CHECKING:
    from ragkit.types import Vectors

BATCH = 1_000  # texts embedded and committed together


def fingerprint(embedding: Embeddings, dimension: int) -> dict[str, Any]:
    """Return what identifies an embedder: its own word for it, else its class, model name and dimension."""
    own = getattr(embedding, "fingerprint", None)
    if own is not None:
        return dict(own)
    kind = type(embedding)
    model = getattr(embedding, "model", None) or getattr(embedding, "model_name", None)
    return {"class": f"{kind.__module__}.{kind.__qualname__}", "model": str(model or ""), "dimension": dimension}


class VectorStore(BaseVectorStore):
    """Texts with ids and metadata, searched by cosine similarity.

    Args:
        embedding: any LangChain embeddings.
        folder: the index folder; made when there is none.

    Raises:
        IndexMismatch: on the first use, when the folder was filled with other embeddings.
    """

    def __init__(self, embedding: Embeddings, folder: str | Path) -> None:
        self._embedding = embedding
        self._store = Store(Path(folder), create=True)
        self._reader = Reader(self._store)
        self._checked = False

    @property
    def embeddings(self) -> Embeddings:
        """The embeddings the store was opened with."""
        return self._embedding

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        """Add texts; one whose id is there already replaces it.

        Args:
            texts: what to embed and keep.
            metadatas: JSON-serialisable, one for each text.
            ids: one for each text; made up where None.

        Returns:
            The ids, in order.

        Raises:
            ConfigError: the lists differ in length.
            IndexLocked: another process is writing.
        """
        documents = [Document(page_content=text) for text in texts]
        if metadatas is not None:
            if len(metadatas) != len(documents):
                raise ConfigError(f"{len(documents)} texts but {len(metadatas)} metadatas: give one for each text")
            for document, metadata in zip(documents, metadatas, strict=True):
                document.metadata = dict(metadata)
        return self.add_documents(documents, ids=ids)

    def add_documents(self, documents: list[Document], *, ids: list[str] | None = None, **kwargs: Any) -> list[str]:
        """Add documents under ``ids``, else their own ids, else made-up ones; replaces what has the same id."""
        if ids is not None and len(ids) != len(documents):
            raise ConfigError(f"{len(documents)} documents but {len(ids)} ids: give one for each document")
        named = [
            (ids[place] if ids is not None else None) or document.id or str(uuid.uuid4())
            for place, document in enumerate(documents)
        ]
        latest = dict(zip(named, documents, strict=True))  # the last of several with one id wins
        pairs = list(latest.items())
        with self._store.writing():
            if pairs:
                self._store.begin_write()
            for begin in range(0, len(pairs), BATCH):
                self._write(pairs[begin : begin + BATCH])
            self._reader.changed()
            if len(pairs) >= BATCH:
                self._reader.update_caches()
        return named

    def _write(self, pairs: Sequence[tuple[str, Document]]) -> None:
        texts = [document.page_content for _, document in pairs]
        vectors = self._vectors(texts)
        with self._store.transaction():
            self._store.delete_chunks([uid for uid, _ in pairs])
            source = self._store.plain_source()
            for place, (uid, document) in enumerate(pairs):
                text = document.page_content
                chunk = Chunk(uid, uid, text, 0, len(text))
                digest = content_id(text, json.dumps(document.metadata, sort_keys=True))
                self._store.put_document(
                    source,
                    NewDocument(uid, text, document.metadata, digest, [chunk], [text_hash(text)], vectors[place : place + 1]),
                )

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        vectors = unit(np.asarray(self._embedding.embed_documents(list(texts)), np.float32))
        self._check(vectors.shape[1])
        return vectors

    def _check(self, dimension: int) -> None:
        """Compare the embeddings with those the folder was filled with."""
        if self._checked:
            return
        now = fingerprint(self._embedding, dimension)
        stored = self._store.setting("embedder")
        if stored is None:
            with self._store.writing():
                self._store.set_setting("embedder", {"spec": None, "dimension": dimension, "fingerprint": now})
        elif stored["fingerprint"] != now:
            raise IndexMismatch(
                f"{self._store.folder} was filled with {stored['fingerprint']}, not with {now}: open it with the same "
                "embeddings, or use another folder"
            )
        self._checked = True

    def delete(self, ids: list[str] | None = None, **kwargs: Any) -> bool | None:
        """Delete by id; unknown ids are passed over. None deletes nothing."""
        if ids:
            with self._store.writing():
                self._store.begin_write()
                self._store.delete_chunks(ids)
                self._reader.changed()
        return True

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """Return the documents with these ids, in this order; unknown ones are left out."""
        found = self._store.chunks_by_uid(list(dict.fromkeys(ids)))
        return [_document(found[uid]) for uid in dict.fromkeys(ids) if uid in found]

    def similarity_search(self, query: str, k: int = 4, **kwargs: Any) -> list[Document]:
        """Return the k documents most similar to a question, best first."""
        return [document for document, _ in self.similarity_search_with_score(query, k, **kwargs)]

    def similarity_search_with_score(self, query: str, k: int = 4, **kwargs: Any) -> list[tuple[Document, float]]:
        """Return the k most similar documents with their cosine, best first."""
        return [(_document(chunk), score) for chunk, score, _ in self._search(self._query(query), k)]

    def similarity_search_by_vector(self, embedding: list[float], k: int = 4, **kwargs: Any) -> list[Document]:
        """Return the k documents most similar to a vector, best first."""
        vector = unit(np.asarray([embedding], np.float32))[0]
        return [_document(chunk) for chunk, _, _ in self._search(vector, k)]

    def max_marginal_relevance_search(
        self, query: str, k: int = 4, fetch_k: int = 20, lambda_mult: float = 0.5, **kwargs: Any
    ) -> list[Document]:
        """Return k documents that are similar to a question and unlike each other (Carbonell and Goldstein 1998)."""
        return self._diverse(self._query(query), k, fetch_k, lambda_mult)

    def max_marginal_relevance_search_by_vector(
        self, embedding: list[float], k: int = 4, fetch_k: int = 20, lambda_mult: float = 0.5, **kwargs: Any
    ) -> list[Document]:
        """Return k documents that are similar to a vector and unlike each other."""
        return self._diverse(unit(np.asarray([embedding], np.float32))[0], k, fetch_k, lambda_mult)

    def _diverse(self, vector: Vectors, k: int, fetch_k: int, weight: float) -> list[Document]:
        found = self._search(vector, max(fetch_k, k))
        vectors = self._reader.vectors([row for _, _, row in found])
        kept = maximal_marginal_relevance(vector, [vectors[row] for _, _, row in found], weight, k) if found else []
        return [_document(found[place][0]) for place in kept]

    def _query(self, query: str) -> Vectors:
        vector = unit(np.asarray([self._embedding.embed_query(query)], np.float32))[0]
        self._check(len(vector))
        return vector

    def _search(self, vector: Vectors, k: int) -> list[tuple[Chunk, float, int]]:
        rows, scores = self._reader.dense(vector, k)
        chunks = self._reader.chunks(rows.tolist())
        return [
            (chunks[row], float(score), row)
            for row, score in zip(rows.tolist(), scores.tolist(), strict=True)
            if row in chunks
        ]

    def _select_relevance_score_fn(self) -> Any:
        return lambda cosine: (cosine + 1) / 2

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        folder: str | Path = ".ragkit",
        **kwargs: Any,
    ) -> VectorStore:
        """Make a store and add texts to it.

        Args:
            texts: what to embed and keep.
            embedding: any LangChain embeddings.
            metadatas: one for each text.
            ids: one for each text.
            folder: the index folder.
        """
        store = cls(embedding, folder)
        store.add_texts(texts, metadatas, ids=ids)
        return store

    def close(self) -> None:
        """Close the database."""
        self._store.close()


def _document(chunk: Chunk) -> Document:
    metadata = dict(chunk.metadata)
    if chunk.source:
        metadata |= {"document_id": chunk.document_id, "start": chunk.start, "end": chunk.end, "heading": chunk.heading}
    return Document(id=chunk.id, page_content=chunk.text, metadata=metadata)
