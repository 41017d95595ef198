"""Replies of a long run, kept until it ends, so that one that was cut off goes on where it was."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ragkit.generate.usage.cache import ReplyCache

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

FORGOTTEN = 30 * 24 * 3600.0  # seconds after which a run that nobody went on with is given up
_ENDINGS = ("", "-wal", "-shm")


@contextmanager
def unfinished(folder: Path, name: str) -> Generator[ReplyCache]:
    """Keep replies while a run lasts; they stay where it is cut off, and go where it ends.

    Args:
        folder: where they are kept; made where it is not there.
        name: tells one run from another; the same one goes on.

    Raises:
        ConfigError: the folder cannot be written.
    """
    path = folder / f"{name}.sqlite3"
    cache = ReplyCache(path)
    for other in folder.glob("*.sqlite3"):
        if other != path and other.stat().st_mtime < time.time() - FORGOTTEN:
            _remove(other)
    try:
        yield cache
    except BaseException:
        cache.close()
        raise
    cache.close()
    _remove(path)


def _remove(path: Path) -> None:
    for ending in _ENDINGS:
        path.with_name(f"{path.name}{ending}").unlink(missing_ok=True)
