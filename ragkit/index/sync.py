"""Bring an index to what a set of paths now hold: what is unchanged is skipped, what is new is embedded once."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from ragkit.errors import LoadError
from ragkit.index.batches import Batches, Embedding
from ragkit.index.records import NewDocument, file_hash, storable_path
from ragkit.types import FileReport, IngestReport, LoadedFile, content_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from langchain_core.documents import Document

    from ragkit.index.records import SourceRow
    from ragkit.index.store import Store
    from ragkit.types import Chunk, Embedder, Outcome

BATCH = 512  # passages embedded and written together; bounds memory and what an interruption costs
LOOKAHEAD = 1_000  # files whose rows of the ledger are read at once
PASSING = ("timeout", "crashed", "unreadable", "missing")  # reasons that may be gone at the next run


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


class Arrows(Embedding, Protocol):
    """The arrows before the index, so that the index knows none of them."""

    def load(self, path: Path) -> LoadedFile:
        """Read a file."""
        ...

    def split(self, document: Document) -> Sequence[Chunk]:
        """Cut a document to passages."""
        ...


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The arrows as functions.

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
        tokens: keep the vectors of tokens too, where the embedder gives them.
        ocr: words in pictures are read this time: read files again whose ledger row asks for that.
        progress: called as files are finished.
    """

    def __init__(
        self,
        store: Store,
        pipeline: Arrows,
        *,
        rehash: bool = False,
        tokens: bool = False,
        ocr: bool = False,
        progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self.store = store
        self.pipeline = pipeline
        self.rehash = rehash
        self.ocr = ocr
        self.progress = progress
        self._batches: Batches[_Source] = Batches(store, pipeline, self._write, size=BATCH, tokens=tokens)
        self._written = 0
        self._rows: list[tuple[str, Outcome, str]] = []

    def run(self, paths: Sequence[Path], *, prune: Callable[[str], bool] | None = None) -> IngestReport:
        """Index the paths.

        Args:
            paths: files, absolute.
            prune: which of the indexed sources not among ``paths`` are to be removed; None removes none.

        Returns:
            One row a file, in the order of ``paths``, removed files last.

        Raises:
            IndexLocked: another process is writing.
            IndexFolderError: the folder cannot be written, or its disk is full.
            ModelError: the embedder gave something that is no vector.
        """
        started = time.perf_counter()
        with self.store.writing():
            with self._batches:
                for begin in range(0, len(paths), LOOKAHEAD):
                    self._files(paths[begin : begin + LOOKAHEAD], begin, len(paths))
                self._batches.finish()
            if prune is not None:
                self._prune({storable_path(str(path)) for path in paths}, prune)
            files = self._report()
            self.store.checkpoint()
        if self.progress is not None:
            self.progress(Progress(len(paths), len(paths), "", self._written))
        return IngestReport(files, time.perf_counter() - started, self._batches.embedded)

    def _files(self, paths: Sequence[Path], done: int, total: int) -> None:
        known = self.store.sources_named([str(path) for path in paths])
        for number, path in enumerate(paths, done):
            if self.progress is not None:
                self.progress(Progress(number, total, str(path), self._written))
            self._file(path, known.get(str(path)))

    def _file(self, path: Path, known: SourceRow | None) -> None:
        source = str(path)
        try:
            stat = path.stat()
            same = known is not None and (stat.st_size, stat.st_mtime_ns) == (known.size, known.modified_ns)
            unseen = self.ocr and known is not None and "--ocr" in known.detail
            if known and known.whole and same and not self.rehash and not unseen:
                self._unchanged(known)
                return
            digest = file_hash(path)
        except OSError as error:
            self._unreadable(source, error, known)
            return
        again = unseen or (self.rehash and known is not None and known.outcome == "error")
        if known and known.whole and known.content_hash == digest and not again:
            self.store.touch_source(known.id, stat.st_mtime_ns)
            self._unchanged(known)
            return
        try:
            loaded = replace(self.pipeline.load(path), source=source)
        except LoadError as error:  # gone since it was hashed
            self._unreadable(source, OSError(error.detail), known)
            return
        facts: dict[str, Any] = {"size": stat.st_size, "modified_ns": stat.st_mtime_ns, "content_hash": digest}
        if loaded.outcome == "text":
            self._documents(loaded, known, facts)
        else:
            if loaded.reason in PASSING:
                facts["modified_ns"], facts["content_hash"] = 0, ""
            self._without_text(loaded, known, facts)

    def _unchanged(self, known: SourceRow) -> None:
        outcomes: dict[str, Outcome] = {"text": "unchanged", "empty": "skipped"}
        self._rows.append((known.source, outcomes.get(known.outcome, "failed"), known.detail or known.reason))

    def _unreadable(self, source: str, error: OSError, known: SourceRow | None) -> None:
        """Report it; what the index holds of the file stays, since nothing says that it is no longer true."""
        reason = "missing" if isinstance(error, FileNotFoundError) else "unreadable"
        detail = f"cannot be read ({error.strerror or error}): check the file and its rights"
        if known:
            if known.outcome == "text":
                detail += "; the index keeps what it held before"
        else:
            self.store.put_source(LoadedFile(source, "error", reason=reason, detail=detail))
        self._rows.append((source, "failed", detail))

    def _without_text(self, loaded: LoadedFile, known: SourceRow | None, facts: Mapping[str, Any]) -> None:
        """Keep the reason in the ledger; what an earlier version of the file held is no longer true and goes."""
        with self.store.transaction():
            if known:
                self.store.delete_source(known.id)
            self.store.put_source(loaded, **facts)
        outcome: Outcome = "skipped" if loaded.outcome == "empty" else "failed"
        self._rows.append((loaded.source, outcome, loaded.detail or loaded.reason))

    def _documents(self, loaded: LoadedFile, known: SourceRow | None, facts: Mapping[str, Any]) -> None:
        """Queue the documents that are new or changed; each replaces its older version in one transaction."""
        before = self.store.document_hashes(known.id) if known else {}
        named = list(_identified(loaded))
        # The ledger needs none of the documents; what waits for its turn holds no more than it must.
        about = replace(loaded, detail="", documents=loaded.documents[:1])
        source = _Source(about, facts, set(before) - {uid for uid, _, _ in named})
        for uid, document, digest in named:
            if before.get(uid) != digest:
                self._batches.add(source, self._split(loaded.source, uid, document, digest))
        self._batches.add(source, None)
        self._rows.append((loaded.source, "updated" if before else "indexed", ""))

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

    def _prune(self, present: set[str], wanted: Callable[[str], bool]) -> None:
        for row in self.store.sources():
            if row.source and row.source not in present and wanted(row.source) and not Path(row.source).exists():
                self.store.delete_source(row.id)
                self._rows.append((row.source, "removed", ""))

    def _report(self) -> tuple[FileReport, ...]:
        """Make the rows; sums come from the ledger, which the run has brought up to date."""
        known = self.store.sources_named([source for source, _, _ in self._rows])
        none = (0, 0, 0)
        return tuple(
            FileReport(source, outcome, reason, *(_sums(known[source]) if source in known else none))
            for source, outcome, reason in self._rows
        )


def _sums(row: SourceRow) -> tuple[int, int, int]:
    return row.characters, row.passages, row.truncated


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
        if row.source and row.source not in present and under(row.source, roots) and not Path(row.source).exists()
    ]


def under(source: str, roots: Sequence[Path]) -> bool:
    """Whether a path is one of the roots or lies below one."""
    return any(source == str(root) or source.startswith(str(root).rstrip(os.sep) + os.sep) for root in roots)
