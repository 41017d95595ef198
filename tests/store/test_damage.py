"""Every file of an index folder deleted, cut short, overwritten, changed in one byte: the same answers, or an error."""

from __future__ import annotations

import json
import logging
import os
import random
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import pytest
from index_work import SmallEmbedder, Work, rows_file

from ragkit import Index
from ragkit.core.errors import IndexCorrupt, IndexFolderError, IndexMissing
from ragkit.store import Reader, Store
from ragkit.store.search import lexical, vectors
from ragkit.store.sqlite.lock import cache_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ragkit.store.search.reader import Part

    Answers = dict[Part, list[list[object]]]

QUESTIONS = ("subject1x5 speaks", "ninety days", "row 7 of file 3")
DATABASE, LOG, MEMORY = "ragkit.sqlite3", "ragkit.sqlite3-wal", "ragkit.sqlite3-shm"
FLIPS = int(os.environ.get("RAGKIT_FLIPS", "30"))  # bytes changed in each kind of file
PARTS: tuple[Part, ...] = ("dense", "lexical")

DAMAGES: dict[str, Callable[[Path], object]] = {
    "deleted": lambda path: path.unlink(),
    "emptied": lambda path: os.truncate(path, 0),
    "halved": lambda path: os.truncate(path, path.stat().st_size // 2),
    "a byte short": lambda path: os.truncate(path, max(path.stat().st_size - 1, 0)),
    "junk": lambda path: path.write_bytes(random.Random(1).randbytes(path.stat().st_size)),
    "junk, longer": lambda path: path.write_bytes(random.Random(2).randbytes(path.stat().st_size + 5_000)),
}


def ask(folder: Path, *parts: Part) -> Answers:
    """All that the searches find and show.

    Args:
        folder: of the index.
        parts: the searches; both where none is named.
    """
    store = Store(folder)
    try:
        reader = Reader(store)
        return {part: [found(reader, part, question) for question in QUESTIONS] for part in parts or PARTS}
    finally:
        store.close()


def found(reader: Reader, part: Part, question: str) -> list[object]:
    """Passages with their scores, the nearest first; of BM25 the passages in any order: scores depend on the cache."""
    vector = SmallEmbedder().encode_query(question)
    with reader.snapshot(part):
        if part == "dense":
            rows, scores = reader.dense(vector / np.linalg.norm(vector), 1_000)
        else:
            rows, scores = reader.lexical(question, 1_000)
        chunks = reader.chunks(rows.tolist())
    if part == "dense":
        return [(chunks[row], round(float(score), 4)) for row, score in zip(rows.tolist(), scores, strict=True)]
    return sorted(chunks.values(), key=lambda chunk: chunk.id)


def same_or_error(folder: Path, answers: Answers, what: object) -> int:
    """Ask each search by itself; returns how many gave an error. The others must give the same answers."""
    errors = 0
    for part in PARTS:
        try:
            assert ask(folder, part)[part] == answers[part], (part, what)
        except IndexFolderError:
            errors += 1
    return errors


@contextmanager
def small_caches(kind: str) -> Iterator[None]:
    """Have caches made of few rows, and of the kind that large indexes have where wanted."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lexical, "TAIL_LIMIT", 20)
        patch.setattr(vectors, "CACHE_FROM", 40)
        patch.setattr(vectors, "APPROXIMATE_FROM", 40 if kind == "approximate" else 10_000)
        yield


@pytest.fixture(scope="module", params=["exact", "approximate"])
def kind(request: pytest.FixtureRequest) -> Iterator[str]:
    with small_caches(request.param):
        yield request.param


def made(base: Path) -> tuple[Path, Answers]:
    """Make an index folder with caches; returns it with the answers it gives."""
    work = Work(base)
    for number in range(6):
        texts = {str(row): f"File {number} row {row} speaks of subject{number}x{row}." for row in range(20)}
        work.write(f"{number}.jsonl", rows_file(texts))
    work.write("long.md", "# Leave\n\n" + "Ninety days are granted to each of the two. " * 100)
    work.sync()
    work.store.close()
    return work.folder, ask(work.folder)


@pytest.fixture(scope="module")
def cached(tmp_path_factory: pytest.TempPathFactory, kind: str) -> tuple[Path, Answers]:
    return made(tmp_path_factory.mktemp(kind))


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Answers]]:
    with small_caches("exact"):
        yield made(tmp_path_factory.mktemp("sound"))


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Answers, Answers]:
    """A folder whose writer was killed: with a log, what it gives, and what it gives without the log."""
    base = tmp_path_factory.mktemp("logged")
    work = Work(base)
    work.write("rows.jsonl", rows_file({str(row): f"Row {row} of file 3 speaks." for row in range(60)}))
    work.sync()
    earlier = ask(work.folder)
    doomed = [uid for (uid,) in work.store.rows("SELECT uid FROM chunks WHERE id % 3 = 0")]
    work.store.delete_chunks(doomed)
    (work.folder / "writer.json").write_text(json.dumps({"pid": 2**30, "since": "2026-01-01T00:00:00+00:00"}))
    folder = base / "killed"
    shutil.copytree(work.folder, folder)
    work.store.close()
    assert (folder / LOG).stat().st_size
    shutil.copytree(folder, base / "read")
    return folder, ask(base / "read"), earlier


def cache_files(folder: Path) -> list[Path]:
    found = sorted(path.relative_to(folder) for path in (folder / "cache").rglob("*") if path.is_file())
    assert len([path for path in found if not path.name.startswith(".")]) > 8
    return found


def kinds(folder: Path) -> set[str]:
    return {path.suffix for path in cache_files(folder) if not path.name.startswith(".")}  # others are tantivy's notes


def copied(folder: Path, base: Path) -> Path:
    return shutil.copytree(folder, base / f"copy{len(list(base.iterdir()))}")


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_cache_file_changes_no_answer_and_is_made_anew(cached, tmp_path: Path, damage: str, caplog):
    folder, answers = cached
    for name in cache_files(folder):
        copy = copied(folder, tmp_path)
        DAMAGES[damage](copy / name)
        assert ask(copy) == answers, name
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            assert ask(copy) == answers, name
        assert caplog.messages == [], name
        assert kinds(copy) == kinds(folder), name


def test_a_changed_byte_of_a_cache_file_changes_no_answer(cached, tmp_path: Path):
    folder, answers = cached
    draw = random.Random(3)
    names = [name for name in cache_files(folder) if (folder / name).stat().st_size]
    for _ in range(FLIPS):
        copy = copied(folder, tmp_path)
        name = draw.choice(names)
        flipped = flip(copy / name, draw)
        assert ask(copy) == answers, (name, flipped)


def flip(path: Path, draw: random.Random) -> tuple[int, int]:
    content = bytearray(path.read_bytes())
    place, bit = draw.randrange(len(content)), draw.randrange(8)
    content[place] ^= 1 << bit
    path.write_bytes(content)
    return place, bit


@pytest.mark.parametrize("caches", [True, False], ids=["with caches", "without caches"])
def test_a_changed_byte_of_the_database_changes_no_answer_or_is_an_error(sound, tmp_path: Path, caches: bool):
    folder, answers = sound
    draw = random.Random(4)
    errors = 0
    for _ in range(FLIPS):
        copy = copied(folder, tmp_path)
        if not caches:
            shutil.rmtree(copy / "cache")
        errors += same_or_error(copy, answers, flip(copy / DATABASE, draw))
    assert errors


@pytest.mark.parametrize("caches", [True, False], ids=["with caches", "without caches"])
def test_an_overwritten_page_of_the_database_changes_no_answer_or_is_an_error(sound, tmp_path: Path, caches: bool):
    folder, answers = sound
    content = (folder / DATABASE).read_bytes()
    size = 4096
    errors = 0
    for page in range(len(content) // size):
        copy = copied(folder, tmp_path)
        if not caches:
            shutil.rmtree(copy / "cache")
        junk = random.Random(page).randbytes(size) if page % 2 else bytes(size)
        (copy / DATABASE).write_bytes(content[: page * size] + junk + content[(page + 1) * size :])
        errors += same_or_error(copy, answers, page + 1)
    assert errors > len(content) // size // 4


@pytest.mark.parametrize("damage", [name for name in DAMAGES if name != "deleted"])
@pytest.mark.parametrize("caches", [True, False], ids=["with caches", "without caches"])
def test_a_damaged_database_is_an_error_that_names_the_command(sound, tmp_path: Path, damage: str, caches: bool):
    copy = copied(sound[0], tmp_path)
    if not caches:
        shutil.rmtree(copy / "cache")
    DAMAGES[damage](copy / DATABASE)
    with pytest.raises(IndexCorrupt, match=r"`ragkit (index|verify --repair)"):
        ask(copy)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE settings SET key = 'embedded' WHERE key = 'embedder'",
        "UPDATE settings SET value = replace(value, 'dimension', 'dimensiom')",
        "UPDATE settings SET value = replace(value, '\"fingerprint\"', '\"fingerprinu\"')",
        "UPDATE settings SET value = replace(value, '{', '[')",
    ],
)
def test_an_index_that_does_not_know_its_embedder_any_more_is_damaged(sound, tmp_path: Path, change: str):
    copy = copied(sound[0], tmp_path)
    store = Store(copy)
    store.rows(change)
    store.close()
    (tmp_path / "new.txt").write_text("Something new.", "utf-8")
    for use in (lambda index: index.search("cat", 1), lambda index: index.sync(tmp_path / "new.txt")):
        index = Index(copy, embedder=SmallEmbedder())
        with pytest.raises(IndexCorrupt, match="ragkit verify --repair"):
            use(index)
        index.close()


def test_a_deleted_database_is_no_index_and_the_command_makes_one(sound, tmp_path: Path):
    copy = copied(sound[0], tmp_path)
    (copy / DATABASE).unlink()
    with pytest.raises(IndexMissing, match="ragkit index PATH"):
        ask(copy)
    store = Store(copy, create=True)
    store.set_setting("embedder", {"dimension": 16, "fingerprint": {}})
    store.close()
    assert ask(copy) == {part: [[], [], []] for part in PARTS}


@pytest.mark.parametrize("name", [LOG, MEMORY])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_log_gives_a_committed_state_or_an_error(logged, tmp_path: Path, name: str, damage: str):
    folder, answers, earlier = logged
    copy = copied(folder, tmp_path)
    DAMAGES[damage](copy / name)
    assert ask(copy) in ([answers] if name == MEMORY else [answers, earlier])


def test_a_changed_byte_of_the_log_gives_a_committed_state(logged, tmp_path: Path):
    folder, answers, earlier = logged
    draw = random.Random(5)
    for _ in range(FLIPS):
        copy = copied(folder, tmp_path)
        flip(copy / LOG, draw)
        assert ask(copy) in [answers, earlier]


@pytest.mark.parametrize("name", ["writer.lock", "writer.json", "cache.lock"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_lock_keeps_nobody_out(logged, tmp_path: Path, name: str, damage: str):
    folder, answers, _ = logged
    copy = copied(folder, tmp_path)
    DAMAGES[damage](copy / name)
    assert ask(copy) == answers
    store = Store(copy)
    store.set_setting("x", 1)
    assert store.setting("x") == 1
    assert not (copy / "writer.json").exists()
    with cache_lock(copy) as state:
        assert state == "held"
    store.close()
