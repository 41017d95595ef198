"""Which sentences stand for a document."""

from __future__ import annotations

from pathlib import Path

import pytest
from langchain_core.documents import Document

from ragkit.retrieve import central as signs
from ragkit.retrieve.central import NOT_ALONE, about, apart, central, choose

TEXT = (
    "# Boats\n\nMany people like to sail. We propose a boat that sails without wind. The weather was fine.\n\n"
    "| boat | speed |\n|---|---|\n| Gannet | 12 knots on the open sea |\n\nIts boat sails were sewn in Kalmar."
)

HANDBOOK = sorted((Path(__file__).parents[2] / "corpora" / "handbook" / "documents").glob("*/*.md"))
SECTIONS = [part for path in HANDBOOK for part in path.read_text("utf-8").split("\n#") if len(part.split()) > 60]


def scored(text: str = TEXT, title: str = "A boat that sails without wind"):
    return central(Document(text, metadata={"source": "boats.md", "title": title}))


def test_what_is_proposed_in_the_words_of_the_title_comes_first():
    evidence = scored()
    assert evidence[choose(evidence, 1)[0]].text == "We propose a boat that sails without wind."


def test_rows_and_headings_support_but_stand_for_nothing():
    evidence = scored()
    row = next(each for each in evidence if "Gannet" in each.text)
    assert row.score == NOT_ALONE
    assert evidence.index(row) not in choose(evidence, 99)


def test_a_question_may_be_answered_by_a_row():
    evidence = about(scored(), "How many knots does the Gannet make on the open sea?")
    assert "12 knots" in evidence[choose(evidence, 1)[0]].text


def test_every_sentence_is_verbatim_at_its_place():
    assert all(TEXT[each.start : each.end] == each.text for each in scored())


def test_words_that_only_one_document_has_count_for_it():
    shared, own = "All boats are painted white in spring. ", "The ferry carries forty cars to Kalmar."
    one = central(Document(shared + own, metadata={"source": "a"}))
    other = central(Document(shared + "Crews eat at noon on every boat.", metadata={"source": "b"}))
    first = apart([one, other])[0]
    assert first[choose(first, 1)[0]].text == own


def test_sentences_that_repeat_others_are_not_chosen():
    evidence = scored(
        "The boat sails to Kalmar at noon. At noon the boat sails to Kalmar. Crews eat rye bread on deck."
    )
    assert len(choose(evidence, 3)) == 2


def test_a_bound_of_words_holds_but_for_the_best_sentence():
    evidence = scored()
    chosen = choose(evidence, 9, words=14)
    assert sum(len(evidence[place].text.split()) for place in chosen) <= 14
    assert len(choose(evidence, 9, words=1)) == 1


def first_of(texts: list[str]) -> list[int]:
    chosen = (choose(central(Document(text, metadata={"source": "s"})), 1) for text in texts)
    return [places[0] if places else -1 for places in chosen]


@pytest.mark.parametrize("name", ["TITLE_WORDS", "COMMON", "OWN", "LEAD", "LONG", "SHORT", "OPEN"])
def test_the_choice_hangs_on_no_single_weight(name: str, monkeypatch: pytest.MonkeyPatch):
    texts = SECTIONS[:30]
    assert len(texts) == 30
    before, weight = first_of(texts), getattr(signs, name)
    for factor in (0.5, 1.5):
        monkeypatch.setattr(signs, name, factor * weight)
        changed = sum(one != other for one, other in zip(before, first_of(texts), strict=True))
        assert 3 * changed < len(texts), (name, factor)
