"""Bring an index to what a set of paths now hold: what is unchanged is skipped, what is new is embedded once."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ragkit.index.store import NewDocument
from ragkit.types import FileReport, IngestReport, LoadedFile, content_id

if TYPE_CHECKING:
    from pathlib import Path

    from langchain_core.documents import Document

    from ragkit.index.store import SourceRow, Store
    from ragkit.types import Chunk, Embedder, Outcome, Vectors

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


def unit(vectors: Vectors) -> Vectors:
    """Scale rows to length 1; rows of zeros stay zeros."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.ascontiguousarray(vectors / np.where(norms > 0, norms, 1), np.float32)


def text_hash(text: str) -> bytes:
    """Return 16 bytes that stand for an embedded text."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def file_hash(path: Path) -> str:
    """Return the content hash of a file."""
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


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
        self._finish: list[tuple[int, int]] = []
        self._rows: list[tuple[str, Outcome, str, int]] = []
        self._began = False

    def run(self, paths: Sequence[Path], *, prune: Callable[[str], bool] | None = None) -> IngestReport:
        """Index the paths.

        Args:
            paths: files, absolute.
            prune: which of the indexed sources not among ``paths`` are to be removed; None removes none.

        Returns:
            One row a file, in the order of ``paths``, removed files last.
        """
        started = time.perf_counter()
        with self.store.writing():
            for number, path in enumerate(paths):
                if self.progress is not None:
                    self.progress(Progress(number, len(paths), str(path), self._written))
                self._file(path)
                if self._waiting >= BATCH:
                    self._flush()
            self._flush()
            if prune is not None:
                self._prune({str(path) for path in paths}, prune)
            self.store.checkpoint()
        if self.progress is not None:
            self.progress(Progress(len(paths), len(paths), "", self._written))
        files = tuple(self._report(*row) for row in self._rows)
        return IngestReport(files, time.perf_counter() - started, self.embedded)

    def _begin(self) -> None:
        """Name this run to the caches before its first change."""
        if not self._began:
            self.store.begin_write()
            self._began = True

    def _file(self, path: Path) -> None:
        source = str(path)
        known = self.store.source(source)
        try:
            stat = path.stat()
            same = known is not None and (stat.st_size, stat.st_mtime_ns) == (known.size, known.modified_ns)
            if known and known.whole and same and not self.rehash:
                self._unchanged(known)
                return
            digest = file_hash(path)
        except OSError as error:
            reason = "missing" if isinstance(error, FileNotFoundError) else "unreadable"
            failed = LoadedFile(source, "error", reason=reason, detail=f"cannot be read ({error.strerror})")
            self._failed(failed, known)
            return
        if known and known.whole and known.content_hash == digest:
            self._begin()
            self.store.touch_source(known.id, modified_ns=stat.st_mtime_ns)
            self._unchanged(known)
            return
        loaded = replace(self.pipeline.load(path), source=source)
        facts: dict[str, Any] = {
            "size": stat.st_size, "modified_ns": stat.st_mtime_ns, "content_hash": digest,
        }
        if loaded.outcome == "text":
            self._documents(loaded, known, facts)
        else:
            self._failed(loaded, known, facts)

    def _unchanged(self, known: SourceRow) -> None:
        outcome: Outcome = {"text": "unchanged", "empty": "skipped"}.get(known.outcome, "failed")  # pyright: ignore[reportAssignmentType]
        self._rows.append((known.source, outcome, known.detail or known.reason, known.id))

    def _failed(self, loaded: LoadedFile, known: SourceRow | None, facts: dict[str, Any] | None = None) -> None:
        """Keep the reason in the ledger; what an earlier version of the file held is no longer true and goes."""
        self._begin()
        with self.store.transaction():
            if known:
                self.store.delete_source(known.id)
            row = self.store.put_source(loaded, **(facts or {}))
        outcome: Outcome = "skipped" if loaded.outcome == "empty" else "failed"
        self._rows.append((loaded.source, outcome, loaded.detail or loaded.reason, row))

    def _documents(self, loaded: LoadedFile, known: SourceRow | None, facts: dict[str, Any]) -> None:
        """Queue the documents that are new or changed; single ones replace the old in one transaction."""
        self._begin()
        before = self.store.document_hashes(known.id) if known else {}
        named = [self._identify(loaded.source, number, document) for number, document in enumerate(loaded.documents)]
        source_id = self.store.put_source(replace(loaded, detail=""), **facts, whole=False)
        gone = set(before) - {uid for uid, _, _ in named}
        changed = [entry for entry in named if before.get(entry[0]) != entry[2]]
        for uid, document, digest in changed:
            chunks = [
                replace(chunk, id=content_id(loaded.source, uid, chunk.start, chunk.end, chunk.text), document_id=uid)
                for chunk in self.pipeline.split(document)
            ]
            self._pending.append(_Pending(source_id, uid, document, digest, chunks))
            self._waiting += len(chunks)
            if self._waiting >= BATCH and uid != changed[-1][0]:
                self._flush()
        if gone:
            self.store.delete_documents(source_id, gone)
        self._finish.append((source_id, facts["modified_ns"]))
        self._rows.append((loaded.source, "updated" if before else "indexed", "", source_id))

    def _identify(self, source: str, number: int, document: Document) -> tuple[str, Document, str]:
        uid = document.id or content_id(source, number)
        document.metadata["source"] = source
        digest = content_id(document.page_content, json.dumps(document.metadata, sort_keys=True, default=str))
        return uid, document, digest

    def _flush(self) -> None:
        """Embed and write what is queued, all documents in one transaction."""
        pending, self._pending, self._waiting = self._pending, [], 0
        if pending:
            texts = [self.pipeline.embedding_text(chunk) for entry in pending for chunk in entry.chunks]
            hashes = [text_hash(text) for text in texts]
            vectors = self._vectors(texts, hashes)
            limit, count = self.pipeline.embedder.tokenizer.max_tokens, self.pipeline.embedder.tokenizer.count
            with self.store.transaction():
                start = 0
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
                        truncated=sum(len(text) > limit and count(text) > limit for text in texts[start:end]),
                    )
                    self.store.put_document(entry.source_id, document)
                    start = end
            self._written += len(texts)
        finish, self._finish = self._finish, []
        if finish:
            with self.store.transaction():
                for source_id, modified in finish:
                    self.store.touch_source(source_id, modified_ns=modified)

    def _vectors(self, texts: Sequence[str], hashes: Sequence[bytes]) -> Vectors:
        """Embed each distinct text once, and none that the index already holds."""
        found = self.store.known_vectors(hashes)
        new = {digest: text for digest, text in zip(hashes, texts, strict=True) if digest not in found}
        if new:
            found.update(zip(new, unit(self.pipeline.embedder.encode(list(new.values()))), strict=True))
            self.embedded += len(new)
        if not hashes:
            return np.empty((0, self.pipeline.embedder.dimension), np.float32)
        return np.stack([found[digest] for digest in hashes])

    def _prune(self, present: set[str], wanted: Callable[[str], bool]) -> None:
        for row in self.store.sources():
            if row.source and row.source not in present and wanted(row.source) and not os.path.exists(row.source):
                self._begin()
                self.store.delete_source(row.id)
                self._rows.append((row.source, "removed", "", row.id))

    def _report(self, source: str, outcome: Outcome, reason: str, row: int) -> FileReport:
        characters, chunks, truncated = self.store.totals(row)
        return FileReport(source, outcome, reason, characters, chunks, truncated)


def missing_under(store: Store, paths: Iterable[Path], roots: Sequence[Path]) -> list[str]:
    """List indexed files under the roots that are not among ``paths`` and no longer exist."""
    present = {str(path) for path in paths}
    return [
        row.source
        for row in store.sources()
        if row.source and row.source not in present and under(row.source, roots) and not os.path.exists(row.source)
    ]


def under(source: str, roots: Sequence[Path]) -> bool:
    """Whether a path is one of the roots or lies below one."""
    return any(source == str(root) or source.startswith(str(root).rstrip(os.sep) + os.sep) for root in roots)
