"""Dense, lexical and hybrid search over a small real index."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ragkit import Index
from ragkit.core.errors import ConfigError, IndexMismatch
from ragkit.retrieve import Passages, Retriever, Searcher
from ragkit.retrieve.search import fuse, standardise

if TYPE_CHECKING:
    from ragkit.embed import SentenceTransformerEmbeddings

TEXTS = {
    "births": "Mothers and fathers may stay at home for ninety days after a birth.",
    "canteen": "The canteen serves lunch from noon until two.",
    "bicycle": "Bicycles are kept in the cellar, room B-117.",
    "fire": "The fire drill takes place in May.",
    "code": "The payroll program is written in C++.",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory, embedder: SentenceTransformerEmbeddings):
    base = tmp_path_factory.mktemp("search")
    for name, text in TEXTS.items():
        (base / f"{name}.txt").write_text(text, "utf-8")
    made = Index(base / "index", embedder=embedder)
    made.sync(base)
    yield made
    made.close()


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_each_mode_finds_the_passage_with_the_words(index: Index, mode):
    [hit, *_] = index.search("When is lunch in the canteen?", 3, mode)
    assert hit.chunk.text == TEXTS["canteen"]
    assert hit.via == {"hybrid": "fused"}.get(mode, mode)


def test_dense_finds_the_meaning_without_the_words(index: Index):
    assert index.search("parental leave", 1, "dense")[0].chunk.text == TEXTS["births"]
    assert index.search("parental leave", 5, "lexical") == ()


def test_hits_are_ranked_from_one_with_falling_scores(index: Index):
    hits = index.search("fire in the cellar", 5)
    assert [hit.rank for hit in hits] == [1, 2, 3, 4, 5]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_k_hits_come_back_when_there_are_k_and_all_when_there_are_fewer(index: Index):
    assert len(index.search("canteen", 2)) == 2
    assert len(index.search("canteen", 50)) == len(TEXTS)


def test_hybrid_hits_carry_the_exact_cosine_and_bm25_of_the_other_searches(index: Index):
    question = "bicycles in the cellar"
    dense = {hit.chunk.id: hit.score for hit in index.search(question, 5, "dense")}
    lexical = {hit.chunk.id: hit.score for hit in index.search(question, 5, "lexical")}
    for hit in index.search(question, 5):
        assert hit.dense == pytest.approx(dense[hit.chunk.id], abs=1e-5)
        assert hit.lexical == pytest.approx(lexical.get(hit.chunk.id, 0), abs=1e-5)


def test_a_candidate_that_only_the_words_found_has_its_exact_cosine(index: Index):
    narrow = Searcher(index.reader, index.embedder, candidates=1)
    dense = {hit.chunk.id: hit.score for hit in index.search("program in C++ for mothers", 5, "dense")}
    for hit in narrow.search("program in C++ for mothers", 1):
        assert hit.dense == pytest.approx(dense[hit.chunk.id], abs=1e-5)


@pytest.mark.parametrize("question", ["", " \n\t", "\u3000"])
def test_a_blank_question_finds_nothing(index: Index, question: str):
    assert index.search(question, 5) == ()


@pytest.mark.parametrize("question", ['C++ "', "AND OR", "🎉", "???", "w " * 5_000, "\ud800"])
@pytest.mark.parametrize("mode", ["hybrid", "dense"])
def test_any_question_is_answered(index: Index, question: str, mode):
    assert len(index.search(question, 3, mode)) == 3


def test_an_unknown_mode_and_a_k_below_one_are_refused(index: Index):
    with pytest.raises(ConfigError, match="hybrid, dense, lexical"):
        index.searcher.search("x", 3, "psychic")
    with pytest.raises(ConfigError, match="at least 1"):
        index.searcher.search("x", 0)


def test_the_retriever_gives_documents_with_their_place_and_no_score(index: Index):
    found = Retriever(searcher=index.searcher, k=2).invoke("canteen")
    assert isinstance(found, Passages)
    assert (found.question, len(found)) == ("canteen", 2)
    document = found[0]
    assert document.page_content == TEXTS["canteen"]
    assert document.metadata["source"].endswith("canteen.txt")
    assert (document.metadata["start"], document.metadata["end"]) == (0, len(TEXTS["canteen"]))
    assert "score" not in document.metadata
    assert [hit.chunk.id for hit in found.hits] == [each.id for each in found]


def test_the_retriever_takes_k_and_mode_for_one_call_and_refuses_what_it_does_not_know(index: Index):
    retriever = Retriever(searcher=index.searcher)
    assert len(retriever.invoke("canteen", k=1)) == 1
    assert retriever.invoke("canteen", mode="lexical").hits[0].via == "lexical"
    with pytest.raises(ConfigError, match="'lambda_mult': choose k, mode, filter"):
        retriever.invoke("canteen", lambda_mult=0.5)
    with pytest.raises(ConfigError, match=r"'k'.*greater than or equal to 1"):
        retriever.invoke("canteen", k=0)


async def test_the_retriever_works_asynchronously(index: Index):
    assert len(await Retriever(searcher=index.searcher, k=2).ainvoke("canteen")) == 2


def test_an_index_of_another_embedder_is_a_mismatch_that_names_both(index: Index):
    from ragkit.embed import SentenceTransformerEmbeddings

    other = Index(index.folder, embedder=SentenceTransformerEmbeddings(query_prefix="query: "))
    with pytest.raises(IndexMismatch, match=r"query_prefix=''.*query_prefix='query: '"):
        other.search("canteen")
    other.close()


SCORES = arrays(np.float32, st.shared(st.integers(1, 30), key="n"), elements=st.floats(-1, 50, width=32))


@given(SCORES, SCORES, st.floats(0, 1))
def test_fused_scores_are_finite_and_follow_both(dense, lexical, weight):
    fused = fuse(dense, lexical, weight)
    assert fused.shape == dense.shape
    assert np.isfinite(fused).all()
    for a in range(len(dense)):
        for b in range(len(dense)):
            if dense[a] >= dense[b] and lexical[a] >= lexical[b]:
                assert fused[a] >= fused[b] - 1e-4


@given(SCORES)
def test_standardised_scores_have_mean_zero(scores):
    assert abs(float(standardise(scores).mean())) < 1e-3


def test_a_folder_indexed_through_a_path_finds_its_page(tmp_path: Path, embedder: SentenceTransformerEmbeddings):
    pdf = next((Path(__file__).parents[2] / "corpora" / "handbook").rglob("*.pdf"))
    index = Index(tmp_path / "index", embedder=embedder)
    index.sync(pdf)
    assert all(hit.chunk.page >= 1 for hit in index.search("the", 5, "dense"))
    index.close()
