"""Bring an index to what a set of paths now hold: what is unchanged is skipped, what is new is embedded once.

Who does what, and what bounds it:

- The main thread (the caller's) looks at paths, splits, and writes. It pulls: nothing runs ahead of it unbounded.
- Worker processes read ahead of it, at most 256 files or 32 million characters (``ragkit.load.workers.parallel``).
- One thread embeds, at most one batch of ``BATCH`` passages ahead of the writing (:mod:`ragkit.ingest.batches`).

One batch is written in one transaction: text, chunks and vectors of whole documents. A source's row is written with its
first document and marked whole with its last, so that a file of many documents (a mailbox) may take several
transactions; a run that is killed in between leaves it marked as unfinished, and the next run takes it up by the hashes
of the documents that are there.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ragkit.core.types import IngestReport, LoadedFile, content_id
from ragkit.ingest.batches import Batches
from ragkit.ingest.ledger import Ledger, shortfall
from ragkit.ingest.paths import ChangeDetector, PathState, name_of
from ragkit.ingest.web import PageIngest
from ragkit.store.sqlite.records import NewDocument, is_gone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from langchain_core.documents import Document

    from ragkit.ingest.stages import Stages
    from ragkit.load.web.page import WebPage
    from ragkit.store.sqlite.records import SourceRow
    from ragkit.store.sqlite.store import Store

BATCH = 512  # passages embedded and written together; bounds memory and what an interruption costs


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
        stages: how files become passages and vectors.
        rehash: read every file again, even when its size and time are as before.
        retry: read what gave no text at an earlier run again, even when it is as before.
        tokens: keep the vectors of tokens too, where the embedder gives them.
        ocr: words in pictures are read this time: read files again whose ledger row asks for that.
        progress: called as files are finished.
    """

    def __init__(
        self,
        store: Store,
        stages: Stages,
        *,
        rehash: bool = False,
        retry: bool = False,
        tokens: bool = False,
        ocr: bool = False,
        progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self.store = store
        self.stages = stages
        self.ocr = ocr
        self.progress = progress
        self._batches: Batches[_Source] = Batches(store, stages, self._write, size=BATCH, tokens=tokens)
        self._written = 0
        self._ledger = Ledger(store)
        self._changes = ChangeDetector(store, rehash=rehash, retry=retry, ocr=ocr)
        self._pages = PageIngest(store, self._ledger, self._documents, rehash=rehash, retry=retry)

    def run(
        self,
        paths: Sequence[str | Path | LoadedFile],
        pages: Iterable[WebPage] = (),
        *,
        prune: Callable[[str], bool] | None = None,
        within: Callable[[str], bool] | None = None,
    ) -> IngestReport:
        """Index the paths and pages.

        Args:
            paths: files, absolute; and rows of what is left out, for the ledger.
            pages: web pages, fetched as they are iterated over.
            prune: which of the indexed sources not among ``paths`` are to be removed; None removes none.
            within: of which sources ``paths`` name all that there is: what is left out there no more leaves the ledger.

        Returns:
            One row a path, in the order of ``paths``, then one a page, removed files last.

        Raises:
            IndexLocked: another process is writing.
            IndexFolderError: the folder cannot be written, or its disk is full.
            ModelError: the embedder returned something that is no vector.
        """
        started = time.perf_counter()
        with self.store.writing():
            with self._batches:
                with closing(self.stages.read(self._changes.states(paths))) as reading:
                    for number, (state, loaded) in enumerate(reading):
                        if self.progress is not None:
                            self.progress(Progress(number, len(paths), state.source, self._written))
                        self._take(state, loaded)
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

    def _take(self, state: PathState, loaded: LoadedFile | None) -> None:
        """Write what became of a path, or queue it for writing."""
        known, facts = state.known, state.facts or {}
        if state.left_out is not None:
            self._ledger.left_out(state.left_out, known)
        elif state.error is not None:
            self._ledger.unreadable(state.source, f"cannot be read ({state.error.strerror or state.error})", known)
        elif loaded is None:
            assert known is not None  # noqa: S101 - else it would have been read
            if facts:
                self.store.touch_source(known.id, facts["modified_ns"])
            self._ledger.unchanged(known)
        elif loaded.reason == "unreadable":
            self._ledger.unreadable(state.source, loaded.detail.partition(":")[0], known)
        elif loaded.outcome == "text":
            self._documents(replace(loaded, source=state.source), known, facts)
        else:
            self._ledger.without_text(replace(loaded, source=state.source), known, facts)

    def _documents(self, loaded: LoadedFile, known: SourceRow | None, facts: Mapping[str, Any]) -> None:
        """Queue the documents that are new or changed; each replaces its older version in one transaction."""
        # Only documents whose hash differs are split and embedded: of a mailbox with one new message, that message.
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
            for chunk in self.stages.split(document)
        ]
        return NewDocument(
            uid, document.page_content, document.metadata, digest, chunks, (), np.empty((0, 0), np.float32)
        )

    def _write(self, entries: Sequence[tuple[_Source, NewDocument | None]]) -> None:
        """Write documents in one transaction; a source alone means that all of its documents are there."""
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
    """Yield (id, document, content hash); documents that share an id in their file get a number behind it."""
    seen: Counter[str] = Counter()
    for number, document in enumerate(loaded.documents):
        # The id that the data names where there is one (a message, a row), so that a document keeps its vectors when
        # others are put before it; else its number in the file.
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
