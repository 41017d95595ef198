"""Question to passages: dense, lexical and fused search, what may stand before and behind it, and evidence in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
else:
    from ragkit.core.lazy import lazy_exports

    __getattr__, __dir__, __all__ = lazy_exports(
        __name__,
        {
            "ragkit.retrieve.evidence": "select_evidence",
            "ragkit.retrieve.pipeline": "diversify find",
            "ragkit.retrieve.rerank": "CrossEncoderReranker",
            "ragkit.retrieve.retriever": "Passages Retriever",
            "ragkit.retrieve.search": "Searcher",
            "ragkit.retrieve.transform": "HyDE MultiQuery QueryTransform",
            "ragkit.retrieve.union": "Union",
        },
    )
