"""Questions of several steps: broken down, routed, answered from what the steps rest on."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from ragkit import Answer, Index
from ragkit.chains import StepsChain, multi_hop
from ragkit.chains.multi_hop.prompt import single_questions, split_question
from ragkit.chains.trace import TraceFile
from ragkit.core.errors import ConfigError
from ragkit.testing import ScriptedChat

BOTH = "How many days of parental leave are there, and when is the helpdesk staffed?"


def scripted(handbook: Index, *replies: str) -> tuple[ScriptedChat, StepsChain]:
    chat = ScriptedChat(replies=list(replies))
    return chat, multi_hop(Index(handbook.folder, model=chat), mode="answer", check=False)


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (BOTH, ["How many days of parental leave are there?", "when is the helpdesk staffed?"]),
        ("Who is he? Where does he live?", ["Who is he?", "Where does he live?"]),
        ("Who buys bread and butter?", ["Who buys bread and butter?"]),
        ("What is a; what is b; what is c; what is d; e?", ["What is a?", "what is b?", "what is c?", "what is d; e?"]),
    ],
)
def test_questions_are_cut_where_they_join_several(question: str, parts: list[str]):
    assert split_question(question, 4) == parts


def test_steps_are_read_from_a_reply_and_bounded():
    reply = "1. Who built it?\n- Where was #1 born?\n\n2) Who built it?\n3. And when?\n4. And why?"
    assert single_questions(reply, 2) == ["Who built it?", "Where was #1 born?"]


def test_each_step_is_answered_without_a_generator(handbook: Index):
    answer = multi_hop(handbook, mode="quote").invoke(BOTH)
    assert "80 days of parental leave" in answer.text
    assert "07:45 to 17:30" in answer.text
    assert answer.question == BOTH
    assert len({each.document for each in answer.citations}) == 2


def test_a_step_that_is_not_answered_is_named(handbook: Index):
    answer = multi_hop(handbook, mode="quote").invoke(
        "How many days of parental leave are there, and who won the football world cup in 1974?"
    )
    assert "80 days" in answer.text
    assert "not in the sources: who won the football world cup" in answer.reason


def test_when_no_step_is_answered_it_refuses(handbook: Index):
    answer = multi_hop(handbook, mode="quote").invoke(
        "Who won the football world cup in 1974, and which planet has most moons?"
    )
    assert answer.abstained
    assert "which planet" in answer.reason


def test_a_single_question_is_answered_as_any_other(handbook: Index):
    question = "How many days of parental leave are there?"
    assert multi_hop(handbook, mode="quote").invoke(question).text == handbook.ask(question, mode="quote").text


def test_later_steps_have_what_earlier_ones_found_and_the_whole_rests_on_both(handbook: Index):
    chat, chain = scripted(
        handbook,
        "How many days of parental leave are there?\nIn how many blocks may #1 be taken?",
        "There are 80 days of parental leave for each parent. [1]",
        "Parental leave may be taken in up to three blocks. [1]",
        "There are 80 days of parental leave for each parent. Parental leave may be taken in up to three blocks.",
    )
    answer = chain.invoke("In how many blocks may the days of parental leave be taken?")
    assert "In how many blocks may There are 80 days of parental leave" in str(chat.asked[2][-1].content)
    first, second = chat.replies[1].removesuffix(" [1]"), chat.replies[2].removesuffix(" [1]")
    assert answer.text == f"{first} [1] {second} [2]"
    assert len(chat.asked) == 4


def test_where_the_whole_is_not_supported_the_steps_are_quoted(handbook: Index):
    _, chain = scripted(
        handbook,
        "How many days of parental leave are there?\nWhen is the helpdesk staffed?",
        "There are 80 days of parental leave for each parent. [1]",
        "The helpdesk is staffed on working days from 07:45 to 17:30. [1]",
        "Unicorns graze on the meadow.",
    )
    answer = chain.invoke(BOTH)
    assert "80 days of parental leave" in answer.text
    assert "07:45 to 17:30" in answer.text
    assert "Unicorns" not in answer.text


def test_each_step_goes_to_the_index_that_is_surest(handbook: Index, tmp_path: Path):
    (tmp_path / "bread.txt").write_text("A loaf of rye bread costs 4.20 euros in the bakery.\n", "utf-8")
    bakery = Index(tmp_path / "index")
    bakery.sync(tmp_path / "bread.txt")
    chain = multi_hop({"handbook": handbook, "bakery": bakery}, mode="quote")
    assert chain.route("What does a loaf of rye bread cost?") == "bakery"
    assert chain.route("How many days of parental leave are there?") == "handbook"
    answer = chain.invoke("What does a loaf of rye bread cost, and how many days of parental leave are there?")
    assert "4.20" in answer.text
    assert "80 days" in answer.text


def test_every_step_is_in_the_record(handbook: Index, tmp_path: Path):
    with TraceFile(tmp_path / "trace.jsonl") as trace:
        multi_hop(handbook, mode="quote").invoke(BOTH, {"callbacks": [trace]})
    rows = [json.loads(line) for line in (tmp_path / "trace.jsonl").read_text("utf-8").splitlines()]
    told: list[dict[str, Any]] = [row for row in rows if row["step"] == "step"]
    assert [row["number"] for row in told] == [1, 2]
    assert all(row["answer"] for row in told)


def test_every_way_to_run_gives_the_same(handbook: Index):
    chain = multi_hop(handbook, mode="quote")
    whole = chain.invoke(BOTH).text

    async def asynchronously() -> list[str]:
        answer = Answer()
        async for part in chain.astream(BOTH):
            answer += part
        return [(await chain.ainvoke(BOTH)).text, answer.text]

    assert sum(chain.stream(BOTH), Answer()).text == whole
    assert asyncio.run(asynchronously()) == [whole, whole]
    assert [each.text for each in chain.batch([BOTH, BOTH])] == [whole, whole]


def test_the_real_small_model_answers_step_by_step(handbook: Index):
    answer = multi_hop(handbook).invoke(BOTH)
    assert "80 days" in answer.text
    assert "07:45" in answer.text


def test_without_an_index_or_a_step_nothing_is_asked(handbook: Index):
    with pytest.raises(ConfigError, match="one step"):
        multi_hop(handbook, steps=0)
    with pytest.raises(ConfigError, match="an index"):
        StepsChain({})
