"""Bring an index to what a set of paths now hold: what is unchanged is skipped, what is new is embedded once."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ragkit.errors import LoadError, ModelError
from ragkit.index.records import NewDocument, file_hash, storable_path, text_hash, unit
from ragkit.types import FileReport, IngestReport, LoadedFile, content_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from langchain_core.documents import Document

    from ragkit.index.records import SourceRow
    from ragkit.index.store import Store
    from ragkit.types import Chunk, Embedder, Outcome, Vectors

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


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The arrows before the index, as functions, so that the index knows none of them.

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
class _Pending:
    source_id: int
    uid: str
    document: Document
    content_hash: str
    chunks: list[Chunk]


class Synchroniser:
    """One run over a set of paths.

    Args:
        store: an open store; the run is its writer.
        pipeline: how files become passages and vectors.
        rehash: read every file again, even when its size and time are as before.
        progress: called as files are finished.
    """

    def __init__(
        self,
        store: Store,
        pipeline: Pipeline,
        *,
        rehash: bool = False,
        progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self.store = store
        self.pipeline = pipeline
        self.rehash = rehash
        self.progress = progress
        self.embedded = 0
        self._pending: list[_Pending] = []
        self._waiting = 0
        self._written = 0
        self._finish: list[int] = []
        self._rows: list[tuple[str, Outcome, str, int | None]] = []

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
            for begin in range(0, len(paths), LOOKAHEAD):
                self._files(paths[begin : begin + LOOKAHEAD], begin, len(paths))
            self._flush()
            if prune is not None:
                self._prune({storable_path(str(path)) for path in paths}, prune)
            files = self._report()
            self.store.checkpoint()
        if self.progress is not None:
            self.progress(Progress(len(paths), len(paths), "", self._written))
        return IngestReport(files, time.perf_counter() - started, self.embedded)

    def _files(self, paths: Sequence[Path], done: int, total: int) -> None:
        known = self.store.sources_named([str(path) for path in paths])
        for number, path in enumerate(paths, done):
            if self.progress is not None:
                self.progress(Progress(number, total, str(path), self._written))
            self._file(path, known.get(str(path)))
            if self._waiting >= BATCH:
                self._flush()

    def _file(self, path: Path, known: SourceRow | None) -> None:
        source = str(path)
        try:
            stat = path.stat()
            same = known is not None and (stat.st_size, stat.st_mtime_ns) == (known.size, known.modified_ns)
            if known and known.whole and same and not self.rehash:
                self._unchanged(known)
                return
            digest = file_hash(path)
        except OSError as error:
            self._unreadable(source, error, known)
            return
        again = self.rehash and known is not None and known.outcome == "error"
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
        self._rows.append((known.source, outcomes.get(known.outcome, "failed"), known.detail or known.reason, known.id))

    def _unreadable(self, source: str, error: OSError, known: SourceRow | None) -> None:
        """Report it; what the index holds of the file stays, since nothing says that it is no longer true."""
        reason = "missing" if isinstance(error, FileNotFoundError) else "unreadable"
        detail = f"cannot be read ({error.strerror or error}): check the file and its rights"
        if known:
            if known.outcome == "text":
                detail += "; the index keeps what it held before"
            self._rows.append((source, "failed", detail, known.id))
            return
        row = self.store.put_source(LoadedFile(source, "error", reason=reason, detail=detail))
        self._rows.append((source, "failed", detail, row))

    def _without_text(self, loaded: LoadedFile, known: SourceRow | None, facts: dict[str, Any]) -> None:
        """Keep the reason in the ledger; what an earlier version of the file held is no longer true and goes."""
        with self.store.transaction():
            if known:
                self.store.delete_source(known.id)
            row = self.store.put_source(loaded, **facts)
        outcome: Outcome = "skipped" if loaded.outcome == "empty" else "failed"
        self._rows.append((loaded.source, outcome, loaded.detail or loaded.reason, row))

    def _documents(self, loaded: LoadedFile, known: SourceRow | None, facts: dict[str, Any]) -> None:
        """Queue the documents that are new or changed; each replaces its older version in one transaction."""
        before = self.store.document_hashes(known.id) if known else {}
        named = list(_identified(loaded))
        source_id = self.store.put_source(replace(loaded, detail=""), **facts, whole=False)
        changed = [entry for entry in named if before.get(entry[0]) != entry[2]]
        for uid, document, digest in changed:
            if self._waiting >= BATCH:
                self._flush()
            chunks = [
                replace(chunk, id=content_id(loaded.source, uid, chunk.start, chunk.end, chunk.text), document_id=uid)
                for chunk in self.pipeline.split(document)
            ]
            self._pending.append(_Pending(source_id, uid, document, digest, chunks))
            self._waiting += len(chunks)
        if gone := set(before) - {uid for uid, _, _ in named}:
            self.store.delete_documents(source_id, gone)
        self._finish.append(source_id)
        self._rows.append((loaded.source, "updated" if before else "indexed", "", source_id))

    def _flush(self) -> None:
        """Embed and write what is queued, all documents in one transaction."""
        pending, self._pending, self._waiting = self._pending, [], 0
        finish, self._finish = self._finish, []
        if not pending and not finish:
            return
        texts = [self.pipeline.embedding_text(chunk) for entry in pending for chunk in entry.chunks]
        hashes = [text_hash(text) for text in texts]
        vectors = self._vectors(texts, hashes)
        start = 0
        with self.store.transaction():
            for entry in pending:
                end = start + len(entry.chunks)
                document = NewDocument(
                    uid=entry.uid,
                    text=entry.document.page_content,
                    metadata=entry.document.metadata,
                    content_hash=entry.content_hash,
                    chunks=entry.chunks,
                    text_hashes=hashes[start:end],
                    vectors=vectors[start:end],
                    truncated=self._too_long(texts[start:end]),
                )
                self.store.put_document(entry.source_id, document)
                start = end
            for source_id in finish:
                self.store.finish_source(source_id)
        self._written += len(texts)

    def _too_long(self, texts: Sequence[str]) -> int:
        tokenizer = self.pipeline.embedder.tokenizer
        # A token has at least one character, so most texts need not be counted.
        return sum(len(text) > tokenizer.max_tokens and tokenizer.count(text) > tokenizer.max_tokens for text in texts)

    def _vectors(self, texts: Sequence[str], hashes: Sequence[bytes]) -> Vectors:
        """Embed each distinct text once, and none that the index already holds."""
        embedder = self.pipeline.embedder
        found = self.store.known_vectors(hashes)
        new = {digest: text for digest, text in zip(hashes, texts, strict=True) if digest not in found}
        if new:
            made = unit(np.asarray(embedder.encode(list(new.values())), np.float32))
            if made.shape != (len(new), embedder.dimension) or not np.isfinite(made).all():
                raise ModelError(
                    f"the embedder gave an array of shape {made.shape} with{'out' if np.isfinite(made).all() else ''} "
                    f"infinite values for {len(new)} texts of dimension {embedder.dimension}: use another embedder"
                )
            found.update(zip(new, made, strict=True))
            self.embedded += len(new)
        if not hashes:
            return np.empty((0, embedder.dimension), np.float32)
        return np.stack([found[digest] for digest in hashes])

    def _prune(self, present: set[str], wanted: Callable[[str], bool]) -> None:
        for row in self.store.sources():
            if row.source and row.source not in present and wanted(row.source) and not Path(row.source).exists():
                self.store.delete_source(row.id)
                self._rows.append((row.source, "removed", "", None))

    def _report(self) -> tuple[FileReport, ...]:
        """Make the rows; sums come from the ledger, which the run has brought up to date."""
        sums = self.store.sums([row for *_, row in self._rows if row is not None])
        return tuple(
            FileReport(source, outcome, reason, *sums.get(row or 0, (0, 0, 0)))
            for source, outcome, reason, row in self._rows
        )


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


def missing_under(store: Store, paths: Iterable[Path], roots: Sequence[Path]) -> list[str]:
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
