"""Chunks and vectors to one folder: SQLite is the truth, FAISS and the lexical index are caches of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragkit.store.embedded import EmbeddedStore as EmbeddedStore
    from ragkit.store.protocol import DocumentStore as DocumentStore
    from ragkit.store.search.reader import Reader as Reader
    from ragkit.store.sqlite.store import Store as Store
    from ragkit.store.vectorstore import VectorStore as VectorStore
else:
    from ragkit.core.lazy import lazy_exports

    __getattr__, __dir__, __all__ = lazy_exports(
        __name__,
        {
            "ragkit.store.embedded": "EmbeddedStore",
            "ragkit.store.protocol": "DocumentStore",
            "ragkit.store.search.reader": "Reader",
            "ragkit.store.sqlite.store": "Store",
            "ragkit.store.vectorstore": "VectorStore",
        },
    )
