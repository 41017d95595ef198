"""One search with everything that can stand before and behind it: transform, search, re-rank, diversify."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ragkit.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langchain_core.documents import BaseDocumentCompressor

    from ragkit.core.types import Hit, Vectors
    from ragkit.retrieve.search import Mode, Searcher
    from ragkit.retrieve.transform import QueryTransform

FETCH_K = 50  # passages that are re-ranked or chosen from


def find(
    searcher: Searcher,
    question: str,
    k: int,
    mode: Mode = "hybrid",
    *,
    filter: Mapping[str, Any] | None = None,
    diversity: float | None = None,
    fetch_k: int | None = None,
    compressor: BaseDocumentCompressor | None = None,
    query_transform: QueryTransform | None = None,
) -> tuple[Hit, ...]:
    """Return the k best passages for a question, best first.

    Args:
        searcher: finds them.
        question: the question.
        k: how many.
        mode: ``hybrid``, ``dense`` or ``lexical``.
        filter: what the passages' metadata must be, in the language of ``ragkit.store.search.filters``.
        diversity: weight of unlikeness to better passages, from 0 to 1; None is off.
        fetch_k: passages to re-rank and to choose from; None takes 50, or k where that is more.
        compressor: re-ranks them.
        query_transform: puts the question in other words first.

    Raises:
        ConfigError: an option is out of its range.
    """
    if diversity is not None and not 0 <= diversity <= 1:
        raise ConfigError(f"diversity is a share from 0 to 1, not {diversity}")
    if k < 1 or (fetch_k is not None and fetch_k < 1):
        raise ConfigError(f"k and fetch_k are numbers of passages and must be at least 1, not {k} and {fetch_k}")
    if compressor is None and diversity is None:
        return _search(searcher, question, k, mode, filter, query_transform)
    depth = max(k, FETCH_K if fetch_k is None else fetch_k)
    hits = _search(searcher, question, depth, mode, filter, query_transform)
    if compressor is not None and hits:
        from ragkit.retrieve.rerank import rerank

        hits = rerank(compressor, question, hits)
    if diversity is None or not hits:
        return hits[:k]
    return diversify(hits, _vectors(searcher, hits), k, diversity)


def _vectors(searcher: Searcher, hits: Sequence[Hit]) -> Vectors:
    """Return the hits' vectors; zeros, which are like nothing, for those removed since they were found."""
    found = searcher.index.vectors_of([hit.chunk.id for hit in hits])
    nothing = np.zeros(searcher.embedder.dimension, np.float32)
    return np.stack([found.get(hit.chunk.id, nothing) for hit in hits])


def _search(
    searcher: Searcher,
    question: str,
    k: int,
    mode: Mode,
    filter: Mapping[str, Any] | None,
    transform: QueryTransform | None,
) -> tuple[Hit, ...]:
    if transform is not None:
        return transform.search(searcher, question, k, mode, filter=filter)
    return searcher.search(question, k, mode, filter=filter)


def diversify(hits: Sequence[Hit], vectors: Vectors, k: int, diversity: float) -> tuple[Hit, ...]:
    """Choose k hits, one after the other, each by its relevance less its likeness to those chosen before.

    Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998).

    Args:
        hits: candidates, best first.
        vectors: their vectors, float32 of shape (len(hits), dimension), length 1.
        k: how many to choose at most.
        diversity: weight of the likeness, from 0 (none: the order stays) to 1; the relevance has the rest. This is 1
            less what the paper calls lambda.

    Returns:
        The hits chosen, in the order they were, with that difference as their score: relevance is the hits' score,
        scaled to [0, 1] over the candidates, and likeness the highest cosine to any hit chosen before.
    """
    if not hits:
        return ()
    scores = np.array([hit.score for hit in hits], np.float64)
    spread = float(scores[0] - scores.min())
    relevance = (scores - scores.min()) / spread if spread > 1e-9 else np.ones(len(hits))
    # The highest cosine to any hit chosen so far, updated in one product a choice: O(k n), not O(k n^2).
    likeness = np.zeros(len(hits))
    left = np.ones(len(hits), bool)
    chosen: list[Hit] = []
    while left.any() and len(chosen) < k:
        gain = np.where(left, (1 - diversity) * relevance - diversity * likeness, -np.inf)
        best = int(gain.argmax())
        left[best] = False
        chosen.append(replace(hits[best], score=float(gain[best]), rank=len(chosen) + 1))
        likeness = np.maximum(likeness, vectors @ vectors[best])
    return tuple(chosen)


def hit_json(hit: Hit) -> dict[str, Any]:
    """Return a hit in its stable JSON form."""
    chunk = hit.chunk
    return {
        "rank": hit.rank,
        "score": round(hit.score, 6),
        "via": hit.via,
        "source": chunk.source,
        "page": chunk.page,
        "place": chunk.place(),
        "start": chunk.start,
        "end": chunk.end,
        "text": chunk.text,
        "chunk_id": chunk.id,
        "document_id": chunk.document_id,
    }
