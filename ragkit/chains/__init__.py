"""The arrows joined: each function returns a LangChain Runnable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragkit.chains.answer import AnswerChain as AnswerChain
    from ragkit.chains.summarize import SummaryChain as SummaryChain
    from ragkit.chains.widen import Reading as Reading

_HOMES = {"AnswerChain": "answer", "Reading": "widen", "SummaryChain": "summarize"}
__all__ = ["AnswerChain", "Reading", "SummaryChain"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"ragkit.chains.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
