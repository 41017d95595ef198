"""A verdict on each sentence: quoted, contradicted, about the sources, judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from ragkit.ground.verify.cascade import Checker
from ragkit.ground.verify.passages import SourceText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragkit.core.verdicts import Claim

SOURCES = [
    "The Halden bridge was opened in 1931 by the mayor, Ida Brun. It is 412 metres long. Tolls were dropped in 1970.",
    "| vessel | rate a day |\n| --- | --- |\n| Isbel Harrow | 4,200 |\n| Orla | 3,100 |",
]


class Fixed:
    def __init__(self, probability: float) -> None:
        self.probability = probability
        self.asked: list[Claim] = []

    def judge(self, claims: Sequence[Claim], /) -> list[float]:
        self.asked += claims
        return [self.probability] * len(claims)


def verdict(text: str, probability: float = 0.9, question: str = ""):
    return Checker(Fixed(probability)).check([text], SOURCES, question)[0]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("The Halden bridge was opened in 1931 by the mayor, Ida Brun.", "quoted"),
        ("The Halden bridge was opened in 1913 by the mayor, Ida Brun.", "contradicted"),
        ("The Halden bridge was not opened in 1931 by the mayor, Ida Brun.", "contradicted"),
        ("Drivers have crossed it for nothing since 1970.", "supported"),
        ("The sources do not say who built it.", "meta"),
    ],
)
def test_the_cheapest_test_that_decides_gives_the_label(text: str, label: str):
    assert verdict(text).label == label


def test_a_quotation_points_to_its_exact_span():
    span = verdict("It is 412 metres long.").spans[0]
    assert SOURCES[span.source][span.start : span.end] == "It is 412 metres long."


def test_a_sentence_that_joins_two_sources_cites_both():
    spans = verdict("Ida Brun opened the Halden bridge, and the Isbel Harrow costs 4,200 a day.").spans
    assert {span.source for span in spans} == {0, 1}


def test_what_is_merely_missing_is_unsupported_and_no_contradiction():
    found = verdict("Its engineer came from Bergen.", 0.1)
    assert (found.label, found.spans) == ("unsupported", ())
    assert found.reason


def test_a_sentence_about_the_sources_that_hardly_holds_is_not_believed():
    assert verdict("The sources do not say how long it is.", 0.05).label == "unsupported"


def test_a_short_reply_is_judged_with_its_question():
    judge = Fixed(0.9)
    Checker(judge).check(["Yes."], SOURCES, "Is the Halden bridge longer than 400 metres?")
    assert judge.asked[0].text == "Is the Halden bridge longer than 400 metres? Yes."
    assert "412" in " ".join(judge.asked[0].evidence)


def test_what_is_quoted_or_contradicted_costs_no_judgement():
    judge = Fixed(0.9)
    Checker(judge).check(["It is 412 metres long.", "It is 421 metres long."], SOURCES)
    assert judge.asked == []


def test_without_a_verifier_nothing_but_quotations_is_confirmed():
    assert [each.label for each in Checker().check(["It is 412 metres long.", "It is a bridge."], SOURCES)] == [
        "quoted", "unsupported",
    ]  # fmt: skip


def test_evidence_is_a_bounded_part_of_the_sources_with_the_header_of_a_row():
    filler = " ".join(f"Clause {number} deals with other matters of the port." for number in range(200))
    chosen = SourceText([filler, *SOURCES], headings=["", "Bridges", "Rates"]).choose(
        ["The Orla costs 3,100 a day."], words=40
    )
    text = "\n".join(chosen[0].texts)
    assert "Rates\n| vessel | rate a day |" in text
    assert "| Orla | 3,100 |" in text
    assert len(text.split()) < 70


def test_vectors_find_evidence_that_shares_no_word():
    def embed(texts: Sequence[str]) -> np.ndarray:
        near = [1.0 if "toll" in text.casefold() or "free of charge" in text else 0.0 for text in texts]
        return np.array([[value, 1 - value] for value in near], np.float32)

    claim = "Crossing became free of charge."
    assert "Tolls" in SourceText(SOURCES, embed).choose([claim], words=8)[0].texts[0]


def test_any_text_is_judged():
    for text in ("", "…", "100 %", "这是一个句子。", "word " * 3000):
        assert Checker(Fixed(0.5)).check([text], SOURCES)[0].text == text
    assert Checker(Fixed(0.5)).check(["A sentence."], [])[0].label == "unsupported"
    assert Checker(Fixed(0.5)).check([], SOURCES) == []
