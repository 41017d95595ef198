"""Files to passages and vectors: the stages before the store, each loaded when it is needed first."""

from __future__ import annotations

import json
import logging
import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from ragkit.core.errors import shell_word
from ragkit.core.settings import OWN_SPLITTER
from ragkit.ingest.embedder import IndexEmbedder

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping, Sequence

    from langchain_core.documents import Document

    from ragkit.core.settings import Settings
    from ragkit.core.types import Chunk, Embedder, LoadedFile
    from ragkit.split.splitter import DocumentCutter
    from ragkit.store.sqlite.store import Store

log = logging.getLogger(__name__)
K = TypeVar("K")


def configured_splitting(settings: Settings) -> dict[str, Any]:
    """Return how settings have documents cut, as an index records it."""
    from ragkit.split.splitter import SPLITTING

    return {
        "version": SPLITTING,
        "splitter": settings.splitter,
        "chunk_tokens": settings.chunk_tokens,
        "overlap_tokens": settings.overlap_tokens,
        "min_tokens": settings.min_tokens,
        "unit": settings.split_unit,
        "headings": settings.split_headings,
        "semantic": settings.split_semantic,
    }


def recorded_splitting(recorded: Mapping[str, Any] | None, settings: Settings, folder: Path) -> dict[str, Any]:
    """Return how an index cuts documents: as at its first run, so that passages are alike; warns if settings differ.

    Args:
        recorded: what the index records; None for one made before indexes recorded it.
        settings: the settings now.
        folder: the index folder, for the message.
    """
    now = configured_splitting(settings)
    was = {"splitter": OWN_SPLITTER, **recorded} if recorded else now | {"version": "1"}
    # The index's way wins over the settings: passages of two sizes in one index would not be scored alike.
    differing = [key for key in sorted(now) if was.get(key) != now[key]]
    if differing:
        log.warning(
            "%s holds passages that were cut another way than the settings have it (%s): "
            "`ragkit index --reembed --index %s` cuts all of them again",
            folder,
            ", ".join(f"{key} {was.get(key)}, now {now[key]}" for key in differing),
            shell_word(str(folder)),
        )
    return now | was | {"version": now["version"]}


class Stages(Protocol):
    """The stages before the store: load, split and embed."""

    @property
    def embedder(self) -> Embedder:
        """The embedder; loaded when there is something to embed."""
        ...

    @property
    def embedding_text(self) -> Callable[[Chunk], str]:
        """What is embedded for a passage."""
        ...

    def read(self, items: Iterable[tuple[K, str | None]]) -> Generator[tuple[K, LoadedFile | None]]:
        """Read the files among the items, some ahead; a key without a path is handed through in its turn."""
        ...

    def split(self, document: Document) -> Sequence[Chunk]:
        """Cut a document to passages."""
        ...


class FileStages:
    """Load, split and embed, as :class:`ragkit.ingest.run.Synchroniser` uses them.

    Args:
        embedder: an embedder, or the index's, which is loaded at the first document.
        store: the index that is written.
        splitting: how documents are cut, as :func:`configured_splitting` returns it.
        settings: limits of files, worker processes and threads.
        ocr: read words in pictures and scanned pages too.
    """

    def __init__(
        self,
        embedder: IndexEmbedder | Embedder,
        store: Store,
        splitting: Mapping[str, Any],
        settings: Settings,
        *,
        ocr: bool = False,
    ) -> None:
        self._source, self._store, self._splitting = embedder, store, splitting
        self._settings, self._ocr = settings, ocr

    @property
    def embedder(self) -> Embedder:
        """The embedder, checked once against the one the index was made with."""
        if isinstance(self._source, IndexEmbedder):
            self._source = self._source.load(self._store.embedder())
        return self._source

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
        """What tells this way of splitting from others, as JSON."""
        return json.dumps(self._splitting, sort_keys=True)

    def read(self, items: Iterable[tuple[K, str | None]]) -> Generator[tuple[K, LoadedFile | None]]:
        """Read the files among the items in worker processes, some ahead, and keep the order of all."""
        from ragkit.load.files import load_each
        from ragkit.load.limits import Limits

        return load_each(
            items,
            limits=Limits.configured(self._settings),
            workers=self._settings.thread_count,
            isolate=self._settings.isolate,
            ocr=self._ocr,
        )

    def split(self, document: Document) -> list[Chunk]:
        """Cut a document to passages that the embedder reads whole."""
        return self._splitter.split(_titled(document))

    def embedding_text(self, chunk: Chunk) -> str:
        """Return what is embedded for a passage."""
        from ragkit.split import embedding_text

        return embedding_text(chunk)


def _titled(document: Document) -> Document:
    """Give a file without a title the words of its file name: often the only place that names its subject."""
    if document.metadata.get("title") or document.id or "part" in document.metadata:
        return document
    words = re.sub(r"[_\W]+", " ", Path(str(document.metadata.get("source", ""))).stem).strip()
    return document.model_copy(update={"metadata": {**document.metadata, "title": words}}) if words else document
