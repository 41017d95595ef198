-- The index: the only truth. Everything else in the folder can be made again from this.
-- Row ids are never reused (AUTOINCREMENT): a stale cache is then incomplete, never wrong.
-- This is schema 2; `migrate.py` brings older files here.
-- `checksum` is a CRC-32 (`records.py` says over what), NULL in rows that schema 1 wrote: SQLite notices damage to
-- its own structure only, and a changed byte inside a text or a vector would otherwise give a wrong result.

CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL                 -- JSON
) WITHOUT ROWID;

-- One row for each commit that added chunks. A cache names the newest token it was built under; a database
-- put back from an older backup does not know that token, and drops the cache.
CREATE TABLE writes (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    token TEXT NOT NULL UNIQUE,
    began TEXT NOT NULL                 -- ISO 8601, UTC
);

-- The ledger: every path ever seen has exactly one row; `reason` is one word of `ragkit.core.types.Reason`.
CREATE TABLE sources (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    source       TEXT NOT NULL UNIQUE,  -- absolute path, URL, or '' for documents added one by one
    outcome      TEXT NOT NULL,         -- text, empty, error, skipped
    reason       TEXT NOT NULL DEFAULT '',
    detail       TEXT NOT NULL DEFAULT '',
    media_type   TEXT NOT NULL DEFAULT '',
    pages        INTEGER,
    size         INTEGER NOT NULL DEFAULT 0,
    modified_ns  INTEGER NOT NULL DEFAULT 0,
    content_hash TEXT NOT NULL DEFAULT '',
    whole        INTEGER NOT NULL,      -- 0 while some of its documents are still to be written
    characters   INTEGER NOT NULL DEFAULT 0,  -- sums over its documents, set when it is whole
    passages     INTEGER NOT NULL DEFAULT 0,
    truncated    INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE documents (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    source_id    INTEGER NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    uid          TEXT NOT NULL,         -- the id its data gave it, else a hash of the source and its place there
    content_hash TEXT NOT NULL,         -- over text and metadata
    characters   INTEGER NOT NULL,
    passages     INTEGER NOT NULL,
    truncated    INTEGER NOT NULL DEFAULT 0,
    metadata     TEXT NOT NULL,         -- JSON
    places       TEXT NOT NULL,         -- JSON: where pages, sheets and the like begin
    text         TEXT NOT NULL,
    checksum     INTEGER,
    UNIQUE (source_id, uid)
);

CREATE TABLE chunks (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    uid         TEXT NOT NULL UNIQUE,
    document_id INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    ordinal     INTEGER NOT NULL,
    start       INTEGER NOT NULL,       -- characters in documents.text
    "end"       INTEGER NOT NULL,
    heading     TEXT NOT NULL,
    text        TEXT NOT NULL,
    metadata    TEXT NOT NULL,          -- JSON, what differs from the document's
    text_hash   BLOB NOT NULL,          -- of what was embedded
    checksum    INTEGER
);
CREATE INDEX chunks_by_document ON chunks (document_id);
CREATE INDEX chunks_by_text_hash ON chunks (text_hash);

CREATE TABLE vectors (
    chunk_id INTEGER PRIMARY KEY REFERENCES chunks (id) ON DELETE CASCADE,
    vector   BLOB NOT NULL,             -- float32, little endian, length 1
    checksum INTEGER
);

-- Vectors of the passage's tokens for late interaction, compressed; what the bytes mean stands in settings 'tokens'.
CREATE TABLE token_vectors (
    chunk_id INTEGER PRIMARY KEY REFERENCES chunks (id) ON DELETE CASCADE,
    vectors  BLOB NOT NULL,
    checksum INTEGER
);
