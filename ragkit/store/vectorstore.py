"""The index as a LangChain vector store, usable alone with any ``Embeddings``; nothing is pickled."""

from __future__ import annotations

import json
import uuid
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from langchain_core.documents import Document
from langchain_core.vectorstores import VectorStore as BaseVectorStore
from langchain_core.vectorstores.utils import maximal_marginal_relevance

from ragkit.core.errors import ConfigError, IndexMismatch
from ragkit.core.types import Chunk, content_id
from ragkit.store.search.reader import Reader
from ragkit.store.sqlite.records import NewDocument, text_hash, unit
from ragkit.store.sqlite.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence

    from langchain_core.embeddings import Embeddings
    from numpy.typing import NDArray

    from ragkit.core.types import Vectors
    from ragkit.store.search.filters import MetadataFilter

    Filter = MetadataFilter | Callable[[Document], bool]
    _Entry = tuple[str, str, Mapping[str, Any]]  # id, text, metadata

BATCH = 1_000  # texts embedded and committed together
DEEPER = 4  # times as many results where a function of the document refused some

Item = TypeVar("Item")


class VectorStore(BaseVectorStore):
    """Texts with ids and metadata, searched by cosine similarity.

    The searches take ``filter``: a dict in the language of :mod:`ragkit.store.search.filters`, for example
    ``{"year": {"$gte": 2000}}``, or a function of the document.

    Args:
        embedding: any LangChain embeddings.
        folder: the index folder; made when there is none.

    Raises:
        IndexMismatch: on the first use, when the vectors in the folder are of other embeddings.
    """

    def __init__(self, embedding: Embeddings, folder: str | Path) -> None:
        self._embedding = embedding
        self._store = Store(Path(folder), create=True)
        self._embedder = _EmbedderCheck(embedding, self._store)
        self._reader = Reader(self._store)
        self._reader.check = self._embedder.repeat

    @property
    def embeddings(self) -> Embeddings:
        """The embeddings the store was opened with."""
        return self._embedding

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        folder: str | Path = ".ragkit",
        **kwargs: Any,
    ) -> VectorStore:
        """Make a store and add texts to it.

        Args:
            texts: what to embed and store.
            embedding: any LangChain embeddings.
            metadatas: one for each text.
            ids: one for each text.
            folder: the index folder.
            kwargs: none are known.
        """
        store = cls(embedding, folder)
        store.add_texts(texts, metadatas, ids=ids, **kwargs)
        return store

    def close(self) -> None:
        """Close the database."""
        self._store.close()

    # -- writing -------------------------------------------------------------------------------------------------

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
            texts: what to embed and store.
            metadatas: JSON-serialisable, one for each text.
            ids: one for each text; made up where None.
            kwargs: none are known.

        Returns:
            The ids, in order.

        Raises:
            ConfigError: the lists differ in length, or metadata is no JSON.
            IndexLocked: another process is writing.
        """
        _refuse({key: value for key, value in kwargs.items() if key != "batch_size"})  # LangChain's indexing API has it
        contents = list(texts)
        for name, values in (("metadatas", metadatas), ("ids", ids)):
            if values is not None and len(values) != len(contents):
                raise ConfigError(f"{len(contents)} texts but {len(values)} {name}: give one for each text")
        named = [uid or str(uuid.uuid4()) for uid in ids or [""] * len(contents)]
        pairs = zip(contents, metadatas or [{}] * len(contents), strict=True)
        entries = dict(zip(named, pairs, strict=True))  # the last of several with one id wins
        with self._writing():
            for batch in _batches((uid, text, metadata) for uid, (text, metadata) in entries.items()):
                self._put(batch, _stacked(self._embedding.embed_documents([text for _, text, _ in batch])))
        return named

    def add_documents(self, documents: list[Document], *, ids: list[str] | None = None, **kwargs: Any) -> list[str]:
        """Add documents under ``ids``, else their own ids, else made-up ones; replaces what has the same id."""
        own = [document.id or "" for document in documents]
        texts, metadatas = [document.page_content for document in documents], [each.metadata for each in documents]
        return self.add_texts(texts, metadatas, ids=own if ids is None else ids, **kwargs)

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
            IndexMismatch: the vectors in the folder are of other embeddings.
            IndexLocked: another process is writing.
        """
        _refuse(kwargs)
        others = [part for part in (metadatas, ids) if part is not None]
        named: list[str] = []
        with self._writing():
            for batch in _batches(_together(text_embeddings, others)):
                entries: list[_Entry] = []
                for (text, _), *rest in batch:
                    uid = str(rest[-1]) if ids is not None else str(uuid.uuid4())
                    entries.append((uid, text, rest[0] if metadatas is not None else {}))
                self._put(entries, _stacked(vector for (_, vector), *_ in batch))
                named += [uid for uid, _, _ in entries]
        return named

    @contextmanager
    def _writing(self) -> Generator[None]:
        with self._store.writing():
            self._embedder.repeat()
            yield
            # First the log is folded in, so that the database file alone is a full copy even if writing caches is cut
            # off.
            self._store.checkpoint()
            self._reader.update_caches("dense")

    def _put(self, entries: Sequence[_Entry], vectors: Vectors) -> None:
        """Write texts in one transaction, each as a document of one passage, in place of those with the same ids.

        Args:
            entries: (id, text, metadata); of several with one id the last wins.
            vectors: float32 of shape (len(entries), dimension), rows of length 1.
        """
        self._embedder.check(vectors.shape[1])
        # All are made first: metadata that is no JSON is then refused before anything is written.
        documents = {
            uid: _one_passage(uid, text, metadata, vectors[place : place + 1])
            for place, (uid, text, metadata) in enumerate(entries)
        }
        with self._store.transaction():
            self._store.delete_chunks(documents)
            source = self._store.plain_source()
            for document in documents.values():
                self._store.put_document(source, document)

    def delete(self, ids: list[str] | None = None, **kwargs: Any) -> bool | None:
        """Delete by id; unknown ids are passed over. None deletes nothing."""
        if ids:
            with self._writing():
                self._store.delete_chunks(ids)
        return True

    # -- reading and searching ----------------------------------------------------------------------------------

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """Return the documents with these ids, in this order; unknown ones are left out."""
        found = self._store.chunks_by_uid(list(dict.fromkeys(ids)))
        return [_as_document(found[uid]) for uid in dict.fromkeys(ids) if uid in found]

    def similarity_search(self, query: str, k: int = 4, **kwargs: Any) -> list[Document]:
        """Return the k documents most similar to a question, best first."""
        return [document for document, _ in self.similarity_search_with_score(query, k, **kwargs)]

    def similarity_search_with_score(self, query: str, k: int = 4, **kwargs: Any) -> list[tuple[Document, float]]:
        """Return the k most similar documents with their cosine, best first."""
        return [(document, score) for document, score, _ in self._search(self._query(query), k, **kwargs)]

    def similarity_search_by_vector(self, embedding: list[float], k: int = 4, **kwargs: Any) -> list[Document]:
        """Return the k documents most similar to a vector, best first."""
        return [document for document, _, _ in self._search(self._vector(embedding), k, **kwargs)]

    def max_marginal_relevance_search(
        self, query: str, k: int = 4, fetch_k: int = 20, lambda_mult: float = 0.5, **kwargs: Any
    ) -> list[Document]:
        """Return k documents that are similar to a question and unlike each other (Carbonell and Goldstein 1998)."""
        return self._diverse(self._query(query), k, fetch_k, lambda_mult, **kwargs)

    def max_marginal_relevance_search_by_vector(
        self, embedding: list[float], k: int = 4, fetch_k: int = 20, lambda_mult: float = 0.5, **kwargs: Any
    ) -> list[Document]:
        """Return k documents that are similar to a vector and unlike each other."""
        return self._diverse(self._vector(embedding), k, fetch_k, lambda_mult, **kwargs)

    def _diverse(self, vector: Vectors, k: int, fetch_k: int, weight: float, **options: Any) -> list[Document]:
        with self._reader.snapshot("dense"):
            # One snapshot for both, so that each row that is found still has its vector.
            found = self._search(vector, max(fetch_k, k), **options)
            vectors = self._reader.vectors([row for _, _, row in found])
        if not found:
            return []
        chosen = maximal_marginal_relevance(vector, [vectors[row].tolist() for _, _, row in found], weight, k)
        return [found[place][0] for place in chosen]

    def _query(self, query: str) -> Vectors:
        return self._vector(self._embedding.embed_query(query))

    def _vector(self, embedding: Sequence[float]) -> Vectors:
        self._embedder.check(len(embedding))
        return unit(np.asarray([embedding], np.float32))[0]

    def _search(
        self, vector: Vectors, k: int, *, filter: Filter | None = None, **unknown: Any
    ) -> list[tuple[Document, float, int]]:
        """Return (document, cosine, row id) of the k nearest that pass the filter."""
        _refuse(unknown)
        if k < 1:
            return []
        with self._reader.snapshot("dense"):
            if callable(filter):
                return self._until(vector, k, filter)
            return self._nearest(vector, k, None if filter is None else self._reader.rows_where(filter))

    def _nearest(
        self, vector: Vectors, k: int, allowed: NDArray[np.int64] | None = None
    ) -> list[tuple[Document, float, int]]:
        rows, scores = self._reader.dense(vector, k, allowed)
        chunks = self._reader.chunks(rows.tolist())
        return [
            (_as_document(chunks[row]), float(score), row)
            for row, score in zip(rows.tolist(), scores.tolist(), strict=True)
        ]

    def _until(self, vector: Vectors, k: int, passes: Callable[[Document], bool]) -> list[tuple[Document, float, int]]:
        """Search for more and more until k documents pass a function."""
        wanted = k
        while True:
            found = self._nearest(vector, wanted)
            passed = [entry for entry in found if passes(entry[0])]
            if len(passed) >= k or len(found) < wanted:
                return passed[:k]
            wanted *= DEEPER

    def _select_relevance_score_fn(self) -> Callable[[float], float]:
        return _relevance


