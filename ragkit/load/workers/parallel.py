"""Many files read at once and returned in their order, no further ahead than a bound.

The thread that asks for results does all the work: it gives files to workers, waits for their answers, and starts again
what a lost server or worker left. A clean server process is started once and outlives the runs.
"""

from __future__ import annotations

import atexit
import logging
import os
import threading
from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

from ragkit.load.workers.added import nameless, stays
from ragkit.load.workers.outcome import failed, read_path
from ragkit.load.workers.pool import ServerGone, Task, WorkerPool, unfit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ragkit.load.limits import Limits
    from ragkit.load.workers.outcome import ReadResult

logger = logging.getLogger(__name__)

AHEAD = 256  # items that may be looked at before the first of them is returned
HELD = 32_000_000  # characters that may wait for their turn before no further file is begun
WORKERS = 64  # at most
ATTEMPTS = 2  # to start a server, before files are read in this process
SPARE = 2  # servers that wait for the next run

K = TypeVar("K")
_free: list[WorkerPool] = []
_all: list[WorkerPool] = []
_lock = threading.Lock()
_said: set[str] = set()


def read_each(
    items: Iterable[tuple[K, str | None]], limits: Limits, *, workers: int, isolate: bool = True, ocr: bool = False
) -> Iterator[tuple[K, ReadResult | None]]:
    """Read files in processes of their own.

    Args:
        items: a key and the path to read; without a path the key is only passed through, in its turn.
        limits: what one file may cost.
        workers: files to read at once.
        ocr: whether words in pictures are to be read.
        isolate: False reads in this process, one file after the other, without limits of time and memory; so does a
            system that has no workers (Windows), with one warning.

    Returns:
        Each key with what became of its file, in the order of ``items``.
    """
    reason = unfit() if isolate else ""
    if reason:
        _warn(reason)
    if reason or not isolate:
        return ((key, None if path is None else read_path(path, limits, ocr=ocr)) for key, path in items)
    return _ReadRun(items, limits, max(1, min(workers, WORKERS)), ocr=ocr).results()


def _warn(reason: str, which: str = "") -> None:
    if reason not in _said:
        _said.add(reason)
        logger.warning(
            "%s: %sfiles are read in this process, without the limits of time and memory, and one that hangs or "
            "crashes ends the run%s",
            reason,
            which,
            "" if which else "; set isolate = false in ragkit.toml to read them so without this warning",
        )


