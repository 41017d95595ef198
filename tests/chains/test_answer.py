"""Questions to answers: right place, verbatim, refused where nothing supports, the same however it is asked."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from langchain_core.callbacks import BaseCallbackHandler

from ragkit import Answer, Index
from ragkit.core.errors import ConfigError, UnclearReply
from ragkit.evaluate.answers import evaluate_answers
from ragkit.evaluate.data import load_questions

QUESTION = "How many days of parental leave are there?"
UNKNOWN = "Are visible tattoos allowed on board?"
HANDBOOK = Path(__file__).parents[2] / "corpora" / "handbook"


def untimed(answer: Answer) -> Answer:
    return replace(answer, timings={})


def assert_verbatim(index: Index, answer: Answer) -> None:
    for citation in answer.citations:
        text, _ = index.store.document(citation.document_id, citation.document) or ("", {})
        assert text[citation.start : citation.end] == citation.quote
        assert f"[{citation.marker}]" in answer.text
        assert answer.text[citation.answer_start : citation.answer_end].strip()


def test_an_answer_quotes_the_sentence_that_holds_it_with_its_page(handbook: Index):
    answer = handbook.ask(QUESTION)
    assert "80 days" in answer.text
    first = answer.citations[0]
    assert "80 days" in first.quote
    assert first.page == 2
    assert first.document.endswith("parental-and-family-leave.pdf")
    assert_verbatim(handbook, answer)


def test_a_question_the_documents_do_not_answer_is_refused_without_citations(handbook: Index):
    answer = handbook.ask(UNKNOWN)
    assert answer.abstained
    assert answer.citations == ()
    assert "do not answer" in answer.text
    assert "confidence" in answer.reason


@pytest.mark.parametrize("question", ["", "   ", "?"])
def test_an_empty_question_is_refused_and_not_an_error(handbook: Index, question: str):
    assert handbook.ask(question).abstained


def test_quote_mode_needs_no_generator(handbook: Index, tmp_path: Path):
    index = Index(handbook.folder, model="llamacpp:/no/such/model.gguf")
    answer = index.ask(QUESTION, mode="quote")
    assert "80 days" in answer.text
    assert answer.usage == {}
    assert_verbatim(index, answer)


@pytest.mark.parametrize("mode", ["auto", "answer", "short", "quote"])
async def test_every_way_of_asking_gives_the_same_answer(handbook: Index, mode: str):
    chain = handbook.chain(mode=mode)
    whole = untimed(chain.invoke(QUESTION))
    assert_verbatim(handbook, whole)
    streamed = Answer()
    for part in chain.stream(QUESTION):
        streamed += part
    assert untimed(streamed) == whole
    assert untimed(await chain.ainvoke(QUESTION)) == whole
    streamed = Answer()
    async for part in chain.astream(QUESTION):
        streamed += part
    assert untimed(streamed) == whole
    assert untimed(chain.batch([QUESTION, UNKNOWN])[0]) == whole


def test_a_question_that_leaves_no_room_for_sources_is_named(handbook: Index):
    with pytest.raises(ConfigError, match=r"question is too long: it has \d+ tokens"):
        handbook.chain(threshold=0.0).invoke("How many days of parental leave? " * 1000)


def test_an_unknown_mode_is_named(handbook: Index):
    with pytest.raises(ConfigError, match="unknown answer mode 'prose'"):
        handbook.chain(mode="prose")  # type: ignore[arg-type]


def test_callbacks_see_the_model_run_inside_the_chain(handbook: Index):
    class Watch(BaseCallbackHandler):
        def __init__(self) -> None:
            self.parents: list[object] = []

        def on_chat_model_start(self, *_: object, parent_run_id: object = None, **__: object) -> None:
            self.parents.append(parent_run_id)

    watch = Watch()
    handbook.chain(mode="answer").invoke(QUESTION, {"callbacks": [watch]})
    assert len(watch.parents) == 1
    assert watch.parents[0] is not None


def test_the_handbook_is_cited_rightly_and_every_quote_is_verbatim(handbook: Index, models_dir: Path):
    questions = load_questions(HANDBOOK)
    metrics = evaluate_answers(handbook, questions, mode="quote")
    assert metrics["quotes_verbatim"] == 1.0
    assert metrics["cited_document"] >= 0.8
    assert metrics["refused_unanswerable"] > metrics["refused_answerable"]


def test_the_small_model_cites_first_what_quote_mode_cites_and_all_of_it_verbatim(handbook: Index):
    rows = [json.loads(line) for line in (HANDBOOK / "questions.jsonl").read_text("utf-8").splitlines()]
    for row in rows[::12]:
        answer = handbook.ask(row["question"])
        quoted = handbook.ask(row["question"], mode="quote")
        assert_verbatim(handbook, answer)
        assert answer.abstained == quoted.abstained
        if not answer.abstained:
            assert answer.citations[0].quote == quoted.citations[0].quote


@pytest.mark.parametrize("question", ["How many days of parental leave are there?", "When must parental leave end?"])
def test_a_short_answer_is_a_phrase_of_the_sentence_it_cites(handbook: Index, question: str):
    answer = handbook.ask(question, mode="short")
    (citation,) = answer.citations
    said = answer.text[citation.answer_start : citation.answer_end]
    assert said in " ".join(citation.quote.split())
    assert len(said) < len(citation.quote)


async def test_a_judge_is_asked_in_every_way_of_asking_and_gives_the_same_answer(handbook: Index):
    chain = handbook.chain(mode="answer", verifier="generator")
    whole = untimed(chain.invoke(QUESTION))
    assert untimed(await chain.ainvoke(QUESTION)) == whole
    assert_verbatim(handbook, whole)


def test_a_judge_that_gives_no_verdict_is_named(handbook: Index):
    from ragkit.testing import ScriptedChat

    index = Index(handbook.folder, model=ScriptedChat(replies=["Each parent has 80 days of parental leave [1]."]))
    with pytest.raises(ConfigError, match="leave check out"):
        index.chain(mode="answer", check=True).invoke(QUESTION)
    with pytest.raises(UnclearReply, match="gave no verdict in two replies"):
        index.chain(mode="answer", verifier="generator").invoke(QUESTION)
