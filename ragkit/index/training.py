"""Make an approximate index of all vectors of a store, or bring one up to it; how deep to look is measured.

The vectors are read from SQLite as they are needed: a sample to place the centroids, then all of them, some at a time.
"""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ragkit.index.approximate import list_bytes, list_checksum
from ragkit.index.neighbours import Nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from ragkit.index.store import Store
    from ragkit.types import Vectors

log = logging.getLogger(__name__)

LISTS = 2  # for the square root of the number of rows
SAMPLE = 40  # vectors for each centroid that it is placed by
ROUNDS = 8  # of k-means
ADDED = 16_384  # vectors given to FAISS at a time
QUESTIONS = 250  # vectors of the store that are searched for to find out how deep to look
RECALL = 0.99  # share of their nearest neighbours that must be among the candidates
MARGIN = 1.5  # times as deep as that: questions are less like passages than passages are like each other
CANDIDATES = 32
GROWN = 3  # times the rows that centroids were placed for: then they are placed anew
DRIFT = 0.05  # loss of cosine to the nearest centroid by which new rows show that the centroids do not fit them
SEED = 20261123


class Training:
    """An approximate index in the making.

    Args:
        store: the truth; the caller keeps it to one state.
        index: FAISS's, trained.
        notes: what is known of it.
    """

    def __init__(self, store: Store, index: Any, notes: dict[str, Any]) -> None:
        self.store = store
        self.index = index
        self.notes = notes

    @classmethod
    def begin(cls, store: Store) -> Training:
        """Place the centroids by a sample of the store's vectors and add all of them."""
        import faiss

        rows = store.row_ids()
        lists = max(1, round(LISTS * math.sqrt(len(rows))))
        chosen = np.random.default_rng(SEED).choice(rows, min(len(rows), SAMPLE * lists), replace=False)
        _, sample = _vectors(store, np.sort(chosen))
        dimension = sample.shape[1]
        index = faiss.IndexIVFScalarQuantizer(
            faiss.IndexFlatIP(dimension),
            dimension,
            lists,
            faiss.ScalarQuantizer.QT_8bit,
            faiss.METRIC_INNER_PRODUCT,
        )
        index.cp.niter, index.cp.seed = ROUNDS, SEED
        index.cp.min_points_per_centroid = 1
        index.cp.max_points_per_centroid = SAMPLE
        index.train(sample)
        fit = float(index.quantizer.search(sample, 1)[0].mean())
        made = cls(store, index, {"newest": 0, "placed_for": len(rows), "fit": fit, "probes": 1})
        made._add_all()
        return made

    def fits(self, rows: int) -> bool:
        """Whether the centroids do for the store's rows as they are now."""
        if rows > GROWN * self.notes["placed_for"]:
            return False
        ids, vectors = next(_blocks(self.store, self.notes["newest"]), (None, None))
        if ids is None or vectors is None:
            return True
        return float(self.index.quantizer.search(vectors, 1)[0].mean()) > self.notes["fit"] - DRIFT

    def catch_up(self) -> None:
        """Take out rows that are gone and add later ones; only for an index that was read into memory."""
        import faiss

        alive = np.zeros(self.notes["newest"] + 1, bool)
        rows = self.store.row_ids()
        alive[rows[: np.searchsorted(rows, self.notes["newest"], "right")]] = True
        if self.index.ntotal != alive.sum():
            self.index.remove_ids(faiss.IDSelectorNot(faiss.IDSelectorBitmap(np.packbits(alive, bitorder="little"))))
        self._add(_blocks(self.store, self.notes["newest"]))

    def _add_all(self) -> None:
        rows = self.store.row_ids()
        chosen = np.random.default_rng(SEED + 1).choice(rows, min(len(rows), QUESTIONS), replace=False)
        exact = Nearest(*_vectors(self.store, np.sort(chosen)))
        self._add(exact.watched(_blocks(self.store, 0)))
        self.notes["probes"] = self._probes(exact)
        log.info("%d vectors in %d lists, of which %d are searched", len(rows), self.index.nlist, self.notes["probes"])

    def _add(self, blocks: Iterator[tuple[NDArray[np.int64], Vectors]]) -> None:
        for ids, vectors in blocks:
            self.index.add_with_ids(vectors, ids)
            self.notes["newest"] = int(ids[-1])

    def _probes(self, exact: Nearest) -> int:
        """Return the least depth at which the questions' nearest neighbours are among the candidates, and a margin."""
        probes = 1
        while probes < self.index.nlist:
            self.index.nprobe = probes
            _, found = self.index.search(exact.vectors, min(CANDIDATES, int(self.index.ntotal)))
            if exact.recall(found, self.store) >= RECALL:
                break
            probes += max(1, probes // 4)
        return min(math.ceil(MARGIN * probes), int(self.index.nlist))

    def checksums(self) -> tuple[NDArray[np.int64], int]:
        """Return the checksums of the inverted lists and the bytes that all of them take."""
        import faiss

        lists = faiss.downcast_InvertedLists(self.index.invlists)
        numbers = range(self.index.nlist)
        return np.array([list_checksum(lists, number) for number in numbers], np.int64), list_bytes(lists, numbers)


def _vectors(store: Store, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], Vectors]:
    """Return (row ids, vectors) of those of the rows, ascending, that have one."""
    ids = np.empty(len(rows), np.int64)
    vectors = np.empty((len(rows), int(store.setting("embedder")["dimension"])), np.float32)
    at = 0
    for begin in range(0, len(rows), ADDED):
        for row, vector in store.vectors(rows[begin : begin + ADDED].tolist()).items():
            ids[at], vectors[at] = row, vector
            at += 1
    return ids[:at], vectors[:at]


def _blocks(store: Store, after: int) -> Iterator[tuple[NDArray[np.int64], Vectors]]:
    """Yield (row ids, vectors) above a row id, ascending, in blocks that are worth FAISS's while."""
    waiting: list[tuple[NDArray[np.int64], Vectors]] = []
    count = 0
    for ids, vectors in store.vector_blocks(after):
        waiting.append((ids, vectors))
        count += len(ids)
        if count >= ADDED:
            yield _joined(waiting)
            waiting, count = [], 0
    if waiting:
        yield _joined(waiting)


def _joined(parts: list[tuple[NDArray[np.int64], Vectors]]) -> tuple[NDArray[np.int64], Vectors]:
    return np.concatenate([ids for ids, _ in parts]), np.concatenate([vectors for _, vectors in parts])