class _EmbedderCheck:
    """Compares embeddings with those that the vectors of a store are of.

    Args:
        embedding: any LangChain embeddings.
        store: the index.
    """

    def __init__(self, embedding: Embeddings, store: Store) -> None:
        self._embedding = embedding
        self._store = store
        self._dimension = 0  # of the first vector; LangChain's interface does not say it beforehand

    def check(self, dimension: int) -> None:
        """Compare the embeddings, known to make vectors of a dimension; an empty store adopts them.

        Raises:
            IndexMismatch: they differ.
        """
        if not self._dimension:
            self._compare(dimension)
            self._dimension = dimension
        if dimension != self._dimension:
            raise IndexMismatch(
                f"{self._store.folder} holds vectors of dimension {self._dimension}, not {dimension}: embed with the "
                "same embeddings, or use another folder"
            )

    def repeat(self) -> None:
        """Compare again: another process may have brought the folder to another embedder since it was opened.

        Raises:
            IndexMismatch: they differ.
        """
        if self._dimension:
            self._compare(self._dimension)

    def _compare(self, dimension: int) -> None:
        now, stored = _fingerprint(self._embedding, dimension), self._store.embedder()
        # No spec: LangChain's embeddings cannot be loaded again by a text.
        if stored is None:
            self._store.set_setting("embedder", {"spec": None, "dimension": dimension, "fingerprint": now})
        elif stored["fingerprint"] != now:
            raise IndexMismatch(
                f"{self._store.folder} was filled with {stored['fingerprint']}, not with {now}: open it with the same "
                "embeddings, or use another folder"
            )


