"""Maximal marginal relevance: unlike passages come first, nothing is found twice, k come back."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit import Index
from ragkit.core.errors import ConfigError
from ragkit.core.types import Chunk, Hit
from ragkit.retrieve import diversify

TEXTS = {
    "a": "The canteen serves lunch from noon until two.",
    "b": "The canteen serves lunch from noon until two, every day.",
    "c": "Lunch is served in the canteen between noon and two.",
    "d": "Guests pay for their lunch at the desk.",
    "e": "The fire drill takes place in May.",
}


def hits_of(scores: list[float]) -> list[Hit]:
    ranked = sorted(scores, reverse=True)
    return [Hit(Chunk(str(n), "d", "x", 0, 1), score, n + 1, "dense") for n, score in enumerate(ranked)]


CASES = st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=12).flatmap(
    lambda scores: st.tuples(
        st.just(scores), st.integers(0, 2**32 - 1), st.integers(1, 15), st.floats(0, 1, allow_subnormal=False)
    )
)


def unit(seed: int, count: int) -> np.ndarray:
    vectors = np.random.default_rng(seed).standard_normal((count, 4)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@given(CASES)
def test_each_choice_is_the_best_by_the_definition(case):
    scores, seed, k, diversity = case
    hits, vectors = hits_of(scores), unit(seed, len(scores))
    chosen = diversify(hits, vectors, k, diversity)
    assert len(chosen) == min(k, len(hits))
    assert len({hit.chunk.id for hit in chosen}) == len(chosen)
    assert [hit.rank for hit in chosen] == list(range(1, len(chosen) + 1))
    spread = hits[0].score - hits[-1].score
    relevance = [(hit.score - hits[-1].score) / spread if spread > 1e-9 else 1.0 for hit in hits]
    done: list[int] = []
    for hit in chosen:
        gains = {
            n: (1 - diversity) * relevance[n]
            - diversity * max([0.0, *(float(vectors[n] @ vectors[other]) for other in done)])
            for n in range(len(hits))
            if n not in done
        }
        assert gains[int(hit.chunk.id)] >= max(gains.values()) - 1e-5
        assert hit.score == pytest.approx(gains[int(hit.chunk.id)], abs=1e-5)
        done.append(int(hit.chunk.id))


@given(CASES)
def test_scores_fall(case):
    scores, seed, k, diversity = case
    chosen = diversify(hits_of(scores), unit(seed, len(scores)), k, diversity)
    assert all(first.score >= then.score - 1e-6 for first, then in pairwise(chosen))


def test_no_diversity_keeps_the_order_and_nothing_stays_nothing():
    hits = hits_of([0.9, 0.5, 0.1])
    assert [hit.chunk.id for hit in diversify(hits, unit(1, 3), 3, 0.0)] == ["0", "1", "2"]
    assert diversify([], np.empty((0, 4), np.float32), 3, 0.5) == ()


@pytest.fixture(scope="module")
def index(tmp_path_factory, embedder):
    base = tmp_path_factory.mktemp("diversify")
    for name, text in TEXTS.items():
        (base / f"{name}.txt").write_text(text, "utf-8")
    made = Index(base / "index", embedder=embedder)
    made.sync(base)
    yield made
    made.close()


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_passages_that_say_the_same_give_way_to_others(index: Index, mode):
    plain = {hit.chunk.text for hit in index.search("lunch in the canteen", 3, mode)}
    diverse = {hit.chunk.text for hit in index.search("lunch in the canteen", 3, mode, diversity=0.9)}
    assert plain == {TEXTS["a"], TEXTS["b"], TEXTS["c"]}
    assert TEXTS["d"] in diverse


def test_the_retriever_takes_diversity_for_good_and_for_one_call(index: Index):
    plain = index.retriever(3)
    diverse = index.retriever(3, diversity=0.6)
    question = "lunch in the canteen"
    assert [d.id for d in diverse.invoke(question)] == [d.id for d in plain.invoke(question, diversity=0.6)]
    assert [d.id for d in diverse.invoke(question, diversity=None)] == [d.id for d in plain.invoke(question)]
    assert len(plain.invoke(question, diversity=1.0, k=2, fetch_k=1)) == 2


def test_a_diversity_beyond_one_is_refused(index: Index):
    with pytest.raises(ConfigError, match="from 0 to 1"):
        index.search("lunch", diversity=1.5)
    with pytest.raises(ConfigError, match="'diversity'"):
        index.retriever().invoke("lunch", diversity=-1)
    with pytest.raises(ConfigError, match="fetch_k"):
        index.search("lunch", diversity=0.5, fetch_k=0)
