"""Embedding beside the main thread: while one batch is embedded, the next is read and the last is written."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import numpy as np

from ragkit.errors import ModelError
from ragkit.index.records import unit
from ragkit.types import Encoded, TokenEmbedder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType
    from typing import Self

    from ragkit.types import Embedder

    _Task = tuple[Sequence[str], Future[Encoded]]


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
