"""What an index survives: full disks, folders that cannot be written, files of other times. Kills and damage apart."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from index_work import SmallEmbedder, Work, contents, embed_anew, rows_file, unsound

from ragkit.core.errors import IndexCorrupt, IndexFolderError, IndexMismatch, IndexMissing, RagkitError
from ragkit.store import Reader, Store
from ragkit.store.care.backup import backup
from ragkit.store.care.compact import compact
from ragkit.store.care.repair import repair
from ragkit.store.search import lexical, vectors

if TYPE_CHECKING:
    pass

HERE = Path(__file__).parent


@pytest.fixture
def cached(work: Work) -> Work:
    """An index with enough rows for both caches."""
    for number in range(3):
        texts = {str(row): f"Row {row} of {number} speaks of subject{number}x{row}." for row in range(700)}
        work.write(f"{number}.jsonl", rows_file(texts))
    work.sync()
    return work


def everything(work: Work) -> tuple[list[str], list[str]]:
    return work.found("subject1x55 speaks", 20), work.nearest("subject1x55", 20)


def test_a_deleted_cache_folder_changes_no_result_even_while_it_is_in_use(cached: Work):
    before = everything(cached)
    shutil.rmtree(cached.folder / "cache")
    assert everything(cached) == before
    cached.write("new.txt", "Something new.")
    cached.sync()
    assert cached.found("new") == ["Something new."]
    assert everything(cached) == before


def test_caches_of_a_later_state_are_not_used_with_an_older_backup(cached: Work):
    cached.store.close()
    backup = cached.folder / "ragkit.sqlite3"
    older = cached.files.with_name("older")
    shutil.copy(backup, older)
    cached.reopen()
    cached.write("0.jsonl", rows_file({str(row): f"Later row {row}." for row in range(700)}))
    cached.sync()
    cached.store.close()
    shutil.copy(older, backup)
    cached.reopen()
    for name in ("0.jsonl", "1.jsonl"):
        (cached.files / name).unlink()
    cached.write("3.jsonl", rows_file({str(row): f"Different row {row}." for row in range(700)}))
    cached.sync(prune=True)  # takes the row ids that the caches know under other texts
    assert cached.found("later") == []
    assert len(cached.found("different", 1000)) == 700
    assert sorted(cached.nearest("x", 5000)) == sorted(text for (text,) in cached.store.rows("SELECT text FROM chunks"))


def test_a_backup_put_in_place_under_an_open_reader_is_what_it_searches(work: Work, monkeypatch):
    monkeypatch.setattr(lexical, "TAIL_LIMIT", 3)
    monkeypatch.setattr(vectors, "CACHE_FROM", 4)
    work.write("cats.jsonl", rows_file({str(row): f"The cat {row} sleeps." for row in range(10)}))
    work.sync()
    kept = work.folder.with_name("kept")
    backup(work.store, kept)
    dogs = work.write("dogs.jsonl", rows_file({str(row): f"The dog {row} barks." for row in range(10)}))
    work.sync()
    reader = Reader(Store(work.folder))
    question = np.full(16, 0.25, np.float32)
    assert len(reader.dense(question, 100)[0]) == len(reader.lexical("cat dog", 100)[0]) == 20
    work.store.close()
    for end in ("-wal", "-shm"):
        (work.folder / f"ragkit.sqlite3{end}").unlink(missing_ok=True)
    kept.replace(work.folder / "ragkit.sqlite3")
    work.reopen()
    dogs.unlink()
    work.write("fish.jsonl", rows_file({str(row): f"The fish {row} swims." for row in range(10)}))
    work.sync()  # takes the row ids that the reader knows under other texts
    rows, cosines = reader.dense(question, 100)
    assert sorted(chunk.text for chunk in reader.chunks(rows.tolist()).values()) == sorted(
        text for (text,) in work.store.rows("SELECT text FROM chunks")
    )
    found = reader.vectors(rows.tolist())
    np.testing.assert_allclose(cosines, [found[row] @ question for row in rows.tolist()], atol=1e-5)
    assert (len(reader.lexical("dog", 100)[0]), len(reader.lexical("fish", 100)[0])) == (0, 10)
    reader.store.close()


def test_a_vector_of_the_wrong_length_is_damage(work: Work):
    work.write("a.txt", "The cat sleeps.")
    work.sync()
    with work.store.transaction():
        work.store.rows("UPDATE vectors SET vector = x'0000'")
    work.reopen()
    with pytest.raises(IndexCorrupt):
        work.nearest("cat")


def test_a_text_that_lost_characters_is_damage(work: Work):
    work.write("a.txt", "The cat sleeps.")
    work.sync()
    with work.store.transaction():
        work.store.rows("UPDATE chunks SET text = 'The cat'")
    with pytest.raises(IndexCorrupt):
        work.found("cat")


def test_a_log_left_without_its_database_is_not_played_into_a_new_one(work: Work):
    work.write("a.txt", "The cat sleeps.")
    work.sync()
    log = work.folder / "ragkit.sqlite3-wal"
    work.store.set_setting("x", 1)  # something in the log
    kept = log.read_bytes()
    assert kept
    work.store.close()
    (work.folder / "ragkit.sqlite3").unlink()
    log.write_bytes(kept)
    new = Store(work.folder, create=True)
    assert new.rows("SELECT count(*) FROM sources") == [(0,)]
    assert new.rows("PRAGMA integrity_check") == [("ok",)]
    new.close()


def test_no_index_is_an_error_that_names_the_command(tmp_path: Path):
    with pytest.raises(IndexMissing, match="ragkit index"):
        Store(tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


def test_another_sqlite_file_is_no_index(tmp_path: Path):
    import sqlite3

    db = sqlite3.connect(tmp_path / "ragkit.sqlite3")
    db.execute("CREATE TABLE other (x)")
    db.close()
    with pytest.raises(IndexCorrupt, match="no ragkit index"):
        Store(tmp_path)


def test_a_newer_schema_is_a_mismatch(work: Work):
    work.store.rows("PRAGMA user_version = 99")
    work.store.close()
    with pytest.raises(IndexMismatch, match="schema 99"):
        Store(work.folder)


def test_a_full_disk_leaves_the_index_as_it_was(work: Work):
    work.write("a.txt", "The cat sleeps.")
    work.sync()
    before = work.content()
    pages = work.store.rows("PRAGMA page_count")[0][0]
    work.store.rows(f"PRAGMA max_page_count = {pages + 2}")
    work.write("b.txt", "Plenty of words. " * 20_000)
    with pytest.raises(IndexFolderError, match="no room left"):
        work.sync()
    work.reopen()
    assert [row for row in work.content() if row[3] is not None] == before
    assert work.found("cat") == ["The cat sleeps."]
    work.sync()
    assert len(work.found("plenty", 5)) == 5


LIMITED = f"""
import resource, sys; sys.path.insert(0, {str(HERE)!r})
from pathlib import Path
from index_work import SmallEmbedder, Work, embed_anew
from ragkit.core.errors import RagkitError
from ragkit.store.care.backup import backup
from ragkit.store.care.compact import compact
from ragkit.store.care.remove import remove
from ragkit.store.care.repair import repair
base, limit, action = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
work = Work(base)
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    {{
        "index": work.sync,
        "re-embed": lambda: embed_anew(work.store, SmallEmbedder("other", 64)),
        "compact": lambda: compact(work.store),
        "back up": lambda: backup(work.store, base / "backup"),
        "remove": lambda: remove(work.store, ["many.jsonl"]),
        "repair": lambda: repair(work.folder),
    }}[action]()
