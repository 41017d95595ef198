"""Documents gathered into batches, embedded beside the main thread, and handed back whole and in order."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Generic, NamedTuple, Protocol, TypeVar

import numpy as np

from ragkit.index.records import text_hash
from ragkit.index.stage import EmbeddingStage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from concurrent.futures import Future
    from types import TracebackType
    from typing import Self

    from ragkit.index.records import NewDocument
    from ragkit.index.store import Store
    from ragkit.types import Chunk, Embedder, Encoded, Vectors

AHEAD = 1  # batches embedded or waiting while an older one is written; bounds memory
K = TypeVar("K")


class Embedding(Protocol):
    """What is needed to embed passages."""

    @property
    def embedder(self) -> Embedder:
        """The embedder; asked for when there is something to embed."""
        ...

    @property
    def embedding_text(self) -> Callable[[Chunk], str]:
        """What is embedded for a passage."""
        ...


class _Passage(NamedTuple):
    vector: Vectors
    tokens: bytes | None
    truncated: bool


@dataclass(slots=True)
class _Batch(Generic[K]):
    entries: list[tuple[K, NewDocument | None]]
    hashes: list[bytes]
    texts: dict[bytes, str]  # those to be embedded
    made: Future[Encoded] | None
    found: dict[bytes, _Passage]
    borrowed: dict[bytes, _Batch[K]] = field(default_factory=dict)  # being embedded in an earlier batch


class Batches(Generic[K]):
    """A writer's queue of documents without vectors; each distinct text is embedded once.

    A context manager: leaving it with an error drops what is not written yet.

    Args:
        store: where vectors of known texts are looked up.
        pipeline: how passages become vectors.
        write: called in the thread of :meth:`add`, with documents in the order they came, vectors filled in.
        size: passages embedded and written together.
        tokens: whether vectors of tokens are kept too.
    """

    def __init__(
        self,
        store: Store,
        pipeline: Embedding,
        write: Callable[[Sequence[tuple[K, NewDocument | None]]], None],
        *,
        size: int,
        tokens: bool = False,
    ) -> None:
        self.embedded = 0
        self._store = store
        self._pipeline = pipeline
        self._write_entries = write
        self._size = size
        self._tokens = tokens
        self._stage = EmbeddingStage(tokens=tokens)
        self._entries: list[tuple[K, NewDocument | None]] = []
        self._waiting = 0
        self._running: deque[_Batch[K]] = deque()

    def add(self, key: K, document: NewDocument | None) -> None:
        """Queue a document, or a key alone, which is then handed back in its turn.

        Raises:
            ModelError: the embedder gave something that is no vector.
        """
        self._entries.append((key, document))
        self._waiting += len(document.chunks) if document else 0
        if self._waiting >= self._size or len(self._entries) >= self._size:
            self._submit()

    def finish(self) -> None:
        """Embed and write all that is left."""
        self._submit()
        while self._running:
            self._write(self._running.popleft())

    def __enter__(self) -> Self:
        """Return itself."""
        self._stage.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the embedding thread."""
        self._stage.__exit__(kind, error, trace)

    def _submit(self) -> None:
        entries, self._entries, self._waiting = self._entries, [], 0
        if not entries:
            return
        text_of = self._pipeline.embedding_text
        texts = [text_of(chunk) for _, document in entries if document for chunk in document.chunks]
        hashes = [text_hash(text) for text in texts]
        batch: _Batch[K] = _Batch(entries, hashes, {}, None, {})
        if texts:
            self._assign(batch, dict(zip(hashes, texts, strict=True)))
        self._running.append(batch)
        while len(self._running) > AHEAD:
            self._write(self._running.popleft())

    def _assign(self, batch: _Batch[K], texts: dict[bytes, str]) -> None:
        """Say for each text where its vectors come from: the store, an earlier batch, or the embedder."""
        embedder = self._pipeline.embedder
        limit, count = embedder.tokenizer.max_tokens, embedder.tokenizer.count
        running = {digest: earlier for earlier in self._running for digest in earlier.texts}
        for digest, (vector, tokens) in self._store.known_passages(texts).items():
            if tokens is not None or not self._tokens:
                text = texts[digest]
                batch.found[digest] = _Passage(vector, tokens, len(text) > limit and count(text) > limit)
        for digest, text in texts.items():
            if digest in batch.found:
                continue
            if digest in running:
                batch.borrowed[digest] = running[digest]
            else:
                batch.texts[digest] = text
        if batch.texts:
            batch.made = self._stage.submit(embedder, list(batch.texts.values()))

    def _write(self, batch: _Batch[K]) -> None:
        if batch.made is not None:
            batch.found.update(zip(batch.texts, _passages(batch.made.result()), strict=True))
            self.embedded += len(batch.texts)
        for digest, earlier in batch.borrowed.items():
            batch.found[digest] = earlier.found[digest]
        self._write_entries(list(self._filled(batch)))

    def _filled(self, batch: _Batch[K]) -> Iterable[tuple[K, NewDocument | None]]:
        start = 0
        for key, document in batch.entries:
            if document is None:
                yield key, None
                continue
            end = start + len(document.chunks)
            hashes = batch.hashes[start:end]
            passages = [batch.found[digest] for digest in hashes]
            start = end
            yield key, _with_vectors(document, hashes, passages, tokens=self._tokens)


def _with_vectors(
    document: NewDocument, hashes: Sequence[bytes], passages: Sequence[_Passage], *, tokens: bool
) -> NewDocument:
    vectors = [passage.vector for passage in passages]
    blobs = [passage.tokens for passage in passages if passage.tokens is not None]
    return replace(
        document,
        text_hashes=hashes,
        vectors=np.stack(vectors) if vectors else np.empty((0, 0), np.float32),
        truncated=sum(passage.truncated for passage in passages),
        token_vectors=blobs if tokens and len(blobs) == len(passages) else None,
    )


def _passages(made: Encoded) -> Iterable[_Passage]:
    for place, vector in enumerate(made.vectors):
        blob = made.tokens[place].tobytes() if made.tokens is not None else None
        yield _Passage(vector, blob, bool(made.truncated[place]))
