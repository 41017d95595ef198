"""What ragkit asks of a store: documents put and removed whole, passages found by vector and by words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ragkit.core.types import Chunk, Vectors
    from ragkit.store.search.filters import MetadataFilter
    from ragkit.store.sqlite.records import NewDocument


@runtime_checkable
class DocumentStore(Protocol):
    """Documents by the source that they come from, with passages that are searched.

    Another engine implements it, and is named by an entry point of the group ``ragkit.stores``.
    """

    def put(self, source: str, documents: Sequence[NewDocument]) -> None:
        """Write the documents of a source in place of all that it had: all of them, or none where this fails.

        Raises:
            IndexLocked: another process is writing.
        """
        ...

    def remove(self, sources: Iterable[str]) -> int:
        """Remove sources with their documents and passages; return how many were there."""
        ...

    def sources(self) -> list[str]:
        """Return the sources that have documents, sorted."""
        ...

    def document(self, source: str, uid: str) -> tuple[str, dict[str, Any]] | None:
        """Return text and metadata of a document; None where there is none."""
        ...

    def dense(self, vector: Vectors, k: int, filter: MetadataFilter | None = None) -> list[tuple[Chunk, float]]:
        """Return the k passages nearest to a vector with their cosines, best first.

        Args:
            vector: float32 of shape (dimension,), length 1.
            k: how many; fewer are returned only where there are fewer.
            filter: what the passages' metadata must be.

        Raises:
            ConfigError: the filter is wrong.
        """
        ...

    def lexical(self, text: str, k: int, filter: MetadataFilter | None = None) -> list[tuple[Chunk, float]]:
        """Return the k passages that fit any text by its words, with scores above 0, best first."""
        ...

    def fingerprint(self) -> dict[str, Any] | None:
        """Return what identifies the embedder whose vectors are stored; None in a new store."""
        ...

    def remember(self, fingerprint: Mapping[str, Any], dimension: int) -> None:
        """Store the fingerprint of the embedder, and the length of its vectors, before the first document."""
        ...

    def close(self) -> None:
        """Close it; what was put is there when it is opened again."""
        ...