except RagkitError as error:
    print(type(error).__name__, error)
    sys.exit(7)
"""


def limited(base: Path, limit: int, action: str) -> str:
    """Do something in a process that may write no file longer than so many bytes; returns what it said."""
    process = subprocess.run(
        [sys.executable, "-c", LIMITED, str(base), str(limit), action], capture_output=True, text=True, check=False
    )
    assert process.returncode == 7, process.stderr
    return process.stdout


@pytest.mark.parametrize("action", ["index", "re-embed", "compact", "back up", "repair"])
def test_writes_that_the_system_refuses_leave_the_index_as_it_was(tmp_path: Path, action: str):
    work = Work(tmp_path)
    texts = {str(row): f"The cat {row} speaks up. " + "Word. " * 40 for row in range(400)}
    work.write("many.jsonl", rows_file(texts))
    work.sync()
    if action == "index":
        work.write("b.txt", "Plenty of words. " * 15_000)
    if action == "repair":
        with work.store.transaction():
            work.store.rows("UPDATE chunks SET text = 'Nobody' || substr(text, 7)")
    before = contents(work.store, tmp_path)
    work.store.close()
    said = limited(tmp_path, 200_000, action)
    assert re.search(r"(?i)disk|room", said), said
    assert not (tmp_path / "backup").exists()
    work = Work(tmp_path)
    assert contents(work.store, tmp_path) == before
    if action != "repair":
        assert unsound(work.store) == []
    {
        "index": work.sync,
        "re-embed": lambda: embed_anew(work.store, SmallEmbedder("other", 64)),
        "compact": lambda: compact(work.store),
        "back up": lambda: backup(work.store, tmp_path / "backup"),
        "repair": lambda: repair(work.folder),
    }[action]()
    work.reopen()
    assert unsound(work.store) == []
    assert (contents(work.store, tmp_path) == before) == (action in ("compact", "back up"))
    work.store.close()


def test_a_damaged_database_that_finds_no_room_to_be_saved_stays_as_it_was(tmp_path: Path):
    work = Work(tmp_path)
    texts = {str(row): f"The cat {row} speaks up. " + "Word. " * 40 for row in range(400)}
    work.write("many.jsonl", rows_file(texts))
    work.sync()
    before = work.content()
    work.store.close()
    path = work.folder / "ragkit.sqlite3"
    stored = path.read_bytes()
    page = stored.index(b"The cat 200 speaks") // 4096
    path.write_bytes(stored[: page * 4096] + bytes(4096) + stored[(page + 1) * 4096 :])
    damaged = path.read_bytes()
    said = limited(tmp_path, len(damaged) // 2, "repair")
    assert re.search(r"could not be written.*the disk's free space", said), said
    assert path.read_bytes() == damaged
    assert not (work.folder / "salvage").exists()
    assert repair(work.folder).ok
    work.reopen()
    assert 200 < len(work.content()) < 400
    work.sync()
    assert work.content() == before
    work.store.close()


def test_a_failed_transaction_changes_nothing_and_the_next_one_works(work: Work):

    def fail() -> None:
        with work.store.transaction():
            work.store.set_setting("x", 1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert work.store.setting("x") is None
    work.store.set_setting("x", 2)
    assert work.store.setting("x") == 2


FORKS = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # the child only reads and writes files


def as_somebody_else(folder: Path, action) -> str:
    """Run an action in a child process that may not write to the folder; returns what it said."""
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("only the superuser can become somebody else")
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.setgid(65534)
        os.setuid(65534)
        try:
            said = action()
        except RagkitError as error:
            said = f"{type(error).__name__}: {error}"
        except BaseException as error:  # the child must not return into the tests
            said = f"unexpected {type(error).__name__}: {error}"
        os.write(write, said.encode())
        os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with os.fdopen(read, "rb") as pipe:
        return pipe.read().decode()


@pytest.fixture
def open_folder():
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@FORKS
def test_a_folder_that_cannot_be_written_is_searched_and_not_written(open_folder: Path):
    work = Work(open_folder)
    work.write("a.txt", "The cat sleeps.")
    work.sync()
    work.store.close()

    def search() -> str:
        store = Store(work.folder)
        reader = Reader(store)
        rows, _ = reader.lexical("cat", 5)
        return next(iter(reader.chunks(rows.tolist()).values())).text

    def write() -> str:
        Store(work.folder).set_setting("x", 1)
        return "written"

    assert as_somebody_else(work.folder, search) == "The cat sleeps."
    assert as_somebody_else(work.folder, write).startswith("IndexFolderError")
    assert as_somebody_else(work.folder, lambda: str(Store(open_folder / "new", create=True))).startswith(
        "IndexFolderError"
    )


@FORKS
def test_a_folder_that_cannot_be_written_shows_what_its_owner_writes_meanwhile(open_folder: Path):
    work = Work(open_folder)
    work.write("a.txt", "The cat sleeps.")
    work.sync()
    work.store.close()

    def search() -> str:
        reader = Reader(Store(work.folder))
        before = len(reader.lexical("cat dog", 5)[0])
        os.write(say, b"x")
        os.read(heard, 1)
        return f"{before} {len(reader.lexical('cat dog', 5)[0])}"

    ask, say = os.pipe()
    heard, tell = os.pipe()
    owner = os.fork() if os.geteuid() == 0 else None
    if owner == 0:
        os.read(ask, 1)
        again = Work(open_folder)
        again.write("b.txt", "The dog barks.")
        again.sync()
        again.store.close()
        os.write(tell, b"x")
        os._exit(0)
    assert as_somebody_else(work.folder, search) == "1 2"
    if owner:
        os.waitpid(owner, 0)
