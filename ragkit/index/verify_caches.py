"""Check caches against the rows they were made from; being behind is no fault, being wrong is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ragkit.index.findings import Problem
    from ragkit.index.store import Store


def cache_problems(store: Store) -> Iterator[Problem]:
    """Yield what is wrong with the files in the cache folder."""
    yield from ()
