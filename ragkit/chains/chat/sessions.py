"""Conversations stored in a SQLite file, to be continued later."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ragkit.chains.chat.chain import Turn
from ragkit.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

    from ragkit.chains.chat.chain import Conversation

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sessions (
    name TEXT PRIMARY KEY, place TEXT NOT NULL, summary TEXT NOT NULL DEFAULT '', summarised INTEGER NOT NULL DEFAULT 0,
    used REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS turns (
    session TEXT NOT NULL REFERENCES sessions(name) ON DELETE CASCADE, number INTEGER NOT NULL, question TEXT NOT NULL,
    answer TEXT NOT NULL, told TEXT NOT NULL, asked REAL NOT NULL, PRIMARY KEY (session, number)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored conversation.

    Attributes:
        name: its name.
        place: the index it is over.
        turns: how many turns it has.
        used: when it was last continued, seconds since 1970.
    """

    name: str
    place: str
    turns: int
    used: float


class Sessions:
    """Conversations by name. A turn is stored as soon as its answer is complete; nothing in the file is pickled.

    Args:
        path: the file; created where it does not exist.

    Raises:
        ConfigError: the file cannot be created, or holds no conversations.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._sqlite_errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
            # Two commands may use the file at once: readers do not block the writer in WAL mode.
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA foreign_keys = ON")
            self._db.executescript(_SCHEMA)

    @contextmanager
    def _sqlite_errors(self) -> Generator[None]:
        try:
            yield
        except (OSError, sqlite3.Error) as error:
            raise ConfigError(
                f"conversations cannot be kept in {self.path} ({error}): give another file with --sessions"
            ) from error

    def all(self) -> list[Kept]:
        """Return the conversations, the latest first."""
        with self._sqlite_errors():
            rows = self._db.execute(
                "SELECT name, place, (SELECT count(*) FROM turns WHERE session = name), used FROM sessions "
                "ORDER BY used DESC"
            )
            return [Kept(*row) for row in rows]

    def open(self, name: str, place: str) -> str:
        """Continue a conversation, or begin one.

        Args:
            name: its name.
            place: the index it is over.

        Returns:
            The index it was over so far; ``place`` for a new one.
        """
        with self._sqlite_errors():
            self._db.execute(
                "INSERT INTO sessions (name, place, used) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET used = ?",
                (name, place, time.time(), time.time()),
            )
            return self._db.execute("SELECT place FROM sessions WHERE name = ?", (name,)).fetchone()[0]

    def turns(self, name: str) -> tuple[list[Turn], str]:
        """Return the turns of a conversation that are not summarised, and the summary of those before them."""
        with self._sqlite_errors():
            found = self._db.execute("SELECT summary, summarised FROM sessions WHERE name = ?", (name,)).fetchone()
            summary, summarised = found or ("", 0)
            rows = self._db.execute(
                "SELECT question, answer FROM turns WHERE session = ? AND number > ? ORDER BY number",
                (name, summarised),
            )
            return [Turn(*row) for row in rows], summary

    def told(self, name: str) -> list[dict[str, Any]]:
        """Return all turns of a conversation with their answers as JSON."""
        with self._sqlite_errors():
            rows = self._db.execute("SELECT told FROM turns WHERE session = ? ORDER BY number", (name,))
            return [json.loads(row[0]) for row in rows]

    def add(self, name: str, turn: Turn, told: Mapping[str, Any]) -> None:
        """Store a turn.

        Args:
            name: of the conversation.
            turn: the question as asked, and the answer's text.
            told: the answer as JSON.
        """
        text = json.dumps(told, ensure_ascii=False, default=str)
        with self._sqlite_errors():
            # Numbered in the same statement, so that two processes cannot take the same number.
            self._db.execute(
                "INSERT INTO turns SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4, ?5 FROM turns "
                "WHERE session = ?1",
                (name, turn.question, turn.answer, text, time.time()),
            )

    def condense(self, name: str, before: int, condensed: Conversation) -> None:
        """Store the summary of older turns.

        Args:
            name: of the conversation.
            before: turns that were not summarised so far.
            condensed: the conversation after summarising them.
        """
        with self._sqlite_errors():
            self._db.execute(
                "UPDATE sessions SET summary = ?, summarised = summarised + ? WHERE name = ?",
                (condensed.summary, before - len(condensed.turns), name),
            )

    def undo(self, name: str) -> bool:
        """Take back the last turn that is not summarised; return whether there was one."""
        with self._sqlite_errors():
            done = self._db.execute(
                "DELETE FROM turns WHERE session = ?1 AND number = (SELECT max(number) FROM turns WHERE session = ?1) "
                "AND number > (SELECT summarised FROM sessions WHERE name = ?1)",
                (name,),
            )
            return done.rowcount > 0

    def remove(self, name: str) -> bool:
        """Remove a conversation; return whether there was one."""
        with self._sqlite_errors():
            return self._db.execute("DELETE FROM sessions WHERE name = ?", (name,)).rowcount > 0

    def close(self) -> None:
        """Close the file."""
        self._db.close()
