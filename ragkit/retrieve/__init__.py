"""Question to passages: dense, lexical and fused search, and the sentences in them that bear on the question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragkit.retrieve.evidence import select_evidence as select_evidence
    from ragkit.retrieve.retriever import Passages as Passages
    from ragkit.retrieve.retriever import Retriever as Retriever
    from ragkit.retrieve.search import Searcher as Searcher

_HOMES = {"Passages": "retriever", "Retriever": "retriever", "Searcher": "search", "select_evidence": "evidence"}
__all__ = ["Passages", "Retriever", "Searcher", "select_evidence"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"ragkit.retrieve.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
