"""Save what can be read of a damaged database: a new one beside it, with whole documents only."""

from __future__ import annotations

import json
import logging
import secrets
import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from ragkit.store.care.pages import Pages
from ragkit.store.sqlite.opening import write_schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ragkit.store.care.pages import Record, Value

log = logging.getLogger(__name__)

_KINDS: dict[str, Callable[[Value], bool]] = {
    "n": lambda value: value is None,
    "i": lambda value: isinstance(value, int),
    "t": lambda value: isinstance(value, str),
    "b": lambda value: isinstance(value, bytes),
    "?": lambda value: value is None or isinstance(value, int),
}
# The kinds of a row's values tell which table it is of; rows of schema 1 lack the last one, a checksum.
_ROWS = {
    "documents": "nittiiittt?",
    "chunks": "ntiiiitttb?",
    "sources": "nttttt?iitiiii",
    "vectors": "nb?",
}
_COLUMNS = {
    "documents": "id, source_id, uid, content_hash, characters, passages, truncated, metadata, places, text, checksum",
    "chunks": 'id, uid, document_id, ordinal, start, "end", heading, text, metadata, text_hash, checksum',
    "sources": "id, source, outcome, reason, detail, media_type, pages, size, modified_ns, content_hash, whole,"
    " characters, passages, truncated",
    "vectors": "chunk_id, vector, checksum",
    "token_vectors": "chunk_id, vectors, checksum",
}
# Of two rows that cannot both be, the one with the higher id was written later.
_OLDER = {
    "documents": ("DELETE FROM documents WHERE source_id = ? AND uid = ? AND id < ?", (1, 2, 0)),
    "chunks": ("DELETE FROM chunks WHERE uid = ? AND id < ?", (1, 0)),
    "sources": ("DELETE FROM sources WHERE source = ? AND id < ?", (1, 0)),
}


class Salvage:
    """A new database from the pages of a damaged one; its rows are still to be checked.

    Attributes:
        certain: whether no deleted row can be among them.

    Args:
        damaged: the database.
        log: its write-ahead log.
        made: where to write the new one; nothing is there yet.
    """

    def __init__(self, damaged: Path, log: Path, made: Path) -> None:
        self._made = made
        self._pages = Pages(damaged, log)
        self.certain = self._pages.certain
        self._counters: dict[str, int] = {}

    def run(self) -> None:
        """Write the new database, of the newest schema.

        Raises:
            OSError, sqlite3.Error: it cannot be written.
        """
        db = sqlite3.connect(self._made, isolation_level=None)
        try:
            write_schema(db)
            db.execute("BEGIN")
            for record in self._pages.records():
                self._put(db, record)
            self._put_lost_sources(db)
            self._finish(db)
            db.execute("COMMIT")
        finally:
            db.close()
            self._pages.close()

    def _put(self, db: sqlite3.Connection, record: Record) -> None:
        if record.row is None:
            if _fits(record.values, "tt"):
                db.execute("INSERT OR IGNORE INTO settings VALUES (?, ?)", record.values)
            return
        if _fits(record.values, "ti"):
            self._count(*record.values)
            return
        for table, kinds in _ROWS.items():
            if _fits(record.values, kinds) or (kinds[-1] == "?" and _fits(record.values, kinds[:-1])):
                values = (record.row, *record.values[1:], *([None] * (len(kinds) - len(record.values))))
                if table == "vectors" and not _is_unit(values[1]):
                    _insert(db, "token_vectors", values)
                else:
                    _insert(db, table, values)
                return

    def _count(self, table: Value, highest: Value) -> None:
        """Keep a table's counter of row ids."""
        if isinstance(table, str) and isinstance(highest, int):
            self._counters[table] = max(self._counters.get(table, 0), highest)

    def _put_lost_sources(self, db: sqlite3.Connection) -> None:
        """Give documents whose source cannot be read a new row in the ledger; it is to be read again."""
        sql = "SELECT id, source_id, metadata FROM documents WHERE source_id NOT IN (SELECT id FROM sources)"
        for document, source_id, metadata in db.execute(sql).fetchall():
            name = _named(metadata)
            db.execute(
                "INSERT OR IGNORE INTO sources (id, source, outcome, whole) VALUES (?, ?, 'text', 0)", (source_id, name)
            )
            kept = db.execute("SELECT id FROM sources WHERE source = ?", (name,)).fetchone()[0]
            db.execute("UPDATE OR IGNORE documents SET source_id = ? WHERE id = ?", (kept, document))

    def _finish(self, db: sqlite3.Connection) -> None:
        if not self.certain:  # what was deleted may be back: every file is compared again
            db.execute("UPDATE sources SET whole = 0, content_hash = '' WHERE source != ''")
        for table, highest in self._counters.items():
            db.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = ? AND seq < ?", (highest, table, highest))
        began = datetime.now(UTC).isoformat(timespec="seconds")
        db.execute("INSERT INTO writes (token, began) VALUES (?, ?)", (secrets.token_hex(8), began))


def _fits(values: tuple[Value, ...], kinds: str) -> bool:
    return len(values) == len(kinds) and all(_KINDS[kind](value) for kind, value in zip(kinds, values, strict=True))


def _insert(db: sqlite3.Connection, table: str, values: tuple[Value, ...]) -> None:
    marks = ",".join("?" * len(values))
    try:
        if table in _OLDER:
            older, places = _OLDER[table]
            db.execute(older, [values[place] for place in places])
        db.execute(f"INSERT OR IGNORE INTO {table} ({_COLUMNS[table]}) VALUES ({marks})", values)  # noqa: S608 - ours
    except (sqlite3.DatabaseError, OverflowError, UnicodeEncodeError) as error:
        log.info("a row of %s is left out: %s", table, error)


def _is_unit(blob: Value) -> bool:
    """Whether bytes are a passage's vector; the compressed vectors of its tokens are not of length 1."""
    if not isinstance(blob, bytes) or not blob or len(blob) % 4:
        return False
    with np.errstate(all="ignore"):
        norm = float(np.linalg.norm(np.frombuffer(blob, "<f4")))
    return norm == 0 or abs(norm - 1) < 1e-3


def _named(metadata: str) -> str:
    try:
        return str(json.loads(metadata).get("source", ""))
    except (ValueError, AttributeError):
        return ""
