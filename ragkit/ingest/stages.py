"""The arrows before the index joined for it: files are loaded, split and embedded; nothing is loaded before its use."""

from __future__ import annotations

import json
import logging
import re
import shlex
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ragkit.core.settings import OWN_SPLITTER, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping

    from langchain_core.documents import Document

    from ragkit.core.types import Chunk, Embedder, LoadedFile
    from ragkit.split.splitter import DocumentCutter

log = logging.getLogger(__name__)
K = TypeVar("K")


def configured_splitting() -> dict[str, Any]:
    """Return how the settings have documents cut, as an index remembers it."""
    from ragkit.split.splitter import SPLITTING

    chosen = settings()
    return {
        "version": SPLITTING,
        "splitter": chosen.splitter,
        "chunk_tokens": chosen.chunk_tokens,
        "overlap_tokens": chosen.overlap_tokens,
        "min_tokens": chosen.min_tokens,
        "unit": chosen.split_unit,
        "headings": chosen.split_headings,
        "semantic": chosen.split_semantic,
    }


def kept_splitting(kept: Mapping[str, Any] | None, folder: Path) -> dict[str, Any]:
    """Return how an index cuts documents: as it began, so that its passages are alike. Says when settings differ.

    Args:
        kept: what the index remembers; None for one made before indexes remembered it.
        folder: the index folder, for the message.
    """
    now = configured_splitting()
    was = {"splitter": OWN_SPLITTER, **kept} if kept else now | {"version": "1"}
    differing = [key for key in sorted(now) if was.get(key) != now[key]]
    if differing:
        log.warning(
            "%s holds passages that were cut another way than the settings have it (%s): "
            "`ragkit index --reembed --index %s` cuts all of them anew",
            folder,
            ", ".join(f"{key} {was.get(key)}, now {now[key]}" for key in differing),
            shlex.quote(str(folder)),
        )
    return now | was | {"version": now["version"]}


class Arrows:
    """How files become passages and vectors: what ``ragkit.ingest.run`` asks for.

    Args:
        embedder: gives the embedder; called once, when the first document is there.
        splitting: how documents are cut, as :func:`configured_splitting` returns it; None takes the settings.
        ocr: read words in pictures and scanned pages too.
    """

    def __init__(
        self, embedder: Callable[[], Embedder], splitting: Mapping[str, Any] | None = None, *, ocr: bool = False
    ) -> None:
        self._load_embedder = embedder
        self._splitting = splitting or configured_splitting()
        self._ocr = ocr
        self._embedder: Embedder | None = None

    @property
    def embedder(self) -> Embedder:
        """The embedder."""
        if self._embedder is None:
            self._embedder = self._load_embedder()
        return self._embedder

    @cached_property
    def _splitter(self) -> DocumentCutter:
        from ragkit.split import load_splitter

        chosen = self._splitting
        return load_splitter(
            chosen["splitter"],
            self.embedder.tokenizer,
            chunk_tokens=chosen["chunk_tokens"],
            overlap_tokens=chosen["overlap_tokens"],
            min_tokens=chosen["min_tokens"],
            unit=chosen["unit"],
            headings=chosen["headings"],
            semantic=self.embedder if chosen["semantic"] else None,
        )

    @property
    def splitting(self) -> str:
        """What tells this way of splitting from others."""
        return json.dumps(self._splitting, sort_keys=True)

    def read(self, items: Iterable[tuple[K, str | None]]) -> Generator[tuple[K, LoadedFile | None]]:
        """Read the files among the items in worker processes, some ahead, and keep the order of all."""
        from ragkit.load.files import load_each

        return load_each(items, ocr=self._ocr)

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