class _ReadRun(Generic[K]):
    """One run: what waits for its turn, and the pool that reads."""

    def __init__(self, items: Iterable[tuple[K, str | None]], limits: Limits, workers: int, *, ocr: bool) -> None:
        self._limits, self._workers, self._ocr = limits, workers, ocr
        self._items = iter(items)
        self._more = True
        self._window: deque[tuple[K, Task | None]] = deque()  # in order; the one at the left is returned next
        self._queue: deque[Task] = deque()  # no worker has them yet
        self._busy: list[Task] = []
        self._held = 0
        self._pool: WorkerPool | None = None
        self._starts = 0  # of servers that ended before they were ready

    def results(self) -> Iterator[tuple[K, ReadResult | None]]:
        """Yield keys and outcomes in order."""
        try:
            while True:
                self._pump(block=False)
                self._look_ahead()
                if not self._window:
                    return
                key, task = self._window[0]
                if task is None or task.reading is not None:
                    self._window.popleft()
                    self._held -= _characters(task)
                    yield key, task.reading if task else None
                else:
                    self._pump(block=True)
        finally:
            if self._pool is not None:
                _give_back(self._pool)

    def _look_ahead(self) -> None:
        """Give idle workers something to do, as long as there is room for what comes of it."""
        # No further than a bound: what is read must wait until the first of the window is done, which may take long.
        while self._more and not self._queue and len(self._window) < AHEAD and self._held < HELD:
            item = next(self._items, None)
            if item is None:
                self._more = False
                return
            key, path = item
            task = None if path is None else Task(path, self._ocr)
            self._window.append((key, task))
            if task is not None and stays(task.source):
                alone = ", ".join(nameless())
                _warn(f"the added readers of {alone} are in no module that another process could import", "such ")
                task.reading = read_path(task.source, self._limits, ocr=task.ocr)
                self._held += _characters(task)
            elif task is not None:
                self._queue.append(task)
                self._dispatch()

    def _pump(self, *, block: bool) -> None:
        """Take what workers finished, and give them more."""
        if self._pool is not None:
            try:
                for task in self._pool.wait(block=block):
                    self._busy.remove(task)
                    if task.reading is None:
                        self._queue.appendleft(task)
                    self._held += _characters(task)
            except ServerGone:
                self._bury_pool(self._pool)
        self._dispatch()

    def _dispatch(self) -> None:
        while self._queue and len(self._busy) < self._workers:
            task = self._queue[0]
            # A file that may have ended the server is read alone, so that no other is blamed for it.
            if any(each.suspect for each in [task, *self._busy]) and self._busy:
                return
            try:
                pool = self._open_pool()
                if pool is None:
                    task.reading = read_path(task.source, self._limits, ocr=task.ocr)
                    self._held += _characters(task)
                elif pool.give(task, self._limits):
                    self._busy.append(task)
                else:
                    return
                self._queue.popleft()
            except ServerGone as gone:
                logger.debug("%s", gone)
                if self._pool is not None:
                    self._bury_pool(self._pool)
                else:
                    self._starts += 1

    def _open_pool(self) -> WorkerPool | None:
        """Return this run's pool, starting one at the first file; None where none can be started."""
        if self._pool is None and self._starts < ATTEMPTS:
            self._pool = _take(self._workers)
        if self._pool is None:
            _warn("no process to read files in could be started")
        return self._pool

    def _bury_pool(self, pool: WorkerPool) -> None:
        """Have files that were being read when the server ended read again, once, each alone."""
        self._pool = None
        _close(pool)
        if not pool.ready:
            self._starts += 1
        # What ended the server may be one of these files: each gets one more attempt, alone. A second loss is its own.
        for task in self._busy:
            if task.reading is None and task.suspect:
                task.reading = failed("crashed", "ended the process that it was read from: convert it to PDF or text")
            if task.reading is None:
                task.suspect = pool.ready
                self._queue.appendleft(task)
            self._held += _characters(task)
        self._busy.clear()


def _characters(task: Task | None) -> int:
    return sum(len(text.text) for text in task.reading.texts) if task is not None and task.reading is not None else 0


# Servers outlive the runs. _lock guards the two lists and is held for list operations only, never while a server starts
# or ends, which takes a while.


def _take(workers: int) -> WorkerPool:
    """Return a server that nobody uses, or start one.

    Raises:
        ServerGone: none can be started.
    """
    while True:
        with _lock:
            pool = _free.pop() if _free else None
        if pool is None:
            break
        try:
            pool.begin()
        except ServerGone:
            _close(pool)
            continue
        if pool.slots >= workers:
            return pool
        _close(pool)
    pool = WorkerPool(max(workers, min(os.cpu_count() or 1, WORKERS)))
    with _lock:
        _all.append(pool)
    return pool


def _give_back(pool: WorkerPool) -> None:
    """Keep a server for the next run."""
    try:
        pool.end()
    except ServerGone:
        _close(pool)
        return
    with _lock:
        enough = len(_free) >= SPARE
        if not enough:
            _free.append(pool)
    if enough:
        _close(pool)


def _close(pool: WorkerPool) -> None:
    with _lock:
        if pool in _all:
            _all.remove(pool)
    pool.close()


def _close_all() -> None:
    while _all:
        _all.pop().close()
    _free.clear()


def _forget_all() -> None:
    """In a fork of the program: its servers belong to the program, and must see when that ends."""
    global _lock  # noqa: PLW0603 - the old one may be held by a thread that is not there any more
    _lock = threading.Lock()
    for pool in _all:
        pool.forget()
    _free.clear()


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
