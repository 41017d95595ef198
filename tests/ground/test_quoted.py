"""Where a source states a sentence verbatim, or so nearly that nothing of its meaning changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.ground.verify.quoted import quoted

SOURCE = (
    "The ferry (built in 1998) leaves at six, unless it storms. However, dogs are not allowed on board. It may rain. "
    "In spring, 1,200 people came – most of them on foot. It is not true that the bridge is closed."
)


@pytest.mark.parametrize(
    ("sentence", "quote"),
    [
        ("Dogs are not allowed on board.", "dogs are not allowed on board."),
        ("Also, DOGS are  not allowed on board", "dogs are not allowed on board."),
        ("The ferry leaves at six, unless it storms.", "The ferry (built in 1998) leaves at six, unless it storms."),
        ("It may rain.", "It may rain."),
        (
            "In the spring 1200 people came, most of them on foot.",
            "In spring, 1,200 people came – most of them on foot.",
        ),
    ],
)
def test_case_punctuation_articles_and_parentheses_may_differ(sentence: str, quote: str):
    found = quoted(sentence, SOURCE)
    assert found is not None
    assert SOURCE[slice(*found)] == quote


@pytest.mark.parametrize(
    "sentence",
    [
        "Dogs are allowed on board.",  # a negation lost
        "The ferry leaves at six.",  # its condition lost
        "It rains.",  # another verb
        "It will rain.",
        "The bridge is closed.",  # what is before it denies it
        "In spring, 1,300 people came – most of them on foot.",
        "In spring, 1,200 people came – all of them on foot.",
        "In spring, people came – most of them on foot.",
        "are not allowed on",
        "The ferry (in 1998) leaves at six, unless it storms.",
        "",
    ],
)
def test_nothing_that_changes_what_is_said_is_a_quotation(sentence: str):
    assert quoted(sentence, SOURCE) is None


def test_without_rules_a_quotation_is_whole_clauses():
    source = "渡轮上不允许带狗，但可以带猫。"
    assert quoted("渡轮上不允许带狗。", source) == (0, 8)
    assert quoted("允许带狗。", source) is None
    assert quoted("Dogs are allowed", "Dogs are allowed on board.", rules=False) is None


@given(st.text(max_size=120))
def test_a_found_place_lies_in_the_source(text: str):
    found = quoted(text, f"Before. {text} Behind.")
    assert found is None or 0 <= found[0] < found[1] <= len(text) + 16


def test_parentheses_that_open_within_those_a_quotation_begins_in_are_no_endless_search():
    source = "It holds (the tank (see the plate) and its lid (steel)) and no more."
    assert quoted("the tank ( plate and its lid", source) is None
    assert quoted("steel ( and its", "(steel) (a) and (b (c) its)") is None
