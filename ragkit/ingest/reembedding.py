"""Bring an index to another embedder from the texts it holds: made whole beside it, then put in place at once."""

from __future__ import annotations

import json
import logging
import secrets
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_core.documents import Document

from ragkit.core.errors import IndexFolderError
from ragkit.core.types import FileReport, IngestReport, LoadedFile, content_id
from ragkit.ingest.batches import Batches
from ragkit.ingest.run import BATCH, Progress
from ragkit.store.care.verify import verify_store
from ragkit.store.sqlite.records import NewDocument, checksum
from ragkit.store.sqlite.store import Store
from ragkit.store.sqlite.swap import SCRATCH, drop_scratch, swap_passages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ragkit.core.types import Chunk
    from ragkit.ingest.stages import Stages

log = logging.getLogger(__name__)

FETCH = 64  # documents read at a time
_DOCUMENTS = (
    "SELECT documents.id, source, documents.uid, documents.content_hash, metadata, places, documents.text,"
    " documents.checksum"
    " FROM documents JOIN sources ON sources.id = source_id WHERE documents.id > ? ORDER BY documents.id LIMIT ?"
)


class Reembedding:
    """One run over all documents of an index; the files they came from are not needed.

    Until the new passages and vectors are all there, the index is as before. A run that is cut off is taken up by the
    next one with the same embedder and the same splitting.

    Args:
        store: an open store; the run is its writer.
        stages: how documents become passages and vectors now; its ``read`` is not used.
        settings: what the index is to record: ``embedder`` (``spec``, ``dimension``, ``fingerprint``) and ``tokens``
            (``bits`` stored of each token's vector; None stores none).
        splitting: what tells one way of splitting from another.
        progress: called as documents are finished.
    """

    def __init__(
        self,
        store: Store,
        stages: Stages,
        settings: Mapping[str, Any],
        *,
        splitting: str = "",
        progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self.store = store
        self.stages = stages
        self.settings = dict(settings)
        self.progress = progress
        self.embedded = 0
        # Through JSON and back, as the scratch store returns it: tuples become lists, numbers keep their kind.
        self._aim = json.loads(json.dumps({"splitting": splitting, **self.settings}))
        self._written = 0

    def run(self) -> IngestReport:
        """Embed everything again.

        Returns:
            One row for each file with text.

        Raises:
            IndexLocked: another process is writing.
            IndexFolderError: the folder cannot be written, or its disk is full; the index is as before.
            ModelError: the embedder returned something that is no vector; the index is as before.
        """
        started = time.perf_counter()
        with self.store.writing():
            scratch = self._scratch()
            try:
                self._fill(scratch)
                token = scratch.setting("token")
            finally:
                scratch.close()
            # One transaction: a reader sees the old passages or the new ones, never a mixture.
            swap_passages(self.store, scratch.path, self.settings, token)
            drop_scratch(self.store.folder)
            self.store.checkpoint()
            rows = [row for row in self.store.sources() if row.outcome == "text" and row.source]
        files = tuple(
            FileReport(row.source, "updated", "", row.characters, row.passages, row.truncated) for row in rows
        )
        return IngestReport(files, time.perf_counter() - started, self.embedded)

    def _scratch(self) -> Store:
        """Open what an earlier run with the same aim left; else begin with an empty store."""
        folder = self.store.folder / SCRATCH
        if folder.exists():
            try:
                left = Store(folder)
                try:
                    # A token that the index knows means that the swap happened and only the clearing up was cut off.
                    mine = left.setting("aim") == self._aim and not self.store.knows_token(left.setting("token"))
                    whole = mine and verify_store(left).ok
                except BaseException:
                    left.close()  # Windows deletes no file that is in use
                    raise
                if whole:
                    return left
                left.close()
            except IndexFolderError as error:
                log.info("what an earlier run left in %s cannot be used: %s", folder, error)
            drop_scratch(self.store.folder)
        made = Store(folder, create=True)
        with made.transaction():
            for key, value in self.settings.items():
                made.set_setting(key, value)
            made.set_setting("token", secrets.token_hex(8))
            made.set_setting("aim", self._aim)
        return made

    def _fill(self, scratch: Store) -> None:
        """Write every document that is not there yet, in batches."""
        total = self.store.rows("SELECT count(*) FROM documents")[0][0]

        def write(entries: Sequence[tuple[str, NewDocument | None]]) -> None:
            self._write(scratch, entries)

        with Batches(scratch, self.stages, write, size=BATCH, tokens=bool(self.settings.get("tokens"))) as batches:
            for done, (source, document) in enumerate(self._documents(scratch), 1):
                if document is not None:
                    batches.add(source, document)
                if self.progress is not None:
                    self.progress(Progress(done, total, source, self._written))
            batches.finish()
            self.embedded = batches.embedded

    def _documents(self, scratch: Store) -> Iterator[tuple[str, NewDocument | None]]:
        """Yield (source, document split again, without vectors); None for one that is done."""
        newest = 0
        # By id, a block at a time: all texts at once may not fit into memory, and embedding them takes hours.
        while block := self.store.rows(_DOCUMENTS, (newest, FETCH)):
            done = self._done(scratch, [(row[1], row[2]) for row in block])
            for row, source, uid, content_hash, metadata, places, text, known in block:
                newest = row
                if done.get((source, uid)) == content_hash:
                    yield source, None
                    continue
                # Embedding a damaged text would make the damage look sound.
                if known is not None and known != checksum(uid, metadata, places, text):
                    raise self.store.corrupt(f"document {uid} is not as it was written")
                about = self._about(metadata, places)
                chunks = self._split(row, source, uid, Document(page_content=text, metadata=about))
                yield source, NewDocument(uid, text, about, content_hash, chunks, (), np.empty((0, 0), np.float32))

    def _done(self, scratch: Store, names: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """Return content hashes of those of the documents, named by (source, uid), that are written."""
        sql = (
            "SELECT source, documents.uid, documents.content_hash FROM documents JOIN sources ON sources.id = source_id"
            " WHERE (source, documents.uid) IN (VALUES "
        )
        found = scratch.rows(sql + ",".join(["(?, ?)"] * len(names)) + ")", [part for name in names for part in name])
        return {(source, uid): content_hash for source, uid, content_hash in found}

    def _about(self, metadata: str, places: str) -> dict[str, Any]:
        try:
            about, parts = json.loads(metadata), json.loads(places)
        except ValueError as error:
            raise self.store.corrupt(f"it holds broken JSON: {error}") from error
        return {**about, "places": parts} if parts else about

    def _split(self, row: int, source: str, uid: str, document: Document) -> list[Chunk]:
        """Cut a document as ``Synchroniser`` does; one that was added as a single passage stays one."""
        if not source:
            ids = [number for (number,) in self.store.rows("SELECT id FROM chunks WHERE document_id = ?", (row,))]
            return list(self.store.chunks(ids).values())
        named = document.metadata.get("source", source)  # the ledger writes names that are no UTF-8 differently
        if uid != content_id(named, 0):
            document.id = uid  # its data named it
        return [
            replace(chunk, id=content_id(named, uid, chunk.start, chunk.end, chunk.text), document_id=uid)
            for chunk in self.stages.split(document)
        ]

    def _write(self, scratch: Store, entries: Sequence[tuple[str, NewDocument | None]]) -> None:
        with scratch.transaction():
            sources: dict[str, int] = {}
            for source, document in entries:
                if source not in sources:
                    sources[source] = scratch.put_source(
                        LoadedFile(source, "text", (Document(page_content=""),)), whole=False
                    )
                if document is not None:
                    scratch.put_document(sources[source], document)
                    self._written += len(document.chunks)
