"""Where sentences begin and end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.text.sentences import sentences

PUNCTUATED = st.text(st.sampled_from("aAb1 .!?。！…\n\t|-#“”()[]'Dr·́。\u200b\u3000"), max_size=120)


def parts(text):
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "expected",
    [
        ["Dr. Smith met J. K. Rowling on Jan. 5, 1999.", "They spoke at 3.5 p.m.", "The U.S. team left."],
        ["“Stop!” he said.", '"Go away."', "(It was late.)", "Then they left."],
        ["It fell by 4.2 % in the U.S.", "The rest rose."],
        ["Fig. 3 shows it.", "He said no.", "See No. 5 and p. 12 for more."],
        ["It grew by 5 %.[1]", "Then it fell.[2][3]", "See e.g. Jones et al. (2019)."],
        ["What?!", "No way...", "Yahoo! is a company.", "Node.js is not."],
        ["Am 3. Oktober 1990 war es so weit.", "Das ist z.B. in Kap. 4 beschrieben.", "Nr. 5 lebt."],
        ["M. Dupont habite à Paris.", "Mme. Curie aussi."],
        ["これは文です。", "次の文ですか？", "「はい。」", "3.5円です。"],
        ["今天天气很好！", "我们走吧。"],
        ["यह एक वाक्य है।", "यह दूसरा है।"],
        ["هل هذا سؤال؟", "نعم."],
        ["they say nothing with capitals.", "nor does this. "[:-1]],
    ],
)
def test_sentences_end_where_a_reader_ends_them(expected):
    joint = "" if expected[0][-1] in "。！" else " "
    assert parts(joint.join(expected)) == expected


def test_numbering_stays_with_its_sentence():
    assert parts("1. Open the valve. 2. Close it.") == ["1. Open the valve.", "2. Close it."]


def test_words_and_marks_set_apart_by_spaces_still_end_sentences():
    assert parts("it was 1.7 and 2.2 . the method is new .") == ["it was 1.7 and 2.2 .", "the method is new ."]


def test_wrapped_lines_are_one_sentence_and_deliberate_ones_are_not():
    wrapped = "This is a sentence that was wrapped by an editor at about sixty\ncharacters and Ends on the next line."
    assert parts(wrapped + " Then another.") == [wrapped, "Then another."]
    assert parts("12 High Street\nLondon\nEngland") == ["12 High Street", "London", "England"]


def test_headings_items_and_rows_are_sentences_of_their_own():
    text = "# Head\nText goes here\n- one item. Two\n| a. B | c |\n| --- | --- |\n\nEnd"
    assert parts(text) == ["# Head", "Text goes here", "- one item.", "Two", "| a. B | c |", "| --- | --- |", "End"]


@given(st.one_of(PUNCTUATED, st.text(max_size=200)))
def test_every_character_but_white_space_lies_in_exactly_one_sentence(text):
    spans = sentences(text)
    position = 0
    for start, end in spans:
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip() != ""
        position = end
    assert not text[position:].strip()
