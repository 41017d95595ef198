"""Rows of a damaged database, page by page: SQLite reads each page as if it were the root of a table of its own.

A page that holds rows of a table is a complete B-tree by itself, so that every page that is undamaged returns its rows,
whatever happened to the pages that lead to it.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from ragkit.store.sqlite.opening import log_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Value = int | float | str | bytes | None

WIDTH = 14  # columns of the widest table, sources
# The first byte of a page says what it holds: https://www.sqlite.org/fileformat2.html#b_tree_pages
_TABLES = {0x0D: "leaf", 0x0A: "keys", 0x02: "keys"}
# SQLite's messages repeat damaged text, and a damaged length may be any number.
_DAMAGE = (sqlite3.DatabaseError, UnicodeDecodeError, MemoryError)
_ROWS = {"leaf": "SELECT rowid, * FROM leaf", "keys": "SELECT key, value FROM keys"}
_FILTERS = {"leaf": "", "keys": " WHERE typeof(key) = 'text' AND typeof(value) = 'text'"}  # not all of a large index
_MOST_OF_A_PAGE = 1_000  # rows; an interior page of an index may lead to millions, which are in other pages too
_MOST = 10_000  # unused pages that are overwritten with one value


class Pages:
    """A copy of a damaged database and of the log beside it, whose pages are read one by one.

    Attributes:
        certain: whether unused pages could be told apart; if not, rows that were deleted may come back.

    Args:
        damaged: the database.
        log: its write-ahead log; need not exist.
        copy: where to write the copy; nothing is there yet.

    Raises:
        OSError, sqlite3.Error: the copy cannot be written.
    """

    def __init__(self, damaged: Path, log: Path, copy: Path) -> None:
        self._copy = copy
        shutil.copyfile(damaged, copy)
        if log.exists():
            shutil.copyfile(log, log_of(copy))
        self._size = _page_size(copy)
        self.certain = _settle(copy)
        self._put_first_page()
        if not self.certain:  # the log's pages are still to be copied into the file
            _settle(copy)
            self._put_first_page()

    def rows(self) -> Iterator[tuple[Value, ...]]:
        """Yield the row id and the columns of every row of a table; columns that a row does not have are None."""
        yield from self._read("leaf")

    def settings(self) -> Iterator[tuple[Value, ...]]:
        """Yield the key and value of every setting, and some entries of indexes that look like one."""
        yield from self._read("keys")

    def _read(self, table: str) -> Iterator[tuple[Value, ...]]:
        with closing(sqlite3.connect(self._copy, isolation_level=None)) as db, self._copy.open("rb") as file:
            db.text_factory = _decoded
            # A transaction for each page: after an error in one page, a transaction over all would refuse the others.
            for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = MEMORY", "synchronous = OFF"):
                db.execute(f"PRAGMA {pragma}")
            for number in range(1, self._copy.stat().st_size // self._size):
                file.seek(number * self._size)
                if _TABLES.get(file.read(1)[0]) == table:
                    yield from _page(db, table, number + 1)

    def _put_first_page(self) -> None:
        """Replace the header and the schema by those of two tables that :func:`_page` moves from page to page."""
        made = self._copy.with_name("first-page")
        made.unlink(missing_ok=True)
        with closing(sqlite3.connect(made, isolation_level=None)) as db:
            db.execute(f"PRAGMA page_size = {self._size}")
            db.execute(f"CREATE TABLE leaf ({', '.join(f'c{number}' for number in range(WIDTH))})")
            db.execute("CREATE TABLE keys (key PRIMARY KEY, value) WITHOUT ROWID")
        first = made.read_bytes()[: self._size]
        with self._copy.open("rb+") as file:
            file.write(first[:28] + bytes(4) + first[32:])  # no count of pages: SQLite takes the length of the file
            file.truncate(max(self._copy.stat().st_size, made.stat().st_size))  # the two tables have a root each


def _page(db: sqlite3.Connection, table: str, number: int) -> Iterator[tuple[Value, ...]]:
    """Yield the rows of one page, and of the pages below it where it is an index's."""
    db.execute("PRAGMA writable_schema = ON")
    db.execute("UPDATE sqlite_master SET rootpage = ? WHERE name = ?", (number, table))
    db.execute("PRAGMA writable_schema = RESET")  # read the schema again
    try:
        yield from db.execute(_ROWS[table] + _FILTERS[table]).fetchall()
    except _DAMAGE:
        yield from _one_by_one(db, table)


def _one_by_one(db: sqlite3.Connection, table: str) -> Iterator[tuple[Value, ...]]:
    """Yield the undamaged rows of a page; to skip a row, SQLite need not read it."""
    with suppress(*_DAMAGE):
        (count,) = db.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - ours
        for number in range(min(count, _MOST_OF_A_PAGE)):
            with suppress(*_DAMAGE):
                yield from db.execute(f"{_ROWS[table]} LIMIT 1 OFFSET ?", (number,)).fetchall()


def _decoded(data: bytes) -> str:
    """Decode text; bytes that are no UTF-8 become what cannot be stored, so that only their row is lost."""
    return data.decode("utf-8", "surrogateescape")


def _page_size(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        return int(db.execute("PRAGMA page_size").fetchone()[0])


def _settle(path: Path) -> bool:
    """Copy the log into the file and overwrite unused pages, which may hold deleted rows; returns whether it could."""
    with suppress(*_DAMAGE), closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute("CREATE TABLE unused (content)")
        size = db.execute("PRAGMA page_size").fetchone()[0]
        while count := db.execute("PRAGMA freelist_count").fetchone()[0]:
            db.execute("INSERT INTO unused VALUES (zeroblob(?))", (min(count, _MOST) * size,))
        return True
    return False
