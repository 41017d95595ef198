"""What the check of an index finds, and what its repair leaves: whole documents, nothing wrong, everything named."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from index_work import Work, rows_file

from ragkit.core.errors import IndexCorrupt
from ragkit.store import Reader, Store
from ragkit.store.care.repair import repair
from ragkit.store.care.verify import verify
from ragkit.store.sqlite.opening import DATABASE


@pytest.fixture
def filled(work: Work) -> Work:
    """Three files of several documents, one with a document of several passages."""
    for number in range(3):
        rows = {str(row): f"Row {row} of {number} speaks of subject{number}x{row}." for row in range(40)}
        work.write(f"{number}.jsonl", rows_file(rows))
    work.write("long.txt", " ".join(f"Sentence {number} of the long one goes on." for number in range(60)))
    work.sync()
    return work


def codes(work: Work) -> set[str]:
    return {problem.code for problem in verify(work.folder).problems}


def test_a_sound_index_has_no_problems(filled: Work):
    report = verify(filled.folder)
    assert report.ok, report.problems
    assert report.documents == 121
    assert report.chunks == report.vectors == filled.store.count_chunks()
    assert report.unfinished == ()


DAMAGES = {
    "UPDATE chunks SET text = 'Nonsense' WHERE id = 5": "chunk",
    "UPDATE chunks SET heading = 'Nonsense' WHERE id = 5": "chunk",
    "UPDATE chunks SET start = start + 1 WHERE id = 5": "chunk",
    "UPDATE chunks SET text_hash = x'00' WHERE id = 5": "chunk",
    "UPDATE chunks SET metadata = '{' WHERE id = 5": "chunk",
    "UPDATE documents SET text = text || ' ' WHERE id = 5": "document",
    "UPDATE documents SET text = replace(text, 'speaks', 'shouts') WHERE id = 5": "document",
    "UPDATE documents SET passages = passages + 1 WHERE id = 5": "document",
    "UPDATE documents SET metadata = '[' WHERE id = 5": "document",
    "UPDATE documents SET content_hash = '' WHERE id = 5": "document",
    "DELETE FROM chunks WHERE id = 5": "document",
    "DELETE FROM vectors WHERE chunk_id = 5": "vector",
    "UPDATE vectors SET vector = substr(vector, 1, 60) WHERE chunk_id = 5": "vector",
    "UPDATE vectors SET vector = CAST(zeroblob(4) || substr(vector, 5) AS BLOB) WHERE chunk_id = 5": "vector",
    "UPDATE vectors SET checksum = NULL, vector = CAST(x'0000c07f' || substr(vector, 5) AS BLOB) WHERE chunk_id = 5": (
        "vector"  # not a number
    ),
    "UPDATE vectors SET checksum = NULL, vector = CAST(x'00000041' || substr(vector, 5) AS BLOB) WHERE chunk_id = 5": (
        "vector"  # 8.0
    ),
    "DELETE FROM documents WHERE id = 5": "source",
    "UPDATE sources SET characters = 1 WHERE id = 1": "source",
    "UPDATE sources SET outcome = 'other' WHERE id = 1": "source",
    "UPDATE sqlite_sequence SET seq = 3 WHERE name = 'chunks'": "counter",
    "UPDATE settings SET value = '{' WHERE key = 'x'": "setting",
    "INSERT INTO settings VALUES ('tokens', '3')": "setting",
    "INSERT INTO token_vectors VALUES (5, x'00', NULL)": "tokens",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_each_damage_is_named_repaired_and_healed_by_indexing_again(filled: Work, damage: str):
    before = filled.content()
    filled.store.set_setting("x", 1)
    with filled.store.transaction():
        filled.store.rows(damage)
    assert DAMAGES[damage] in codes(filled)
    filled.store.close()
    report = repair(filled.folder)
    assert report.ok, report.left
    assert report.problems
    assert verify(filled.folder).ok
    filled.reopen()
    seen = len(filled.embedder.seen)
    filled.sync()
    assert filled.content() == before
    assert len(filled.embedder.seen) - seen <= 16  # the rest was kept
    assert verify(filled.folder).ok


def test_rows_of_nothing_are_named_and_removed(filled: Work):
    filled.store.rows("PRAGMA foreign_keys = OFF")
    with filled.store.transaction():
        filled.store.rows("DELETE FROM documents WHERE id = 5")
        filled.store.rows("DELETE FROM sources WHERE id = 2")
    assert {"reference", "source"} <= codes(filled)
    filled.store.close()
    assert repair(filled.folder).ok
    filled.reopen()
    assert filled.outcomes(filled.sync())["1.jsonl"] == "indexed"


def test_vectors_of_tokens_are_checked_and_saved_with_their_passages(filled: Work):
    ids = filled.store.row_ids().tolist()
    with filled.store.transaction():
        filled.store.set_setting("tokens", {"bits": 64})
        filled.store.put_token_vectors({row: np.random.default_rng(row).bytes(8 * (row % 60)) for row in ids})
    assert verify(filled.folder).ok
    long = filled.store.rows(
        "SELECT min(chunks.id) FROM chunks JOIN documents ON documents.id = document_id WHERE passages > 1"
    )[0][0]
    for damage in (
        "DELETE FROM token_vectors WHERE chunk_id = ?",
        "UPDATE token_vectors SET vectors = x'0102030405060708' WHERE chunk_id = ?",
        "UPDATE token_vectors SET vectors = x'01020304', checksum = NULL WHERE chunk_id = ?",
    ):
        kept = filled.store.rows("SELECT vectors, checksum FROM token_vectors WHERE chunk_id = ?", (long,))[0]
        with filled.store.transaction():
            filled.store.rows(damage, (long,))
        assert codes(filled) == {"tokens"}
        filled.store.put_token_vectors({long: kept[0]})
    filled.store.close()
    overwrite(filled.folder / DATABASE, 0)
    assert repair(filled.folder).damaged
    filled.reopen()
    found = filled.store.token_vectors(ids)
    assert len(found) == filled.store.count_chunks() > 0.8 * len(ids)
    assert all(blob == np.random.default_rng(row).bytes(8 * (row % 60)) for row, blob in found.items())


def test_unfinished_files_are_named_and_are_no_damage(filled: Work):
    with filled.store.transaction():
        filled.store.rows("UPDATE sources SET whole = 0 WHERE id = 1")
    report = verify(filled.folder)
    assert report.ok
    assert [Path(source).name for source in report.unfinished] == ["0.jsonl"]


def test_deleted_passages_are_no_damage(filled: Work):
    ids = [uid for (uid,) in filled.store.rows("SELECT uid FROM chunks WHERE id % 3 = 0")]
    assert filled.store.delete_chunks(ids) == len(ids)
    report = verify(filled.folder)
    assert report.ok, report.problems


def test_what_a_repair_lost_is_counted(filled: Work):
    with filled.store.transaction():
        filled.store.rows("UPDATE documents SET text = 'x' WHERE id IN (1, 2)")
    filled.store.close()
    (done,) = repair(filled.folder).repairs
    assert (Path(done.where).name, done.kept, done.lost) == ("0.jsonl", 38, 2)


# -- a file that SQLite cannot read ----------------------------------------------------------------------------------


def pages(path: Path) -> int:
    return path.stat().st_size // 4096


def overwrite(path: Path, page: int, count: int = 1) -> None:
    with path.open("rb+") as file:
        file.seek(page * 4096)
        file.write(np.random.default_rng(page).bytes(4096 * count))


def answers(work: Work) -> object:
    return work.found("subject1x35 speaks of rows", 30), work.nearest("subject1x35", 30)


def test_no_broken_page_changes_a_result_without_an_error(filled: Work):
    before = answers(filled)
    filled.store.close()
    shutil.rmtree(filled.folder / "cache", ignore_errors=True)
    whole = (filled.folder / DATABASE).read_bytes()
    wrong = []
    for page in range(pages(filled.folder / DATABASE)):
        (filled.folder / DATABASE).write_bytes(whole)
        overwrite(filled.folder / DATABASE, page)
        with suppress(IndexCorrupt):
            filled.reopen()
            if answers(filled) != before:
                wrong.append(page)
        filled.store.close()
    assert wrong == []


def test_damage_is_an_error_that_names_the_repair(filled: Work):
    filled.store.close()
    overwrite(filled.folder / DATABASE, 0)
    with pytest.raises(IndexCorrupt, match=rf"ragkit verify --repair --index {filled.folder}"):
        filled.reopen()


def test_a_database_with_any_page_broken_is_saved_as_far_as_possible(filled: Work):
    content = filled.content()
    filled.store.close()
    whole = (filled.folder / DATABASE).read_bytes()
    total = 0
    every = range(0, pages(filled.folder / DATABASE), 3)
    for page in every:
        shutil.rmtree(filled.folder)
        filled.folder.mkdir()
        (filled.folder / DATABASE).write_bytes(whole)
        overwrite(filled.folder / DATABASE, page)
        broken = (filled.folder / DATABASE).read_bytes()
        report = repair(filled.folder)
        assert report.ok, (page, report.left)
        if report.damaged:
            assert Path(report.damaged).read_bytes() == broken
        filled.reopen()
        kept = filled.content()
        whole_rows = {row[3:6] + row[7:] for row in content}
        assert {row[3:6] + row[7:] for row in kept if row[3]} <= whole_rows, page
        total += len(kept)
        if (filled.store.setting("embedder") or {}).get("fingerprint") == filled.embedder.fingerprint:
            filled.sync()
            assert filled.content() == content, page
            assert verify(filled.folder).ok
        filled.store.close()
    assert total > 0.8 * len(content) * len(every)


def test_deleted_documents_do_not_come_back_with_what_is_saved(filled: Work):
    filled.store.rows("PRAGMA secure_delete = OFF")  # their rows stay in pages that are not used any more
    path = filled.write("many.jsonl", rows_file({str(row): f"Row {row} is deleted later." for row in range(300)}))
    filled.sync()
    path.unlink()
    filled.sync(prune=True)
    assert filled.store.rows("PRAGMA freelist_count")[0][0] > 20
    content = filled.content()
    filled.store.close()
    stored = (filled.folder / DATABASE).read_bytes()
    assert b"Row 150 is deleted later." in stored
    overwrite(filled.folder / DATABASE, stored.index(b"Row 20 of 2 speaks") // 4096)
    report = repair(filled.folder)
    assert report.ok
    assert report.damaged
    filled.reopen()
    saved = {row[3:] for row in filled.content() if row[3]}
    assert saved < {row[3:] for row in content}
    assert len(saved) > 80
    assert filled.outcomes(filled.sync())["0.jsonl"] == "unchanged"  # only what lost rows is read again
    assert filled.content() == content


def test_text_that_is_no_utf8_costs_one_document(filled: Work):
    content = filled.content()
    filled.store.close()
    damaged = (filled.folder / DATABASE).read_bytes().replace(b"Row 7 of 1 speaks", b"Row 7 of 1 \xffpeaks")
    (filled.folder / DATABASE).write_bytes(damaged)
    overwrite(filled.folder / DATABASE, 0)
    report = repair(filled.folder)
    assert report.ok
    assert {Path(done.where).name: done.lost for done in report.repairs}["1.jsonl"] == 1
    filled.reopen()
    assert len(filled.content()) == len(content) - 1
    filled.sync()
    assert filled.content() == content


def test_who_has_the_index_open_sees_what_a_repair_put_in_its_place(filled: Work):
    filled.store.close()
    overwrite(filled.folder / DATABASE, pages(filled.folder / DATABASE) // 2, 2)
    filled.store = Store(filled.folder)
    filled.reader = Reader(filled.store)
    assert repair(filled.folder).ok
    filled.sync()
    assert len(filled.found("subject1x35 speaks of rows", 200)) == 120
    other = Store(filled.folder)
    assert other.count_chunks() == filled.store.count_chunks() == len(filled.nearest("x", 500))
    other.close()
    assert verify(filled.folder).ok


KILLED = f"""
import os, shutil, signal, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
from ragkit.store.care import repair

