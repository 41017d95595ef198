"""Each language's rules on sentences they were not made from, and on sentences that only look alike."""

from __future__ import annotations

import pytest

from counter_negation import HARMLESS, NEGATION
from counter_orders import ASSERTIONS_HELD, ASSERTIONS_LAST, ATTACKS, DENIALS_HELD, MANUAL
from ragkit.ground.safety import REMOVED, kind_of
from ragkit.ground.verify.support import support
from ragkit.text.languages import recognised
from ragkit.text.rules import MODULES, all_rules, rules_for


@pytest.mark.parametrize(("language", "source", "opposite", "faithful"), NEGATION)
def test_a_reply_that_denies_otherwise_is_refused(language: str, source: str, opposite: str, faithful: list[str]) -> None:
    assert not support(opposite, [source], strict=True).sources
    assert not support(opposite, [source], strict=True, language_rules=False).sources


def test_nearly_all_faithful_replies_pass() -> None:
    rows = [(text, source) for _, source, _, faithful in NEGATION for text in faithful]
    assert sum(bool(support(text, [source], strict=True).sources) for text, source in rows) >= len(rows) - 2


def test_clauses_left_out_whole_are_no_negation() -> None:
    wrong = [reply for _, source, reply in HARMLESS if "den" in support(reply, [source], strict=True).problem]
    assert wrong == ["Il faut payer avant que le délai expire en mai."]  # an expletive "ne"


def test_a_language_without_rules_passes_whole_clauses_only() -> None:
    source = "渡轮上不允许带狗，但可以带猫。"
    assert recognised(source) == ""
    assert support("渡轮上不允许带狗。", [source], strict=True).score == 1.0
    assert "no rules" in support("渡轮上允许带狗。", [source], strict=True).problem


@pytest.mark.parametrize("text", ATTACKS)
def test_override_phrases_are_no_evidence(text: str) -> None:
    assert kind_of(text) in REMOVED


@pytest.mark.parametrize("text", MANUAL)
def test_instructions_of_manuals_are_evidence(text: str) -> None:
    assert kind_of(text) not in REMOVED


@pytest.mark.parametrize("text", [*DENIALS_HELD, *ASSERTIONS_HELD, *ASSERTIONS_LAST])
def test_denials_are_about_sources_and_no_others(text: str) -> None:
    found = any(rules.replies.denial.search(text) for rules in all_rules())
    assert found is (text in DENIALS_HELD)


def test_every_module_has_the_code_it_is_listed_under() -> None:
    assert [rules.code for rules in all_rules()] == list(MODULES)
    assert rules_for("xx") is rules_for("") is None
    assert all(rules.negation.words and not rules.negation.words & rules.articles for rules in all_rules())
    assert all(len(rules.months) == 12 for rules in all_rules())  # noqa: PLR2004 - months of a year
