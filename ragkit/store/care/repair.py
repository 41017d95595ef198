"""Repair an index: what is damaged goes, named, and its file is marked to be read again; the rest stays as it is."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from ragkit.store.care.findings import Repair, VerifyReport
from ragkit.store.care.mend import counts, mend, repairs
from ragkit.store.care.rescue import WAIT, rescue
from ragkit.store.care.verify import verify, verify_store
from ragkit.store.search.reader import Reader
from ragkit.store.sqlite.lock import cache_lock
from ragkit.store.sqlite.store import Store

if TYPE_CHECKING:
    from pathlib import Path


def repair(folder: Path) -> VerifyReport:
    """Check an index folder and repair what is damaged.

    Killed at any moment, it leaves the index as it was, or repaired.

    Args:
        folder: the index folder.

    Raises:
        IndexMissing: there is no index.
        IndexLocked: another process is writing.
        IndexCorrupt: nothing of it can be read; it is left as it is.
        IndexFolderError: the folder cannot be written.
    """
    started = time.perf_counter()
    found = verify(folder)
    if found.ok:
        return replace(found, repaired=True)
    kept, damaged = "", any(problem.code == "database" for problem in found.problems)
    if damaged:
        done, path = rescue(folder)
        kept = str(path)
    else:
        done = _mended(folder)
    renew_caches(folder)
    if any(problem.code == "cache" for problem in found.problems):
        done.append(Repair(str(folder / "cache"), "the caches were made anew"))
    after = verify(folder)
    return replace(
        after,
        problems=found.problems,
        repairs=tuple(done),
        left=after.problems,
        damaged=kept,
        repaired=True,
        seconds=time.perf_counter() - started,
    )


def _mended(folder: Path) -> list[Repair]:
    store = Store(folder)
    try:
        with store.writing():
            before = counts(store)
            problems = [problem for problem in verify_store(store).problems if problem.code != "cache"]
            if not problems:
                return []
            mend(store, problems)
            touched = {problem.source for problem in problems}
            store.checkpoint()
            return repairs(store, {row: entry for row, entry in before.items() if row in touched})
    finally:
        store.close()


def renew_caches(folder: Path) -> None:
    """Delete all caches and make them anew.

    Raises:
        IndexFolderError: the folder cannot be written.
    """
    with cache_lock(folder, WAIT):
        shutil.rmtree(folder / "cache", ignore_errors=True)
    store = Store(folder)
    try:
        Reader(store).update_caches()
    finally:
        store.close()
