"""Statements come out the same wherever tokens begin and end."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.ground.statements import Statement, StatementStream

REPLY = "Leave lasts 80 days [1]. Dr. Berg approves it, e.g. by mail [2][3].\n- It costs 3.5 euros.[1, 2] Yes!\nThe end"


def whole(pieces: list[str]) -> list[Statement]:
    stream = StatementStream()
    out = [statement for piece in pieces for statement in stream.feed(piece)]
    return out + stream.close()


def test_sentences_keep_their_markers():
    assert whole([REPLY]) == [
        Statement("Leave lasts 80 days.", (1,)),
        Statement("Dr. Berg approves it, e.g. by mail.", (2, 3)),
        Statement("It costs 3.5 euros.", (1, 2)),
        Statement("Yes!", ()),
        Statement("The end", ()),
    ]


@given(st.lists(st.integers(0, len(REPLY)), max_size=30))
def test_any_cutting_into_tokens_gives_the_same_statements(cuts: list[int]):
    edges = [0, *sorted(cuts), len(REPLY)]
    assert whole([REPLY[a:b] for a, b in pairwise(edges)]) == whole([REPLY])


@given(st.text(alphabet="ab1 .[]!,\n", max_size=60), st.lists(st.integers(0, 60), max_size=12))
def test_any_text_gives_the_same_statements_in_any_cutting(text: str, cuts: list[int]):
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    assert whole([text[a:b] for a, b in pairwise(edges)]) == whole([text])


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("It costs 4 euros.[^1] It opens at 6.", [("It costs 4 euros.", (1,)), ("It opens at 6.", ())]),
        ("It costs 4 euros (1), and opens at 6 (2).", [("It costs 4 euros, and opens at 6.", (1, 2))]),
        ("It costs 4 euros. (1) It opens at 6 (Source 2).", [("It costs 4 euros.", (1,)), ("It opens at 6.", (2,))]),
        ("It costs 4 euros【1†source】.", [("It costs 4 euros.", (1,))]),
        ("It costs 4 euros.【1:0†bread.md】It opens at 6.", [("It costs 4 euros.", (1,)), ("It opens at 6.", ())]),
        ("It costs 4 euros¹. It opens at 6.²", [("It costs 4 euros.", (1,)), ("It opens at 6.", (2,))]),
        ("It costs 4 euros [Source 1][Quelle 2]. Yes.", [("It costs 4 euros.", (1, 2)), ("Yes.", ())]),
        ("It costs 4 euros [[1]](http://x.example/a).", [("It costs 4 euros.", (1,))]),
        ("It costs 4 euros [1-3].", [("It costs 4 euros.", (1, 2, 3))]),
        ("价格是四欧元。【1†source】六点开门。[2]", [("价格是四欧元。", (1,)), ("六点开门。", (2,))]),
    ],
)
def test_markers_of_every_custom_are_markers(reply: str, said: list[tuple[str, tuple[int, ...]]]):
    assert [(each.text, each.markers) for each in whole([reply])] == said
    assert whole(list(reply)) == whole([reply])


@pytest.mark.parametrize(
    "text",
    [
        "The hall has 80 m².",
        "It takes no more than twelve (12).",
        "The act of 2024 (Section 3) holds (since 2025).",
        "E is mc².",
        "See the note [sic] in it.",
        "They are (1) mixed and (2) baked.",
    ],
)
def test_what_only_looks_like_a_marker_stays_text(text: str):
    stream = StatementStream(5)
    assert [(each.text, each.markers) for each in [*stream.feed(text), *stream.close()]] == [(text, ())]


def test_half_a_sentence_is_left_out_of_a_reply_that_was_cut_off():
    for tail in ("It opens at", "It opens at 14.", "It opens, e.g.", "[2] It"):
        stream = StatementStream()
        assert [each.text for each in [*stream.feed(f"It costs much. {tail}"), *stream.close(cut=True)]] == [
            "It costs much."
        ]
    stream = StatementStream()
    assert [each.text for each in [*stream.feed("It costs. It opens.[2]"), *stream.close(cut=True)]] == [
        "It costs.",
        "It opens.",
    ]


MARKS = "a1 .[]()¹²【】†^!?\n"


@given(st.text(alphabet=MARKS, max_size=40), st.lists(st.integers(0, 40), max_size=12))
def test_any_marks_give_the_same_statements_in_any_cutting(text: str, cuts: list[int]):
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    assert whole([text[a:b] for a, b in pairwise(edges)]) == whole([text])


def test_words_that_only_say_where_it_is_from_go_with_the_marker():
    stream = StatementStream()
    said = stream.feed("The forces act at short distances, as stated in [1]. According to source [2], rain fell. ")
    said += stream.close()
    assert [each.text for each in said] == ["The forces act at short distances.", "rain fell."]
