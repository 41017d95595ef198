"""Which sentences moved an answer, beside what it cites."""

from __future__ import annotations

import pytest

from ragkit import Index
from ragkit.chains.answer.why import explanation, explanation_json, explanation_lines
from ragkit.core.errors import ConfigError
from ragkit.core.types import Answer, Chunk, Citation, Evidence, Hit

QUESTION = "How many days of parental leave are there?"
TEXT = "Herons wait. Cats sleep. Dogs bark."
SPANS = [(0, 12), (13, 24), (25, 35)]


def made(cited: list[int]) -> tuple[tuple[Evidence, ...], Answer]:
    chunk = Chunk(id="c", document_id="d", text=TEXT, start=0, end=len(TEXT), metadata={"source": "s"})
    hit = Hit(chunk, 1.0, 1, "dense")
    evidence = tuple(Evidence(hit, start, end, TEXT[start:end], 1.0) for start, end in SPANS)
    citations = tuple(
        Citation(number, 0, 5, "s", None, *SPANS[place], TEXT[slice(*SPANS[place])], 1.0, "d")
        for number, place in enumerate(cited, 1)
    )
    return evidence, Answer(text="Herons wait.", citations=citations)


@pytest.mark.parametrize("mode", ["short", "answer", "auto"])
def test_the_sentence_that_holds_the_answer_moved_it(handbook: Index, mode: str):
    answer = handbook.ask(QUESTION, mode=mode)
    told = answer.why()
    assert {each.evidence.text for each in told.influences} <= {each.text for each in answer.evidence}
    assert told.together > 1
    by_marker = {each.marker: each for each in told.influences}
    assert by_marker[1].moved > 1
    assert sum(each.share for each in told.influences) == pytest.approx(1)
    assert told.model == answer.model


async def test_the_async_twin_can_say_why_too(handbook: Index):
    answer = await handbook.chain(mode="short").ainvoke(QUESTION)
    assert answer.why() == handbook.ask(QUESTION, mode="short").why()


def test_quotes_are_their_own_reason(handbook: Index):
    with pytest.raises(ConfigError, match="quotes are the reason"):
        handbook.ask(QUESTION, mode="quote").why()


def test_a_refusal_has_nothing_that_moved_it(handbook: Index):
    with pytest.raises(ConfigError, match="reason"):
        handbook.ask("Are visible tattoos allowed on board?", mode="answer").why()


def test_what_moved_an_answer_and_is_not_cited_is_reported():
    evidence, answer = made(cited=[0])
    told = explanation(evidence, answer, [4.0, 6.0, -1.0], 12.0, "m")
    assert [each.evidence.text for each in told.influences] == ["Cats sleep.", "Herons wait.", "Dogs bark."]
    assert [each.share for each in told.influences] == [0.6, 0.4, 0.0]
    assert told.disagreements == ("a sentence that is not cited moved the answer (60% of the effect)",)


def test_what_is_cited_and_moved_nothing_is_reported():
    evidence, answer = made(cited=[0, 2])
    told = explanation(evidence, answer, [5.0, 0.5, 0.0], 5.0, "m")
    assert told.disagreements == ("[2] is cited, but without it the answer is as likely",)


def test_an_explanation_is_written_with_places_and_as_json():
    evidence, answer = made(cited=[0])
    told = explanation(evidence, answer, [4.0, 6.0, -1.0], 12.0, "m")
    lines = "\n".join(explanation_lines(told))
    assert "60%" in lines
    assert "[1]" in lines
    assert "Note: a sentence that is not cited" in lines
    row = explanation_json(told)["sentences"][0]
    assert (row["marker"], row["moved"], row["text"], row["start"], row["end"]) == (None, 6.0, "Cats sleep.", 13, 24)
