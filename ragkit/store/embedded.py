"""The embedded store, an index folder, behind the protocol of stores."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_core.documents import Document

from ragkit.core.types import LoadedFile
from ragkit.store.search.reader import Reader
from ragkit.store.sqlite.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from ragkit.core.types import Chunk, Vectors
    from ragkit.store.search.filters import MetadataFilter
    from ragkit.store.sqlite.records import NewDocument


class EmbeddedStore:
    """An index folder as a :class:`ragkit.store.DocumentStore`.

    Args:
        folder: made where there is none.
    """

    def __init__(self, folder: str | Path) -> None:
        self._store = Store(Path(folder), create=True)
        self._reader = Reader(self._store)

    def put(self, source: str, documents: Sequence[NewDocument]) -> None:
        """Write the documents of a source in place of all that it had."""
        loaded = tuple(Document(each.text, metadata={"source": source}) for each in documents)
        with self._store.writing():
            with self._store.transaction():
                row = self._store.put_source(LoadedFile(source, "text", documents=loaded))
                gone = self._store.document_hashes(row).keys() - {each.uid for each in documents}
                self._store.delete_documents(row, gone)
                for each in documents:
                    self._store.put_document(row, each)
                self._store.finish_source(row)
            self._reader.update_caches()

    def remove(self, sources: Iterable[str]) -> int:
        """Remove sources with their documents and passages; return how many were there."""
        with self._store.writing():
            found = self._store.sources_named(list(sources))
            with self._store.transaction():
                for each in found.values():
                    self._store.delete_source(each.id)
            self._reader.update_caches()
        return len(found)

    def sources(self) -> list[str]:
        """Return the sources that have documents, sorted."""
        return sorted(each.source for each in self._store.sources())

    def document(self, source: str, uid: str) -> tuple[str, dict[str, Any]] | None:
        """Return text and metadata of a document; None where there is none."""
        return self._store.document(uid, source)

    def dense(self, vector: Vectors, k: int, filter: MetadataFilter | None = None) -> list[tuple[Chunk, float]]:
        """Return the k passages nearest to a vector with their cosines, best first."""
        with self._reader.snapshot("dense"):
            return self._passages(*self._reader.dense(vector, k, self._allowed(filter)))

    def lexical(self, text: str, k: int, filter: MetadataFilter | None = None) -> list[tuple[Chunk, float]]:
        """Return the k passages that fit any text by its words, with scores above 0, best first."""
        with self._reader.snapshot("lexical"):
            return self._passages(*self._reader.lexical(text, k, self._allowed(filter)))

    def _allowed(self, filter: MetadataFilter | None) -> NDArray[np.int64] | None:
        return None if filter is None else self._reader.rows_where(filter)

    def _passages(self, rows: NDArray[np.int64], scores: NDArray[np.float32]) -> list[tuple[Chunk, float]]:
        found = self._reader.chunks(rows.tolist())
        return [(found[row], float(score)) for row, score in zip(rows.tolist(), scores, strict=True)]

    def fingerprint(self) -> dict[str, Any] | None:
        """Return what identifies the embedder whose vectors are stored; None in a new store."""
        stored = self._store.embedder()
        return None if stored is None else stored["fingerprint"]

    def remember(self, fingerprint: Mapping[str, Any], dimension: int) -> None:
        """Store the fingerprint of the embedder, and the length of its vectors."""
        about = {"spec": None, "dimension": dimension, "fingerprint": dict(fingerprint)}
        self._store.set_setting("embedder", about)

    def close(self) -> None:
        """Close the database."""
        self._store.close()


def from_spec(spec: Any) -> EmbeddedStore:
    """Open the store of a spec, ``embedded:FOLDER``."""
    return EmbeddedStore(spec.model)
