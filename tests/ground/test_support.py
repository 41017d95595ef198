"""Whether a source says what a sentence says."""

from __future__ import annotations

import pytest

from ragkit.ground.verify.support import negated, numbers, support
from ragkit.text.rules.english import RULES as ENGLISH

SOURCE = "Refurbished machines carry a warranty of 18 months, except for the battery, which Ada Lindqvist checks."


def test_a_restatement_is_supported_by_its_source():
    found = support("The warranty of refurbished machines is 18 months.", ["Bread is baked daily.", SOURCE])
    assert found.sources == (1,)
    assert found.score >= 0.8


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("Refurbished machines carry a warranty of 24 months.", "24"),
        ("Refurbished machines carry a warranty that Jonas checks.", "jona"),
        ("Refurbished machines carry no warranty of 18 months.", "deny"),
        ("The canteen opens at noon on holidays.", "words"),
    ],
)
def test_a_changed_number_name_negation_or_subject_is_not_supported(statement: str, named: str):
    found = support(statement, [SOURCE])
    assert found.sources == ()
    assert named in found.problem.lower()


def test_two_sources_support_what_neither_says_alone():
    sources = ["The workshop in Lund repairs engines.", "Repairs take nine days on average."]
    assert set(support("The Lund workshop repairs engines in nine days.", sources).sources) == {0, 1}


def test_repeating_the_question_is_no_support():
    question = "Do refurbished machines carry a warranty?"
    assert not support("Refurbished machines carry a warranty.", [SOURCE], question).sources


def test_question_words_that_no_source_holds_do_not_count_as_support():
    source = "The premium of the hull insurance rises to 149,500 pounds."
    assert not support(
        "The premium of the dental insurance is 149,500.", [source], "What is the dental premium?"
    ).sources


def test_right_words_tied_together_wrongly_are_not_supported_when_strict():
    source = "From Monday 5 October you may work from home on up to three days a week."
    mixed = "You may work from home on Mondays from 5 October."
    assert support(mixed, [source]).sources
    found = support(mixed, [source], strict=True)
    assert not found.sources
    assert "order" in found.problem
    assert support("You may work from home on up to three days a week.", [source], strict=True).sources


def test_number_words_and_separators_are_numbers():
    assert numbers("twelve boats, 1,250 nets and 3.50 euros", ENGLISH) == {"12", "1250", "3.5"}


def test_negations_are_seen():
    assert negated("They don't pay", ENGLISH)
    assert negated("No one pays", ENGLISH)
    assert not negated("Notice is given", ENGLISH)
