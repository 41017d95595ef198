"""Retrieval quality on a BEIR folder: passages are searched, documents are scored by their best passage."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ragkit.evaluate.metrics import average_precision, ndcg, recall, reciprocal_rank

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ragkit.core.types import Hit
    from ragkit.evaluate.data import RetrievalData
    from ragkit.index import Index
    from ragkit.retrieve.search import Mode

DEPTH = 100  # documents ranked for each query
PASSAGES = 3 * DEPTH  # passages searched for them: one document may hold several of the best


def rank_documents(hits: Sequence[Hit], depth: int = DEPTH) -> list[str]:
    """Return document ids by their best passage, best first."""
    # Judgements are of documents: a document stands where its best passage does (MaxP, Dai and Callan 2019).
    return list(dict.fromkeys(hit.chunk.document_id for hit in hits))[:depth]


def evaluate_retrieval(
    index: Index, data: RetrievalData, *, mode: Mode = "hybrid", record: Callable[[dict[str, Any]], None] | None = None
) -> dict[str, float]:
    """Measure a search mode.

    Args:
        index: holds the set's corpus, its documents under the ids the judgements use.
        data: queries and judgements.
        mode: ``hybrid``, ``dense`` or ``lexical``.
        record: called with one row a query.

    Returns:
        Means of ``ndcg@10, recall@10, recall@100, mrr@10, map`` and ``seconds_p50`` of a query.
    """
    rows: list[dict[str, Any]] = []
    for query, text in data.queries.items():
        began = time.perf_counter()
        hits = index.search(text, PASSAGES, mode)
        seconds = time.perf_counter() - began
        ranking, grades = rank_documents(hits), data.judgements[query]
        row = {
            "id": query,
            "ndcg@10": ndcg(ranking, grades, 10),
            "recall@10": recall(ranking, grades, 10),
            "recall@100": recall(ranking, grades, 100),
            "mrr@10": reciprocal_rank(ranking, grades, 10),
            "map": average_precision(ranking, grades),
            "seconds": seconds,
            "top": ranking[:10],
        }
        rows.append(row)
        if record is not None:
            record(row)
    names = ("ndcg@10", "recall@10", "recall@100", "mrr@10", "map")
    metrics = {name: sum(row[name] for row in rows) / max(len(rows), 1) for name in names}
    times = sorted(row["seconds"] for row in rows)
    return {**metrics, "seconds_p50": times[len(times) // 2] if times else 0.0}
