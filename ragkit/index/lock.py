"""One writer at a time: a lock the operating system drops when its holder dies, and a note of who holds it."""

from __future__ import annotations

import json
import os
import threading
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from ragkit.errors import IndexLocked

if TYPE_CHECKING:
    from collections.abc import Iterator


class WriterLock:
    """The lock of an index folder; may be taken again by the thread that has it.

    Args:
        folder: the index folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._note = folder / "writer.json"
        self._inside = threading.RLock()
        self._depth = 0

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock.

        Raises:
            IndexLocked: another process holds it; the message says which and since when.
        """
        from filelock import FileLock, Timeout

        with self._inside:
            if self._depth:
                self._depth += 1
                try:
                    yield
                finally:
                    self._depth -= 1
                return
            lock = FileLock(str(self.folder / "writer.lock"))
            try:
                lock.acquire(timeout=0)
            except Timeout:
                raise IndexLocked(
                    f"{self.folder} is being written by {self._holder()}: wait until it is done, then run this again"
                ) from None
            try:
                self._depth = 1
                note = {"pid": os.getpid(), "since": datetime.now(timezone.utc).isoformat(timespec="seconds")}
                self._note.write_text(json.dumps(note), "utf-8")
                yield
            finally:
                self._depth = 0
                self._note.unlink(missing_ok=True)
                lock.release()

    def _holder(self) -> str:
        try:
            note = json.loads(self._note.read_text("utf-8"))
            return f"process {note['pid']} since {note['since']}"
        except (OSError, ValueError, KeyError):  # the holder has not written its note yet
            return "another process"
