"""BM25 over the chunks: a cache that is never wrong, only behind, and the later rows, scored as one collection.

BM25 as in Robertson and Zaragoza, "The Probabilistic Relevance Framework" (2009), with tantivy's k1 = 1.2, b = 0.75.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import numpy as np

from ragkit.store.search.lexical_cache import FAILURES, LexicalCache, cache_name, chunk_terms, inverse_frequency
from ragkit.store.sqlite.lock import cache_lock
from ragkit.text.terms import MARKERS, query_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ragkit.store.sqlite.store import Store

log = logging.getLogger(__name__)

K1, B = 1.2, 0.75  # tantivy's, so that its scores and those of the tail compare
TAIL_LIMIT = 256  # rows analysed again by each process that opens the index; more are written to the cache
WAIT = 10.0  # seconds to wait for another process that is making the cache, when there is none yet


class LexicalSearch:
    """BM25 over the chunks of a store.

    ``reload`` comes before the snapshot and ``refresh`` inside it, so that the cache is never newer than the snapshot:
    every chunk of the snapshot is then in the cache or above it, and what only the cache has was deleted.

    Args:
        store: the truth.
        cache: folder for caches.
    """

    def __init__(self, store: Store, cache: Path) -> None:
        self.store = store
        self.folder = cache / cache_name()
        self._cache = LexicalCache.in_memory()
        self._tail = Tail(0)
        self._tail_of: tuple[LexicalCache, int] = (self._cache, 0)
        self.languages: tuple[str, ...] = ()

    def reload(self) -> None:
        """Load the cache, or what others wrote to it since; bring it up to the store when far behind."""
        self._cache = self._current() or self._cache
        # Where there is no cache at all, waiting for another process that makes one is quicker than making one too.
        if self.store.count_later(self._cache.covered, TAIL_LIMIT + 1) > TAIL_LIMIT:
            self.update(0 if self._cache.rows else WAIT)

    def update(self, wait: float) -> None:
        """Bring the cache up to the store; in memory where the folder cannot be written.

        Args:
            wait: seconds to wait for another process that writes caches; then it is left to that one.
        """
        with cache_lock(self.store.folder, wait) as lock:
            if lock == "busy":
                return
            try:
                if lock == "denied":
                    raise OSError(f"{self.store.folder} cannot be written")
                self._write(self._current)
            except FAILURES as error:
                log.info("the lexical cache is made in memory: %s", error)
                cache = self._cache if self._cache.folder is None else LexicalCache.in_memory()
                self._write(lambda: cache)

    def _write(self, current: Callable[[], LexicalCache | None]) -> None:
        cache = current()
        with self.store.snapshot():
            # Compared again under the lock: another process may have written it meanwhile.
            if cache is not None and cache.is_current(self.store):
                self._cache = cache
                return
            if not self.store.last_token():
                return  # nothing was ever written to the store
            if cache is None:
                cache = LexicalCache.make(self.folder)
            cache.write(self.store)
        self._cache = cache

    def _current(self) -> LexicalCache | None:
        """Return the cache of the folder as it is now; None when there is none that can be used."""
        if self._cache.folder is None:
            return LexicalCache.open(self.folder, self.store)
        try:
            self._cache.reload()
        except FAILURES as error:  # the folder was deleted or replaced
            log.info("the lexical cache %s is opened again: %s", self.folder, error)
            return LexicalCache.open(self.folder, self.store)
        return self._cache if self.folder.exists() else None

    def refresh(self) -> None:
        """Catch up with the store's snapshot."""
        try:
            self._catch_up()
        except FAILURES as error:
            # tantivy opens a segment's terms at their first use, and another process may have merged it away by then.
            # This snapshot is searched without the cache; the next one opens it as it is then.
            log.info("the lexical cache %s changed while it was read: %s", self.folder, error)
            self._cache = LexicalCache.in_memory()
            self._catch_up()

    def _catch_up(self) -> None:
        # An object that is still the same cache may have been reloaded with later rows.
        if self._tail_of != (self._cache, self._cache.covered):
            self._tail_of = (self._cache, self._cache.covered)
            self._tail = Tail(self._cache.covered)
        self._tail.add(chunk_terms(self.store, self._tail.newest))
        # Chunks in other languages than English hold a marker among their terms, by which the languages are counted.
        _, counts = self.frequencies(MARKERS.values())
        self.languages = tuple(code for code, marker in MARKERS.items() if counts[marker])

    def search(
        self, text: str, k: int, allowed: NDArray[np.int64] | None = None, idf: Mapping[str, float] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return (row ids, scores) of the best rows, best first; rows that are gone may be among them.

        Args:
            text: the question.
            k: how many.
            allowed: row ids, ascending, of the rows to search; None searches all.
            idf: weights by term in place of this index's own.
        """
        words = query_words(text, self.languages)
        wanted = list(dict.fromkeys(term for word in words for term in word))
        if not wanted:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        if idf is None and self.languages:
            idf = self._word_weights(words, wanted)
        scored = self._cache.search(wanted, k, allowed, idf or {})
        if len(self._tail):
            # Weights and mean length over the cache and the tail together. The cache scores with its own where no
            # weights are passed: they differ little, as the tail is short.
            total, counts = self.frequencies(wanted)
            weights = {term: inverse_frequency(total, count) for term, count in counts.items()} | dict(idf or {})
            mean = (self._cache.terms + self._tail.terms) / total
            found = self._tail.score({term: weights[term] for term in wanted}, max(mean, 1.0))
            if allowed is not None:
                here = np.isin(np.array([row for _, row in found], np.int64), allowed)
                found = [pair for pair, is_allowed in zip(found, here.tolist(), strict=True) if is_allowed]
            scored += found
        # Equal scores in the order of rows, so that a page of results does not change with the cache.
        scored.sort(key=lambda pair: (-pair[0], pair[1]))
        return (
            np.array([row for _, row in scored[:k]], np.int64),
            np.array([score for score, _ in scored[:k]], np.float32),
        )

    def _word_weights(self, words: Sequence[tuple[str, ...]], wanted: Sequence[str]) -> dict[str, float]:
        """Give the terms that one word has in several languages one weight: by the rows that hold any of them.

        The stem of a language with few rows here would else weigh far more than the same word's in the main one.
        """
        total, counts = self.frequencies(wanted)
        return {
            term: inverse_frequency(total, min(total, sum(counts[each] for each in word)))
            for word in words
            for term in word
        }

    def frequencies(self, wanted: Iterable[str]) -> tuple[int, dict[str, int]]:
        """Return (number of chunks, chunks that hold each term); chunks that are gone may still count."""
        counts = {term: self._cache.frequency(term) + self._tail.frequency(term) for term in wanted}
        return self._cache.rows + len(self._tail), counts


class Tail:
    """Postings of the rows above the cache, in plain Python; later rows are added at the end only.

    Args:
        after: row id above which its rows begin.
    """

    def __init__(self, after: int) -> None:
        self.newest = after
        self._lengths: dict[int, int] = {}
        self._postings: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)

    def __len__(self) -> int:
        return len(self._lengths)

    @property
    def terms(self) -> int:
        """Terms of all rows together, repetitions counted."""
        return sum(self._lengths.values())

    def add(self, rows: Iterable[tuple[int, Sequence[str]]]) -> None:
        """Add (row id, terms) of later rows."""
        for row, words in rows:
            self.newest = row
            self._lengths[row] = len(words)
            for term, count in Counter(words).items():
                self._postings[term].append((row, count))

    def frequency(self, term: str) -> int:
        """Count the rows that hold a term."""
        return len(self._postings.get(term, ()))

    def score(self, weights: Mapping[str, float], mean: float) -> list[tuple[float, int]]:
        """Score the rows that hold any of the terms.

        Args:
            weights: the terms' inverse document frequencies.
            mean: length of all rows, in terms; of these and of those in the cache.

        Returns:
            (score, row id), unsorted.
        """
        scores: defaultdict[int, float] = defaultdict(float)
        for term, idf in weights.items():
            for row, repeats in self._postings.get(term, ()):
                # tantivy stores a length in one byte, rounded down above 40 terms; here it is exact.
                norm = K1 * (1 - B + B * self._lengths[row] / mean)
                scores[row] += idf * repeats * (K1 + 1) / (repeats + norm)
        return [(score, row) for row, score in scores.items()]
