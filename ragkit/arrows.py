"""The arrows before the index joined for it: files are loaded, split and embedded; nothing is loaded before its use."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.documents import Document

    from ragkit.split import Splitter
    from ragkit.types import Chunk, Embedder, LoadedFile


class Arrows:
    """How files become passages and vectors: what ``ragkit.index.sync`` asks for.

    Args:
        embedder: gives the embedder; called once, when the first document is there.
    """

    def __init__(self, embedder: Callable[[], Embedder]) -> None:
        self._load_embedder = embedder
        self._embedder: Embedder | None = None

    @property
    def embedder(self) -> Embedder:
        """The embedder."""
        if self._embedder is None:
            self._embedder = self._load_embedder()
        return self._embedder

    @cached_property
    def _splitter(self) -> Splitter:
        from ragkit.split import Splitter

        return Splitter(self.embedder.tokenizer)

    @property
    def splitting(self) -> str:
        """What tells this way of splitting from others."""
        from ragkit.split.splitter import SPLITTING

        return SPLITTING

    def load(self, path: Path) -> LoadedFile:
        """Read a file."""
        from ragkit.load import load_file

        return load_file(path)

    def split(self, document: Document) -> list[Chunk]:
        """Cut a document to passages that the embedder reads whole."""
        return self._splitter.split(_titled(document))

    def embedding_text(self, chunk: Chunk) -> str:
        """Return what is embedded for a passage."""
        from ragkit.split import embedding_text

        return embedding_text(chunk)


def _titled(document: Document) -> Document:
    """Give a file that names no title the words of its file name: often the only place that says what it is about."""
    if document.metadata.get("title") or document.id or "part" in document.metadata:
        return document
    words = re.sub(r"[_\W]+", " ", Path(str(document.metadata.get("source", ""))).stem).strip()
    return document.model_copy(update={"metadata": {**document.metadata, "title": words}}) if words else document
