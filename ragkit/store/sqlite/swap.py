"""Replace the passages and vectors of an index by those of a second database, in one transaction."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from ragkit.core.errors import IndexCorrupt

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ragkit.store.sqlite.store import Store

SCRATCH = "reembed"  # folder beside the database, an index of its own
# Documents are immutable: one of the same source, id and hash is the same.
_DOCUMENTS = """
CREATE TEMP TABLE swap_documents AS
SELECT ours.id AS id, made.id AS made_id FROM made.documents AS made
JOIN made.sources AS made_source ON made_source.id = made.source_id
JOIN main.sources AS source ON source.source = made_source.source
JOIN main.documents AS ours
    ON ours.source_id = source.id AND ours.uid = made.uid AND ours.content_hash = made.content_hash
"""
_MISSING = "SELECT count(*) FROM main.documents WHERE id NOT IN (SELECT id FROM swap_documents)"
# What was deleted from a document stays deleted: a new passage must overlap one that is there.
_PASSAGES = """
CREATE TEMP TABLE swap_passages AS
SELECT made.id AS made_id, document.id AS document_id
FROM swap_documents AS document JOIN made.chunks AS made ON made.document_id = document.made_id
WHERE EXISTS (
    SELECT 1 FROM main.chunks AS old WHERE old.document_id = document.id AND (
        (old.start < made."end" AND old."end" > made.start) OR (old.start = made.start AND old."end" = made."end")))
"""
# Checksums of passages are over their document's metadata too, as it was written with them.
_COUNT_DOCUMENTS = """
UPDATE main.documents SET
    passages = (SELECT count(*) FROM main.chunks WHERE document_id = documents.id),
    (truncated, metadata, places, checksum) = (
        SELECT truncated, metadata, places, checksum FROM made.documents WHERE id = (
            SELECT made_id FROM swap_documents WHERE swap_documents.id = main.documents.id))
"""
_COUNT_SOURCES = """
UPDATE main.sources SET (passages, truncated) = (
    SELECT coalesce(sum(passages), 0), coalesce(sum(truncated), 0)
    FROM main.documents WHERE source_id = sources.id)
WHERE whole = 1
"""
_DEPENDENT = ("vectors", "token_vectors")  # tables with a row for a passage
_ADDED = ("swap_documents", "swap_passages")


def swap_passages(store: Store, made: Path, settings: Mapping[str, Any], token: str) -> None:
    """Replace all passages and their vectors by those of another database of the same schema.

    New passages get row ids above all that were ever used. The tokens of earlier writes are deleted, so that no cache
    of the old vectors is ever used again.

    Args:
        store: the index; the caller is its writer.
        made: the other database's file; nobody has it open.
        settings: of the index from now on.
        token: the token of this write.

    Raises:
        IndexCorrupt: the other database lacks documents.
    """
    # ATTACH and DETACH are not allowed inside a transaction.
    store.rows("ATTACH ? AS made", (str(made),))
    try:
        with store.transaction():
            _replace(store)
            for key, value in settings.items():
                store.set_setting(key, value)
            store.rows("DELETE FROM main.writes")
            store.db.add_token(token)
    finally:
        store.rows("DETACH made")


def _replace(store: Store) -> None:
    store.rows(_DOCUMENTS)
    store.rows("CREATE UNIQUE INDEX temp.swap_document ON swap_documents (id)")
    missing = store.rows(_MISSING)[0][0]
    if missing:
        raise IndexCorrupt(f"{missing} documents were not embedded: run `ragkit index --reembed` again")
    store.rows(_PASSAGES)
    newest = store.rows("SELECT seq FROM main.sqlite_sequence WHERE name = 'chunks'")
    above = newest[0][0] if newest else 0
    # Dependent rows first: a deleted chunk would look its vectors up one by one.
    for table in (*_DEPENDENT, "chunks"):
        store.rows(f"DELETE FROM main.{table}")  # noqa: S608 - the names are those above
    _copy(store, "chunks", ("id", "document_id"), "? + made_id, swap_passages.document_id", "id", above)
    for table in _DEPENDENT:
        _copy(store, table, ("chunk_id",), "? + made_id", "chunk_id", above)
    store.rows(_COUNT_DOCUMENTS)
    store.rows(_COUNT_SOURCES)
    for table in _ADDED:
        store.rows(f"DROP TABLE temp.{table}")


def _copy(store: Store, table: str, keys: tuple[str, ...], values: str, made_key: str, above: int) -> None:
    """Copy the rows of the chosen passages, with all columns.

    The row id is part of the checksum, so that both grow by the same number.
    """
    rest = [f'"{name}"' for name in _columns(store, table) if name not in (*keys, "checksum")]
    into = f"INSERT INTO main.{table} ({', '.join((*keys, *rest))}, checksum)"
    # In the order of row ids, so that each row is appended to its table.
    sql = (
        f"{into} SELECT {values}, {', '.join(rest)}, checksum + ?"  # noqa: S608 - the schema's names
        f" FROM swap_passages JOIN made.{table} AS made_row ON made_row.{made_key} = made_id ORDER BY made_id"
    )
    store.rows(sql, (above, above))


def _columns(store: Store, table: str) -> list[str]:
    return [row[0] for row in store.rows("SELECT name FROM pragma_table_info(?, 'main')", (table,))]


def drop_scratch(folder: Path) -> None:
    """Delete what an interrupted run left in an index folder; the caller is the writer."""
    left = folder / SCRATCH
    if left.exists():
        shutil.rmtree(left)
