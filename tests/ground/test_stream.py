"""Statements come out the same wherever tokens begin and end."""

from __future__ import annotations

from itertools import pairwise

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


def test_words_that_only_say_where_it_is_from_go_with_the_marker():
    stream = StatementStream()
    said = stream.feed("The forces act at short distances, as stated in [1]. According to source [2], rain fell. ")
    said += stream.close()
    assert [each.text for each in said] == ["The forces act at short distances.", "rain fell."]
