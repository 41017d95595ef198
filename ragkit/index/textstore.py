"""Texts with ids and metadata in an index folder: added, replaced, deleted, read again. Without the searches."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_core.documents import Document
from langchain_core.vectorstores import VectorStore as BaseVectorStore

from ragkit.errors import ConfigError, IndexMismatch
from ragkit.index.reader import Reader
from ragkit.index.store import Store
from ragkit.index.texts import batches, check_embedder, fingerprint, put_texts, stacked

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence

    from langchain_core.embeddings import Embeddings

    from ragkit.types import Chunk, Vectors


class TextStore(BaseVectorStore):
    """The half of :class:`ragkit.index.VectorStore` that writes and reads by id.

    Args:
        embedding: any LangChain embeddings.
        folder: the index folder; made when there is none.
    """

    def __init__(self, embedding: Embeddings, folder: str | Path) -> None:
        self._embedding = embedding
        self._store = Store(Path(folder), create=True)
        self._reader = Reader(self._store)
        self._reader.check = self._recheck
        self._checked = False
        self._dimension = 0

    @property
    def embeddings(self) -> Embeddings:
        """The embeddings the store was opened with."""
        return self._embedding

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        """Add texts; one whose id is there already replaces it.

        Args:
            texts: what to embed and keep.
            metadatas: JSON-serialisable, one for each text.
            ids: one for each text; made up where None.
            kwargs: none are known.

        Returns:
            The ids, in order.

        Raises:
            ConfigError: the lists differ in length, or metadata is no JSON.
            IndexLocked: another process is writing.
        """
        refuse(kwargs)
        contents = list(texts)
        if metadatas is not None and len(metadatas) != len(contents):
            raise ConfigError(f"{len(contents)} texts but {len(metadatas)} metadatas: give one for each text")
        about = metadatas if metadatas is not None else [{}] * len(contents)
        documents = [
            Document(page_content=text, metadata=dict(metadata)) for text, metadata in zip(contents, about, strict=True)
        ]
        return self.add_documents(documents, ids=ids)

    def add_documents(self, documents: list[Document], *, ids: list[str] | None = None, **kwargs: Any) -> list[str]:
        """Add documents under ``ids``, else their own ids, else made-up ones; replaces what has the same id."""
        refuse({key: value for key, value in kwargs.items() if key != "batch_size"})  # LangChain's indexing API has it
        if ids is not None and len(ids) != len(documents):
            raise ConfigError(f"{len(documents)} documents but {len(ids)} ids: give one for each document")
        named = [
            (ids[place] if ids is not None else None) or document.id or str(uuid.uuid4())
            for place, document in enumerate(documents)
        ]
        pairs = list(dict(zip(named, documents, strict=True)).items())  # the last of several with one id wins
        embed = self._embedding.embed_documents
        with self._writing():
            for batch in batches(pairs):
                self._put(batch, stacked(embed([document.page_content for _, document in batch])))
        return named

    def add_embeddings(
        self,
        text_embeddings: Iterable[tuple[str, Sequence[float]]],
        metadatas: Iterable[Mapping[str, Any]] | None = None,
        ids: Iterable[str] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        """Add texts whose vectors are known already; one whose id is there replaces it.

        All arguments may be generators: about a thousand texts are in memory at a time, and committed together.

        Args:
            text_embeddings: texts with their vectors, of any length: they are scaled to length 1.
            metadatas: JSON-serialisable, one for each text.
            ids: one for each text; made up where None.
            kwargs: none are known.

        Returns:
            The ids, in order.

        Raises:
            ConfigError: there are more or fewer ids or metadatas than texts, or a vector is no vector; what came
                before it in whole batches is written.
            IndexMismatch: the folder was filled with other embeddings.
            IndexLocked: another process is writing.
        """
        refuse(kwargs)
        given = [part for part in (metadatas, ids) if part is not None]
        named: list[str] = []
        with self._writing():
            for batch in batches(_together(text_embeddings, given)):
                pairs: list[tuple[str, Document]] = []
                for (text, _), *rest in batch:
                    metadata = dict(rest[0]) if metadatas is not None else {}
                    uid = str(rest[-1]) if ids is not None else str(uuid.uuid4())
                    pairs.append((uid, Document(page_content=text, metadata=metadata)))
                self._put(pairs, stacked(vector for (_, vector), *_ in batch))
                named += [uid for uid, _ in pairs]
        return named

    @contextmanager
    def _writing(self) -> Generator[None]:
        with self._store.writing():
            self._recheck()
            yield
            self._store.checkpoint()
            self._reader.update_caches("dense")

    def _put(self, pairs: Sequence[tuple[str, Document]], vectors: Vectors) -> None:
        self._check(vectors.shape[1])
        put_texts(self._store, [uid for uid, _ in pairs], [document for _, document in pairs], vectors)

    def _check(self, dimension: int) -> None:
        """Compare the embeddings with those the folder was filled with."""
        if not self._checked:
            check_embedder(self._store, fingerprint(self._embedding, dimension), dimension)
            self._dimension, self._checked = dimension, True
        if dimension != self._dimension:
            raise IndexMismatch(
                f"{self._store.folder} holds vectors of dimension {self._dimension}, not {dimension}: embed with the "
                "same embeddings, or use another folder"
            )

    def _recheck(self) -> None:
        """See whether the folder was brought to another embedder since it was opened."""
        if self._checked:
            check_embedder(self._store, fingerprint(self._embedding, self._dimension), self._dimension)

    def delete(self, ids: list[str] | None = None, **kwargs: Any) -> bool | None:
        """Delete by id; unknown ids are passed over. None deletes nothing."""
        if ids:
            with self._writing():
                self._store.delete_chunks(ids)
        return True

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """Return the documents with these ids, in this order; unknown ones are left out."""
        found = self._store.chunks_by_uid(list(dict.fromkeys(ids)))
        return [as_document(found[uid]) for uid in dict.fromkeys(ids) if uid in found]

    def close(self) -> None:
        """Close the database."""
        self._store.close()


def refuse(options: Mapping[str, Any]) -> None:
    """Refuse options that are left over.

    Raises:
        ConfigError: there are some.
    """
    if options:
        raise ConfigError(f"unknown option {min(options)!r}: the searches take k and filter")


def _together(first: Iterable[Any], others: Sequence[Iterable[Any]]) -> Iterator[tuple[Any, ...]]:
    try:
        yield from zip(first, *others, strict=True)
    except ValueError as error:
        raise ConfigError(f"give one metadata and one id for each text, or none at all ({error})") from error


def as_document(chunk: Chunk) -> Document:
    """Return a passage as LangChain's document, with where it stands when it was cut from a file."""
    metadata = dict(chunk.metadata)
    if chunk.document_id != chunk.id:
        metadata |= {"document_id": chunk.document_id, "start": chunk.start, "end": chunk.end, "heading": chunk.heading}
    return Document(id=chunk.id, page_content=chunk.text, metadata=metadata)
