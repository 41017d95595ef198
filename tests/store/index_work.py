"""Small real indexes: real files, ragkit's own loaders and splitter, a deterministic embedder that needs no model."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_core.embeddings import DeterministicFakeEmbedding

from ragkit.core.errors import LoadError
from ragkit.core.types import LoadedFile
from ragkit.ingest.reembedding import Reembedding
from ragkit.ingest.run import Synchroniser
from ragkit.load import load_file
from ragkit.split import Splitter, embedding_text
from ragkit.store import Reader, Store
from ragkit.store.care.verify import verify_store

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Sequence

    from langchain_core.documents import Document

    from ragkit.core.types import Chunk, Embedder, IngestReport

DIMENSION = 16


class Words:
    """A tokenizer that takes words for tokens."""

    max_tokens = 60

    def offsets(self, text: str) -> Sequence[tuple[int, int]]:
        import re

        return [found.span() for found in re.finditer(r"\S+", text)]

    def count(self, text: str) -> int:
        return len(text.split())


class SmallEmbedder:
    """LangChain's deterministic embeddings in the form the index wants; remembers what it embedded.

    Args:
        name: another name gives other vectors.
        dimension: of the vectors.
    """

    tokenizer = Words()

    def __init__(self, name: str = "small", dimension: int = DIMENSION) -> None:
        self.name = name
        self.dimension = dimension
        self.fingerprint = {"model": name, "dimension": dimension}
        self.seen: list[str] = []
        self._fake = DeterministicFakeEmbedding(size=dimension)

    def encode(self, texts: Sequence[str]) -> Any:
        self.seen += texts
        return np.array(self._fake.embed_documents([self._told(text) for text in texts]), np.float32)

    def encode_query(self, text: str) -> Any:
        return np.array(self._fake.embed_query(self._told(text)), np.float32)

    def _told(self, text: str) -> str:
        return text if self.name == "small" else f"{self.name} {text}"


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The stages of a run as functions; files are read one after the other, in this process."""

    load: Callable[[Path], LoadedFile]
    split: Callable[[Document], Sequence[Chunk]]
    embedding_text: Callable[[Chunk], str]
    embedder: Embedder

    def read(self, items: Iterable[tuple[Any, str | None]]) -> Generator[tuple[Any, LoadedFile | None]]:
        for key, path in items:
            try:
                yield key, None if path is None else self.load(Path(path))
            except LoadError as error:  # gone since it was looked at
                yield key, LoadedFile(str(path), "error", reason="unreadable", detail=error.detail)


def pipeline_of(embedder: SmallEmbedder) -> Pipeline:
    return Pipeline(load_file, Splitter(embedder.tokenizer).split, embedding_text, embedder)


def settings_of(embedder: SmallEmbedder) -> dict[str, Any]:
    """What an index remembers of its embedder."""
    about = {"spec": "small", "dimension": embedder.dimension, "fingerprint": embedder.fingerprint}
    return {"embedder": about, "tokens": None}


def embed_anew(store: Store, embedder: SmallEmbedder) -> None:
    Reembedding(store, pipeline_of(embedder), settings_of(embedder)).run()


