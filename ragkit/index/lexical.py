"""BM25 over a tantivy index: a cache of the chunks' terms that is never wrong, only behind.

Rows above the newest cached one are scored here with the cache's own statistics; rows that are gone are dropped.
BM25 as in Robertson and Zaragoza, "The Probabilistic Relevance Framework" (2009), with tantivy's k1 = 1.2, b = 0.75.
"""

from __future__ import annotations

import logging
import math
import shutil
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from ragkit.analysis import ANALYZER, terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ragkit.index.store import Store

log = logging.getLogger(__name__)

K1, B = 1.2, 0.75
TAIL_LIMIT = 256  # rows scored in Python; more are written to the cache first
HEAP = 64_000_000  # bytes the writer may use before it spills a segment


def _schema() -> Any:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("terms", stored=False, tokenizer_name="whitespace", index_option="freq")
    builder.add_unsigned_field("row", stored=False, indexed=True, fast=True)
    builder.add_unsigned_field("length", stored=False, fast=True)
    return builder.build()


def _rows(store: Store, after: int) -> Iterable[tuple[int, list[str]]]:
    for row, heading, text in store.iterate("SELECT id, heading, text FROM chunks WHERE id > ? ORDER BY id", (after,)):
        yield row, terms(f"{heading}\n{text}")


