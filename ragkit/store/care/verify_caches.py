"""Check caches against the rows they were made from; being behind is no fault, being wrong is."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ragkit.store.care.findings import Problem
from ragkit.store.search.lexical_cache import STAMP, LexicalCache, cache_name, checksum_of
from ragkit.store.search.vector_file import read
from ragkit.store.search.vectors import FAILURES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from ragkit.store.sqlite.store import Store

State = Literal["current", "behind", "stale"]
REMEDY = "delete it, or run --repair: it is made anew"
SAME = 0.99999  # cosine of a vector to its copy
ALIKE = 0.9  # cosine of what codes stand for to what they should: in some, two centroids are equally near


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
    state: State


def caches(store: Store) -> list[Cache]:
    """Return what is in the cache folder, by name; nothing is read but what tells the state."""
    folder = store.folder / "cache"
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return [Cache(path, _size(path), _state(store, _token(path))) for path in found]


def _size(path: Path) -> int:
    try:
        return sum(file.stat().st_size for file in path.iterdir()) if path.is_dir() else path.stat().st_size
    except FileNotFoundError:  # another process brought it up to date
        return 0


def _token(path: Path) -> str:
    """Return what a cache was built from; empty where nothing says so."""
    if path.suffix == ".faiss":
        parts = path.stem.split("-")
        return parts[1] if len(parts) == 3 else ""
    try:
        return str(json.loads((path / STAMP).read_text("utf-8"))["token"]) if path.name == cache_name() else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _state(store: Store, token: str) -> State:
    if token == store.last_token():
        return "current"
    return "behind" if token and store.knows_token(token) else "stale"


def cache_problems(store: Store) -> Iterator[Problem]:
    """Yield what is wrong with the files in the cache folder; those that are not used are passed over."""
    for cache in caches(store):
        wrong: list[str] = []
        if cache.path.name == cache_name():
            wrong += _lexical(cache.path, store)
        elif cache.state != "stale" and cache.path.suffix == ".faiss":
            try:
                wrong += _dense(cache.path, store)
            except FAILURES as error:
                wrong.append(f"it is not as it was written ({error})")
        for what in wrong:
            yield Problem("cache", what, str(cache.path), REMEDY)


def _lexical(folder: Path, store: Store) -> Iterator[str]:
    if not (folder / STAMP).exists():
        return  # its making was cut off, and it is not used
    try:
        stamp: dict[str, Any] = json.loads((folder / STAMP).read_text("utf-8"))
        for name, known in stamp["files"].items():
            if not (folder / name).exists() or checksum_of(folder / name) != known:
                if stamp.get("finished", True):
                    yield f"its file {name} is not as it was written"
                return  # else its writing was cut off, or goes on, and it is not used
        if not store.knows_token(str(stamp["token"])):
            return
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        yield f"its notes cannot be read ({error})"
        return
    cache = LexicalCache.open(folder, store)
    if cache is None:
        # tantivy makes a lock file when it opens: where nothing may be written, the checksums above must do.
        if os.access(folder, os.W_OK):
            yield "it cannot be opened"
        return
    lacking = _lacking(store, cache.all_rows() if cache.rows else np.empty(0, np.int64), cache.covered)
    if lacking:
        yield f"it lacks {lacking} passages"


def _lacking(store: Store, rows: NDArray[np.int64], up_to: int) -> int:
    """Count the rows up to one that a cache should have and has not."""
    live = store.row_ids()
    return int((~np.isin(live[: np.searchsorted(live, up_to, "right")], rows)).sum())


def _dense(path: Path, store: Store) -> Iterator[str]:
    index, rows, notes = read(path, int(path.stem.rsplit("-", 1)[1], 16))
    newest = int(rows[-1]) if len(rows) else 0
    if lacking := _lacking(store, rows, newest):
        yield f"it lacks {lacking} passages"
    if different := _different(store, index, rows, exact=notes["kind"] == "exact"):
        yield f"{different} of its vectors are not those of the passages"


def _different(store: Store, index: Any, rows: NDArray[np.int64], *, exact: bool) -> int:
    """Count the rows whose vector in a cache is not the database's, or not what its codes make of that."""
    count = 0
    for ids, vectors in store.vector_blocks(0):
        here = np.isin(ids, rows)
        if here.any():
            wanted = vectors[here] if exact else index.sa_decode(index.sa_encode(vectors[here]))
            cached = index.reconstruct_batch(np.searchsorted(rows, ids[here]))
            norms = np.linalg.norm(wanted, axis=1) * np.linalg.norm(cached, axis=1)
            count += int((np.einsum("ij,ij->i", wanted, cached) < (SAME if exact else ALIKE) * norms).sum())
    return count
