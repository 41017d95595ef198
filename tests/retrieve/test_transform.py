"""Multi-query and HyDE, with LangChain's scripted chat model and with a real one."""

from __future__ import annotations

import numpy as np
import pytest
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import AIMessage

from ragkit import Index, load_generator
from ragkit.core.errors import ConfigError
from ragkit.core.types import Chunk, Hit
from ragkit.retrieve import HyDE, MultiQuery, Retriever
from ragkit.retrieve.transform import merge

TEXTS = {
    "births": "Mothers and fathers may stay at home for ninety days after a birth.",
    "canteen": "The canteen serves lunch from noon until two.",
    "bicycle": "Bicycles are kept in the cellar, room B-117.",
    "fire": "The fire drill takes place in May.",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory, embedder):
    base = tmp_path_factory.mktemp("transform")
    for name, text in TEXTS.items():
        (base / f"{name}.txt").write_text(text, "utf-8")
    made = Index(base / "index", embedder=embedder)
    made.sync(base)
    yield made
    made.close()


def saying(*replies: str) -> FakeListChatModel:
    return FakeListChatModel(responses=list(replies))


def test_rephrasings_are_read_one_a_line_without_numbers_or_the_question_itself():
    reply = "1. Where is lunch served?\n2) where is Lunch served?\n- When is noon?\n\nWhat about lunch?\n" + "x" * 400
    assert MultiQuery(saying(reply), n=3)("What about lunch?") == ["Where is lunch served?", "When is noon?"]
    assert MultiQuery(saying(reply), n=1)("What about lunch?") == ["Where is lunch served?"]


def test_multi_query_finds_by_the_words_of_a_rephrasing(index: Index):
    assert index.search("velocipede", 3, "lexical") == ()
    transform = MultiQuery(saying("Where are bicycles kept?"), n=1)
    [hit] = index.search("velocipede", 1, "lexical", query_transform=transform)
    assert hit.chunk.text == TEXTS["bicycle"]
    assert (hit.via, hit.rank) == ("fused", 1)


def test_the_question_itself_outweighs_rephrasings_that_went_astray(index: Index):
    astray = MultiQuery(saying("fire drill\nfire in May\ndrill"), n=3)
    assert index.search("lunch in the canteen", 1, query_transform=astray)[0].chunk.text == TEXTS["canteen"]


@pytest.mark.parametrize("transform", [MultiQuery(saying("")), HyDE(saying("  \n"))])
@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_a_model_that_says_nothing_changes_nothing(index: Index, transform, mode):
    assert index.search("canteen", 3, mode, query_transform=transform) == index.search("canteen", 3, mode)


def test_a_blank_question_asks_no_model(index: Index):
    for transform in (MultiQuery(saying("canteen")), HyDE(saying("canteen"))):
        assert index.search(" ", 3, query_transform=transform) == ()


def test_hyde_searches_near_the_made_up_passage(index: Index):
    vague = "What do the rules say?"
    hyde = HyDE(saying("The fire drill is in May."), weight=1.0)
    assert index.search(vague, 1, "dense", query_transform=hyde)[0].chunk.text == TEXTS["fire"]
    passage = np.asarray(index.embedder.encode(["The fire drill is in May."])[0])
    hit = index.search(vague, 1, "dense", query_transform=hyde)[0]
    expected = index.search("The fire drill is in May.", 1, "dense")[0]
    assert hit.chunk.id == expected.chunk.id
    stored = index.reader.vectors_of([hit.chunk.id])[hit.chunk.id]
    assert hit.dense == pytest.approx(float(stored @ passage / np.linalg.norm(passage)), abs=1e-4)


def test_hyde_leaves_the_words_of_the_lexical_search_alone(index: Index):
    hyde = HyDE(saying("The fire drill is in May."))
    assert index.search("canteen", 3, "lexical", query_transform=hyde) == index.search("canteen", 3, "lexical")
    hits = index.search("canteen", 4, query_transform=hyde)
    plain = {hit.chunk.id: hit.lexical for hit in index.search("canteen", 4)}
    assert {hit.chunk.id: hit.lexical for hit in hits} == plain


def test_hyde_without_weight_is_the_plain_search_late_interaction_included(index: Index):
    for mode in ("hybrid", "dense"):
        plain = index.search("lunch in May", 4, mode)
        hyde = index.search("lunch in May", 4, mode, query_transform=HyDE(saying("Bicycles."), weight=0.0))
        assert [hit.chunk.id for hit in hyde] == [hit.chunk.id for hit in plain]
        assert [hit.score for hit in hyde] == pytest.approx([hit.score for hit in plain], abs=1e-4)


def test_transforms_go_with_filters_and_the_retriever(index: Index):
    source = index.search("fire drill", 1)[0].chunk.source
    for transform in (MultiQuery(saying("lunch\ncanteen")), HyDE(saying("lunch in the canteen"))):
        retriever = Retriever(searcher=index.searcher, query_transform=transform, filter={"source": source})
        assert [each.metadata["source"] for each in retriever.invoke("lunch")] == [source]
        assert len(retriever.invoke("lunch", filter=None, query_transform=None, k=4)) == 4


def test_messages_of_several_blocks_are_read(index: Index):
    from langchain_core.language_models import GenericFakeChatModel

    blocks = AIMessage(content=[{"type": "text", "text": "Where are "}, {"type": "text", "text": "bicycles?"}])
    assert MultiQuery(GenericFakeChatModel(messages=iter([blocks])))("velocipede") == ["Where are bicycles?"]


def test_settings_out_of_range_are_refused():
    for wrong in (lambda: MultiQuery(saying(""), n=0), lambda: MultiQuery(saying(""), weight=-1)):
        with pytest.raises(ConfigError, match="MultiQuery needs"):
            wrong()
    with pytest.raises(ConfigError, match="a share from 0 to 1"):
        HyDE(saying(""), weight=2)


def test_merging_adds_weighted_standardised_scores_and_takes_each_passage_once():
    def hits(*scores: tuple[str, float]) -> list[Hit]:
        return [Hit(Chunk(key, "d", "x", 0, 1), score, n + 1, "dense") for n, (key, score) in enumerate(scores)]

    merged = merge([hits(("a", 3.0), ("b", 2.0), ("c", 1.0)), hits(("c", 9.0), ("d", 0.0)), []], [1.0, 0.5, 0.5])
    assert [(hit.chunk.id, hit.rank) for hit in merged] == [("a", 1), ("b", 2), ("c", 3), ("d", 4)]
    spread = np.std([3, 2, 1])
    assert [hit.score for hit in merged] == pytest.approx([2 / spread, 1 / spread, 0.5 * 2, 0.0], abs=1e-5)
    assert {hit.via for hit in merged} == {"fused"}


def test_a_real_small_model_works(index: Index):
    model = load_generator("llamacpp:SmolLM2-135M-Instruct-Q4_1?max_tokens=40")
    for transform in (MultiQuery(model, n=2), HyDE(model)):
        assert len(index.search("Where can I leave my bike?", 2, query_transform=transform)) == 2
