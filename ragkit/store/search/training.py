"""Train an approximate index of all vectors of a store, or extend one; how many candidates it takes is measured.

The vectors are read from SQLite as they are needed: a sample to train the codes on, then all of them, block by block.
While they pass, the exact nearest neighbours of some of them are found too; how deep the codes have to be searched to
find these is the number of candidates.
"""

from __future__ import annotations

import logging
import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from ragkit.store.search.approximate import DEEP, NEAR, ApproximateRows

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from numpy.typing import NDArray

    from ragkit.core.types import Vectors
    from ragkit.store.sqlite.store import Store

log = logging.getLogger(__name__)

# Beyond FINE_TO rows, comparing fewer codes saves more time than scoring more candidates takes, unless ten results take
# more than MANY candidates.
FINE, COARSE = 2, 3  # dimensions that share a code
FINE_TO = 300_000
MANY = 250
SAMPLE = 4_096  # vectors the codes are trained on: 256 for each of the 16 values of a code, as many as FAISS uses
ADDED = 16_384  # vectors added to the index at a time
QUESTIONS = 100  # vectors of the store that are searched for, to measure how many candidates it takes
DEEPEST = 800  # candidates at the most
RECALL = {NEAR: 0.985, DEEP: 0.95}  # share of as many nearest neighbours that must be among the candidates
MARGIN = 1.5  # times as many are used: questions are less like passages than passages are like each other
MOST = {NEAR: DEEPEST, DEEP: 3 * DEEP}  # candidates: the last of a hundred results are worth no more work than that
GROWN = 4  # times the rows that the candidates were measured with: from there on the index is trained again
DRIFT = 1.25  # ratio of the codes' error in new rows to that in the sample, from which on the codes do not fit
TIE = 1e-6  # of cosine; copies of one text are as good as each other
SEED = 20261123  # the same store gives the same index


def train(store: Store) -> ApproximateRows:
    """Train codes on a sample of the store's vectors, and encode all of them."""
    if store.count_chunks() > FINE_TO:
        made = _train(store, COARSE)
        if made.candidates(NEAR) <= MANY:
            return made
    return _train(store, FINE)


def _train(store: Store, shared: int) -> ApproximateRows:
    import faiss

    rows = store.row_ids()
    random = np.random.default_rng(SEED)
    _, sample = store.vector_rows(random.choice(rows, min(len(rows), SAMPLE), replace=False).tolist())
    dimension = sample.shape[1]
    index = faiss.IndexPQFastScan(dimension, codes(dimension, shared), 4, faiss.METRIC_INNER_PRODUCT)
    index.pq.cp.min_points_per_centroid = 1  # else FAISS prints a warning about small stores
    with _one_thread():
        index.train(sample)
    questions = random.choice(rows, min(len(rows), QUESTIONS), replace=False).tolist()
    nearest = Nearest(*store.vector_rows(questions), DEEP)
    ids = _add(index, nearest.passing(_blocks(store, 0)))
    notes = {
        "trained_for": len(ids),
        "error": _error(index, sample),
        "candidates": _candidates(index, ids, nearest, store),
    }
    log.info("%d vectors in codes of %d bytes: %s", len(ids), index.pq.code_size, notes)
    return ApproximateRows(ids, index, notes)


def grow(store: Store, base: ApproximateRows) -> ApproximateRows | None:
    """Add the store's later rows to an index that nobody else uses.

    Returns:
        None when its codes do not fit the store as it is now, and it should be trained again.
    """
    index = base.index
    if store.count_chunks() > GROWN * base.notes["trained_for"]:
        return None
    blocks = _blocks(store, base.newest)
    first = next(blocks, None)
    if first is None:
        return base
    # The first block stands for all later rows: reading them all before any is added would take twice the time.
    if _error(index, first[1]) > DRIFT * base.notes["error"]:
        return None
    ids = [base.ids, _add(index, iter([first])), _add(index, blocks)]
    return ApproximateRows(np.concatenate(ids), index, base.notes)


def codes(dimension: int, shared: int) -> int:
    """Return how many codes a vector gets when each stands for about ``shared`` dimensions: a divisor of all."""
    wanted = math.ceil(dimension / shared)
    return next(number for number in range(wanted, dimension + 1) if dimension % number == 0)


