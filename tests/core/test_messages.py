"""Replies as they stream in: reasoning taken out wherever tokens begin and end, ends and tokens read."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessageChunk

from ragkit.core.messages import ReplyReader, Tally, without_reasoning

BLOCKS = {
    "tags": "<think>\nIs it 5 euros? No.\n\nIt is 4.\n</think>\n\nIt costs 4 euros. [1]",
    "upper case": "<THINK>Is it 5 euros?</THINK>It costs 4 euros. [1]",
    "an empty block": "<think>\n\n</think>\n\nIt costs 4 euros. [1]",
    "brackets": "[THINK]Is it 5 euros?[/THINK]It costs 4 euros. [1]",
    "two blocks": "<thinking>Is it 5?</thinking>\n<think>No.</think>\nIt costs 4 euros. [1]",
    "channels": "<|channel|>analysis<|message|>Is it 5?<|end|><|start|>assistant<|channel|>final<|message|>"
    "It costs 4 euros. [1]",
}
ALONE = {
    "a line of its own": "Is it 5 euros? No.\n</think>\n\nIt costs 4 euros. [1]",
    "at the end of a line": "Is it 5 euros? No.</think>\nIt costs 4 euros. [1]",
}
PLAIN = (
    "It costs 4 euros. [1]",
    "R1 begins with <think> and ends with </think> in its replies.",
    "a < b\n<b>bold</b>\n\n<thin",
    "  spaces\n\n\nand lines\n",
)


def read(text: str, cuts: list[int], *, hold: bool) -> str:
    reader = ReplyReader(hold=hold)
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    return "".join(reader.feed(text[a:b]) for a, b in pairwise(edges)) + reader.close()


@pytest.mark.parametrize("hold", [True, False])
@pytest.mark.parametrize("reply", BLOCKS.values(), ids=BLOCKS)
@given(cuts=st.lists(st.integers(0, 90), max_size=30))
def test_reasoning_is_no_text_wherever_tokens_begin_and_end(reply: str, hold: bool, cuts: list[int]):
    assert read(reply, cuts, hold=hold) == "It costs 4 euros. [1]"


@pytest.mark.parametrize("reply", ALONE.values(), ids=ALONE)
@given(cuts=st.lists(st.integers(0, 90), max_size=30))
def test_a_closing_tag_alone_ends_reasoning_too(reply: str, cuts: list[int]):
    assert read(reply, cuts, hold=True) == "It costs 4 euros. [1]"


@pytest.mark.parametrize("hold", [True, False])
@pytest.mark.parametrize("reply", PLAIN)
@given(cuts=st.lists(st.integers(0, 90), max_size=30))
def test_a_reply_without_reasoning_loses_nothing(reply: str, hold: bool, cuts: list[int]):
    assert read(reply, cuts, hold=hold) == reply


def test_a_block_that_never_ends_is_no_answer():
    assert without_reasoning("<think>It costs 5 euros, or 4, or") == ""


def test_a_block_between_lines_is_taken_out_and_the_lines_stay_apart():
    assert without_reasoning("First.\n<think>hm</think>\nSecond.") == "First.\nSecond."


def test_text_streams_where_it_cannot_be_reasoning():
    reader = ReplyReader()
    assert [reader.feed(piece) for piece in ("It costs", " 4 euros.", "\n")] == ["It costs", " 4 euros.", ""]
    assert reader.close() == "\n"


def test_text_streams_from_the_end_of_the_reasoning_on():
    reader = ReplyReader(hold=True)
    assert [reader.feed(piece) for piece in ("hm", "\n</think>\n", "It ", "costs")] == ["", "", "It ", "costs"]
    assert reader.reasoned


def test_a_field_for_reasoning_leaves_the_text_free_to_stream():
    reader = ReplyReader(hold=True)
    assert reader.feed(AIMessageChunk("", additional_kwargs={"reasoning_content": "hm"})) == ""
    assert reader.feed(AIMessageChunk("It")) == "It"
    assert reader.reasoned


@pytest.mark.parametrize(
    ("facts", "end", "words"),
    [
        ({"finish_reason": "stop"}, "stop", ""),
        ({"stop_reason": "end_turn"}, "stop", ""),
        ({"finish_reason": "tool_calls"}, "stop", ""),
        ({"finish_reason": "MAX_TOKENS"}, "length", "longest length"),
        ({"done_reason": "length"}, "length", "longest length"),
        ({"finish_reason": "content_filter"}, "filter", "filter"),
        ({"finish_reason": "SAFETY"}, "filter", "filter"),
        ({"finish_reason": "error"}, "error", "error"),
        ({}, "", ""),
    ],
)
def test_why_a_reply_ended_is_read_in_anybodys_words(facts: dict[str, str], end: str, words: str):
    reader = ReplyReader()
    reader.feed(AIMessageChunk("It", response_metadata=facts))
    reader.close()
    assert reader.end == end
    assert words in reader.cut
    assert bool(reader.cut) == bool(words)


def test_a_reply_that_ended_while_reasoning_says_so():
    reader = ReplyReader()
    reader.feed(AIMessageChunk("<think>hm", response_metadata={"finish_reason": "length"}))
    reader.close()
    assert "before it said anything" in reader.cut


@pytest.mark.parametrize(
    "counts",
    [
        [(100, 1), (100, 2), (100, 8)],  # the total so far on each piece
        [(100, 8), (100, 8)],  # the same twice at the end
        [(0, 0), (100, 8)],  # once
        [(100, 0), (0, 3), (0, 5)],  # parts, as Anthropic sends them
    ],
)
def test_tokens_are_counted_once_however_they_come(counts: list[tuple[int, int]]):
    tally = Tally()
    added = [tally.add({"input_tokens": read, "output_tokens": written}) for read, written in counts]
    assert tally.tokens == {"input_tokens": 100, "output_tokens": 8}
    assert sum(each["output_tokens"] for each in added) == 8
