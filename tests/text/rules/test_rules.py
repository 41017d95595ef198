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
def test_a_reply_that_denies_otherwise_is_refused(
    language: str, source: str, opposite: str, faithful: list[str]
) -> None:
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
    assert all(len(rules.months) == 12 for rules in all_rules())


@pytest.mark.parametrize(
    ("language", "question", "wanted"),
    [
        ("en", "How many boats lie in the harbour?", True),
        ("en", "What was the revenue of the shipyard?", False),  # words of finance ask for no number by themselves
        ("de", "Wie viele Boote liegen im Hafen?", True),
        ("de", "In welchem Jahr wurde die Brücke gebaut?", True),
        ("de", "Wer hat die Brücke gebaut?", False),
        ("de", "Wie heißt die Insel, auf der er noch lebt?", False),
    ],
)
def test_questions_for_a_number(language: str, question: str, wanted: bool) -> None:
    rules = rules_for(recognised(question))
    assert rules is not None
    assert rules.code == language
    assert bool(rules.questions.number.search(question)) is wanted


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("Wer baute die Fähre und wann wurde sie verkauft?", ["Wer baute die Fähre?", "wann wurde sie verkauft?"]),
        ("Was kosten Brot und Butter in dem Laden?", ["Was kosten Brot und Butter in dem Laden?"]),
        ("Who built the ferry and when was it sold?", ["Who built the ferry?", "when was it sold?"]),
        ("渡轮几点开？ 票价是多少？", ["渡轮几点开？ 票价是多少？"]),
    ],
)
def test_questions_are_cut_where_their_language_joins_them(question: str, parts: list[str]) -> None:
    from ragkit.chains.multi_hop.prompt import split_question

    assert [part.rstrip("?") for part in split_question(question, 4)] == [part.rstrip("?") for part in parts]


@pytest.mark.parametrize("word", ["etc.", "z.B.", "Dr.", "No."])
def test_a_stream_goes_on_behind_an_abbreviation(word: str) -> None:
    from ragkit.ground.statements import StatementStream

    stream = StatementStream()
    text = f"Es geht {word} 5 und weiter." if word == "No." else f"Es geht {word} und weiter."
    assert [each.text for each in (*stream.feed(text), *stream.close())] == [text]
