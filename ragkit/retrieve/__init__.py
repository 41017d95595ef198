"""Question to passages: dense, lexical and fused search, what may stand before and behind it, and evidence in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragkit.retrieve.evidence import select_evidence as select_evidence
    from ragkit.retrieve.pipeline import diversify as diversify
    from ragkit.retrieve.pipeline import find as find
    from ragkit.retrieve.rerank import CrossEncoderReranker as CrossEncoderReranker
    from ragkit.retrieve.retriever import Passages as Passages
    from ragkit.retrieve.retriever import Retriever as Retriever
    from ragkit.retrieve.search import Searcher as Searcher
    from ragkit.retrieve.transform import HyDE as HyDE
    from ragkit.retrieve.transform import MultiQuery as MultiQuery
    from ragkit.retrieve.transform import QueryTransform as QueryTransform
    from ragkit.retrieve.union import Union as Union

_HOMES = {
    "CrossEncoderReranker": "ragkit.retrieve.rerank",
    "HyDE": "ragkit.retrieve.transform",
    "MultiQuery": "ragkit.retrieve.transform",
    "Passages": "ragkit.retrieve.retriever",
    "QueryTransform": "ragkit.retrieve.transform",
    "Retriever": "ragkit.retrieve.retriever",
    "Searcher": "ragkit.retrieve.search",
    "Union": "ragkit.retrieve.union",
    "diversify": "ragkit.retrieve.pipeline",
    "find": "ragkit.retrieve.pipeline",
    "select_evidence": "ragkit.retrieve.evidence",
}
__all__ = [
    "CrossEncoderReranker",
    "HyDE",
    "MultiQuery",
    "Passages",
    "QueryTransform",
    "Retriever",
    "Searcher",
    "Union",
    "diversify",
    "find",
    "select_evidence",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
