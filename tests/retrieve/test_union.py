"""Several indexes searched as one find what one index of everything finds."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ragkit import Index, Indexes
from ragkit.core.errors import ConfigError, IndexMismatch, IndexMissing
from ragkit.retrieve import Searcher, Union
from ragkit.retrieve.union import SPACING

sys.path.insert(0, str(Path(__file__).parents[1] / "store"))
from index_work import Work, rows_file

if TYPE_CHECKING:
    from ragkit.embed import SentenceTransformerEmbeddings

WORDS = "anchor boat crew dock engine ferry gale harbour isle jetty keel lantern mast net oar".split()
ROWS = st.lists(st.lists(st.sampled_from(WORDS), min_size=4, max_size=8).map(" ".join), min_size=1, max_size=8)


def made(base: Path, name: str, texts: list[str], first: int) -> Work:
    (base / name).mkdir()
    work = Work(base / name)
    work.write("rows.jsonl", rows_file({str(first + n): f"{text} {first + n}" for n, text in enumerate(texts)}))
    work.sync()
    return work


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(ROWS, ROWS, st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True), st.integers(1, 20))
def test_two_indexes_find_what_one_of_both_finds(here, there, words, k):
    with TemporaryDirectory() as folder:
        base = Path(folder)
        works = [made(base, "a", here, 0), made(base, "b", there, 100)]
        whole = made(base, "c", here, 0)
        whole.write("more.jsonl", rows_file({str(100 + n): f"{text} {100 + n}" for n, text in enumerate(there)}))
        whole.sync()
        union = Union([work.reader for work in works])
        question = " ".join(words)
        vector = whole.embedder.encode_query(question)
        vector = vector / np.linalg.norm(vector)

        rows, cosines = union.dense(vector, k)
        all_rows, all_cosines = whole.reader.dense(vector, k)
        np.testing.assert_allclose(cosines, all_cosines, atol=1e-6)
        assert texts(union, rows) == texts(whole.reader, all_rows)

        rows, scores = union.lexical(question, 100)
        all_rows, all_scores = whole.reader.lexical(question, 100)
        found, expected = texts(union, rows), texts(whole.reader, all_rows)
        assert set(found) == set(expected)
        assert union.frequencies(words) == whole.reader.frequencies(words)
        # The mean lengths of the indexes differ, all else is equal.
        by_text = dict(zip(expected, all_scores.tolist(), strict=True))
        for text, score in zip(found, scores.tolist(), strict=True):
            assert score == pytest.approx(by_text[text], rel=0.35)
        for work in (*works, whole):
            work.store.close()


def texts(index, rows) -> list[str]:
    chunks = index.chunks(rows.tolist())
    return [chunks[row].text for row in rows.tolist()]


@pytest.fixture
def several(tmp_path: Path, embedder: SentenceTransformerEmbeddings):
    folders = []
    for name, rows in {
        "ship": {"1": "The canteen serves lunch at noon.", "2": "Ropes are kept in the bow."},
        "shore": {"1": "The office canteen serves lunch at one.", "2": "Bicycles stand in the cellar."},
        "crew": {"1": "Die Kantine der Werft ist nicht vor elf Uhr und nur mit Ausweis offen."},
    }.items():
        files = tmp_path / name
        files.mkdir()
        for key, text in rows.items():
            (files / f"{name}{key}.txt").write_text(text, "utf-8")
        index = Index(tmp_path / f"{name}.index", embedder=embedder)
        index.sync(files)
        index.close()
        folders.append(tmp_path / f"{name}.index")
    opened = Indexes(*folders, embedder=embedder)
    yield opened
    opened.close()


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_hits_come_from_all_indexes(several: Indexes, mode):
    hits = several.search("When does the canteen serve lunch?", 2, mode)
    assert {Path(hit.chunk.source).name for hit in hits} == {"ship1.txt", "shore1.txt"}


def test_a_word_of_another_language_is_found_in_its_index(several: Indexes):
    [hit] = several.search("Kantinen", 3, "lexical")
    assert hit.chunk.source.endswith("crew1.txt")


def test_filters_diversity_and_answers_work_over_several(several: Indexes):
    shore = str(several.parts[1].search("bicycles", 1)[0].chunk.source)
    for mode in ("hybrid", "dense", "lexical"):
        assert [hit.chunk.source for hit in several.search("bicycles", 3, mode, filter={"source": shore})] == [shore]
    assert len(several.search("canteen", 3, diversity=0.9)) == 3
    assert several.retriever(2).invoke("canteen lunch")[0].page_content
    answer = several.ask("When does the office canteen serve lunch?", mode="quote")
    assert "lunch at one" in answer.text


def test_row_ids_tell_the_index(several: Indexes):
    union = several.searcher.index
    assert isinstance(union, Union)
    rows, _ = union.dense(several.searcher.query_vector("canteen"), 5)
    assert {row // SPACING for row in rows.tolist()} == {0, 1, 2}
    vectors = union.vectors(rows.tolist())
    chunks = union.chunks(rows.tolist())
    by_id = union.vectors_of([chunk.id for chunk in chunks.values()])
    for row in rows.tolist():
        np.testing.assert_array_equal(vectors[row], by_id[chunks[row].id])


def test_a_change_of_one_index_is_seen(several: Indexes, tmp_path: Path, embedder):
    assert not several.search("whale", 9, "lexical")
    (tmp_path / "ship" / "new.txt").write_text("A whale was sighted.", "utf-8")
    index = Index(tmp_path / "ship.index", embedder=embedder)
    index.sync(tmp_path / "ship")
    index.close()
    assert several.search("whale", 9, "lexical")[0].chunk.text == "A whale was sighted."


def test_several_indexes_cannot_be_changed_at_once(several: Indexes, tmp_path: Path):
    for change in (lambda: several.sync(tmp_path), partial(getattr, several, "reembed"), lambda: several.store):
        with pytest.raises(ConfigError, match=r"changed one by one: use Index\(folder\)"):
            change()


def test_indexes_of_different_embedders_are_a_mismatch_that_names_both(several: Indexes, tmp_path: Path):
    from ragkit.embed import SentenceTransformerEmbeddings

    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.txt").write_text("A text.", "utf-8")
    other = Index(tmp_path / "other.index", embedder=SentenceTransformerEmbeddings(query_prefix="query: "))
    other.sync(tmp_path / "other")
    other.close()
    both = Indexes(tmp_path / "ship.index", tmp_path / "other.index")
    with pytest.raises(IndexMismatch, match=r"ship\.index.*other\.index.*query_prefix=''; query_prefix='query: '"):
        both.search("text")
    both.close()


def test_a_missing_index_no_index_and_one_given_twice_are_told(tmp_path: Path, several: Indexes):
    with pytest.raises(IndexMissing, match="nowhere"):
        Indexes(tmp_path / "ship.index", tmp_path / "nowhere").search("x")
    with pytest.raises(ConfigError, match="at least one"):
        Indexes()
    with pytest.raises(ConfigError, match="twice"):
        Indexes(tmp_path / "ship.index", tmp_path / "ship" / ".." / "ship.index")


def test_a_searcher_over_a_union_of_one_is_that_index(several: Indexes, embedder):
    one = several.parts[0]
    alone = one.search("canteen", 2)
    joined = Searcher(Union([one.reader]), embedder).search("canteen", 2)
    assert [(hit.chunk.id, hit.rank) for hit in joined] == [(hit.chunk.id, hit.rank) for hit in alone]
    assert [hit.score for hit in joined] == pytest.approx([hit.score for hit in alone], abs=1e-3)
