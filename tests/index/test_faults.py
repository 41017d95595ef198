"""What an index survives: kills, damage, full disks, folders that cannot be written."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from index_work import Work, rows_file

from ragkit.errors import IndexCorrupt, IndexFolderError, IndexMismatch, IndexMissing, RagkitError
from ragkit.index import Reader, Store, lexical, vectors
from ragkit.index.backup import backup

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
RUN = f"""
import sys; sys.path.insert(0, {str(HERE)!r})
from pathlib import Path
from index_work import Work
from ragkit.index import sync
sync.BATCH = 16
print("ready", flush=True)
Work(Path(sys.argv[1])).sync()
"""


def fill(base: Path, files: int = 30, rows: int = 12) -> None:
    (base / "files").mkdir()
    for number in range(files):
        texts = {str(row): f"File {number} row {row} speaks of subject{number}x{row}." for row in range(rows)}
        (base / "files" / f"{number:03}.jsonl").write_text(rows_file(texts), "utf-8")


@contextmanager
def indexing(base: Path) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([sys.executable, "-c", RUN, str(base)], stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        yield process


def logical(work: Work) -> list[tuple]:
    """What the index holds, without what depends on the folder's path."""
    return sorted((Path(row[0]).name, *row[1:3], row[4], *row[6:10], row[12]) for row in work.content())


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory) -> tuple[Path, list, float]:
    base = tmp_path_factory.mktemp("whole")
    fill(base)
    with indexing(base) as process:
        began = time.perf_counter()
        assert process.wait() == 0
        took = time.perf_counter() - began
    work = Work(base)
    content = logical(work)
    work.store.close()
    return base / "files", content, took


@pytest.mark.parametrize("share", [0.15, 0.4, 0.6, 0.8, 0.95])
def test_a_killed_run_leaves_whole_documents_and_the_next_one_finishes_the_same(uninterrupted, tmp_path, share):
    files, content, took = uninterrupted
    shutil.copytree(files, tmp_path / "files")
    with indexing(tmp_path) as process:
        time.sleep(share * took)
        process.send_signal(signal.SIGKILL)
    work = Work(tmp_path)
    assert work.store.rows("PRAGMA integrity_check") == [("ok",)]
    assert work.store.rows(
        "SELECT count(*) FROM documents WHERE passages != (SELECT count(*) FROM chunks JOIN vectors"
        " ON chunk_id = chunks.id WHERE document_id = documents.id)"
    ) == [(0,)]
    work.sync()
    assert logical(work) == content
    assert len(work.nearest("anything", 500)) == 360
    work.store.close()


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


DAMAGES = {
    "deleted": lambda path: path.unlink(),
    "cut short": lambda path: os.truncate(path, path.stat().st_size // 2),
    "emptied": lambda path: os.truncate(path, 0),
    "junk": lambda path: path.write_bytes(os.urandom(path.stat().st_size)),
    "junk at the end": lambda path: path.write_bytes(path.read_bytes()[:-64] + os.urandom(64)),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_cache_files_change_no_result_and_are_made_again(cached: Work, damage: str):
    before = everything(cached)
    cached.store.close()
    names = [path.relative_to(cached.folder) for path in (cached.folder / "cache").rglob("*") if path.is_file()]
    assert any(name.suffix == ".faiss" for name in names)
    kept = cached.folder.with_name("kept")
    shutil.copytree(cached.folder, kept)
    for name in names:
        shutil.rmtree(cached.folder)
        shutil.copytree(kept, cached.folder)
        if (cached.folder / name).stat().st_size:
            DAMAGES[damage](cached.folder / name)
        cached.reopen()
        assert everything(cached) == before, name
        cached.reopen()
        assert everything(cached) == before, name
        assert list((cached.folder / "cache").glob("*.faiss"))


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


@pytest.mark.parametrize("damage", ["cut short", "emptied", "junk", "junk in the middle"])
def test_a_damaged_database_is_an_error_that_says_what_to_do(cached: Work, damage: str):
    cached.store.close()
    path = cached.folder / "ragkit.sqlite3"
    size = path.stat().st_size
    if damage == "junk in the middle":
        content = bytearray(path.read_bytes())
        content[8192 : size - 8192] = os.urandom(size - 16384)
        path.write_bytes(content)
    else:
        DAMAGES[damage](path)
    shutil.rmtree(cached.folder / "cache")

    def search() -> None:
        cached.reopen()
        everything(cached)

    with pytest.raises(IndexCorrupt, match=r"backup|ragkit index"):
        search()


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
from index_work import Work
from ragkit.errors import RagkitError
work = Work(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
try:
    work.sync()
except RagkitError as error:
    print(type(error).__name__, error)
    sys.exit(7)
"""


def test_writes_that_the_system_refuses_leave_the_index_as_it_was(tmp_path: Path):
    work = Work(tmp_path)
    work.write("a.txt", "The cat sleeps.")
    work.sync()
    work.write("b.txt", "Plenty of words. " * 50_000)
    work.store.close()
    process = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert process.returncode == 7, process.stderr
    assert "disk" in process.stdout
    work = Work(tmp_path)
    assert work.store.rows("PRAGMA integrity_check") == [("ok",)]
    assert work.found("cat") == ["The cat sleeps."]
    assert work.found("plenty") == []
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
