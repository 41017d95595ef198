"""Approximate search of many vectors: as good as exact, never stale, never damaged."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.embeddings import DeterministicFakeEmbedding

from ragkit.store import Reader, Store, VectorStore
from ragkit.store.search import exact, training, vectors
from ragkit.store.search.approximate import ApproximateRows
from ragkit.store.search.exact import ExactRows

if TYPE_CHECKING:
    from collections.abc import Iterator

DIMENSION = 24
EMBEDDING = DeterministicFakeEmbedding(size=DIMENSION)


def clustered(count: int, seed: int = 0, centres: int = 40) -> Any:
    random = np.random.default_rng(seed)
    around = np.random.default_rng(7).standard_normal((centres, DIMENSION))
    made = around[random.integers(0, centres, count)] + 0.5 * random.standard_normal((count, DIMENSION))
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(autouse=True)
def small(monkeypatch) -> None:
    """Make a few hundred rows count as many."""
    monkeypatch.setattr(vectors, "CACHE_FROM", 50)
    monkeypatch.setattr(vectors, "APPROXIMATE_FROM", 200)
    monkeypatch.setattr(vectors, "TAIL_ROWS", 100)


class Many:
    """A vector store, and the same vectors as a dict."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.model: dict[str, Any] = {}
        self.store = VectorStore(EMBEDDING, folder)

    def add(self, count: int, seed: int = 0, first: int = 0, **options: Any) -> None:
        made = clustered(count, seed, **options)
        names = [str(first + n) for n in range(count)]
        texts = [f"text {name}" for name in names]
        about = [{"n": int(name), "even": int(name) % 2 == 0} for name in names]
        self.store.add_embeddings(zip(texts, made.tolist(), strict=True), about, names)
        self.model |= dict(zip(names, made, strict=True))

    def delete(self, names: list[str]) -> None:
        self.store.delete(names)
        self.model = {name: vector for name, vector in self.model.items() if name not in set(names)}

    def reopen(self) -> None:
        self.store.close()
        self.store = VectorStore(EMBEDDING, self.folder)

    def base(self) -> Any:
        self.store.similarity_search_by_vector([1.0] * DIMENSION, k=1)
        return self.store._reader._dense.cache.base

    def file(self) -> Path:
        [path] = (self.folder / "cache").glob("*.faiss")
        return path

    def recall(self, k: int = 10, passes: Any = None, **options: Any) -> float:
        """Share of the exact nearest that is found; checks what must always hold."""
        names = [name for name in self.model if passes is None or passes(int(name))]
        matrix = np.stack([self.model[name] for name in names])
        found_share = []
        for question in clustered(15, seed=99):
            found = self.store._search(question, k, **options)
            assert len(found) == min(k, len(names))
            assert len({document.id for document, _, _ in found}) == len(found)
            assert all(document.id in self.model for document, _, _ in found)
            cosines = [score for _, score, _ in found]
            np.testing.assert_allclose(cosines, [self.model[d.id] @ question for d, _, _ in found], atol=1e-5)
            assert cosines == sorted(cosines, reverse=True)
            best = {names[place] for place in np.argsort(-(matrix @ question))[:k]}
            found_share.append(len(best & {document.id for document, _, _ in found}) / len(best))
        return float(np.mean(found_share))


@pytest.fixture
def many(tmp_path: Path) -> Iterator[Many]:
    made = Many(tmp_path / "store")
    yield made
    made.store.close()


def test_few_are_searched_exactly_and_many_approximately(many: Many):
    many.add(150)
    assert isinstance(many.base(), ExactRows)
    assert many.recall() == 1
    many.add(1_500, seed=1, first=150)
    base = many.base()
    assert isinstance(base, ApproximateRows)
    assert base.candidates(10) < len(base) / 2
    assert many.recall() >= 0.95


def test_another_process_finds_the_same_without_making_anything_again(many: Many):
    many.add(800)
    many.base()
    before = many.file().stat().st_mtime_ns, [d.id for d in many.store.similarity_search("x", k=20)]
    many.reopen()
    assert (many.file().stat().st_mtime_ns, [d.id for d in many.store.similarity_search("x", k=20)]) == before


def test_new_rows_are_found_at_once_and_added_to_the_cache_when_they_are_many(many: Many):
    many.add(800)
    first = many.base()
    many.add(60, seed=2, first=800)
    assert many.base() is first
    assert many.recall() >= 0.95
    many.add(60, seed=3, first=860)
    grown = many.base()
    assert grown.newest > first.newest
    assert grown.notes["trained_for"] == 800
    assert many.recall() >= 0.95


