"""Both searches over one committed state of an index, brought up to date as the index changes."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import numpy as np

from ragkit.core.candidates import Candidates, gather
from ragkit.store.search.dense import DenseSearch
from ragkit.store.search.filters_sql import rows_where
from ragkit.store.search.lexical import LexicalSearch
from ragkit.text.terms import QueryTerms, weigh

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from numpy.typing import NDArray

    from ragkit.core.types import Chunk, Titled, Vectors
    from ragkit.store.search.filters import MetadataFilter
    from ragkit.store.sqlite.store import Store

Part = Literal["dense", "lexical"]
FILTERS = 16  # whose rows are cached until the index changes
TITLED = 5000  # documents; in larger collections few people know one by its name
WAIT = 10.0  # seconds a writer waits at its end for another process that is writing caches


class Reader:
    """Dense and lexical search by row id; thread-safe, one search at a time.

    Args:
        store: an open store.

    Attributes:
        check: called inside the first snapshot of each state of the index; raises where it cannot be searched any more.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        # Its lock is taken before the store's, whose own is taken with each snapshot.
        self._lock = threading.RLock()
        self.check: Callable[[], None] | None = None
        self._checked: tuple[int, int] | None = None
        self._token = ""
        self._begin()
        self._inside: set[Part] = set()
        self._filtered: dict[str, NDArray[np.int64]] = {}
        self._titled: tuple[Titled, ...] | None = None
        self._queried_at: tuple[int, int] | None = None  # the state that the two are of

    def _begin(self) -> None:
        cache = self.store.folder / "cache"
        self._dense = DenseSearch(self.store, cache)
        self._lexical = LexicalSearch(self.store, cache)
        self._seen: dict[Part, tuple[int, int]] = {}  # the store's state that each search was last brought up to

    def _follow(self) -> None:
        """Drop all that was loaded of an index whose history is no longer this one's.

        A re-embedding, a repair or a backup put in place may give the same row ids to other vectors.
        """
        if self._token and not self.store.knows_token(self._token):
            self._begin()
        self._token = self.store.last_token()

    def update_caches(self, *parts: Part) -> None:
        """Bring the caches up to the store; for the writer, when it is done.

        Searches of other threads go on while the dense cache is written, which may take a while.

        Args:
            parts: the searches whose caches are meant; both when none is named.
        """
        if not parts or "dense" in parts:
            self._dense.update(WAIT)
        with self._lock:
            if not parts or "lexical" in parts:
                self._lexical.update(WAIT)
            self._seen.clear()

    @contextmanager
    def snapshot(self, *parts: Part) -> Generator[None]:
        """Let everything read and searched inside see one committed state.

        Args:
            parts: the searches that will be used inside; both when none is named.
        """
        wanted: set[Part] = set(parts) or {"dense", "lexical"}
        with self._lock:
            if wanted <= self._inside:
                yield
                return
            if self._inside:
                raise RuntimeError(f"this snapshot was opened for {sorted(self._inside)}, not for {sorted(wanted)}")
            # Caches are loaded before the snapshot, since they must not be newer than it. A commit between the two is
            # noticed by the version, which is compared again inside.
            state = self.store.version()
            if any(self._seen.get(part) != state for part in wanted):
                self._follow()
            for part in wanted:
                if self._seen.get(part) != state:
                    self._search_of(part).reload()
            with self.store.snapshot():
                before, state = state, self.store.version()
                if state != before:
                    self._follow()
                # Inside the snapshot: the index may have been brought to another embedder a moment ago.
                if self.check is not None and self._checked != state:
                    self.check()
                    self._checked = state
                for part in wanted:
                    if self._seen.get(part) != state:
                        self._search_of(part).refresh()
                        self._seen[part] = state
                self._inside = wanted
                try:
                    yield
                finally:
                    self._inside = set()

    def _search_of(self, part: Part) -> DenseSearch | LexicalSearch:
        return self._dense if part == "dense" else self._lexical

    def rows_where(self, filter: MetadataFilter) -> NDArray[np.int64]:
        """Return the row ids, ascending, of the chunks whose metadata passes a filter.

        Raises:
            ConfigError: the filter is not of the language of :mod:`ragkit.store.search.filters`.
        """
        with self._querying():
            name = json.dumps(filter, sort_keys=True, default=repr)
            found = self._filtered.pop(name, None)
            # A dict is ordered by insertion: what was used last is put at its end, and its first entry is dropped.
            self._filtered[name] = rows_where(self.store, filter) if found is None else found
            if len(self._filtered) > FILTERS:
                del self._filtered[next(iter(self._filtered))]
            return self._filtered[name]

    def dense(
        self, vector: Vectors, k: int, allowed: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return (row ids, cosines) of the k nearest chunks, best first; fewer only when there are fewer.

        Args:
            vector: float32 of shape (dimension,), length 1.
            k: how many.
            allowed: row ids, ascending, of the chunks to search; None searches all.
        """
        with self.snapshot("dense"):
            return self._dense.search(vector, k, allowed)

    def lexical(
        self,
        text: str,
        k: int,
        allowed: NDArray[np.int64] | None = None,
        idf: Mapping[str, float] | None = None,
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return (row ids, BM25 scores) of the k best chunks, best first; fewer only when fewer hold a term.

        Args:
            text: the question, any text.
            k: how many.
            allowed: row ids, ascending, of the chunks to search; None searches all.
            idf: weights by term (as ``ragkit.text.terms.terms`` makes them) in place of this index's own, so that
                scores of several indexes compare; terms that are not among them keep their own.
        """
        with self.snapshot("lexical"):
            wanted = k
            while True:
                rows, scores = self._lexical.search(text, wanted, allowed, idf)
                if allowed is not None:
                    return rows, scores
                alive = np.isin(rows, np.fromiter(self.store.chunks_present(rows.tolist()), np.int64))
                if alive.sum() >= k or len(rows) < wanted:
                    return rows[alive][:k], scores[alive][:k]
                wanted *= 2  # deleted rows took places: search further

    def frequencies(self, terms: Sequence[str]) -> tuple[int, dict[str, int]]:
        """Return (number of chunks, chunks that hold each term); terms as ``ragkit.text.terms.terms`` makes them."""
        with self.snapshot("lexical"):
            return self._lexical.frequencies(terms)

    def query_terms(self, text: str) -> QueryTerms:
        """Return the words of a question, weighed by how rare they are here."""
        with self.snapshot("lexical"):
            return weigh(text, self._lexical.languages, self._lexical.frequencies)

    def candidates(
        self,
        text: str,
        vector: Vectors,
        depth: int,
        base: int,
        filter: MetadataFilter | None = None,
        sources: Sequence[str] = (),
    ) -> Candidates:
        """Return what both searches put forward; the arguments are those of :func:`ragkit.core.candidates.gather`."""
        with self.snapshot("dense", "lexical"):
            return gather(self, text, vector, depth, base, filter, sources)

    def titled(self) -> tuple[tuple[Titled, ...], int]:
        """Return the documents as they may be named, one a source, and :meth:`token_bits`.

        There are no documents where there are too many to be known by name.
        """
        with self._querying():
            if self._titled is None:
                self._titled = self.store.titled(TITLED)
            return self._titled, self.token_bits()

    @contextmanager
    def _querying(self) -> Generator[None]:
        """Let queries inside see one committed state; drops what is cached of another one."""
        with self._lock, self.store.snapshot():
            state = self.store.version()
            if state != self._queried_at:
                self._filtered, self._titled, self._queried_at = {}, None, state
            yield

    def chunks(self, rows: Sequence[int]) -> dict[int, Chunk]:
        """Return chunks by row id.

        Raises:
            IndexCorrupt: one that a search inside this snapshot found is not there.
        """
        found = self.store.chunks(rows)
        # Outside of a snapshot a row may have been deleted since it was found.
        if self._inside and len(found) < len(set(rows)):
            missing = min(set(rows) - set(found))
            raise self.store.corrupt(f"chunk {missing} has a vector or terms, but no text or document")
        return found

    def vectors(self, rows: Sequence[int]) -> dict[int, Vectors]:
        """Return vectors by row id."""
        return self.store.vectors(rows)

    def languages(self) -> Sequence[str]:
        """Return the languages besides English that chunks are written in, as codes of ``terms.MARKERS``."""
        with self.snapshot("lexical"):
            return self._lexical.languages

    def token_bits(self) -> int:
        """Return how many bits are kept of each token's vector; 0 where the index keeps none."""
        return int((self.store.setting("tokens") or {}).get("bits", 0))

    def token_vectors(self, rows: Sequence[int]) -> dict[int, bytes]:
        """Return the packed signs of the tokens' vectors by row id; rows without them are left out."""
        return self.store.token_vectors(rows)

    def vectors_of(self, ids: Sequence[str]) -> dict[str, Vectors]:
        """Return vectors by chunk id; ids that do not exist any more are left out."""
        return self.store.vectors_by_uid(ids)
