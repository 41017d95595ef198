"""Bringing an index to another embedder: all at once, from the texts it holds; the old one answers until then."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
from index_work import SmallEmbedder, Words, rows_file
from langchain_core.embeddings import DeterministicFakeEmbedding

from ragkit import Index
from ragkit.core.errors import IndexCorrupt, IndexMismatch, ModelError
from ragkit.ingest import reembedding
from ragkit.ingest.embedder import IndexEmbedder
from ragkit.store import Store, VectorStore
from ragkit.store.sqlite.records import unit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from typing import Any


class FewWords(Words):
    """A tokenizer of an embedder that reads less, so that passages are cut elsewhere."""

    max_tokens = 12


class Turned(SmallEmbedder):
    """Another embedder: other numbers and dimension, another limit where wanted; does something while it embeds."""

    def __init__(self, name: str = "turned", dimension: int = 24, *, few: bool = False) -> None:
        super().__init__(name, dimension)
        self.tokenizer = FewWords() if few else Words()
        self.during: Callable[[], None] = lambda: None

    def encode(self, texts: Sequence[str]) -> Any:
        self.during()
        return super().encode(texts)


@pytest.fixture
def base(tmp_path: Path) -> Path:
    files = tmp_path / "files"
    files.mkdir()
    (files / "long.md").write_text("# Leave\n\n" + "Ninety days are granted to each of the two. " * 12, "utf-8")
    (files / "short.txt").write_text("The cat sleeps.", "utf-8")
    (files / "rows.jsonl").write_text(rows_file({str(n): f"Row {n} of the herd." for n in range(40)}), "utf-8")
    with_old = Index(tmp_path / "index", embedder=SmallEmbedder())
    with_old.sync(files)
    with_old.close()
    return tmp_path


def opened(base: Path, embedder: SmallEmbedder) -> Index:
    return Index(base / "index", embedder=embedder)


def passages(index: Index) -> dict[str, tuple[str, bytes]]:
    sql = "SELECT uid, text, vector FROM chunks JOIN vectors ON chunk_id = chunks.id"
    return {uid: (text, vector) for uid, text, vector in index.store.rows(sql)}


def anew(base: Path, embedder: SmallEmbedder) -> dict[str, tuple[str, bytes]]:
    """What an index made from nothing with this embedder holds."""
    made = Index(base / "anew", embedder=embedder)
    made.sync(base / "files")
    held = passages(made)
    made.close()
    return held


@pytest.mark.parametrize("few", [False, True], ids=["same splitting", "other splitting"])
def test_the_result_is_what_indexing_the_files_anew_gives(base: Path, few: bool):
    index = opened(base, Turned(few=few))
    report = index.reembed()
    assert passages(index) == anew(base, Turned(few=few))
    assert (report.count("updated"), report.chunks) == (3, len(passages(index)))
    assert index.search("cat", 1)[0].chunk.text == "The cat sleeps."
    assert len(index.search("herd", 60, "dense")) == min(60, report.chunks)
    index.close()


def test_ids_of_passages_stay_and_row_ids_are_new_when_the_splitting_is_the_same(base: Path):
    old = opened(base, SmallEmbedder())
    before, rows = passages(old), set(old.store.row_ids().tolist())
    old.close()
    index = opened(base, Turned())
    index.reembed()
    after = passages(index)
    assert after.keys() == before.keys()
    assert all(after[uid][0] == before[uid][0] and after[uid][1] != before[uid][1] for uid in after)
    assert min(index.store.row_ids()) > max(rows)
    index.close()


def test_the_files_are_not_needed(base: Path):
    expected = anew(base, Turned(few=True))
    shutil.rmtree(base / "files")
    index = opened(base, Turned(few=True))
    index.reembed()
    assert passages(index) == expected
    index.close()


def test_files_are_unchanged_for_the_sync_that_follows(base: Path):
    index = opened(base, Turned(few=True))
    index.reembed()
    report = index.sync(base / "files")
    assert (report.count("unchanged"), report.embedded) == (3, 0)
    index.close()


def test_the_old_index_answers_until_the_new_one_is_whole_and_then_says_mismatch(base: Path, monkeypatch):
    monkeypatch.setattr(reembedding, "BATCH", 8)
    reader = opened(base, SmallEmbedder())
    before = reader.search("herd of cats", 10)
    turned = Turned()
    answers: list[Any] = []
    turned.during = lambda: answers.append(reader.search("herd of cats", 10))
    index = opened(base, turned)
    index.reembed()
    assert len(answers) > 3
    assert all(answer == before for answer in answers)
    for mode in ("dense", "lexical", "hybrid"):
        with pytest.raises(IndexMismatch, match=r"'small'.*'turned'|turned.*small") as error:
            reader.search("herd of cats", 10, mode)
    assert "ragkit index --reembed --embedder" in str(error.value)
    with pytest.raises(IndexMismatch):
        reader.sync(base / "files")
    reader.close()
    index.close()


def test_searches_of_the_same_object_go_on_with_the_new_embedder(base: Path):
    index = opened(base, SmallEmbedder())
    old = index.searcher
    index.search("cat", 3)
    turned = Turned()
    index._embedder = IndexEmbedder(index.folder, turned, index.settings)
    index.reembed()
    assert index.searcher.embedder is turned
    assert index.search("cat", 1)[0].chunk.text == "The cat sleeps."
    with pytest.raises(IndexMismatch):
        old.search("cat", 1)
    index.close()


def test_a_run_that_fails_changes_nothing_and_the_next_one_embeds_only_the_rest(base: Path, monkeypatch):
    monkeypatch.setattr(reembedding, "BATCH", 8)
    old = opened(base, SmallEmbedder())
    before = passages(old)
    turned = Turned()

    def stop() -> None:
        if len(turned.seen) > 20:
            raise KeyboardInterrupt

    turned.during = stop
    with pytest.raises(KeyboardInterrupt):
        opened(base, turned).reembed()
    assert passages(old) == before
    assert old.search("cat", 1)[0].chunk.text == "The cat sleeps."
    old.close()
    again = Turned()
    index = opened(base, again)
    report = index.reembed()
    assert 0 < report.embedded == len(again.seen) < len(before) - 20
    assert passages(index) == anew(base, Turned())
    assert not (base / "index" / reembedding.SCRATCH).exists()
    index.close()


def test_compacting_drops_what_a_run_that_was_cut_off_left(base: Path):
    broken = Turned()
    broken.during = lambda: (_ for _ in ()).throw(KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        opened(base, broken).reembed()
    assert (base / "index" / reembedding.SCRATCH).exists()
    index = opened(base, SmallEmbedder())
    index.compact()
    assert not (base / "index" / reembedding.SCRATCH).exists()
    index.close()


@pytest.mark.parametrize("left", ["another embedder", "junk", "a damaged vector", "nothing"])
def test_what_cannot_be_taken_up_is_dropped(base: Path, monkeypatch, left: str):
    monkeypatch.setattr(reembedding, "BATCH", 8)
    broken = Turned("broken", 8) if left == "another embedder" else Turned()
    broken.during = lambda: (_ for _ in ()).throw(KeyboardInterrupt) if broken.seen else None
    with pytest.raises(KeyboardInterrupt):
        opened(base, broken).reembed()
    scratch = base / "index" / reembedding.SCRATCH / "ragkit.sqlite3"
    if left == "junk":
        scratch.write_bytes(b"junk" * 1000)
    if left == "a damaged vector":
        store = Store(scratch.parent)
        with store.transaction():
            store.rows("UPDATE vectors SET vector = zeroblob(32) WHERE chunk_id = 3")
        store.close()
    if left == "nothing":
        scratch.unlink()
    index = opened(base, Turned())
    index.reembed()
    assert passages(index) == anew(base, Turned())
    index.close()


def test_what_changed_after_a_run_was_cut_off_is_what_counts(base: Path, monkeypatch):
    monkeypatch.setattr(reembedding, "BATCH", 8)
    turned = Turned()
    turned.during = lambda: (_ for _ in ()).throw(KeyboardInterrupt) if len(turned.seen) > 30 else None
    with pytest.raises(KeyboardInterrupt):
        opened(base, turned).reembed()
    rows = {str(n): f"Row {n} of the herd." for n in range(0, 40, 2)} | {"1": "A new row."}
    (base / "files" / "rows.jsonl").write_text(rows_file(rows), "utf-8")
    (base / "files" / "short.txt").unlink()
    old = opened(base, SmallEmbedder())
    old.sync(base / "files", prune=True)
    old.close()
    index = opened(base, Turned())
    index.reembed()
    assert passages(index) == anew(base, Turned())
    index.close()


def test_deleted_passages_stay_deleted_though_they_are_cut_elsewhere(base: Path):
    old = opened(base, SmallEmbedder())
    long = [hit.chunk for hit in old.search("ninety days", 10, "lexical")]
    assert len(long) > 1
    gone = max(long, key=lambda chunk: chunk.start)
    old.store.delete_chunks([gone.id])
    old.close()
    index = opened(base, Turned(few=True))
    index.reembed()
    left = index.store.rows(
        'SELECT start, "end" FROM chunks JOIN documents ON documents.id = document_id WHERE documents.text LIKE ?',
        ("%Ninety%",),
    )
    assert left
    assert all(end <= gone.start or start < gone.start for start, end in left)
    index.close()


def test_texts_added_one_by_one_keep_their_ids_and_stay_whole(tmp_path: Path):
    store = VectorStore(DeterministicFakeEmbedding(size=16), tmp_path / "index")
    text = "Ninety days are granted to each of the two. " * 12
    store.add_texts([text, "The cat sleeps.", ""], [{"n": 1}, {"n": 2}, {}], ids=["a", "b", "c"])
    assert store.similarity_search("cat", 1)
    index = opened(tmp_path, turned := Turned(few=True))
    index.reembed()
    found = index.store.chunks_by_uid(["a", "b", "c"])
    assert [(found[uid].text, found[uid].metadata) for uid in "abc"] == [
        (text, {"n": 1}),
        ("The cat sleeps.", {"n": 2}),
        ("", {}),
    ]
    row = index.store.rows("SELECT id FROM chunks WHERE uid = 'a'")[0][0]
    np.testing.assert_allclose(index.store.vectors([row])[row], unit(turned.encode([text]))[0], atol=1e-6)
    again = VectorStore(DeterministicFakeEmbedding(size=16), tmp_path / "index")
    for other in (store, again):
        with pytest.raises(IndexMismatch):
            other.similarity_search("cat")
        with pytest.raises(IndexMismatch):
            other.add_texts(["The dog barks."])
        other.close()
    index.close()


def test_an_embedder_that_gives_no_numbers_leaves_the_index_as_it_was(base: Path, monkeypatch):
    turned = Turned()
    monkeypatch.setattr(turned, "encode", lambda texts: np.full((len(texts), 24), np.nan, np.float32))
    with pytest.raises(ModelError, match="use another embedder"):
        opened(base, turned).reembed()
    index = opened(base, SmallEmbedder())
    assert index.search("cat", 1)[0].chunk.text == "The cat sleeps."
    index.close()


def test_a_damaged_text_is_not_embedded(base: Path):
    store = Store(base / "index")
    with store.transaction():
        store.rows("UPDATE documents SET text = replace(text, 'cat', 'dog')")
    store.close()
    with pytest.raises(IndexCorrupt):
        opened(base, Turned()).reembed()


def test_names_that_are_no_utf8_keep_their_ids(tmp_path: Path):
    import os

    files = tmp_path / "files"
    files.mkdir()
    try:
        (files / os.fsdecode(b"caf\xe9.txt")).write_text("The cat sleeps.", "utf-8")
    except (OSError, UnicodeError):
        pytest.skip("the file system takes names in UTF-8 only")
    old = opened(tmp_path, SmallEmbedder())
    old.sync(files)
    before = passages(old).keys()
    old.close()
    index = opened(tmp_path, Turned())
    index.reembed()
    assert passages(index).keys() == before
    index.close()


def test_an_unfinished_file_stays_unfinished(base: Path):
    store = Store(base / "index")
    with store.transaction():
        store.rows("UPDATE sources SET whole = 0 WHERE source LIKE '%rows.jsonl'")
    store.close()
    index = opened(base, Turned())
    index.reembed()
    assert [row.whole for row in index.store.sources()] == [True, False, True]
    index.close()
