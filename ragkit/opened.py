"""An index folder and what works on it, each opened or loaded when it is first needed."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragkit.config import settings, shell_word
from ragkit.errors import IndexMismatch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from langchain_core.language_models import BaseChatModel

    from ragkit.chains.generator import Generator
    from ragkit.index.reader import Reader
    from ragkit.index.store import Store
    from ragkit.retrieve.search import Searcher
    from ragkit.types import Chunk, Embedder
    from ragkit.usage.cache import ReplyCache


class Opened:
    """The parts of an index: database, searches, embedder, generator.

    Args:
        folder: the index folder.
        embedder: spec or object; None takes the one the index was made with, else the configured default.
        model: generator spec or LangChain chat model; None takes the configured default.
        cache: file in which replies of the generator are kept; None takes the settings, which keep none.
    """

    def __init__(
        self,
        folder: str | Path | None = None,
        *,
        embedder: str | Embedder | None = None,
        model: str | BaseChatModel | None = None,
        cache: str | Path | None = None,
    ) -> None:
        self.folder = Path(folder) if folder is not None else settings().index
        self._embedder_given = embedder
        self._model_given = model if model is not None else settings().model
        self._cache_given = Path(cache) if cache is not None else settings().cache
        self._store: Store | None = None
        self._generator: Generator | None = None
        self._lock = threading.RLock()

    @property
    def store(self) -> Store:
        """The open database.

        Raises:
            IndexMissing: nothing was indexed yet.
        """
        return self._open(create=False)

    def _open(self, *, create: bool) -> Store:
        from ragkit.index.store import Store

        with self._lock:
            if self._store is None:
                self._store = Store(self.folder, create=create)
            return self._store

    @cached_property
    def reader(self) -> Reader:
        """Searches by row id over the open database."""
        from ragkit.index.reader import Reader

        return Reader(self.store)

    @cached_property
    def embedder(self) -> Embedder:
        """The embedder, checked against the one the index was made with.

        Raises:
            IndexMismatch: the index was made with another embedder.
        """
        stored = self._store.embedder() if self._store is not None else None
        given = self._embedder_given
        if given is None:
            given = (stored or {}).get("spec") or settings().embedder
        made = load_embedder_of(given)
        if stored:
            self._check(stored["fingerprint"], made.fingerprint)
        return made

    def _recheck(self, store: Store, embedder: Embedder) -> None:
        """See whether the index was brought to another embedder since this one was loaded."""
        stored = store.embedder()
        if stored:
            self._check(stored["fingerprint"], embedder.fingerprint)

    def _check(self, stored: Mapping[str, Any], given: Mapping[str, Any]) -> None:
        differing = [key for key in sorted({*stored, *given}) if stored.get(key) != given.get(key)]
        if differing:
            was = ", ".join(f"{key}={stored.get(key)!r}" for key in differing)
            now = ", ".join(f"{key}={given.get(key)!r}" for key in differing)
            raise IndexMismatch(
                f"{self.folder} was made with another embedder (index: {was}; now: {now}): leave --embedder out to use "
                "the index's own (and open the index again), or bring it to this one with "
                f"`ragkit index --reembed --embedder {self._spec()} --index {shell_word(str(self.folder))}`"
            )

    def _spec(self) -> str:
        return shell_word(self._embedder_given) if isinstance(self._embedder_given, str) else "SPEC"

    @cached_property
    def searcher(self) -> Searcher:
        """Dense, lexical and hybrid search."""
        from ragkit.retrieve.search import Searcher

        reader, embedder, store = self.reader, self.embedder, self.store
        reader.check = lambda: self._recheck(store, embedder)
        return Searcher(reader, embedder)

    def expect_one_question(self) -> None:
        """Prepare for a process that asks one question and ends; only there is it quicker."""
        prepare = getattr(self.searcher.embedder, "expect_one_question", None)
        if prepare is not None:
            prepare()

    def _original(self, chunk: Chunk) -> tuple[str, dict[str, Any]] | None:
        """Return text and metadata of the document a passage was cut from; None where it is gone."""
        return self.store.document(chunk.document_id, chunk.source)

    def _documents(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield (id, text, metadata) of all documents."""
        return self.store.documents()

    @property
    def generator(self) -> Generator:
        """The generator; loaded on first use."""
        from ragkit.chains.generator import Generator, load

        with self._lock:
            if self._generator is None:
                given = self._model_given
                made = load(given) if isinstance(given, str) else Generator("", given)
                self._generator = replace(made, cache=self._replies(), state=self._state)
            return self._generator

    @property
    def model_spec(self) -> str:
        """The generator's spec; empty for a model object handed in."""
        return self._model_given if isinstance(self._model_given, str) else ""

    def _replies(self) -> ReplyCache | None:
        if self._cache_given is None:
            return None
        from ragkit.usage.cache import ReplyCache

        return ReplyCache(self._cache_given)

    def _state(self) -> str:
        """Return what the index holds, for replies that are kept."""
        return self.store.last_token()

    def close(self) -> None:
        """Close the database; it is opened again when it is needed."""
        with self._lock:
            if self._store is not None:
                self._store.close()
                self._store = None
            for name in ("reader", "embedder", "searcher"):
                self.__dict__.pop(name, None)


def load_embedder_of(given: str | Embedder) -> Embedder:
    """Return the embedder that a spec names, or the one given."""
    if not isinstance(given, str):
        return given
    from ragkit.embed import load_encoder

    return load_encoder(given)
