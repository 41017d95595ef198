"""The parts of an answer add up to the whole, wherever a generator's tokens begin and end; and what is asked twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragkit import Answer, Index
from ragkit.testing import ScriptedChat

if TYPE_CHECKING:
    from pathlib import Path

SENTENCES = (
    "The harbour was built in 1887 by Ada Brandt.",
    "The pilot boat leaves at six.",
    "Herons wait in the water.",
)
TEXT = f"# Harbour\n\n{' '.join(SENTENCES)}\n"
QUESTION = "When was the harbour built, and when does the pilot boat leave?"
REPLY = (
    "The harbour was built in 1887 by Ada Brandt [1]. The pilot boat leaves at nine [2]. Dr. No was here.\nHerons wait."
)
RIGHT = "The pilot boat leaves at six [2]."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, models_dir: Path) -> Path:
    place = tmp_path_factory.mktemp("parts")
    (place / "harbour.md").write_text(TEXT)
    Index(place / "index").sync(place / "harbour.md")
    return place / "index"


@pytest.fixture(scope="module")
def index(folder: Path) -> Index:
    return Index(folder, model=ScriptedChat(replies=["unused"]))


def answers(index: Index, replies: list[str], cuts: list[int], **options: str) -> Answer:
    chat = ScriptedChat(replies=replies, cuts=cuts)
    chain = Index(index.folder, model=chat).chain(mode="answer", threshold=0.0, route="passages", **options)
    chain.searcher = index.searcher  # opened once
    whole = Answer()
    for part in chain.stream(QUESTION):
        whole += part
    return replace(whole, timings={}, explain=None)


@settings(max_examples=60, deadline=None)
@given(cuts=st.lists(st.integers(0, 130), max_size=40), mark=st.booleans())
def test_any_cutting_into_tokens_gives_the_same_answer(index: Index, cuts: list[int], mark: bool):
    options = {"unsupported": "mark" if mark else "drop"}
    assert answers(index, [REPLY, RIGHT], cuts, **options) == answers(index, [REPLY, RIGHT], [], **options)


@settings(max_examples=40, deadline=None)
@given(
    reply=st.text(alphabet="The harbour was built in 1887 [12].\n!Not", max_size=120),
    cuts=st.lists(st.integers(0, 120), max_size=12),
)
def test_any_reply_in_any_cutting_shows_only_verbatim_quotes(index: Index, reply: str, cuts: list[int]):
    answer = answers(index, [reply], cuts)
    assert answer == answers(index, [reply], [])
    for citation in answer.citations:
        assert TEXT[citation.start : citation.end] == citation.quote
        assert f"[{citation.marker}]" in answer.text[citation.answer_end :]


def test_what_is_wrong_is_asked_for_once_and_then_said_rightly(index: Index):
    chat = ScriptedChat(replies=[REPLY, RIGHT])
    answer = Index(index.folder, model=chat).ask(QUESTION, mode="answer", route="passages", threshold=0.0)
    first, second = chat.asked
    assert second[: len(first)] == first
    assert second[-2].text == REPLY
    assert "- The pilot boat leaves at nine." in second[-1].text
    assert "leaves at six" in answer.text
    assert "nine" not in answer.text
    assert answer.raw_text == f"{REPLY}\n{RIGHT}"
    assert answer.reason == "1 sentence not confirmed by the sources, marked [?]"


def test_nothing_wrong_is_not_asked_again(index: Index):
    chat = ScriptedChat(replies=["The pilot boat leaves at six [1]."])
    assert Index(index.folder, model=chat).ask(QUESTION, mode="answer", route="passages", threshold=0.0).reason == ""
    assert len(chat.asked) == 1


def test_what_stays_wrong_is_left_out_and_what_nothing_confirms_is_marked(index: Index):
    chat = ScriptedChat(replies=[REPLY, "NOT IN THE SOURCES"])
    answer = Index(index.folder, model=chat).ask(QUESTION, mode="answer", route="passages", threshold=0.0)
    assert [answer.text[start:end] for start, end in answer.unsupported] == ["Dr. No was here."]
    assert "nine" not in answer.text
    assert "'nine'" in answer.reason


def test_sync_and_async_ask_the_same_twice(index: Index):
    first, second = (Index(index.folder, model=ScriptedChat(replies=[REPLY, RIGHT])) for _ in range(2))
    one = first.chain(mode="answer", route="passages", threshold=0.0).invoke(QUESTION)
    two = asyncio.run(second.chain(mode="answer", route="passages", threshold=0.0).ainvoke(QUESTION))
    assert replace(one, timings={}, explain=None) == replace(two, timings={}, explain=None)
