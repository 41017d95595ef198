"""Check everything that an index folder holds: SQLite's own structure, the ledger, every row, the caches."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ragkit.core.errors import IndexCorrupt
from ragkit.store.care.findings import Problem, VerifyReport
from ragkit.store.care.verify_caches import cache_problems
from ragkit.store.care.verify_rows import RowCheck, is_tokens
from ragkit.store.sqlite.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MESSAGES = 20  # of SQLite's that are repeated; one broken page can give thousands
SALVAGE = "put back a backup of this one file, or save what can be read with --repair"
OUTCOMES = "('text', 'empty', 'error', 'skipped')"
COUNTED = ("sources", "documents", "chunks", "writes")
_SUMS = """
SELECT sources.id, source, sources.characters, sources.passages, sources.truncated,
    coalesce(sum(documents.characters), 0), coalesce(sum(documents.passages), 0),
    coalesce(sum(documents.truncated), 0)
FROM sources LEFT JOIN documents ON source_id = sources.id
WHERE whole = 1 AND source != '' GROUP BY sources.id
"""


def verify(folder: Path) -> VerifyReport:
    """Check an index folder; changes nothing, besides bringing an older schema up to date.

    Args:
        folder: the index folder.

    Raises:
        IndexMissing: there is no index.
        IndexMismatch: a newer release wrote it.
        IndexFolderError: it cannot be read.
    """
    started = time.perf_counter()
    try:
        store = Store(folder)
    except IndexCorrupt as error:
        return VerifyReport(str(folder), (_gross(error, folder),), seconds=time.perf_counter() - started)
    try:
        return replace(verify_store(store), seconds=time.perf_counter() - started)
    finally:
        store.close()


def verify_store(store: Store) -> VerifyReport:
    """Check an open store, on one committed state of it."""
    problems: list[Problem] = []
    unfinished: tuple[str, ...] = ()
    rows = RowCheck(store)
    try:
        with store.snapshot():
            problems += structure_problems(store)
            problems += settings_problems(store)
            problems += ledger_problems(store)
            unfinished = tuple(row.source for row in store.sources() if not row.whole)
            problems += rows.problems()
            problems += cache_problems(store)
    except IndexCorrupt as error:
        problems.append(_gross(error, store.folder))
    return VerifyReport(str(store.folder), tuple(problems), unfinished, rows.documents, rows.chunks, rows.vectors)


def _gross(error: IndexCorrupt, folder: Path) -> Problem:
    from ragkit.store.sqlite.opening import DATABASE

    return Problem("database", str(error.__cause__ or error), str(folder / DATABASE), SALVAGE)


def structure_problems(store: Store) -> Iterator[Problem]:
    """Yield what SQLite finds wrong with its pages, indexes and references."""
    for (message,) in store.rows(f"PRAGMA integrity_check({MESSAGES})"):
        if message != "ok":
            yield Problem("database", str(message).replace("\n", " "), str(store.path), SALVAGE)
    for table, row, parent, _ in store.rows("PRAGMA foreign_key_check"):
        yield Problem("reference", f"row {row} of {table} belongs to no row of {parent}", table, "remove it: --repair")


def settings_problems(store: Store) -> Iterator[Problem]:
    """Yield settings that cannot be read, and vectors whose embedder is unknown."""
    for key, value in store.rows("SELECT key, value FROM settings"):
        try:
            json.loads(value)
        except (TypeError, ValueError):
            yield Problem("setting", f"the setting {key} is no JSON", "settings", "drop it with --repair")
            if key == "embedder":
                return
    tokens = store.rows("SELECT value FROM settings WHERE key = 'tokens'")
    if tokens and tokens[0][0] != "null" and not is_tokens(store.setting("tokens")):
        yield Problem("setting", "what the vectors of tokens are is not known", "settings", "drop it with --repair")
    embedder = store.setting("embedder")
    if not is_embedder(embedder) and (embedder is not None or store.count_chunks()):
        yield Problem("setting", "the embedder is not known", "settings", "run `ragkit index --reembed` after --repair")


def is_embedder(setting: Any) -> bool:
    """Whether a setting says which embedder the vectors are of."""
    return isinstance(setting, dict) and isinstance(setting.get("dimension"), int) and "fingerprint" in setting


def ledger_problems(store: Store) -> Iterator[Problem]:
    """Yield wrong sums of files, unknown outcomes, and counters that would give a row id twice."""
    for row, source, *sums in store.rows(_SUMS):
        if sums[:3] != sums[3:]:
            what = "characters, passages and cut passages are {}, {}, {}, not {}, {}, {}".format(*sums[3:], *sums[:3])
            yield Problem("source", what, source, "run `ragkit index` after --repair", row)
    sql = f"SELECT id, source FROM sources WHERE outcome NOT IN {OUTCOMES} OR whole NOT IN (0, 1)"  # noqa: S608
    for row, source in store.rows(sql):
        yield Problem("source", "its outcome is none", source, "run `ragkit index` after --repair", row)
    for table in COUNTED:
        highest = store.rows(f"SELECT max(id) FROM {table}")[0][0] or 0  # noqa: S608 - the names are ours
        counter = store.rows("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,))
        if highest > (counter[0][0] if counter else 0):
            yield Problem("counter", f"row ids of {table} may be given twice", table, "set it right with --repair")
