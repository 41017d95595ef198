"""Documents gathered into batches, embedded beside the main thread, and handed back whole and in order."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar

import numpy as np

from ragkit.core.errors import ModelError
from ragkit.core.types import Encoded, TokenEmbedder
from ragkit.store.sqlite.records import text_hash, unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import TracebackType
    from typing import Self

    from ragkit.core.types import Chunk, Embedder, Vectors
    from ragkit.store.sqlite.records import NewDocument
    from ragkit.store.sqlite.store import Store

    _Task = tuple[Sequence[str], Future[Encoded]]

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


# Embedding beside the main thread: while one batch is embedded, the next is read and the last is written.


def encode(embedder: Embedder, texts: Sequence[str], *, tokens: bool = False) -> Encoded:
    """Embed passages and check what the embedder gave.

    Args:
        embedder: any embedder.
        texts: passages.
        tokens: whether the vectors of their tokens are wanted too, where the embedder can give them.

    Returns:
        Vectors of length 1 (float32), which texts were cut, and the tokens' vectors or None.

    Raises:
        ModelError: the embedder gave something that is no vector.
    """
    if isinstance(embedder, TokenEmbedder):
        made = embedder.encode_passages(texts, tokens=tokens and embedder.token_dimension > 0)
    else:
        limit, count = embedder.tokenizer.max_tokens, embedder.tokenizer.count
        # A token has at least one character, so most short texts need not be counted.
        cut = [len(text) > limit and count(text) > limit for text in texts]
        made = Encoded(np.asarray(embedder.encode(list(texts)), np.float32), np.array(cut, np.bool_))
    vectors = made.vectors
    if vectors.shape != (len(texts), embedder.dimension) or not np.isfinite(vectors).all():
        raise ModelError(
            f"the embedder gave an array of shape {vectors.shape} with{'out' if np.isfinite(vectors).all() else ''} "
            f"infinite values for {len(texts)} texts of dimension {embedder.dimension}: use another embedder"
        )
    return Encoded(unit(vectors), made.truncated, made.tokens)


class EmbeddingStage:
    """One thread that embeds batches in the order they come. A context manager: leaving it drops what still waits.

    Args:
        tokens: whether the vectors of tokens are wanted too.
    """

    def __init__(self, *, tokens: bool = False) -> None:
        self.tokens = tokens
        self._tasks: SimpleQueue[tuple[Embedder, _Task] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._embedder: Any = None
        self._left = False

    def submit(self, embedder: Embedder, texts: Sequence[str]) -> Future[Encoded]:
        """Queue a batch; the result comes through the future."""
        future: Future[Encoded] = Future()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="ragkit-embedding", daemon=True)
            self._thread.start()
        self._embedder = embedder
        self._tasks.put((embedder, (texts, future)))
        return future

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            embedder, (texts, future) = task
            if self._left:
                future.cancel()
                continue
            try:
                future.set_result(encode(embedder, texts, tokens=self.tokens))
            except BaseException as error:  # noqa: BLE001 - it is raised in the thread that waits for the result
                future.set_exception(error)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Drop what waits; what is being embedded is broken off where the embedder can do that."""
        if self._thread is None:
            return
        self._left = True
        self._tasks.put(None)
        if kind is not None and hasattr(self._embedder, "cancel"):
            self._embedder.cancel()
        self._thread.join()
        self._thread = None
