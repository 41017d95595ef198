"""What becomes of sentences that no source supports: asked for again, left out, or shown as such."""

from __future__ import annotations

import pytest

from ragkit.core.types import Answer, Chunk, Evidence, Hit
from ragkit.ground.grounder import Grounder
from ragkit.ground.rendering import as_html, as_markdown

TEXT = "The heron waits in the shallow water. The harbour was built in 1887."
EVIDENCE = [(0, 37), (38, len(TEXT))]
REPLY = "The heron waits in the shallow water [1]. The harbour was built in 1950 [2]."


def grounder(**options) -> Grounder:
    chunk = Chunk(id="c", document_id="d", text=TEXT, start=0, end=len(TEXT), metadata={"source": "s"})
    hit = Hit(chunk, 1.0, 1, "dense")
    evidence = [Evidence(hit, start, end, TEXT[start:end], 1.0) for start, end in EVIDENCE]
    return Grounder("What waits, and when was it built?", evidence, **options)


def answered(one: Grounder, *replies: str) -> Answer:
    answer = Answer() + one.start()
    for number, reply in enumerate(replies, 1):
        answer += one.feed(reply)
        if number < len(replies):
            answer += one.wrong()[0]
    return answer + one.close()


def test_what_no_source_supports_is_left_out_and_counted():
    answer = answered(grounder(), REPLY)
    assert answer.text == "The heron waits in the shallow water. [1]"
    assert answer.reason == "1 unsupported sentence left out: the number 1950 is not in the sources"
    assert answer.unsupported == ()


def test_what_no_source_supports_is_marked_where_that_is_wanted():
    answer = answered(grounder(unsupported="mark"), REPLY)
    ((start, end),) = answer.unsupported
    assert answer.text[start:end] == "The harbour was built in 1950."
    assert answer.text.endswith("1950. [?]")
    assert answer.reason.startswith("1 unsupported sentence marked")
    assert all(citation.answer_end <= start for citation in answer.citations)
    assert "<mark" in as_html(answer)
    assert "\\[?\\]" in as_markdown(answer)


def test_what_was_wrong_can_be_asked_for_once_more():
    one = grounder()
    one.start()
    one.feed(REPLY)
    _, wrong = one.wrong()
    assert wrong == ["The harbour was built in 1950."]


@pytest.mark.parametrize("way", ["drop", "mark"])
def test_what_is_put_right_is_said_and_no_longer_counted(way: str):
    answer = answered(grounder(unsupported=way), REPLY, "The harbour was built in 1887 [2].")
    assert answer.text == "The heron waits in the shallow water. [1] The harbour was built in 1887. [2]"
    assert answer.reason == ""
    assert answer.raw_text == REPLY + "The harbour was built in 1887 [2]."


def test_what_is_wrong_again_counts_once():
    answer = answered(grounder(), REPLY, "The harbour was built in 1951 [2].")
    assert answer.reason == "1 unsupported sentence left out: the number 1950 is not in the sources"


def test_a_denial_in_the_second_reply_takes_back_what_was_wrong_in_the_first():
    answer = answered(grounder(), "The harbour was built in 1950 [2].", "NOT IN THE SOURCES")
    assert answer.abstained
    assert answer.citations == ()
    assert "no answer" in answer.reason


def test_a_denial_in_the_second_reply_takes_back_nothing_that_holds():
    answer = answered(grounder(), REPLY, "NOT IN THE SOURCES")
    assert (answer.text, answer.abstained) == ("The heron waits in the shallow water. [1]", False)


def test_the_last_sentence_of_a_reply_that_was_cut_off_is_left_out_where_it_has_no_end():
    one = grounder()
    answer = one.start() + one.feed("The heron waits in the shallow water [1]. The harbour was built in 18")
    one.cut("the reply reached its longest length")
    answer += one.close()
    assert answer.text == "The heron waits in the shallow water. [1]"
    assert answer.reason == "the reply reached its longest length"


def test_a_reply_that_was_cut_off_behind_a_whole_sentence_loses_nothing():
    one = grounder()
    answer = one.start() + one.feed("The heron waits in the shallow water. [1]")
    one.cut("the reply reached its longest length")
    answer += one.close()
    assert answer.text == "The heron waits in the shallow water. [1]"


def test_half_a_phrase_is_no_phrase():
    one = grounder(short=True)
    answer = one.start() + one.feed("the shallow")
    one.cut("the reply reached its longest length")
    answer += one.close()
    assert answer.text.startswith("“")
    assert "longest length" in answer.reason


def test_what_did_not_fit_is_told_with_what_was_left_out():
    answer = answered(grounder(note="2 sentences found did not fit the model's context"), REPLY)
    assert answer.reason.startswith(
        "2 sentences found did not fit the model's context; 1 unsupported sentence left out"
    )


def test_a_judge_has_the_last_word_on_what_the_rules_let_pass():
    asked: list[tuple[str, list[str]]] = []

    def judge(statement: str, sources: list[str]) -> bool:
        asked.append((statement, sources))
        return "heron" in statement

    answer = answered(
        grounder(judge=judge), "The heron waits in the shallow water [1]. The harbour was built in 1887 [2]."
    )
    assert answer.text == "The heron waits in the shallow water. [1]"
    assert "the model that judges" in answer.reason
    assert [statement for statement, _ in asked] == [
        "The heron waits in the shallow water.",
        "The harbour was built in 1887.",
    ]
    assert asked[1][1] == ["\nThe harbour was built in 1887."]


def test_a_denial_that_a_source_states_is_an_answer_and_no_refusal():
    text = "The tank does not contain oil."
    chunk = Chunk(id="c", document_id="d", text=text, start=0, end=len(text), metadata={"source": "s"})
    evidence = [Evidence(Hit(chunk, 1.0, 1, "dense"), 0, len(text), text, 1.0)]
    answer = answered(Grounder("What does the tank contain?", evidence), text)
    assert (answer.text, answer.abstained) == (f"{text} [1]", False)
    refusal = answered(Grounder("What does the tank contain?", evidence), "The sources do not say what it contains.")
    assert refusal.abstained


def test_without_language_rules_only_whole_clauses_are_supported():
    shortened = "The heron waits in shallow water."
    assert answered(grounder(), shortened).citations[0].start == 0
    cautious = answered(grounder(language_rules=False), shortened)
    assert "word for word" in cautious.reason
