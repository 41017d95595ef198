"""The index as a LangChain vector store, usable alone with any ``Embeddings``; nothing is pickled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_core.documents import Document
from langchain_core.vectorstores.utils import maximal_marginal_relevance

from ragkit.index.filters import MetadataFilter
from ragkit.index.records import unit
from ragkit.index.textstore import TextStore, as_document, refuse

if TYPE_CHECKING:
    from pathlib import Path

    from langchain_core.embeddings import Embeddings
    from numpy.typing import NDArray

    from ragkit.types import Vectors

Filter = MetadataFilter | Callable[[Document], bool]


class VectorStore(TextStore):
    """Texts with ids and metadata, searched by cosine similarity.

    The searches take ``filter``: a dict in the language of :mod:`ragkit.index.filters` (``{"year": {"$gte": 2000}}``),
    or a function of the document.

    Args:
        embedding: any LangChain embeddings.
        folder: the index folder; made when there is none.

    Raises:
        IndexMismatch: on the first use, when the folder was filled with other embeddings.
    """

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
        refuse(unknown)
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
            (as_document(chunks[row]), float(score), row)
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


def _relevance(cosine: float) -> float:
    return min(max((cosine + 1) / 2, 0.0), 1.0)