def _fingerprint(embedding: Embeddings, dimension: int) -> dict[str, Any]:
    """Return what identifies an embedder: its own fingerprint, else its class, model name and dimension."""
    own = getattr(embedding, "fingerprint", None)
    if own is not None:
        return json.loads(json.dumps(dict(own), default=str))  # as it is when it comes back from the database
    kind = type(embedding)
    names = (getattr(embedding, name, None) for name in ("model_name", "model"))
    model = next((name for name in names if isinstance(name, str)), "")
    return {"class": f"{kind.__module__}.{kind.__qualname__}", "model": model, "dimension": dimension}


def _one_passage(uid: str, text: str, metadata: Mapping[str, Any], vectors: Vectors) -> NewDocument:
    """Return a text as a document of one passage.

    Raises:
        ConfigError: metadata is no JSON.
    """
    try:
        content_hash = content_id(text, json.dumps(metadata, sort_keys=True))
    except (TypeError, ValueError) as error:
        raise ConfigError(f"metadata cannot be stored as JSON ({error}): use text, numbers, lists and dicts") from error
    chunk = Chunk(uid, uid, text, 0, len(text), metadata=metadata)
    return NewDocument(uid, text, metadata, content_hash, [chunk], [text_hash(text)], vectors)


def _stacked(vectors: Iterable[Sequence[float]]) -> Vectors:
    """Return vectors as float32 of shape (n, dimension), rows of length 1.

    Raises:
        ConfigError: they differ in dimension, or hold something that is no finite number.
    """
    try:
        made = np.asarray(list(vectors), np.float32)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"these are no vectors of one dimension ({error}): give lists of numbers") from error
    if made.ndim != 2 or not made.shape[1] or not np.isfinite(made).all():
        raise ConfigError(f"vectors are lists of finite numbers of one dimension, not of shape {made.shape[1:]}")
    return unit(made)


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    rest = iter(items)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _together(first: Iterable[Any], others: Sequence[Iterable[Any]]) -> Iterator[tuple[Any, ...]]:
    try:
        yield from zip(first, *others, strict=True)
    except ValueError as error:
        raise ConfigError(f"give one metadata and one id for each text, or none at all ({error})") from error


def _refuse(options: Mapping[str, Any]) -> None:
    """Raise ConfigError where options are left that nothing takes."""
    # A misspelt option that is ignored would give other results than were asked for.
    if options:
        raise ConfigError(f"unknown option {min(options)!r}: the searches take k and filter")


def _as_document(chunk: Chunk) -> Document:
    """Return a passage as LangChain's document, with its place where it was cut from a file."""
    metadata = dict(chunk.metadata)
    if chunk.document_id != chunk.id:  # else it was added as a text of its own, which is its whole document
        metadata |= {"document_id": chunk.document_id, "start": chunk.start, "end": chunk.end, "heading": chunk.heading}
    return Document(id=chunk.id, page_content=chunk.text, metadata=metadata)


def _relevance(cosine: float) -> float:
    # LangChain's relevance is between 0 and 1; rounding may take a cosine out of [-1, 1].
    return min(max((cosine + 1) / 2, 0.0), 1.0)
