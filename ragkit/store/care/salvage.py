"""Write what can be read of a damaged database into a new one; the rows are still to be checked."""

from __future__ import annotations

import json
import logging
import secrets
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from types import NoneType
from typing import TYPE_CHECKING

import numpy as np

from ragkit.store.care.pages import Pages
from ragkit.store.care.verify import COUNTED
from ragkit.store.sqlite.opening import write_schema
from ragkit.store.sqlite.records import storable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ragkit.store.care.pages import Value

    Types = list[tuple[type, ...]]

log = logging.getLogger(__name__)

_TABLES = ("sources", "documents", "chunks", "vectors")
_TYPES: dict[str, type] = {"INTEGER": int, "TEXT": str, "BLOB": bytes}
# Of two rows that exclude each other, the one with the higher id was written later.
_OLDER = {
    "sources": "DELETE FROM sources WHERE id < ? AND source = ?",
    "documents": "DELETE FROM documents WHERE id < ? AND source_id = ? AND uid = ?",
    "chunks": "DELETE FROM chunks WHERE id < ? AND uid = ?",
}


def salvage(damaged: Path, log_file: Path, made: Path) -> None:
    """Write a new database, of the newest schema, from the pages of a damaged one.

    Args:
        damaged: the database.
        log_file: its write-ahead log; need not exist.
        made: where to write the new one, in a folder that is otherwise empty.

    Raises:
        OSError, sqlite3.Error: it cannot be written.
    """
    pages = Pages(damaged, log_file, made.with_name("damaged"))
    with closing(sqlite3.connect(made, isolation_level=None)) as db:
        write_schema(db)
        tables = {table: _types(db, table) for table in _TABLES}
        counters: dict[str, int] = {}
        db.execute("BEGIN")
        for row, *columns in pages.rows():
            table = next((table for table, types in tables.items() if _fits(columns, types)), None)
            if table:
                values = (row, *columns[1 : len(tables[table])])
                _insert(db, "token_vectors" if table == "vectors" and not _is_unit(values[1]) else table, values)
            elif isinstance(name := columns[0], str) and name in COUNTED and isinstance(highest := columns[1], int):
                counters[name] = max(highest, counters.get(name, 0))
        for entry in pages.settings():
            if _fits(entry, [(str,), (str,)]):
                _insert(db, "settings", entry)
        _add_lost_sources(db)
        if not pages.certain:  # what was deleted may be back: every file is compared again
            db.execute("UPDATE sources SET whole = 0, content_hash = '' WHERE source != ''")
        for name, highest in counters.items():
            db.execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", (highest, name))
        began = datetime.now(UTC).isoformat(timespec="seconds")
        db.execute("INSERT INTO writes (token, began) VALUES (?, ?)", (secrets.token_hex(8), began))
        db.execute("COMMIT")


def _types(db: sqlite3.Connection, table: str) -> Types:
    """Return the types that each column may have; the row id is stored as NULL in the column that stands for it."""
    types: Types = []
    for declared, required, key in db.execute('SELECT type, "notnull", pk FROM pragma_table_info(?)', (table,)):
        types.append((NoneType,) if key else (_TYPES[declared],) if required else (_TYPES[declared], NoneType))
    return types


def _fits(columns: Sequence[Value], types: Types) -> bool:
    """Whether columns are of a table, by their types; rows of schema 1 do not have the last one, a checksum."""
    beyond = [(NoneType,)] * (len(columns) - len(types))
    return all(isinstance(value, allowed) for value, allowed in zip(columns, types + beyond, strict=True))


def _insert(db: sqlite3.Connection, table: str, values: Sequence[Value]) -> None:
    marks = ",".join("?" * len(values))
    try:
        if table in _OLDER:
            db.execute(_OLDER[table], values[: _OLDER[table].count("?")])
        db.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", values)  # noqa: S608 - ours
    except (sqlite3.DatabaseError, OverflowError, UnicodeEncodeError) as error:
        log.info("a row of %s is left out: %s", table, error)


def _is_unit(blob: Value) -> bool:
    """Whether bytes are a passage's vector; the compressed vectors of its tokens are not of length 1."""
    if not isinstance(blob, bytes) or not blob or len(blob) % 4:
        return False
    with np.errstate(all="ignore"):
        norm = float(np.linalg.norm(np.frombuffer(blob, "<f4")))
    return norm == 0 or abs(norm - 1) < 1e-3


def _add_lost_sources(db: sqlite3.Connection) -> None:
    """Give documents whose source cannot be read a new row in the ledger; it is to be read again."""
    sql = "SELECT id, source_id, metadata FROM documents WHERE source_id NOT IN (SELECT id FROM sources)"
    for document, source_id, metadata in db.execute(sql).fetchall():
        name = _source_of(metadata)
        db.execute(
            "INSERT OR IGNORE INTO sources (id, source, outcome, whole) VALUES (?, ?, 'text', 0)", (source_id, name)
        )
        for (known,) in db.execute("SELECT id FROM sources WHERE source = ?", (name,)).fetchall():
            db.execute("UPDATE OR IGNORE documents SET source_id = ? WHERE id = ?", (known, document))


def _source_of(metadata: str) -> str:
    try:
        return storable(str(json.loads(metadata).get("source", "")))
    except (ValueError, AttributeError):
        return ""
