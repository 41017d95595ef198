"""Replies of generators cached in a file: the same model, prompt and parameters get the same reply without a call."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from ragkit.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from langchain_core.messages import BaseMessage

# Characters of all replies together; beyond that, the ones not used for longest are deleted.
LARGEST = 64_000_000
# Seconds to wait for another process that writes, and between two tries to open a file while another opens it.
BUSY, WAIT = 10.0, 0.02
_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, reply TEXT NOT NULL, used REAL NOT NULL) WITHOUT ROWID"
)


class Reply(NamedTuple):
    """A reply that came to its end.

    Attributes:
        text: the reply.
        input_tokens: tokens of its prompt.
        output_tokens: tokens it has.
        cut: why it ended before it was whole, in words; empty where it is whole.
    """

    text: str
    input_tokens: int = 0
    output_tokens: int = 0
    cut: str = ""


class ReplyCache:
    """Replies by what was asked; safe to use from several threads and processes. Nothing in it is pickled.

    A file that is damaged is renamed, with ``.damaged`` behind its name, and a new one made.

    Args:
        path: the file; made where it is absent.
        largest: characters of all replies together.

    Raises:
        ConfigError: the file cannot be made or written.
    """

    def __init__(self, path: Path, *, largest: int = LARGEST) -> None:
        self.path, self.largest = path, largest
        self._lock = threading.Lock()
        self._db = self._open()

    def _open(self) -> sqlite3.Connection:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            return self._connect()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise ConfigError(f"replies cannot be kept in {self.path} ({error}): give another place") from error
            self.path.replace(self.path.with_name(f"{self.path.name}.damaged"))
            for tail in ("-wal", "-shm"):
                self.path.with_name(f"{self.path.name}{tail}").unlink(missing_ok=True)
            return self._connect()
        except OSError as error:
            raise ConfigError(
                f"replies cannot be kept in {self.path} ({error.strerror}): give another place"
            ) from error

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=BUSY, isolation_level=None, check_same_thread=False)
        try:
            _write_ahead(db)
            db.execute(_SCHEMA)
            # Damage in the table shows only when its pages are read; SQLite opens nearly any file.
            db.execute("SELECT count(*) FROM replies").fetchone()
        except sqlite3.Error:
            db.close()
            raise
        return db

    def get(self, key: str) -> Reply | None:
        """Return the reply stored under a key; None where there is none."""
        with self._lock:
            found = self._db.execute("SELECT reply FROM replies WHERE key = ?", (key,)).fetchone()
            if found is None:
                return None
            # Where another process writes, the time of use is not recorded: the reply is as good.
            with contextlib.suppress(sqlite3.OperationalError):
                self._db.execute("UPDATE replies SET used = ? WHERE key = ?", (time.time(), key))
        return Reply(*json.loads(found[0]))

    def put(self, key: str, reply: Reply) -> None:
        """Store a reply, and delete those not used for longest where all are too large together."""
        row = json.dumps(list(reply), ensure_ascii=False)
        with self._lock:
            self._db.execute("INSERT OR REPLACE INTO replies VALUES (?, ?, ?)", (key, row, time.time()))
            (size,) = self._db.execute("SELECT total(length(reply)) FROM replies").fetchone()
            while size > self.largest:
                oldest = self._db.execute("SELECT key, length(reply) FROM replies ORDER BY used LIMIT 1").fetchone()
                self._db.execute("DELETE FROM replies WHERE key = ?", (oldest[0],))
                size -= oldest[1]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()


def _write_ahead(db: sqlite3.Connection) -> None:
    """Turn on write-ahead logging; while another process does so, SQLite is busy at once, whatever the timeout."""
    from tenacity import Retrying, retry_if_exception_message, stop_after_delay, wait_fixed

    locked = retry_if_exception_message(match=".*locked")
    for attempt in Retrying(retry=locked, stop=stop_after_delay(BUSY), wait=wait_fixed(WAIT), reraise=True):
        with attempt:
            db.execute("PRAGMA journal_mode = WAL")


def key_of(model: str, state: str, messages: Sequence[BaseMessage], options: Mapping[str, Any]) -> str:
    """Return the key of a call.

    Args:
        model: what the model is, so that another one, or another file of that name, has other keys.
        state: what the index is, likewise.
        messages: the prompt.
        options: of the call.
    """
    parts = [model, state, [[each.type, each.content] for each in messages], dict(options)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False, default=repr).encode()).hexdigest()