class Work:
    """A folder of files, an index of it, and the one command that brings the index up to date."""

    def __init__(self, base: Path) -> None:
        self.files = base / "files"
        self.files.mkdir(exist_ok=True)
        self.folder = base / "index"
        self.embedder = SmallEmbedder()
        self.store = Store(self.folder, create=True)
        self.store.set_setting("embedder", settings_of(self.embedder)["embedder"])
        self.reader = Reader(self.store)

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.files / name
        path.write_bytes(text.encode("utf-8") if isinstance(text, str) else text)
        return path

    def sync(self, **options: Any) -> IngestReport:
        prune: Callable[[str], bool] | None = (lambda _: True) if options.pop("prune", False) else None
        run = Synchroniser(self.store, pipeline_of(self.embedder), **options)
        with self.store.writing():
            report = run.run(sorted(self.files.iterdir()), prune=prune)
            self.reader.update_caches()
        return report

    def reopen(self) -> None:
        self.store.close()
        self.store = Store(self.folder)
        self.reader = Reader(self.store)

    def outcomes(self, report: IngestReport) -> dict[str, str]:
        return {Path(row.source).name: row.outcome for row in report.files}

    def content(self) -> list[tuple[Any, ...]]:
        """Everything the index holds, without row ids."""
        return self.store.rows(
            "SELECT source, outcome, whole, documents.uid, documents.text, documents.metadata, ordinal, start,"
            ' "end", chunks.text, chunks.uid, chunks.metadata, vector FROM sources'
            " LEFT JOIN documents ON source_id = sources.id LEFT JOIN chunks ON document_id = documents.id"
            " LEFT JOIN vectors ON chunk_id = chunks.id ORDER BY source, documents.uid, ordinal"
        )

    def found(self, question: str, k: int = 10) -> list[str]:
        """Texts that the lexical search finds."""
        rows, _ = self.reader.lexical(question, k)
        chunks = self.reader.chunks(rows.tolist())
        return [chunks[row].text for row in rows.tolist()]

    def nearest(self, question: str, k: int = 10) -> list[str]:
        """Texts that the dense search finds."""
        vector = self.embedder.encode_query(question)
        rows, _ = self.reader.dense(vector / np.linalg.norm(vector), k)
        chunks = self.reader.chunks(rows.tolist())
        return [chunks[row].text for row in rows.tolist()]


def rows_file(rows: dict[str, str]) -> str:
    return "".join(json.dumps({"_id": key, "text": text}) + "\n" for key, text in rows.items())


def contents(store: Store, files: Path) -> str:
    """A hash over all that the index holds: documents, spans, texts, vectors; without row ids and folders."""
    rows = store.rows(
        "SELECT source, outcome, reason, whole, sources.passages, sources.truncated, documents.uid, documents.passages,"
        ' documents.text, documents.metadata, ordinal, start, "end", heading, chunks.text, chunks.uid, chunks.metadata,'
        " text_hash, vector FROM sources LEFT JOIN documents ON source_id = sources.id"
        " LEFT JOIN chunks ON document_id = documents.id LEFT JOIN vectors ON chunk_id = chunks.id"
        " ORDER BY source, documents.uid, ordinal"
    )
    digest = hashlib.sha256(json.dumps(store.setting("embedder"), sort_keys=True).encode())
    for row in rows:
        digest.update(repr(row).replace(str(files), "").encode())
    return digest.hexdigest()


def unsound(store: Store) -> list[str]:
    """What is wrong with an index, whatever it holds: nothing may ever be, however a run ended."""
    said = [f"{problem.what} ({problem.where})" for problem in verify_store(store).problems]
    halves = (
        "SELECT uid FROM documents WHERE passages != (SELECT count(*) FROM chunks JOIN vectors ON chunk_id = chunks.id"
        " WHERE document_id = documents.id)"
    )
    said += [f"half a document {row}" for row in store.rows(halves)]
    spans = 'SELECT start, "end", chunks.text, documents.text FROM chunks JOIN documents ON documents.id = document_id'
    said += [f"no span {row[:3]}" for row in store.rows(spans) if row[3][row[0] : row[1]] != row[2]]
    ids, vectors = store.vectors_after(0)
    if len(ids):
        said += [f"no unit vector {row}" for row in ids[abs(np.linalg.norm(vectors, axis=1) - 1) > 1e-4].tolist()]
    reader = Reader(store)
    with reader.snapshot():
        anything = np.full(vectors.shape[1] or DIMENSION, 0.1, np.float32)
        near = reader.dense(anything, len(ids) + 1)[0].tolist()
        matching = reader.lexical("speaks", len(ids) + 1)[0].tolist()
    if sorted(near) != ids.tolist():
        said.append(f"dense search finds {len(near)} of {len(ids)}")
    holding = [row for (row,) in store.rows("SELECT id FROM chunks WHERE text LIKE '% speaks %' ORDER BY id")]
    if sorted(matching) != holding:
        said.append(f"lexical search finds {len(matching)} of {len(holding)}")
    return said
