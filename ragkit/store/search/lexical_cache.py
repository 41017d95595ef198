"""The tantivy index of chunks' terms: whole and of this database, or not used; perhaps behind it.

A stamp beside tantivy's files holds their checksums, because tantivy opens damaged files without noticing it, and the
token of the commit that the index was made from.
"""

from __future__ import annotations

import json
import logging
import math
import shutil
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from ragkit.store.search.vector_file import checksum_of
from ragkit.text.terms import ANALYZER, passage_terms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ragkit.store.sqlite.store import Store

log = logging.getLogger(__name__)

HEAP = 64_000_000  # bytes the writer may use before it spills a segment
STAMP = "built-from.json"
OVERFETCH = 1.5  # rows fetched for one that passes a filter, as a multiple of its share: the best may pass more rarely
LOOKUP = 10  # rows that are fetched and compared in the time that tantivy takes to look one allowed row up
FAILURES = (OSError, ValueError, RuntimeError)  # what tantivy and the file system raise


def chunk_terms(store: Store, after: int) -> Iterator[tuple[int, list[str]]]:
    """Yield (row id, terms) of the chunks above a row id, ascending."""
    for row, heading, text in store.texts_after(after):
        yield row, passage_terms(f"{heading}\n{text}")


class LexicalCache:
    """One state of the tantivy index, in a folder or in memory.

    Attributes:
        rows: chunks in it.
        covered: its highest row id; chunks above are not in it.
    """

    def __init__(self, index: Any, folder: Path | None) -> None:
        self._index = index
        # Else a thread of tantivy's reads the files again whenever they change, unchecked: a file that was cut short
        # meanwhile ended the process.
        self._index.config_reader("Manual")
        self.folder = folder
        self.reload()

    @classmethod
    def in_memory(cls) -> LexicalCache:
        """Make an empty one that ends with the process."""
        import tantivy

        return cls(tantivy.Index(_schema()), None)

    @classmethod
    def open(cls, folder: Path, store: Store) -> LexicalCache | None:
        """Open the one in a folder; None when it is absent, damaged, or of another state of the database."""
        import tantivy

        try:
            stamp = json.loads((folder / STAMP).read_text("utf-8"))
            damaged = [name for name, known in stamp["files"].items() if checksum_of(folder / name) != known]
            if damaged:
                raise ValueError(f"{damaged[0]} is not as it was written")
            if not store.knows_token(stamp["token"]):
                raise ValueError("it was built from another state of the index")
            return cls(tantivy.Index.open(str(folder)), folder)
        except FileNotFoundError:
            if folder.exists():
                log.warning("the lexical cache %s lacks files and is built again", folder)
        except (*FAILURES, KeyError, TypeError, AttributeError) as error:
            log.warning("the lexical cache %s is built again: %s", folder, error)
        return None

    @classmethod
    def make(cls, folder: Path) -> LexicalCache:
        """Make an empty one in place of what is there; the caller holds the caches' lock.

        Raises:
            OSError, ValueError: it cannot be written.
        """
        import tantivy

        # Else tantivy would open what is there, and add to it.
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return cls(tantivy.Index(_schema(), path=str(folder)), folder)

    def reload(self) -> None:
        """Load what was committed since."""
        self._index.reload()
        self._searcher: Any = self._index.searcher()
        self.rows: int = self._searcher.num_docs
        self._total: int | None = None  # rows by which tantivy weighs; found with the first search that needs it
        self.covered = 0
        self.terms = 0.0
        if self.rows:
            # tantivy keeps no highest value of a field, so that it is asked for as a search sorted by row.
            newest = self._searcher.search(_everything(), 1, count=False, order_by_field="row").hits
            self.covered = int(newest[0][0])
            found = self._searcher.aggregate(_everything(), {"terms": {"sum": {"field": "length"}}})
            self.terms = float(found["terms"]["value"] or 0.0)

    def search(
        self,
        wanted: Sequence[str],
        k: int,
        allowed: NDArray[np.int64] | None = None,
        idf: Mapping[str, float] = MappingProxyType({}),
    ) -> list[tuple[float, int]]:
        """Return (score, row id) of the k best rows that hold any of the terms, best first.

        Args:
            wanted: terms.
            k: how many.
            allowed: row ids, ascending, of the rows to search; None searches all.
            idf: weights by term in place of the engine's own.
        """
        if not self.rows or (allowed is not None and not len(allowed)):
            return []
        query = self._query(wanted, idf)
        if allowed is None:
            return self._best(query, k)
        # Two ways to filter. Few allowed rows are named in the query, which costs a look-up for each of them. Else more
        # rows are fetched and the allowed ones taken: as many more as allowed rows are rare.
        fetch = int(k * OVERFETCH * self.rows / len(allowed))
        if LOOKUP * len(allowed) < min(fetch, self.rows):
            return self._best(_within(query, allowed), k)
        while True:
            found = self._best(query, min(fetch, self.rows))
            here = np.isin(np.array([row for _, row in found], np.int64), allowed)
            if here.sum() >= k or len(found) < fetch:
                return [found[place] for place in np.flatnonzero(here)[:k]]
            fetch *= 4

    def _query(self, wanted: Sequence[str], idf: Mapping[str, float]) -> Any:
        import tantivy

        parts: list[Any] = []
        for term in wanted:
            query = tantivy.Query.term_query(_schema(), "terms", term)
            frequency = self.frequency(term)
            if term in idf and frequency:
                # tantivy takes no weights; the boost turns its own into the wanted one.
                own = inverse_frequency(self._counted(query), frequency)
                query = tantivy.Query.boost_query(query, idf[term] / own)
            parts.append((tantivy.Occur.Should, query))
        return tantivy.Query.boolean_query(parts)

    def _best(self, query: Any, k: int) -> list[tuple[float, int]]:
        hits: Any = self._searcher.search(query, k, count=False).hits
        rows = self._searcher.fast_field_values("row", [address for _, address in hits]) if hits else []
        return [(float(score), int(row)) for (score, _), row in zip(hits, rows, strict=True)]

    def _counted(self, query: Any) -> int:
        """Return the number of rows in tantivy's weights: deleted ones count until their segment is merged."""
        if self._total is None:
            address = self._searcher.search(query, 1, count=False).hits[0][1]
            self._total = _total(json.loads(query.explain(self._searcher, address).to_json())) or self.rows
        return self._total

    def frequency(self, term: str) -> int:
        """Count the rows that hold a term."""
        return int(self._searcher.doc_freq("terms", term)) if self.rows else 0

    def is_current(self, store: Store) -> bool:
        """Whether it holds exactly the chunks of the store's snapshot."""
        return self.rows == store.count_chunks() == store.count_chunks(self.covered)

    def write(self, store: Store) -> None:
        """Bring it up to the store's snapshot: deleted rows are removed, later ones added.

        Raises:
            OSError, ValueError, RuntimeError: it cannot be written.
        """
        import tantivy

        # The token first: if this is cut off, the cache counts as newer than it is, never as older. A database that is
        # restored from an older backup must not know the token of a cache that has later rows.
        self._stamp(store.last_token(), finished=False)
        writer = self._index.writer(HEAP, 1)
        if self.rows > store.count_chunks(self.covered):
            for row in np.setdiff1d(self.all_rows(), store.row_ids()).tolist():
                # Deleting by term finds nothing: it takes the number for a signed one.
                writer.delete_documents_by_query(tantivy.Query.term_query(_schema(), "row", row))
        for row, words in chunk_terms(store, self.covered):
            document = tantivy.Document()
            document.add_text("terms", " ".join(words))
            document.add_unsigned("row", row)
            document.add_unsigned("length", len(words))
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        self._stamp(store.last_token(), finished=True)
        self.reload()

    def all_rows(self) -> NDArray[np.int64]:
        """Return the row ids in it, in no order."""
        hits: Sequence[Any] = self._searcher.search(_everything(), self.rows, count=False).hits
        return np.array(self._searcher.fast_field_values("row", [address for _, address in hits]), np.int64)

    def _stamp(self, token: str, *, finished: bool) -> None:
        """Write the token that the folder is built from and the checksums of its files.

        Of tantivy's files only ``meta.json`` is ever changed, with each commit: where no stamp followed a commit, its
        checksum is wrong and the cache is built again.
        """
        if self.folder is None:
            return
        names = sorted(path.name for path in self.folder.iterdir() if _lasting(path))
        sums = {name: checksum_of(self.folder / name) for name in names}
        beside = self.folder / f"{STAMP}.tmp"
        beside.write_text(json.dumps({"token": token, "finished": finished, "files": sums}), "utf-8")
        beside.replace(self.folder / STAMP)