@contextmanager
def _one_thread() -> Generator[None]:
    """Keep FAISS from dividing hundreds of tiny tasks among threads, which wait for each other most of the time."""
    import faiss

    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def _add(index: Any, blocks: Iterator[tuple[NDArray[np.int64], Vectors]]) -> NDArray[np.int64]:
    """Add blocks of (row ids, vectors); returns the row ids."""
    added = [np.empty(0, np.int64)]
    for ids, vectors in blocks:
        index.add(vectors)
        added.append(ids)
    return np.concatenate(added)


def _error(index: Any, vectors: Vectors) -> float:
    """Return the mean square of the distance between vectors and what their codes stand for."""
    decoded = index.pq.decode(index.pq.compute_codes(vectors))
    return float(np.square(vectors - decoded).sum(axis=1).mean())


def _candidates(index: Any, ids: NDArray[np.int64], nearest: Nearest, store: Store) -> list[int]:
    """Return the numbers of candidates that hold enough of the questions' nearest neighbours, and a margin."""
    _, places = index.search(nearest.vectors, min(DEEPEST, len(ids)))
    found = nearest.cosines(ids[places], store)
    enough: list[int] = []
    for k, share in RECALL.items():
        recalls = nearest.recall(found, k)
        reached = int(np.argmax(recalls >= share)) + 1 if recalls[-1] >= share else len(recalls)
        enough.append(min(math.ceil(MARGIN * max(reached, k)), MOST[k]))
    return enough


def _blocks(store: Store, after: int) -> Iterator[tuple[NDArray[np.int64], Vectors]]:
    """Yield (row ids, vectors) above a row id, ascending, in blocks as large as FAISS encodes quickly."""
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


class Nearest:
    """The cosines of the exact nearest neighbours of some rows, found as all rows pass by once.

    Only cosines are stored, no row ids: of copies of one text any is a nearest neighbour. A row is not its own.

    Args:
        ids: row ids of shape (n,).
        vectors: float32 of shape (n, dimension), rows of length 1.
        depth: how many neighbours.
    """

    def __init__(self, ids: NDArray[np.int64], vectors: Vectors, depth: int) -> None:
        self.vectors = vectors
        self._ids = ids
        self._cosines = np.full((len(ids), depth), -np.inf, np.float32)  # best first

    def passing(
        self, blocks: Iterator[tuple[NDArray[np.int64], Vectors]]
    ) -> Iterator[tuple[NDArray[np.int64], Vectors]]:
        """Yield blocks of (row ids, vectors) as they are, and take the nearest rows of each into account."""
        import faiss

        depth = self._cosines.shape[1]
        for ids, vectors in blocks:
            # One more than the depth: the row itself may be among them.
            cosines, places = faiss.knn(
                self.vectors, vectors, min(depth + 1, len(ids)), metric=faiss.METRIC_INNER_PRODUCT
            )
            cosines = np.where(ids[places] == self._ids[:, None], -np.inf, cosines)
            self._cosines = -np.sort(-np.concatenate([self._cosines, cosines], axis=1), axis=1)[:, :depth]
            yield ids, vectors

    def cosines(self, found: NDArray[np.int64], store: Store) -> Vectors:
        """Return the exact cosine of each of the rows found for each row, -infinity for a row itself.

        Args:
            found: row ids of shape (n, m).
            store: where their vectors are.
        """
        made = np.full(found.shape, -np.inf, np.float32)
        for number, (own, vector, rows) in enumerate(zip(self._ids, self.vectors, found, strict=True)):
            known, vectors = store.vector_rows(rows.tolist())
            cosines = dict(zip(known.tolist(), (vectors @ vector).tolist(), strict=True))
            made[number] = [cosines.get(row, -np.inf) if row != own else -np.inf for row in rows.tolist()]
        return made

    def recall(self, found: Vectors, k: int) -> NDArray[np.float64]:
        """Return, for each number of rows looked at from the best on, the share of the k nearest among them.

        Args:
            found: what :meth:`cosines` returned, of shape (n, m).
            k: up to the depth.

        Returns:
            Shape (m,), not descending.
        """
        # A row counts as found when it is as near as the last of the k nearest, whichever row that is.
        expected = np.minimum(np.isfinite(self._cosines).sum(axis=1), k)
        last = self._cosines[np.arange(len(expected)), np.maximum(expected - 1, 0)]
        near = np.cumsum(found >= last[:, None] - TIE, axis=1)
        shares = np.minimum(near, expected[:, None]) / np.maximum(expected[:, None], 1)
        return shares[expected > 0].mean(axis=0) if (expected > 0).any() else np.ones(found.shape[1])
