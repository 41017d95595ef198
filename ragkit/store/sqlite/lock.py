"""File locks of an index: one writer at a time, with a note of who that is, and one writer of caches at a time.

The locks are the operating system's, which releases them when their holder dies: no lock is ever stale. The notes that
holders write beside them are for messages only.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from ragkit.core.errors import IndexFolderError, IndexLocked

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

log = logging.getLogger(__name__)


class WriterLock:
    """The writer's lock of an index folder; a thread that holds it may take it again, other threads wait for it.

    Args:
        folder: the index folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._note = folder / "writer.json"
        # File locks belong to a process; this one is between its threads.
        self._inside = threading.RLock()
        self._depth = 0  # how often the thread that holds it has taken it; guarded by `_inside`

    @contextmanager
    def held(self) -> Generator[None]:
        """Hold the lock.

        Raises:
            IndexLocked: another process holds it; the message names which and since when.
            IndexFolderError: the folder cannot be written.
        """
        with self._inside, ExitStack() as stack:
            if not self._depth:
                self._acquire(stack)
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1

    def _acquire(self, stack: ExitStack) -> None:
        from filelock import FileLock, Timeout

        try:
            # Without waiting: indexing may take hours, and who waits should know.
            stack.enter_context(FileLock(str(self.folder / "writer.lock")).acquire(timeout=0))
        except Timeout:
            raise IndexLocked(
                f"{self.folder} is being written by {self._holder()}: wait until it is done, then run this again"
            ) from None
        except OSError as error:
            raise IndexFolderError(
                f"{self.folder} cannot be written ({error.strerror}): check its rights and the disk"
            ) from error
        # Called before the lock is released: the next holder writes a note of its own.
        stack.callback(self._forget_note)
        self._write_note()

    def _write_note(self) -> None:
        note = {"pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds")}
        try:
            self._note.write_text(json.dumps(note), "utf-8")
        except OSError as error:  # the note only helps others to see who is writing; the lock holds without it
            log.info("no note of the writer could be written to %s: %s", self.folder, error)

    def _forget_note(self) -> None:
        with suppress(OSError):  # Windows keeps a file that somebody reads; the note of a released lock is not used
            self._note.unlink(missing_ok=True)

    def _holder(self) -> str:
        try:
            note = json.loads(self._note.read_text("utf-8"))
            return f"process {int(note['pid'])} since {note['since']}"
        except (OSError, ValueError, KeyError, TypeError):  # the holder has not written its note yet
            return "another process"


@contextmanager
def cache_lock(folder: Path, wait: float = 0) -> Generator[Literal["held", "busy", "denied"]]:
    """Hold the lock that keeps two processes from writing the caches at once; readers may take it too.

    It is not the writer's lock, so that a search that builds a cache blocks no writer.

    Args:
        folder: the index folder.
        wait: seconds to wait for another holder.

    Yields:
        ``held``; ``busy`` when somebody else has it; ``denied`` when the folder cannot be written.
    """
    from filelock import FileLock, Timeout

    with ExitStack() as stack:
        state: Literal["held", "busy", "denied"] = "held"
        try:
            stack.enter_context(FileLock(str(folder / "cache.lock")).acquire(timeout=wait))
        except Timeout:
            state = "busy"
        except OSError as error:
            log.info("no caches can be written in %s: %s", folder, error)
            state = "denied"
        yield state
