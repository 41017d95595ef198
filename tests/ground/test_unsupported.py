"""What becomes of sentences that the sources contradict, or do not confirm."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ragkit.core.types import Answer, Chunk, Evidence, Hit
from ragkit.core.verdicts import Claim
from ragkit.ground.grounder import NOTHING_HOLDS, Grounder
from ragkit.ground.rendering import as_html, as_markdown
from ragkit.ground.verify.cascade import Checker

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


ADDED = "The heron waits in the shallow water [1]. Its nest is made of reeds."


class Saying:
    """A verifier that confirms sentences with a word, and keeps what it was asked."""

    def __init__(self, word: str = "") -> None:
        self.word = word
        self.asked: list[Claim] = []

    def judge(self, claims: Sequence[Claim], /) -> list[float]:
        self.asked += claims
        return [0.9 if self.word and self.word in claim.text else 0.1 for claim in claims]


def test_what_the_sources_contradict_is_left_out_with_the_reason():
    answer = answered(grounder(), REPLY)
    assert answer.text == "The heron waits in the shallow water. [1]"
    assert (
        answer.reason == "1 sentence left out, the sources say otherwise: it says '1950' where the source says '1887'"
    )
    assert answer.unsupported == ()
    assert [verdict.label for verdict in answer.verdicts] == ["quoted", "contradicted"]


def test_what_is_not_confirmed_is_shown_with_a_mark():
    answer = answered(grounder(), ADDED)
    ((start, end),) = answer.unsupported
    assert answer.text == "The heron waits in the shallow water. [1] Its nest is made of reeds. [?]"
    assert answer.text[start:end] == "Its nest is made of reeds."
    assert answer.reason == "1 sentence not confirmed by the sources, marked [?]"
    assert "<mark" in as_html(answer)
    assert "\\[?\\]" in as_markdown(answer)


@pytest.mark.parametrize(
    ("way", "text", "reason"),
    [
        ("drop", "The heron waits in the shallow water. [1]", "1 sentence not confirmed by the sources, left out"),
        ("keep", "The heron waits in the shallow water. [1] Its nest is made of reeds.", ""),
    ],
)
def test_what_is_not_confirmed_may_be_dropped_or_kept(way: str, text: str, reason: str):
    answer = answered(grounder(unsupported=way), ADDED)
    assert (answer.text, answer.reason) == (text, reason)


def test_marks_stand_where_the_sentences_do_and_markers_become_footnotes_behind_them():
    answer = answered(
        grounder(), "The heron waits in the shallow water. Its nest is of reeds. The harbour was built in 1887."
    )
    assert answer.text.endswith("of reeds. [?] The harbour was built in 1887. [2]")
    assert as_markdown(answer).splitlines()[0].endswith("1887.[^2]")
    assert as_html(answer).index("</mark>") < as_html(answer).index("#quote-2")


def test_what_comes_before_the_first_confirmed_sentence_is_shown_with_it():
    one = grounder()
    first = one.start() + one.feed("Its nest is made of reeds. The her")
    assert first.text == ""
    answer = first + one.feed("on waits in the shallow water.") + one.close()
    assert answer.text == "Its nest is made of reeds. [?] The heron waits in the shallow water. [1]"


def test_where_nothing_of_a_reply_holds_it_says_so_and_shows_the_closest_evidence():
    answer = answered(grounder(), "Its nest is made of reeds. The harbour was built in 1950.")
    assert answer.abstained
    assert answer.text.startswith(NOTHING_HOLDS)
    assert "reeds" not in answer.text
    assert {citation.quote for citation in answer.citations} == {TEXT[:37], TEXT[38:]}
    assert "1887" in answer.reason


def test_a_verifier_decides_on_what_is_neither_quoted_nor_contradicted():
    verifier = Saying("bird")
    answer = answered(
        grounder(checker=Checker(verifier)), "The heron waits in the shallow water. The bird stands in the shallows."
    )
    assert answer.text.endswith("The bird stands in the shallows. [1]")
    assert [claim.text for claim in verifier.asked] == ["The bird stands in the shallows."]
    assert verifier.asked[0].before == "The heron waits in the shallow water."
    assert answer.verdicts[1].label == "supported"


def test_what_was_wrong_can_be_asked_for_once_more():
    one = grounder()
    one.start()
    one.feed(REPLY)
    _, wrong = one.wrong()
    assert wrong == ["The harbour was built in 1950."]


@pytest.mark.parametrize("way", ["drop", "mark", "keep"])
def test_what_is_put_right_is_said_and_no_longer_counted(way: str):
    answer = answered(grounder(unsupported=way), REPLY, "The harbour was built in 1887 [2].")
    assert answer.text == "The heron waits in the shallow water. [1] The harbour was built in 1887. [2]"
    assert answer.reason == ""
    assert answer.raw_text == REPLY + "The harbour was built in 1887 [2]."


def test_what_is_wrong_again_counts_once():
    answer = answered(grounder(), REPLY, "The harbour was built in 1951 [2].")
    assert answer.reason.startswith("1 sentence left out")
    assert "1950" in answer.reason


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
        "2 sentences found did not fit the model's context; 1 sentence left out, the sources say otherwise"
    )


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
    cautious = answered(grounder(checker=Checker(rules=False)), shortened)
    assert cautious.abstained
