"""Documents gathered into batches, embedded beside the main thread, and written in the order they came.

Two threads take part. The main thread, which owns the database connection, splits documents, looks up the vectors that
the index has already, and writes; one thread of its own runs the embedder, which leaves Python's lock to others while
it computes. What lies between them is bounded by ``AHEAD``: one batch is embedded while the main thread gathers the
next and writes the last, so the embedder always has work, and no more than three batches are in memory. More batches
ahead would not make the run faster, because embedding takes most of its time, and an interruption would cost more.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

import numpy as np

from ragkit.core.errors import ModelError
from ragkit.core.types import Encoded, TokenEmbedder
from ragkit.store.sqlite.records import text_hash, unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import TracebackType
    from typing import Self

    from ragkit.core.types import Embedder, Vectors
    from ragkit.ingest.stages import Stages
    from ragkit.store.sqlite.records import NewDocument
    from ragkit.store.sqlite.store import Store

AHEAD = 1  # batches embedded or waiting while an older one is written; bounds memory
K = TypeVar("K")


def encode(embedder: Embedder, texts: Sequence[str], *, tokens: bool = False) -> Encoded:
    """Embed passages and check what the embedder returned.

    Args:
        embedder: any embedder.
        texts: n passages.
        tokens: whether the vectors of their tokens are wanted too, where the embedder can give them.

    Returns:
        Vectors of length 1 (float32, shape (n, dimension)), which texts were cut (bool, shape (n,)), and the tokens'
        vectors or None.

    Raises:
        ModelError: the embedder returned something that is no vector.
    """
    if isinstance(embedder, TokenEmbedder):
        encoded = embedder.encode_passages(texts, tokens=tokens and embedder.token_dimension > 0)
    else:
        cut = [_is_longer(text, embedder) for text in texts]
        encoded = Encoded(np.asarray(embedder.encode(list(texts)), np.float32), np.array(cut, np.bool_))
    vectors = encoded.vectors
    # One NaN in an index would spread to every score that is fused or normalised with it.
    if vectors.shape != (len(texts), embedder.dimension) or not np.isfinite(vectors).all():
        raise ModelError(
            f"the embedder gave an array of shape {vectors.shape} with{'out' if np.isfinite(vectors).all() else ''} "
            f"infinite values for {len(texts)} texts of dimension {embedder.dimension}: use another embedder"
        )
    return Encoded(unit(vectors), encoded.truncated, encoded.tokens)


def _is_longer(text: str, embedder: Embedder) -> bool:
    """Whether a text has more tokens than the embedder reads."""
    limit = embedder.tokenizer.max_tokens
    # A token has at least one character, so most texts need not be counted.
    return len(text) > limit and embedder.tokenizer.count(text) > limit


class _Passage(NamedTuple):
    vector: Vectors  # float32, shape (dimension,)
    tokens: bytes | None  # vectors of its tokens, one bit a number
    truncated: bool


@dataclass(slots=True)
class _Batch(Generic[K]):
    entries: list[tuple[K, NewDocument | None]]
    hashes: list[bytes]  # of the texts of all passages, in order
    texts: dict[bytes, str] = field(default_factory=dict[bytes, str])  # those to be embedded
    encoded: Future[Encoded] | None = None
    found: dict[bytes, _Passage] = field(default_factory=dict[bytes, _Passage])
    borrowed: dict[bytes, _Batch[K]] = field(default_factory=dict)  # being embedded in an earlier batch


class Batches(Generic[K]):
    """A writer's queue of documents without vectors; each distinct text is embedded once.

    A context manager: leaving it with an error drops what is not written yet.

    Args:
        store: where vectors of known texts are looked up.
        stages: how passages become vectors.
        write: called in the thread of :meth:`add`, with documents in the order they came, vectors included.
        size: passages embedded and written together.
        tokens: whether vectors of tokens are stored too.
    """

    def __init__(
        self,
        store: Store,
        stages: Stages,
        write: Callable[[Sequence[tuple[K, NewDocument | None]]], None],
        *,
        size: int,
        tokens: bool = False,
    ) -> None:
        self.embedded = 0
        self._store = store
        self._stages = stages
        self._write_entries = write
        self._size = size
        self._tokens = tokens
        self._entries: list[tuple[K, NewDocument | None]] = []
        self._waiting = 0
        self._running: deque[_Batch[K]] = deque()
        # One worker: an embedder uses all processors by itself, and batches must end in their order. The thread is
        # started with the first batch, so a run in which nothing changed starts none.
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="ragkit-embedding")
        self._embedder: Any = None

    def add(self, key: K, document: NewDocument | None) -> None:
        """Queue a document, or a key alone, which is then handed back in its turn.

        Raises:
            ModelError: the embedder returned something that is no vector.
        """
        # Entries are counted too: documents without passages would else pile up.
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
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the embedding thread; after an error, stop what is being embedded where the embedder can do that."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        if kind is not None and hasattr(self._embedder, "cancel"):
            self._embedder.cancel()
        # The thread must be gone before the store is closed and the embedder is used again.
        self._executor.shutdown(wait=True)

    def _submit(self) -> None:
        entries, self._entries, self._waiting = self._entries, [], 0
        if not entries:
            return
        text_of = self._stages.embedding_text
        texts = [text_of(chunk) for _, document in entries if document for chunk in document.chunks]
        batch: _Batch[K] = _Batch(entries, [text_hash(text) for text in texts])
        if texts:
            self._assign(batch, dict(zip(batch.hashes, texts, strict=True)))
        self._running.append(batch)
        while len(self._running) > AHEAD:
            self._write(self._running.popleft())

    def _assign(self, batch: _Batch[K], texts: dict[bytes, str]) -> None:
        """Decide for each text where its vectors come from: the store, an earlier batch, or the embedder."""
        embedder = self._stages.embedder
        # A batch that is not written yet is not in the store, so its texts are looked for here.
        running = {digest: earlier for earlier in self._running for digest in earlier.texts}
        for digest, (vector, tokens) in self._store.known_passages(texts).items():
            if tokens is not None or not self._tokens:
                batch.found[digest] = _Passage(vector, tokens, _is_longer(texts[digest], embedder))
        for digest, text in texts.items():
            if digest in batch.found:
                continue
            if digest in running:
                batch.borrowed[digest] = running[digest]
            else:
                batch.texts[digest] = text
        if batch.texts:
            self._embedder, wanted = embedder, list(batch.texts.values())
            batch.encoded = self._executor.submit(encode, embedder, wanted, tokens=self._tokens)

    def _write(self, batch: _Batch[K]) -> None:
        if batch.encoded is not None:
            batch.found.update(zip(batch.texts, _passages(batch.encoded.result()), strict=True))
            self.embedded += len(batch.texts)
        # Batches are written in their order, so an earlier one has its vectors by now.
        for digest, earlier in batch.borrowed.items():
            batch.found[digest] = earlier.found[digest]
        self._write_entries(list(self._with_vectors(batch)))

    def _with_vectors(self, batch: _Batch[K]) -> Iterable[tuple[K, NewDocument | None]]:
        start = 0
        for key, document in batch.entries:
            if document is None:
                yield key, None
                continue
            hashes = batch.hashes[start : start + len(document.chunks)]
            start += len(document.chunks)
            passages = [batch.found[digest] for digest in hashes]
            blobs = [passage.tokens for passage in passages if passage.tokens is not None]
            made = replace(
                document,
                text_hashes=hashes,
                vectors=np.stack([each.vector for each in passages]) if passages else np.empty((0, 0), np.float32),
                truncated=sum(passage.truncated for passage in passages),
                token_vectors=blobs if self._tokens and len(blobs) == len(passages) else None,
            )
            yield key, made


def _passages(encoded: Encoded) -> Iterable[_Passage]:
    for place, vector in enumerate(encoded.vectors):
        blob = encoded.tokens[place].tobytes() if encoded.tokens is not None else None
        yield _Passage(vector, blob, bool(encoded.truncated[place]))
