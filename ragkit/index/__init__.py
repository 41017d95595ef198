"""Chunks and vectors to one folder: SQLite is the truth, FAISS and the lexical index are caches of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragkit.index.reader import Reader as Reader
    from ragkit.index.store import Store as Store
    from ragkit.index.sync import Synchroniser as Synchroniser
    from ragkit.index.vectorstore import VectorStore as VectorStore

_HOMES = {"Reader": "reader", "Store": "store", "Synchroniser": "sync", "VectorStore": "vectorstore"}
__all__ = ["Reader", "Store", "Synchroniser", "VectorStore"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"ragkit.index.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
