"""Bring an index to what a set of paths now hold: what is unchanged is skipped, what is new is embedded once."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np

from ragkit.core.errors import LoadError
from ragkit.core.types import IngestReport, LoadedFile, content_id
from ragkit.ingest.batches import Batches, Embedding
from ragkit.ingest.ledger import Ledger, shortfall
from ragkit.ingest.paths import Look, Seen, name_of
from ragkit.ingest.web import Page, Pages
from ragkit.store.sqlite.records import NewDocument, is_gone

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence

    from langchain_core.documents import Document

    from ragkit.core.types import Chunk, Embedder
    from ragkit.store.sqlite.records import SourceRow
    from ragkit.store.sqlite.store import Store

BATCH = 512  # passages embedded and written together; bounds memory and what an interruption costs
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is.

    Attributes:
        done: files finished.
        total: files to look at.
        source: the file at hand.
        chunks: passages written so far.
    """

    done: int
    total: int
    source: str
    chunks: int


class Stages(Embedding, Protocol):
    """The stages before the store: load, split and embed."""

    def read(self, items: Iterable[tuple[K, str | None]]) -> Generator[tuple[K, LoadedFile | None]]:
        """Read the files among the items, some ahead; a key without a path is handed through in its turn."""
        ...

    def split(self, document: Document) -> Sequence[Chunk]:
        """Cut a document to passages."""
        ...


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The stages as functions.

    Attributes:
        load: path to what it holds.
        split: document to passages.
        embedding_text: what is embedded for a passage.
        embedder: text to vectors.
    """

    load: Callable[[Path], LoadedFile]
    split: Callable[[Document], Sequence[Chunk]]
    embedding_text: Callable[[Chunk], str]
    embedder: Embedder

    def read(self, items: Iterable[tuple[K, str | None]]) -> Generator[tuple[K, LoadedFile | None]]:
        """Read the files one after the other, in this process."""
        for key, path in items:
            try:
                yield key, None if path is None else self.load(Path(path))
            except LoadError as error:  # gone since it was looked at
                yield key, LoadedFile(str(path), "error", reason="unreadable", detail=error.detail)


@dataclass(slots=True)
class _Source:
    """A file on its way into the index; ``id`` is set when its first batch is written."""

    loaded: LoadedFile
    facts: Mapping[str, Any]
    gone: set[str]
    id: int | None = None


class Synchroniser:
    """One run over a set of paths. Files are read while passages are embedded and earlier ones are written.

    Args:
        store: an open store; the run is its writer.
        pipeline: how files become passages and vectors.
        rehash: read every file again, even when its size and time are as before.
        retry: read what gave no text at an earlier run again, even when it is as before.
        tokens: keep the vectors of tokens too, where the embedder gives them.
        ocr: words in pictures are read this time: read files again whose ledger row asks for that.
        progress: called as files are finished.
    """

    def __init__(
        self,
        store: Store,
        pipeline: Stages,
        *,
        rehash: bool = False,
        retry: bool = False,
        tokens: bool = False,
        ocr: bool = False,
        progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self.store = store
        self.pipeline = pipeline
        self.ocr = ocr
        self.progress = progress
        self._batches: Batches[_Source] = Batches(store, pipeline, self._write, size=BATCH, tokens=tokens)
        self._written = 0
        self._ledger = Ledger(store)
        self._look = Look(store, rehash=rehash, retry=retry, ocr=ocr)
        self._pages = Pages(store, self._ledger, self._documents, rehash=rehash, retry=retry)

    def run(
        self,
        paths: Sequence[str | Path | LoadedFile],
        pages: Iterable[Page] = (),
        *,
        prune: Callable[[str], bool] | None = None,
        within: Callable[[str], bool] | None = None,
    ) -> IngestReport:
        """Index the paths and pages.

        Args:
            paths: files, absolute; and rows of what is left out, for the ledger.
            pages: web pages, fetched as they are asked for.
            prune: which of the indexed sources not among ``paths`` are to be removed; None removes none.
            within: of which sources ``paths`` name all that there is: what is left out there no more leaves the ledger.

        Returns:
            One row a path, in the order of ``paths``, then one a page, removed files last.

        Raises:
            IndexLocked: another process is writing.
            IndexFolderError: the folder cannot be written, or its disk is full.
            ModelError: the embedder gave something that is no vector.
        """
        started = time.perf_counter()
        with self.store.writing():
            with self._batches:
                with closing(self.pipeline.read(self._look.over(paths))) as reading:
                    for number, (seen, loaded) in enumerate(reading):
                        if self.progress is not None:
                            self.progress(Progress(number, len(paths), seen.source, self._written))
                        self._take(seen, loaded)
                for number, page in enumerate(pages, len(paths)):
                    if self.progress is not None:
                        self.progress(Progress(number, number + 1, page.source, self._written))
                    self._pages.take(page, prune=prune is not None)
                self._batches.finish()
            present = {name_of(path) for path in paths}
            self._ledger.finish(present, within)
            if prune is not None:
                self._ledger.prune(present, prune)
            files = self._ledger.report()
            self.store.checkpoint()
        if self.progress is not None:
            self.progress(Progress(len(paths), len(paths), "", self._written))
        return IngestReport(files, time.perf_counter() - started, self._batches.embedded)

    def _take(self, seen: Seen, loaded: LoadedFile | None) -> None:
        """Write what became of a path, or queue it for writing."""
        known, facts = seen.known, seen.facts or {}
        if seen.left_out is not None:
            self._ledger.left_out(seen.left_out, known)
        elif seen.error is not None:
            self._ledger.unreadable(seen.source, f"cannot be read ({seen.error.strerror or seen.error})", known)
        elif loaded is None:
            assert known is not None  # noqa: S101 - else it would have been read
            if facts:
                self.store.touch_source(known.id, facts["modified_ns"])
            self._ledger.unchanged(known)
        elif loaded.reason == "unreadable":
            self._ledger.unreadable(seen.source, loaded.detail.partition(":")[0], known)
        elif loaded.outcome == "text":
            self._documents(replace(loaded, source=seen.source), known, facts)
        else:
            self._ledger.without_text(replace(loaded, source=seen.source), known, facts)

    def _documents(self, loaded: LoadedFile, known: SourceRow | None, facts: Mapping[str, Any]) -> None:
        """Queue the documents that are new or changed; each replaces its older version in one transaction."""
        before = self.store.document_hashes(known.id) if known else {}
        named = list(_identified(loaded))
        # The ledger needs none of the documents; what waits for its turn holds no more than it must.
        missing = shortfall(loaded, ocr=self.ocr)
        about = replace(loaded, detail=missing, documents=loaded.documents[:1])
        source = _Source(about, facts, set(before) - {uid for uid, _, _ in named})
        for uid, document, digest in named:
            if before.get(uid) != digest:
                self._batches.add(source, self._split(loaded.source, uid, document, digest))
        self._batches.add(source, None)
        self._ledger.note(loaded.source, "updated" if before else "indexed", missing)

    def _split(self, source: str, uid: str, document: Document, digest: str) -> NewDocument:
        chunks = [
            replace(chunk, id=content_id(source, uid, chunk.start, chunk.end, chunk.text), document_id=uid)
            for chunk in self.pipeline.split(document)
        ]
        return NewDocument(
            uid, document.page_content, document.metadata, digest, chunks, (), np.empty((0, 0), np.float32)
        )

    def _write(self, entries: Sequence[tuple[_Source, NewDocument | None]]) -> None:
        """Write documents in one transaction; a source alone says that all of its documents are there."""
        with self.store.transaction():
            for source, document in entries:
                if source.id is None:
                    source.id = self.store.put_source(source.loaded, **source.facts, whole=False)
                    self.store.delete_documents(source.id, source.gone)
                if document is None:
                    self.store.finish_source(source.id)
                else:
                    self.store.put_document(source.id, document)
                    self._written += len(document.chunks)


def _identified(loaded: LoadedFile) -> Iterator[tuple[str, Document, str]]:
    """Yield (id, document, content hash); documents that share an id in their file are told apart by number."""
    seen: Counter[str] = Counter()
    for number, document in enumerate(loaded.documents):
        uid = document.id or content_id(loaded.source, number)
        seen[uid] += 1
        if seen[uid] > 1:
            uid = f"{uid}#{seen[uid]}"
        document.metadata["source"] = loaded.source
        yield (
            uid,
            document,
            content_id(document.page_content, json.dumps(document.metadata, sort_keys=True, default=str)),
        )


def missing_under(store: Store, paths: Iterable[str | Path], roots: Sequence[Path]) -> list[str]:
    """List indexed files under the roots that are not among ``paths`` and no longer exist."""
    present = {str(path) for path in paths}
    return [
        row.source
        for row in store.sources()
        if row.source not in present and row.outcome == "text" and under(row.source, roots) and is_gone(row.source)
    ]


def under(source: str, roots: Sequence[Path]) -> bool:
    """Whether a path is one of the roots or lies below one."""
    return any(source == str(root) or source.startswith(str(root).rstrip(os.sep) + os.sep) for root in roots)