def killing(real):
    def call(*arguments, **options):
        global calls
        if calls == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        calls -= 1
        return real(*arguments, **options)
    return call

kept = Path(sys.argv[1])
for turn in range(100):
    folder = shutil.copytree(kept, kept.parent / f"turn{{turn}}")
    child = os.fork()
    if not child:
        calls = turn
        for name in ("replace", "unlink", "hardlink_to", "mkdir"):
            setattr(Path, name, killing(getattr(Path, name)))
        repair.repair(folder)
        os._exit(0)
    if os.waitpid(child, 0)[1] == 0:
        break
"""


def test_a_repair_that_is_killed_between_any_two_steps_is_finished_by_the_next_one(filled: Work, tmp_path: Path):
    filled.write("late.txt", "Written last, and only in the log.")
    reader = sqlite3.connect(filled.folder / DATABASE)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM settings").fetchall()  # the log cannot be folded into the file meanwhile
    filled.sync()
    kept = tmp_path / "killed" / "kept"
    shutil.copytree(filled.folder, kept)
    reader.close()
    filled.store.close()
    assert (kept / f"{DATABASE}-wal").stat().st_size
    overwrite(kept / DATABASE, 0)  # the log has the first page too
    overwrite(kept / DATABASE, pages(kept / DATABASE) // 2, 3)
    subprocess.run([sys.executable, "-c", KILLED, kept], check=True)
    turns = sorted(kept.parent.glob("turn*"))
    for folder in turns:
        report = repair(folder)
        assert report.ok, folder
        store = Store(folder)
        assert len(Reader(store).lexical("written last in the log", 5)[0]) == 1, folder
        store.close()
    assert len(turns) > 5


def test_an_index_whose_embedder_was_lost_is_kept_for_embedding_again(filled: Work):
    content = [row[:12] for row in filled.content()]
    with filled.store.transaction():
        filled.store.rows("UPDATE settings SET value = '7' WHERE key = 'embedder'")
    assert codes(filled) == {"setting"}
    filled.store.close()
    assert repair(filled.folder).ok
    filled.reopen()
    assert [row[:12] for row in filled.content()] == content
    assert filled.store.setting("embedder")["fingerprint"] != filled.embedder.fingerprint  # so that none fits
    assert filled.store.setting("embedder")["dimension"] == 16
