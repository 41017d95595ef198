"""Statements laid beside their source: changes are named, other wordings let through."""

from __future__ import annotations

import pytest

from ragkit.ground.verify.alignment import contradiction
from ragkit.text.rules.english import RULES as ENGLISH

SOURCE = "The European Union signed the treaty in Lisbon in 2007 after Ireland had not accepted an earlier one."


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("The European Union signed the treaty in Porto in 2007.", "'Porto' where the source says 'Lisbon'"),
        ("The European Union signed the treaty in Lisbon before Ireland had not accepted an earlier one.", "'before'"),
        ("The European Union did not sign the treaty in Lisbon in 2007 after Ireland had not accepted one.", "deny"),
        ("The European Union signed the treaty in 2007 after Ireland had accepted an earlier one.", "deny it"),
        ("Norway signed the treaty in Lisbon in 2007.", "'Norway' where the source says 'European Union'"),
    ],
)
def test_a_changed_name_opposite_or_negation_is_named(statement: str, named: str):
    assert named in contradiction(statement, SOURCE, ENGLISH)


@pytest.mark.parametrize(
    "statement",
    [
        SOURCE,
        "The EU signed the treaty in Lisbon in 2007.",
        "In 2007 the European Union signed the treaty in Lisbon.",
        "The treaty was signed in Lisbon, in 2007, by the European Union.",
        "Ireland had not accepted an earlier treaty.",
        "Ireland hadn't accepted an earlier one.",
    ],
)
def test_what_leaves_out_or_rearranges_is_no_contradiction(statement: str):
    assert contradiction(statement, SOURCE, ENGLISH) == ""


def test_sentences_that_are_not_worded_alike_are_not_compared():
    assert contradiction("Porto is a city that nobody there spoke of.", SOURCE, ENGLISH) == ""