def test_codes_are_made_anew_when_the_rows_are_four_times_as_many_or_do_not_fit(many: Many):
    many.add(300)
    many.add(1_000, seed=2, first=300)
    assert many.base().notes["trained_for"] == 1_300
    other = np.zeros((150, DIMENSION), np.float32)
    other[np.arange(150), np.arange(150) % DIMENSION] = 1
    other += 0.05 * clustered(150, seed=5)
    many.store.add_embeddings(
        [(f"text {n}", vector.tolist()) for n, vector in enumerate(other, 2_000)],
        ids=[str(n) for n in range(2_000, 2_150)],
    )
    many.model |= {str(n): vector / np.linalg.norm(vector) for n, vector in enumerate(other, 2_000)}
    assert many.base().notes["trained_for"] == 1_450
    assert many.recall() >= 0.95


def test_deleted_rows_are_gone_at_once_and_k_still_come_back(many: Many):
    many.add(1_000)
    first = many.base()
    question = clustered(1, seed=42)[0]
    best = [document.id for document, _, _ in many.store._search(question, 200)]
    many.delete(best)
    assert many.base() is first
    found = [document.id for document, _, _ in many.store._search(question, 200)]
    assert len(found) == 200
    assert not set(found) & set(best)
    assert many.recall() >= 0.95
    many.delete(list(many.model)[: len(many.model) - 30])
    assert many.recall(k=50) == 1


def test_rows_that_are_gone_leave_the_cache_when_they_are_many(many: Many):
    many.add(1_000)
    many.delete([str(n) for n in range(0, 1_000, 2)])
    assert len(many.base()) == 500
    assert many.recall() >= 0.95


def test_filters_give_k_of_the_nearest_that_pass(many: Many):
    many.add(3_000)
    many.add(30, seed=4, first=3_000)
    assert isinstance(many.base(), ApproximateRows)
    assert many.recall(passes=lambda n: n % 2 == 0, filter={"even": True}) >= 0.95
    assert many.recall(passes=lambda n: n >= 2_300, filter={"n": {"$gte": 2_300}}) >= 0.95
    assert many.recall(passes=lambda n: n < 7, filter={"n": {"$lt": 7}}) == 1
    assert many.recall(passes=lambda n: n >= 2_995, filter={"n": {"$gte": 2_995}}) == 1


def test_all_can_be_asked_for(many: Many):
    many.add(700)
    assert many.recall(k=1_000) == 1
    assert many.recall(k=1_000, passes=lambda n: n >= 100, filter={"n": {"$gte": 100}}) == 1


def test_copies_of_one_text_do_not_make_the_search_take_all_for_candidates(many: Many):
    many.add(1_000)
    copies = [(f"copy {n}", [1.0] * DIMENSION) for n in range(500)]
    many.store.add_embeddings(copies)
    shutil.rmtree(many.folder / "cache")
    base = many.base()
    assert base.candidates(10) < len(base) / 2


