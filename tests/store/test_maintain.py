"""Keeping an index: take files out, give room back, copy it while it is in use, know its state."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from index_work import Pipeline, Work, rows_file

from ragkit.cli.app import run
from ragkit.core.errors import ConfigError, IndexCorrupt, IndexFolderError, IndexLocked
from ragkit.store import Reader, Store
from ragkit.store.care.backup import backup
from ragkit.store.care.compact import compact
from ragkit.store.care.describe import describe
from ragkit.store.care.remove import remove
from ragkit.store.care.verify import verify


@pytest.fixture
def filled(work: Work, monkeypatch) -> Work:
    """Files in two folders, seen from the folder above."""
    for name in ("cats", "dogs"):
        (work.files / name).mkdir()
    for name in ("cats/red.txt", "cats/blue.txt", "dogs/red.txt", "dogs/old.md", "birds.txt"):
        work.write(name, f"{name} speaks of {' and '.join(name.split('/'))} animals.")
    sync(work)
    monkeypatch.chdir(work.files)
    return work


def sync(work: Work) -> None:
    """Index the files of all folders."""
    from ragkit.ingest.run import Synchroniser
    from ragkit.load import load_file
    from ragkit.split import Splitter, embedding_text

    pipeline = Pipeline(load_file, Splitter(work.embedder.tokenizer).split, embedding_text, work.embedder)
    Synchroniser(work.store, pipeline).run(sorted(path for path in work.files.rglob("*") if path.is_file()))
    work.reader.update_caches()


def names(work: Work) -> set[str]:
    return {Path(row.source).relative_to(work.files).as_posix() for row in work.store.sources()}


ALL = {"cats/red.txt", "cats/blue.txt", "dogs/red.txt", "dogs/old.md", "birds.txt"}


@pytest.mark.parametrize(
    ("wanted", "gone"),
    [
        ("birds.txt", {"birds.txt"}),
        ("./cats/../birds.txt", {"birds.txt"}),
        ("cats", {"cats/red.txt", "cats/blue.txt"}),
        ("cats/", {"cats/red.txt", "cats/blue.txt"}),
        ("*.md", {"dogs/old.md"}),
        ("red.*", {"cats/red.txt", "dogs/red.txt"}),
        ("cats/*.txt", {"cats/red.txt", "cats/blue.txt"}),
        ("./*.txt", {"birds.txt"}),
        ("**/*.txt", ALL - {"dogs/old.md"}),
        ("*/r?d.txt", {"cats/red.txt", "dogs/red.txt"}),
        ("dogs/**", {"dogs/red.txt", "dogs/old.md"}),
        ("[bc]*/[!r]*.txt", {"cats/blue.txt"}),
    ],
)
def test_files_are_removed_by_name_folder_and_pattern(filled: Work, wanted: str, gone: set[str]):
    removed = remove(filled.store, [wanted])
    assert {Path(row.source).relative_to(filled.files).as_posix() for row in removed} == gone
    assert names(filled) == ALL - gone
    assert verify(filled.folder).ok


def test_a_name_as_the_index_has_it_is_removed_from_anywhere(filled: Work, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (row,) = remove(filled.store, [str(filled.files / "birds.txt")])
    assert (row.outcome, row.chunks) == ("removed", 1)


def test_removed_files_are_gone_from_every_search_at_once(filled: Work):
    reader = Reader(Store(filled.folder))
    assert len(reader.lexical("cats", 9)[0]) == 2
    remove(filled.store, ["cats", "birds.txt"])
    assert len(reader.lexical("cats", 9)[0]) == 0
    question = filled.embedder.encode_query("cats")
    rows, _ = reader.dense(question / (question @ question) ** 0.5, 9)
    assert len(rows) == 2
    assert not {chunk.metadata["source"] for chunk in reader.chunks(rows.tolist()).values()} & {
        str(filled.files / name) for name in ("cats/red.txt", "birds.txt")
    }
    reader.store.close()


def test_an_unknown_name_removes_nothing_and_suggests_the_nearest(filled: Work):
    with pytest.raises(IndexFolderError, match=r"bird\.txt is not in the index .*nearest there: .*birds\.txt"):
        remove(filled.store, ["cats", "bird.txt"])
    assert names(filled) == ALL
    with pytest.raises(ConfigError, match="nothing to remove"):
        remove(filled.store, [])


@pytest.fixture
def thinned(work: Work) -> Work:
    """An index of which most was removed, with a gap at its end."""
    for number in range(4):
        work.write(f"{number}.jsonl", rows_file({str(row): f"Row {row} of herd {number}." * 9 for row in range(300)}))
    work.sync()
    for number in (0, 2, 3):
        (work.files / f"{number}.jsonl").unlink()
    work.sync(prune=True)
    return work


def test_compacting_gives_room_back_and_changes_no_row_id_and_no_result(thinned: Work):
    ids, found, near = thinned.store.row_ids().tolist(), thinned.found("herd", 500), thinned.nearest("herd", 9)
    report = compact(thinned.store)
    assert report.after < 0.6 * report.before
    assert thinned.store.row_ids().tolist() == ids
    thinned.reopen()
    assert (thinned.found("herd", 500), thinned.nearest("herd", 9)) == (found, near)
    assert verify(thinned.folder).ok
    thinned.write("new.txt", "A new one.")
    thinned.sync()
    assert thinned.store.row_ids().max() == 1201  # the ids above were given before, and are not given again


def test_compacting_gives_rows_of_older_schemas_their_checksums(thinned: Work):
    tables = ("documents", "chunks", "vectors")
    before = [thinned.store.rows(f"SELECT checksum FROM {table}") for table in tables]
    with thinned.store.transaction():
        for table in tables:
            thinned.store.rows(f"UPDATE {table} SET checksum = NULL")
    compact(thinned.store)
    assert [thinned.store.rows(f"SELECT checksum FROM {table}") for table in tables] == before


def test_a_damaged_index_is_not_compacted(thinned: Work):
    with thinned.store.transaction():
        thinned.store.rows("UPDATE chunks SET heading = 'other' WHERE id = (SELECT max(id) FROM chunks)")
    with pytest.raises(IndexCorrupt, match=r"not as it was written.*verify --repair"):
        compact(thinned.store)


def test_a_second_writer_is_not_compacted_away(thinned: Work):
    other = Store(thinned.folder)
    with other.writing(), pytest.raises(IndexLocked):
        compact(thinned.store)
    other.close()


def test_a_backup_made_while_somebody_writes_is_one_state_of_the_index(work: Work, tmp_path: Path):
    done = threading.Event()
    copies = []

    def copy() -> None:
        store = Store(work.folder)
        while not done.is_set():
            copies.append(tmp_path / f"{len(copies)}.backup")
            backup(store, copies[-1])
        store.close()

    thread = threading.Thread(target=copy)
    thread.start()
    for turn in range(6):
        work.write("rows.jsonl", rows_file({str(row): f"Turn {turn} row {row}." for row in range(100)}))
        work.sync()
    done.set()
    thread.join()
    for number, path in enumerate(copies):
        restored = tmp_path / f"restored{number}"
        restored.mkdir()
        shutil.copy(path, restored / "ragkit.sqlite3")
        assert verify(restored).ok
        store = Store(restored)
        assert len({text.split(" row")[0] for (text,) in store.rows("SELECT text FROM chunks")}) <= 1
        store.close()
    assert len(copies) > 1
    assert not list(tmp_path.glob("*.tmp*"))


def test_a_backup_in_an_empty_folder_is_the_index_again(filled: Work, tmp_path: Path):
    filled.store.set_setting("x", 1)  # in the log, not yet in the file
    assert backup(filled.store, tmp_path / "copy") == (tmp_path / "copy").stat().st_size
    content, found = filled.content(), filled.found("animals")
    filled.store.close()
    shutil.rmtree(filled.folder)
    filled.folder.mkdir()
    shutil.copy(tmp_path / "copy", filled.folder / "ragkit.sqlite3")
    filled.reopen()
    assert (filled.content(), filled.found("animals"), filled.store.setting("x")) == (content, found, 1)


def test_a_backup_that_cannot_be_written_leaves_the_older_one(filled: Work, tmp_path: Path):
    with pytest.raises(ConfigError, match="no folder"):
        backup(filled.store, tmp_path / "nowhere" / "copy")
    with pytest.raises(ConfigError, match="index itself"):
        backup(filled.store, filled.store.path)
    backup(filled.store, tmp_path / "copy")
    older = (tmp_path / "copy").read_bytes()
    filled.store.close()
    with filled.store.path.open("rb+") as file:
        file.seek(12_000)
        file.write(os.urandom(20_000))
    filled.store = Store(filled.folder)
    with pytest.raises(IndexFolderError):
        backup(filled.store, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == older


def test_the_state_tells_what_is_amiss(filled: Work):
    (filled.files / "birds.txt").unlink()
    (filled.folder / "ragkit.sqlite3.damaged-1").touch()
    with filled.store.transaction():
        filled.store.rows("UPDATE sources SET whole = 0 WHERE source LIKE '%old.md'")
    state = describe(filled.store)
    assert state["vanished"] == [str(filled.files / "birds.txt")]
    assert state["unfinished"] == [str(filled.files / "dogs" / "old.md")]
    assert state["damaged"] == ["ragkit.sqlite3.damaged-1"]
    assert (state["schema"], state["files"], state["chunks"], state["tokens"]) == (2, 5, 5, None)


def test_the_state_names_a_writer_that_lives(filled: Work):
    assert describe(filled.store)["writer"] is None
    with filled.store.writing():
        assert describe(filled.store)["writer"]["pid"] == os.getpid()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (filled.folder / "writer.json").write_text(json.dumps({"pid": ended.pid, "since": "2026-01-01"}))
    assert describe(filled.store)["writer"] is None


# -- the command line ------------------------------------------------------------------------------------------------


def command(*words: object) -> int:
    return run([str(word) for word in words])


def test_verify_says_what_is_damaged_with_its_own_exit_code(filled: Work, capsys):
    assert command("verify", "--index", filled.folder) == 0
    assert "sound; 5 documents, 5 passages, 5 vectors" in capsys.readouterr().out
    with filled.store.transaction():
        filled.store.rows("UPDATE chunks SET text = 'x' WHERE id = 2")
    assert command("verify", "--json", "--index", filled.folder) == 6
    report = json.loads(capsys.readouterr().out)
    assert not report["ok"]
    assert {problem["code"] for problem in report["problems"]} == {"chunk"}
    assert command("verify", "--repair", "--index", filled.folder) == 0
    said = capsys.readouterr().out
    assert "0 passages kept, 1 lost; `ragkit index` reads it again" in said
    assert command("verify", "--index", filled.folder) == 0


def test_remove_compact_and_backup_from_the_command_line(filled: Work, capsys, tmp_path: Path):
    assert command("remove", "cats", "*.md", "--json", "--index", filled.folder) == 0
    removed = json.loads(capsys.readouterr().out)
    assert removed["removed"] == 3
    assert {row["outcome"] for row in removed["files"]} == {"removed"}
    assert command("remove", "bird.txt", "--index", filled.folder) == 1
    assert "birds.txt" in capsys.readouterr().err
    assert command("compact", "--json", "--index", filled.folder) == 0
    assert {"index", "bytes_before", "bytes_after"} == set(json.loads(capsys.readouterr().out))
    assert command("status", "--backup", tmp_path / "copy", "--json", "--index", filled.folder) == 0
    state = json.loads(capsys.readouterr().out)
    assert state["backup"]["bytes"] == (tmp_path / "copy").stat().st_size
    assert state["chunks"] == 2