def inverse_frequency(total: int, count: int) -> float:
    """Return BM25's weight of a term that ``count`` of ``total`` rows hold."""
    return math.log(1 + (total - count + 0.5) / (count + 0.5))


def cache_name() -> str:
    """Return the folder's name; it changes with the analysis of texts."""
    return f"lexical-{ANALYZER}"


def _lasting(path: Path) -> bool:
    """Whether a file is part of the index: no lock, stamp or draft."""
    return not path.name.startswith(".") and path.name != STAMP and path.suffix not in (".lock", ".tmp")


@lru_cache(maxsize=1)
def _schema() -> Any:
    import tantivy

    # The terms are made by ragkit.text.terms, the same for questions, so that tantivy splits at spaces only. Nothing is
    # stored: texts are in SQLite. `length` is there for the exact sum that the tail's mean length needs.
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("terms", stored=False, tokenizer_name="whitespace", index_option="freq")
    builder.add_unsigned_field("row", stored=False, indexed=True, fast=True)
    builder.add_unsigned_field("length", stored=False, fast=True)
    return builder.build()


def _within(query: Any, allowed: NDArray[np.int64]) -> Any:
    """Restrict a query to rows without a change to its scores."""
    import tantivy

    rows = tantivy.Query.term_set_query(_schema(), "row", allowed.tolist())
    # A constant score of 0 filters without a part in the sum.
    must = tantivy.Occur.Must
    return tantivy.Query.boolean_query([(must, query), (must, tantivy.Query.const_score_query(rows, 0.0))])


def _total(explanation: Any) -> int:
    """Return the number of documents in tantivy's explanation of a score, which no other call gives; 0 without one."""
    if explanation["description"].startswith("N, "):
        return int(explanation["value"])
    return max((_total(part) for part in explanation.get("details") or ()), default=0)


def _everything() -> Any:
    import tantivy

    return tantivy.Query.all_query()