DAMAGES = {
    "deleted": lambda path: path.unlink(),
    "cut short": lambda path: os.truncate(path, path.stat().st_size // 2),
    "emptied": lambda path: os.truncate(path, 0),
    "junk": lambda path: path.write_bytes(os.urandom(path.stat().st_size)),
    "junk in the head": lambda path: overwrite(path, 0.02),
    "junk in the middle": lambda path: overwrite(path, 0.5),
    "junk at the end": lambda path: path.write_bytes(path.read_bytes()[:-64] + os.urandom(64)),
    "bytes flipped everywhere": lambda path: path.write_bytes(
        bytes(value ^ (place % 1_009 == 0) for place, value in enumerate(path.read_bytes()))
    ),
}


def overwrite(path: Path, share: float) -> None:
    content = bytearray(path.read_bytes())
    begin = int(share * len(content))
    content[begin : begin + 200] = os.urandom(200)
    path.write_bytes(content)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_changes_no_result_and_is_made_again(many: Many, damage: str):
    many.add(1_200)
    many.base()
    many.store.close()
    path = many.file()
    whole = path.read_bytes()
    DAMAGES[damage](path)
    many.reopen()
    assert many.recall(k=300) >= 0.95
    assert many.recall() >= 0.95
    assert many.file().read_bytes() == whole
    many.reopen()
    assert many.recall() >= 0.95


def test_a_file_that_is_replaced_or_deleted_while_it_is_open_changes_no_result(many: Many):
    many.add(1_000)
    other = Reader(Store(many.folder))
    question = clustered(1, seed=3)[0]
    before = other.dense(question, 20)[0].tolist()
    many.add(150, seed=9, first=1_000)
    shutil.rmtree(many.folder / "cache")
    with other.snapshot():
        assert len(other.dense(question, 20)[0]) == 20
    many.delete([str(n) for n in range(1_000, 1_150)])
    assert other.dense(question, 20)[0].tolist() == before
    other.store.close()


def test_too_many_rows_above_the_file_are_read_for_each_search(many: Many, monkeypatch):
    many.add(500)
    many.base()
    monkeypatch.setattr(vectors, "SCAN_FROM", 50)
    monkeypatch.setattr(vectors.VectorCache, "update", lambda *_: None)
    many.add(80, seed=8, first=500)
    assert many.recall() >= 0.95
    assert many.recall(passes=lambda n: n % 2 == 0, filter={"even": True}) >= 0.95


def test_searches_go_on_while_the_cache_is_written(many: Many, monkeypatch):
    many.add(400)
    many.base()
    begun, go_on = threading.Event(), threading.Event()
    grow = training.grow

    def waits(store: Store, base: ApproximateRows) -> ApproximateRows | None:
        begun.set()
        assert go_on.wait(30)
        return grow(store, base)

    monkeypatch.setattr(training, "grow", waits)
    writer = threading.Thread(target=lambda: many.add(150, seed=2, first=400))
    writer.start()
    assert begun.wait(30)
    found = many.store.similarity_search("x", k=550)
    go_on.set()
    writer.join()
    assert len(found) == 550


def test_vectors_pass_by_once_for_a_scan(many: Many):
    many.add(300)
    question = clustered(1, seed=3)[0]
    rows, cosines = exact.scan(many.store._store, question, 300, 0)
    expected = sorted((float(vector @ question) for vector in many.model.values()), reverse=True)
    np.testing.assert_allclose(cosines, expected, atol=1e-5)
    assert len(set(rows.tolist())) == 300


STEPS = st.lists(st.sampled_from(["add few", "add many", "delete", "replace", "reopen", "lose"]), max_size=4)


@settings(max_examples=10, deadline=None)
@given(steps=STEPS, seed=st.integers(0, 5))
def test_any_sequence_of_changes_finds_what_exact_search_finds(tmp_path_factory, steps, seed):
    many = Many(tmp_path_factory.mktemp("any") / "store")
    many.add(260, seed)
    for number, step in enumerate(steps, 1):
        if step == "add few":
            many.add(7, seed + number, first=10_000 * number)
        elif step == "add many":
            many.add(230, seed + number, first=10_000 * number)
        elif step == "delete":
            many.delete(list(many.model)[:: number + 2])
        elif step == "replace":
            many.add(50, seed + number)
        elif step == "reopen":
            many.reopen()
        else:
            shutil.rmtree(many.folder / "cache", ignore_errors=True)
        assert many.recall() >= 0.9
        assert many.recall(passes=lambda n: n % 2 == 0, filter={"even": True}) >= 0.9
    many.store.close()


@pytest.mark.parametrize("dimension", [1, 2, 7, 50, 96])
def test_vectors_of_any_dimension_are_searched(tmp_path: Path, dimension: int):
    store = VectorStore(DeterministicFakeEmbedding(size=dimension), tmp_path / "store")
    made = np.random.default_rng(1).standard_normal((700, dimension))
    store.add_embeddings([(f"text {n}", vector) for n, vector in enumerate(made)], ids=map(str, range(700)))
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    found = store._search(made[3].astype(np.float32), 700)
    np.testing.assert_allclose([score for _, score, _ in found], np.sort(-(made @ made[3])) * -1, atol=1e-5)
    assert isinstance(store._reader._dense.cache.base, ApproximateRows)
    store.close()


def test_a_question_whose_candidates_are_all_deleted_finds_what_is_left(many: Many):
    many.add(400)
    many.base()
    question = clustered(1, seed=99)[0]
    nearest = sorted(many.model, key=lambda name: -float(many.model[name] @ question))
    many.delete(nearest[:90])  # fewer than make the file be written again
    assert isinstance(many.base(), ApproximateRows)
    assert [document.id for document, _, _ in many.store._search(question, 1)] == [nearest[90]]


def test_codes_divide_the_dimensions():
    for dimension in (1, 2, 3, 5, 7, 64, 100, 384, 768, 1024, 1536, 3072, 997):
        for shared in (2, 3):
            number = training.codes(dimension, shared)
            assert dimension % number == 0
            assert number >= dimension / shared
    assert (training.codes(384, 2), training.codes(384, 3)) == (192, 128)


@pytest.mark.parametrize("many", [10_000, 1])
def test_coarse_codes_are_taken_for_many_rows_where_few_candidates_do(tmp_path: Path, monkeypatch, many: int):
    monkeypatch.setattr(training, "FINE_TO", 100)
    monkeypatch.setattr(training, "MANY", many)
    made = Many(tmp_path / "store")
    made.add(900)
    assert training.codes(DIMENSION, 2 if many == 1 else 3) == made.base().index.pq.M
    assert made.recall() >= 0.95
    made.store.close()
