"""Check caches against the rows they were made from; being behind is no fault, being wrong is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ragkit.index.findings import Problem
    from ragkit.index.store import Store


@dataclass(frozen=True, slots=True)
class Cache:
    """A file or folder of the cache.

    Attributes:
        path: where it is.
        size: its bytes.
        state: ``current``; ``behind`` the database, with what it lacks searched beside it; ``stale`` when it is of
            another state of the database or of another release, and is not used.
    """

    path: Path
    size: int
    state: Literal["current", "behind", "stale"]


def caches(store: Store) -> list[Cache]:
    """Return what is in the cache folder, by name."""
    return []


def cache_problems(store: Store) -> Iterator[Problem]:
    """Yield what is wrong with the files in the cache folder."""
    yield from ()
