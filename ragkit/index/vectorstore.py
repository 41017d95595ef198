"""The index as a LangChain vector store, usable alone with any ``Embeddings``; nothing is pickled."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_core.documents import Document
from langchain_core.vectorstores import VectorStore as BaseVectorStore
from langchain_core.vectorstores.utils import maximal_marginal_relevance

from ragkit.errors import ConfigError, IndexMismatch
from ragkit.index.filters import MetadataFilter
from ragkit.index.reader import Reader
from ragkit.index.records import NewDocument, text_hash, unit
from ragkit.index.store import Store
from ragkit.types import Chunk, content_id

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from numpy.typing import NDArray

    from ragkit.types import Vectors

BATCH = 1_000  # texts embedded and committed together
Filter = MetadataFilter | Callable[[Document], bool]


def fingerprint(embedding: Embeddings, dimension: int) -> dict[str, Any]:
    """Return what identifies an embedder: its own word for it, else its class, model name and dimension."""
    own = getattr(embedding, "fingerprint", None)
    if own is not None:
        return json.loads(json.dumps(dict(own), default=str))
    kind = type(embedding)
    names = (getattr(embedding, name, None) for name in ("model_name", "model"))
    model = next((name for name in names if isinstance(name, str)), "")
    return {"class": f"{kind.__module__}.{kind.__qualname__}", "model": model, "dimension": dimension}


class VectorStore(BaseVectorStore):
    """Texts with ids and metadata, searched by cosine similarity.

    The searches take ``filter``: a dict in the language of :mod:`ragkit.index.filters` (``{"year": {"$gte": 2000}}``),
    or a function of the document.

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
            kwargs: none are known.

        Returns:
            The ids, in order.

        Raises:
            ConfigError: the lists differ in length, or metadata is no JSON.
            IndexLocked: another process is writing.
        """
        _none_of(kwargs)
        contents = list(texts)
        if metadatas is not None and len(metadatas) != len(contents):
            raise ConfigError(f"{len(contents)} texts but {len(metadatas)} metadatas: give one for each text")
        about = metadatas if metadatas is not None else [{}] * len(contents)
        documents = [
            Document(page_content=text, metadata=dict(metadata)) for text, metadata in zip(contents, about, strict=True)
        ]
        return self.add_documents(documents, ids=ids)

    def add_documents(self, documents: list[Document], *, ids: list[str] | None = None, **kwargs: Any) -> list[str]:
        """Add documents under ``ids``, else their own ids, else made-up ones; replaces what has the same id."""
        _none_of(
            {key: value for key, value in kwargs.items() if key != "batch_size"}
        )  # LangChain's indexing API has it
        if ids is not None and len(ids) != len(documents):
            raise ConfigError(f"{len(documents)} documents but {len(ids)} ids: give one for each document")
        named = [
            (ids[place] if ids is not None else None) or document.id or str(uuid.uuid4())
            for place, document in enumerate(documents)
        ]
        pairs = list(dict(zip(named, documents, strict=True)).items())  # the last of several with one id wins
        with self._store.writing():
            for begin in range(0, len(pairs), BATCH):
                self._write(pairs[begin : begin + BATCH])
            self._store.checkpoint()
        return named

    def _write(self, pairs: Sequence[tuple[str, Document]]) -> None:
        texts = [document.page_content for _, document in pairs]
        digests = [content_id(document.page_content, _json(document.metadata)) for _, document in pairs]
        vectors = unit(np.asarray(self._embedding.embed_documents(texts), np.float32))
        self._check(vectors.shape[1])
        with self._store.transaction():
            self._store.delete_chunks([uid for uid, _ in pairs])
            source = self._store.plain_source()
            for place, (uid, document) in enumerate(pairs):
                text = document.page_content
                chunks = [Chunk(uid, uid, text, 0, len(text), metadata=document.metadata)]
                hashes = [text_hash(text)]
                vector = vectors[place : place + 1]
                self._store.put_document(
                    source, NewDocument(uid, text, document.metadata, digests[place], chunks, hashes, vector)
                )

    def _check(self, dimension: int) -> None:
        """Compare the embeddings with those the folder was filled with."""
        if self._checked:
            return
        now = fingerprint(self._embedding, dimension)
        stored = self._store.setting("embedder")
        if stored is None:
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
                self._store.delete_chunks(ids)
                self._store.checkpoint()
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
        return [(document, score) for document, score, _ in self._search(self._query(query), k, **kwargs)]

    def similarity_search_by_vector(self, embedding: list[float], k: int = 4, **kwargs: Any) -> list[Document]:
        """Return the k documents most similar to a vector, best first."""
        return [document for document, _, _ in self._search(self._vector(embedding), k, **kwargs)]

    def max_marginal_relevance_search(
        self, query: str, k: int = 4, fetch_k: int = 20, lambda_mult: float = 0.5, **kwargs: Any
    ) -> list[Document]:
        """Return k documents that are similar to a question and unlike each other (Carbonell and Goldstein 1998)."""
        return self._diverse(self._query(query), k, fetch_k, lambda_mult, **kwargs)

    def max_marginal_relevance_search_by_vector(
        self, embedding: list[float], k: int = 4, fetch_k: int = 20, lambda_mult: float = 0.5, **kwargs: Any
    ) -> list[Document]:
        """Return k documents that are similar to a vector and unlike each other."""
        return self._diverse(self._vector(embedding), k, fetch_k, lambda_mult, **kwargs)

    def _diverse(self, vector: Vectors, k: int, fetch_k: int, weight: float, **options: Any) -> list[Document]:
        with self._reader.snapshot("dense"):
            found = self._search(vector, max(fetch_k, k), **options)
            vectors = self._reader.vectors([row for _, _, row in found])
        if not found:
            return []
        kept = maximal_marginal_relevance(vector, [vectors[row].tolist() for _, _, row in found], weight, k)
        return [found[place][0] for place in kept]

    def _query(self, query: str) -> Vectors:
        return self._vector(self._embedding.embed_query(query))

    def _vector(self, embedding: Sequence[float]) -> Vectors:
        self._check(len(embedding))
        return unit(np.asarray([embedding], np.float32))[0]

    def _search(
        self, vector: Vectors, k: int, *, filter: Filter | None = None, **unknown: Any
    ) -> list[tuple[Document, float, int]]:
        """Return (document, cosine, row id) of the k nearest that pass the filter."""
        _none_of(unknown)
        if k < 1:
            return []
        with self._reader.snapshot("dense"):
            if filter is None or callable(filter):
                return self._until(vector, k, filter)
            return self._nearest(vector, k, self._reader.rows_where(filter))

    def _nearest(
        self, vector: Vectors, k: int, allowed: NDArray[np.int64] | None = None
    ) -> list[tuple[Document, float, int]]:
        rows, scores = self._reader.dense(vector, k, allowed)
        chunks = self._reader.chunks(rows.tolist())
        return [
            (_document(chunks[row]), float(score), row)
            for row, score in zip(rows.tolist(), scores.tolist(), strict=True)
        ]

    def _until(
        self, vector: Vectors, k: int, passes: Callable[[Document], bool] | None
    ) -> list[tuple[Document, float, int]]:
        """Search deeper and deeper until k documents pass a function."""
        wanted = k
        while True:
            found = self._nearest(vector, wanted)
            passed = [entry for entry in found if passes is None or passes(entry[0])]
            if len(passed) >= k or len(found) < wanted:
                return passed[:k]
            wanted *= 4

    def _select_relevance_score_fn(self) -> Callable[[float], float]:
        return _relevance

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
            kwargs: none are known.
        """
        store = cls(embedding, folder)
        store.add_texts(texts, metadatas, ids=ids, **kwargs)
        return store

    def close(self) -> None:
        """Close the database."""
        self._store.close()


def _relevance(cosine: float) -> float:
    return min(max((cosine + 1) / 2, 0.0), 1.0)


def _none_of(options: Mapping[str, Any]) -> None:
    if options:
        raise ConfigError(f"unknown option {min(options)!r}: the searches take k and filter")


def _json(metadata: Mapping[str, Any]) -> str:
    try:
        return json.dumps(metadata, sort_keys=True)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"metadata cannot be kept as JSON ({error}): use text, numbers, lists and dicts") from error


def _document(chunk: Chunk) -> Document:
    metadata = dict(chunk.metadata)
    if chunk.document_id != chunk.id:  # it was cut from a file
        metadata |= {"document_id": chunk.document_id, "start": chunk.start, "end": chunk.end, "heading": chunk.heading}
    return Document(id=chunk.id, page_content=chunk.text, metadata=metadata)