class LexicalSearch:
    """BM25 over the chunks of a store.

    Args:
        store: the truth.
        cache: folder for the tantivy index; None keeps it in memory.
    """

    def __init__(self, store: Store, cache: Path | None) -> None:
        self.store = store
        self.folder = cache / f"lexical-{ANALYZER}" if cache is not None else None
        self._index: Any = None
        self._searcher: Any = None
        self._covered = 0
        self._tail: list[tuple[int, Counter[str], int]] = []

    def refresh(self) -> None:
        """Catch up with the store; called after the store changed."""
        if self._index is None:
            self._open()
        self._index.reload()
        self._searcher = self._index.searcher()
        self._covered = self._newest()
        behind = self.store.rows("SELECT count(*) FROM chunks WHERE id > ?", (self._covered,))[0][0]
        if behind > TAIL_LIMIT and not self._write_quietly():
            self._fall_back()
        self._tail = [(row, Counter(words), len(words)) for row, words in _rows(self.store, self._covered)]

    def update(self) -> None:
        """Bring the cache up to the store; the caller is the one writer."""
        if self._index is None:
            self._open()
        self._write()

    def search(self, text: str, k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return (row ids, scores) of the best rows, best first; rows that are gone may be among them."""
        import tantivy

        wanted = list(dict.fromkeys(terms(text)))
        if not wanted:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        query = tantivy.Query.boolean_query(
            [(tantivy.Occur.Should, tantivy.Query.term_query(_schema(), "terms", term)) for term in wanted]
        )
        hits = self._searcher.search(query, k, count=False).hits if self._searcher.num_docs else []
        rows = self._searcher.fast_field_values("row", [address for _, address in hits]) if hits else []
        scored = [(float(score), int(row)) for (score, _), row in zip(hits, rows, strict=True)]
        scored += self._score_tail(wanted)
        scored.sort(key=lambda pair: (-pair[0], pair[1]))
        return (
            np.array([row for _, row in scored[:k]], np.int64),
            np.array([score for score, _ in scored[:k]], np.float32),
        )

    def frequencies(self, wanted: Sequence[str]) -> tuple[int, dict[str, int]]:
        """Return (number of chunks, chunks that hold each term)."""
        base = self._searcher.num_docs
        counts = {
            term: (self._searcher.doc_freq("terms", term) if base else 0) + sum(term in c for _, c, _ in self._tail)
            for term in wanted
        }
        return base + len(self._tail), counts

    def _score_tail(self, wanted: list[str]) -> list[tuple[float, int]]:
        if not self._tail:
            return []
        base = self._searcher.num_docs
        total, counts = self.frequencies(wanted)
        length = base * self._mean_length() + sum(size for _, _, size in self._tail)
        mean = max(length / total, 1.0)
        idf = {term: math.log(1 + (total - count + 0.5) / (count + 0.5)) for term, count in counts.items()}
        scored: list[tuple[float, int]] = []
        for row, has, size in self._tail:
            norm = K1 * (1 - B + B * size / mean)
            score = sum(idf[t] * has[t] * (K1 + 1) / (has[t] + norm) for t in wanted if t in has)
            if score:
                scored.append((score, row))
        return scored

    def _mean_length(self) -> float:
        if not self._searcher.num_docs:
            return 0.0
        found = self._searcher.aggregate(_all(), {"mean": {"avg": {"field": "length"}}})
        return float(found["mean"]["value"] or 0.0)

    def _newest(self) -> int:
        if not self._searcher.num_docs:
            return 0
        hits = self._searcher.search(_all(), 1, count=False, order_by_field="row").hits
        return int(hits[0][0])

    def _open(self) -> None:
        import tantivy

        if self.folder is None:
            self._index = tantivy.Index(_schema())
            return
        stamp = self.folder / "built-from"
        try:
            if self.folder.exists() and not self.store.knows_token(stamp.read_text("ascii").strip()):
                raise ValueError("it was built from another state of the index")
            if self.folder.exists():
                self._index = tantivy.Index.open(str(self.folder))
                self._index.reload()
                self._index.searcher()
                return
        except (OSError, ValueError, RuntimeError) as error:
            log.warning("the lexical cache %s is built again: %s", self.folder, error)
        self._make_folder()

    def _make_folder(self) -> None:
        import tantivy

        try:
            with self.store.writing():
                shutil.rmtree(self.folder, ignore_errors=True)  # pyright: ignore[reportArgumentType] - not None here
                self.folder.mkdir(parents=True)  # pyright: ignore[reportOptionalMemberAccess] - not None here
                self._index = tantivy.Index(_schema(), path=str(self.folder))
                (self.folder / "built-from").write_text(self.store.last_token(), "ascii")  # pyright: ignore[reportOptionalOperand] - not None here
        except (OSError, ValueError, RuntimeError) as error:
            log.info("the lexical cache cannot be kept, it is built in memory: %s", error)
            self._fall_back()

    def _fall_back(self) -> None:
        """Keep the terms in memory for this process."""
        self.folder = None
        self._open()
        self._write()

    def _write_quietly(self) -> bool:
        """Bring the cache up to date if nobody else is writing; whether it worked."""
        from ragkit.errors import IndexFolderError

        try:
            with self.store.writing():
                self._write()
        except (OSError, ValueError, RuntimeError, IndexFolderError) as error:
            log.info("the lexical cache could not be brought up to date: %s", error)
            return False
        return True

    def _write(self) -> None:
        import tantivy

        self._index.reload()
        self._searcher = self._index.searcher()
        if self.folder is not None:
            (self.folder / "built-from").write_text(self.store.last_token(), "ascii")
        writer = self._index.writer(HEAP, 1)
        alive = self.store.row_ids()
        for row in np.setdiff1d(self._cached_rows(), alive):
            writer.delete_documents_by_term("row", int(row))
        for row, words in _rows(self.store, self._newest()):
            document = tantivy.Document()
            document.add_text("terms", " ".join(words))
            document.add_unsigned("row", row)
            document.add_unsigned("length", len(words))
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self._searcher = self._index.searcher()
        self._covered = self._newest()

    def _cached_rows(self) -> NDArray[np.int64]:
        count = self._searcher.num_docs
        if not count:
            return np.empty(0, np.int64)
        hits = self._searcher.search(_all(), count, count=False).hits
        return np.array(self._searcher.fast_field_values("row", [address for _, address in hits]), np.int64)


def _all() -> Any:
    import tantivy

    return tantivy.Query.all_query()
