"""Replies of a long run, stored until it ends, so that an interrupted one continues where it stopped."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ragkit.generate.usage.cache import ReplyCache

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

FORGOTTEN = 30 * 24 * 3600.0  # seconds after which an interrupted run is removed
_ENDINGS = ("", "-wal", "-shm")


@contextmanager
def unfinished(folder: Path, name: str) -> Generator[ReplyCache]:
    """Store replies while a run lasts; they stay if it is interrupted, and are removed when it ends.

    Args:
        folder: where they are stored; created if missing.
        name: identifies the run; the same name continues it.

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
