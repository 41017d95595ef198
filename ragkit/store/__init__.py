"""Chunks and vectors to one folder: SQLite is the truth, FAISS and the lexical index are caches of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragkit.store.embedded import EmbeddedStore as EmbeddedStore
    from ragkit.store.protocol import DocumentStore as DocumentStore
    from ragkit.store.search.reader import Reader as Reader
    from ragkit.store.sqlite.store import Store as Store
    from ragkit.store.vectorstore import VectorStore as VectorStore

_HOMES = {
    "DocumentStore": "ragkit.store.protocol",
    "EmbeddedStore": "ragkit.store.embedded",
    "Reader": "ragkit.store.search.reader",
    "Store": "ragkit.store.sqlite.store",
    "VectorStore": "ragkit.store.vectorstore",
}
__all__ = ["DocumentStore", "EmbeddedStore", "Reader", "Store", "VectorStore"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
