"""Make the rows of a database whole again: documents that are damaged go, and their files are to be read again."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ragkit.store.care.findings import Repair
from ragkit.store.care.verify import COUNTED, is_embedder
from ragkit.store.care.verify_rows import dimension, is_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragkit.store.care.findings import Problem
    from ragkit.store.sqlite.store import Store

LOST_EMBEDDER = {"lost": "the embedder's fingerprint was damaged"}
_ORPHANS = (
    "DELETE FROM documents WHERE source_id NOT IN (SELECT id FROM sources)",
    "DELETE FROM chunks WHERE document_id NOT IN (SELECT id FROM documents)",
    "DELETE FROM vectors WHERE chunk_id NOT IN (SELECT id FROM chunks)",
    "DELETE FROM token_vectors WHERE chunk_id NOT IN (SELECT id FROM chunks)",
)
_MARK = "UPDATE sources SET whole = (source = ''), content_hash = '', modified_ns = 0 WHERE id = ?"
_COUNTS = (
    "SELECT sources.id, source, sources.passages, count(chunks.id) FROM sources"
    " LEFT JOIN documents ON source_id = sources.id LEFT JOIN chunks ON document_id = documents.id"
    " GROUP BY sources.id ORDER BY source"
)


def mend(store: Store, problems: Sequence[Problem]) -> None:
    """Remove what is damaged, in one transaction, and mark its files to be read again.

    Args:
        store: an open store; the caller is its writer.
        problems: what a check found.
    """
    with store.transaction():
        for document in sorted({problem.document for problem in problems if problem.document}):
            store.rows("DELETE FROM documents WHERE id = ?", (document,))
        # From documents down to vectors: each statement leaves orphans that the next one removes.
        for sql in _ORPHANS:
            store.rows(sql)
        for source in sorted({problem.source for problem in problems if problem.source}):
            store.rows(_MARK, (source,))
        store.rows("UPDATE sources SET outcome = 'error' WHERE outcome NOT IN ('text', 'empty', 'error', 'skipped')")
        store.rows("UPDATE sources SET whole = 0 WHERE whole NOT IN (0, 1)")
        _settings(store)
        _counters(store)
        forget_caches(store)


def counts(store: Store) -> dict[int, tuple[str, int, int]]:
    """Return (source, passages that the ledger records, passages that are there) by row id."""
    return {row: (source, recorded, there) for row, source, recorded, there in store.rows(_COUNTS)}


def repairs(store: Store, before: dict[int, tuple[str, int, int]]) -> list[Repair]:
    """Return what became of each source that is to be read again, or has fewer passages than before."""
    unfinished = {row for (row,) in store.rows("SELECT id FROM sources WHERE whole = 0")}
    made: list[Repair] = []
    for row, (source, recorded, stored) in counts(store).items():
        expected = max(recorded, before.get(row, ("", 0, 0))[2])
        lost = expected - stored if expected else None
        if row in unfinished or (lost and source == ""):
            done = "`ragkit index` reads it again" if source else "what was added without a file is to be added again"
            made.append(Repair(source, done, stored, lost))
    return made


def forget_caches(store: Store) -> None:
    """Begin a new history, which no cache that was ever made knows."""
    store.rows("DELETE FROM writes")
    began = datetime.now(UTC).isoformat(timespec="seconds")
    store.rows("INSERT INTO writes (token, began) VALUES (?, ?)", (secrets.token_hex(8), began))


def _settings(store: Store) -> None:
    """Drop settings that cannot be read; vectors whose embedder is not known are of one that nobody has."""
    for key, value in store.rows("SELECT key, value FROM settings"):
        try:
            read = json.loads(value)
        except (TypeError, ValueError):
            read = None
        if read is None or (key == "embedder" and not is_embedder(read)) or (key == "tokens" and not is_tokens(read)):
            store.rows("DELETE FROM settings WHERE key = ?", (key,))
    if store.setting("embedder") is None and store.count_chunks():
        store.set_setting("embedder", {"spec": None, "dimension": dimension(store), "fingerprint": LOST_EMBEDDER})
    if store.setting("tokens") is None:
        store.rows("DELETE FROM token_vectors")


def _counters(store: Store) -> None:
    for table in COUNTED:
        highest = store.rows(f"SELECT max(id) FROM {table}")[0][0] or 0  # noqa: S608 - the names are ours
        known = store.rows("SELECT max(seq) FROM sqlite_sequence WHERE name = ?", (table,))[0][0]
        if known is None and highest:
            store.rows("INSERT INTO sqlite_sequence VALUES (?, ?)", (table, highest))
        # With a counter below the highest id, that id would be used again once its row is deleted, and caches that hold
        # the old row would not notice.
        elif known is not None and known < highest:
            store.rows("UPDATE sqlite_sequence SET seq = ? WHERE name = ?", (highest, table))
