"""What a sentence says against its sources is found without a model, and nothing is found in faithful rewordings."""

from __future__ import annotations

import pytest
from counter_contradictions import FAITHFUL, FALSE
from hypothesis import given
from hypothesis import strategies as st

from ragkit.ground.verify.contradictions import changed, contradictions

SOURCE = "The European Union signed the treaty in Lisbon in 2007 after Ireland had not accepted an earlier one."


def certain(sentence: str, *sources: str, question: str = "") -> list[str]:
    return [each.kind for each in contradictions(sentence, sources, question=question) if each.certain]


@pytest.mark.parametrize(("source", "sentence"), [(row[1], text) for row in FAITHFUL for text in row[2]])
def test_faithful_rewordings_are_not_contradicted(source: str, sentence: str):
    assert certain(sentence, source) == []


@pytest.mark.parametrize(("language", "source", "sentence", "kind"), FALSE)
def test_what_is_changed_is_named_for_certain(language: str, source: str, sentence: str, kind: str):
    assert kind in certain(sentence, source), language


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("The European Union signed the treaty in Porto in 2007.", "'Porto' where the source says 'Lisbon'"),
        ("The European Union signed the treaty in Lisbon before Ireland had not accepted an earlier one.", "'before'"),
        ("The European Union did not sign the treaty in Lisbon in 2007 after Ireland had not accepted one.", "deny"),
        ("The European Union signed the treaty in 2007 after Ireland had accepted an earlier one.", "deny it"),
        ("Norway signed the treaty in Lisbon in 2007.", ""),  # its first word may be anything: no name for certain
    ],
)
def test_a_changed_name_opposite_or_negation_is_named(statement: str, named: str):
    assert named in changed(statement, SOURCE, "en")


@pytest.mark.parametrize(
    "statement",
    [
        SOURCE,
        "The EU signed the treaty in Lisbon in 2007.",
        "In 2007 the European Union signed the treaty in Lisbon.",
        "The treaty was signed in Lisbon, in 2007, by the European Union.",
        "Ireland had not accepted an earlier treaty.",
        "Ireland hadn't accepted an earlier one.",
        "Porto is a city that nobody there spoke of.",
    ],
)
def test_what_leaves_out_or_rearranges_is_no_contradiction(statement: str):
    assert changed(statement, SOURCE, "en") == ""


@pytest.mark.parametrize(
    "sentence", ["Yes, it did.", "They get a salary.", "It closes on Friday.", "Friday", "The union agreed to it."]
)
def test_a_word_that_is_merely_missing_contradicts_nothing(sentence: str):
    assert certain(sentence, SOURCE) == []


def test_a_number_of_the_question_may_be_repeated():
    source = "The fee is 30 euros for each night, and 25 for members."
    assert contradictions("For 17 guests the fee is 30 euros.", [source], question="What do 17 guests pay?") == []
    assert contradictions("For 17 guests the fee is 30 euros.", [source]) != []


def test_a_clause_that_has_moved_is_still_compared():
    source = "In the spring of 1871, after the flood, the council moved the market to Lower Street."
    assert certain("The council moved the market to Lower Street in the spring of 1872.", source) == ["date"]
    assert certain("The council moved the market to Lower Street in the spring of 1871.", source) == []


def test_without_rules_only_digits_are_compared():
    source = "The gate was not opened before 14 May 1998 by the council of Lund."
    wrong = "The gate was not opened before 15 May 1998 by the council of Lund."
    assert [each.certain for each in contradictions(wrong, [source], rules=False)] == [True]
    assert contradictions(source.replace("not ", ""), [source], rules=False) == []


def test_signs_lower_the_probability_only():
    found = contradictions("Denmark joined the treaty with a small delegation.", [SOURCE])
    assert found == []
    found = contradictions("The treaty was signed in Lisbon by Portugal.", [SOURCE.partition(" after")[0] + "."])
    assert [(each.kind, each.certain) for each in found] == [("name", False)]


@given(st.text(max_size=200))
def test_a_text_never_contradicts_itself(text: str):
    assert [each for each in contradictions(text, [text]) if each.certain] == []
