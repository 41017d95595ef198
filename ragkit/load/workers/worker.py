"""What runs in a worker process: files read one after the other, each within its time and memory."""

from __future__ import annotations

import logging
import signal
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ragkit.load.limits import Limits
from ragkit.load.workers import patience, wire
from ragkit.load.workers.outcome import ReadResult, failed, read_path, too_much_memory

if TYPE_CHECKING:
    from collections.abc import Generator

MESSAGES = 100  # log records of one file that are passed on
LARGEST = 160 << 20  # bytes; a worker that ever was larger ends after its file, so that nothing is kept for the next
RARELY = 1.0  # seconds between signs of life


class _Records(logging.Handler):
    """Keeps what readers log, for the log of the process that asked."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[tuple[int, str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one record."""
        if len(self.kept) < MESSAGES:
            self.kept.append((record.levelno, record.name, self.format(record)[:10_000]))

    def taken(self) -> tuple[tuple[int, str, str], ...]:
        """Return what was kept since the last time."""
        kept, self.kept = self.kept, []
        return tuple(kept)


def serve(jobs: int, answers: int) -> None:
    """Read files until there are no more jobs.

    Args:
        jobs: file descriptor that jobs come from.
        answers: file descriptor that outcomes go to.
    """
    import resource

    records = _Records()
    logging.getLogger().addHandler(records)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while (job := wire.read_job(jobs)) is not None:
        logging.getLogger().setLevel(job["level"])
        answer = _answer(job, answers, records)
        last = _peak() > LARGEST
        wire.write_all(answers, *wire.frames(answer, last=last))
        if last:
            return


def _answer(job: dict[str, Any], answers: int, records: _Records) -> wire.Outgoing:
    """Read one file; encoding what came of it is within the limits too."""
    with _limited(job, answers):
        try:
            return wire.answer(job["job"], replace(_read(job), log=records.taken()))
        except MemoryError:
            pass
    return wire.answer(job["job"], too_much_memory())


def _read(job: dict[str, Any]) -> ReadResult:
    from ragkit.load.workers.added import adopt

    try:
        adopt(job["added"])
        return read_path(job["source"], Limits(**job["limits"]), job["path"], ocr=job["ocr"])
    except MemoryError:
        raise
    except BaseException as error:  # noqa: BLE001 - a reader that asks to exit ends its file and nothing else
        return failed("crashed", f"ended its reader ({type(error).__name__}): convert it to PDF or text")


@contextmanager
def _limited(job: dict[str, Any], answers: int) -> Generator[None]:
    # The kernel enforces both limits, so that no parser need cooperate: SIGALRM's default action ends the process, and
    # allocations beyond RLIMIT_DATA fail.
    seconds = job["seconds"]
    said = time.monotonic()

    def restart() -> None:
        nonlocal said
        if time.monotonic() - said > min(RARELY, seconds / 4):
            said = time.monotonic()
            signal.setitimer(signal.ITIMER_REAL, seconds)
            wire.write_all(answers, *wire.sign_of_life(job["job"]))

    _set_memory(job["memory"])
    patience.set_restart(restart)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        patience.set_restart(None)
        _set_memory(None)


def _set_memory(size: int | None) -> None:
    """Limit heap and anonymous memory; mapped libraries do not count, threads' stacks that are never touched do.

    Args:
        size: in bytes; None takes the limit away.
    """
    import resource  # not on Windows, where this module is imported and no worker runs

    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    if size is None or (hard != resource.RLIM_INFINITY and size > hard):
        size = hard
    try:
        resource.setrlimit(resource.RLIMIT_DATA, (size, hard))
    except ValueError:
        if sys.platform != "darwin":  # macOS does not enforce this limit, and some releases refuse it
            raise


def _peak() -> int:
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
