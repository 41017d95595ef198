"""Coverage of a question by a text counts words in whatever form their language gives them."""

from __future__ import annotations

import pytest

from ragkit import Index
from ragkit.retrieve.evidence import coverage, term_weights

TEXTS = {
    "de": "Die Häuser am Hafen wurden von den Seefahrern gebaut und sind nicht zu verkaufen.",
    "en": "The canteen serves lunch from noon until two.",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory, embedder):
    base = tmp_path_factory.mktemp("languages")
    for name, text in TEXTS.items():
        (base / f"{name}.txt").write_text(text, "utf-8")
    made = Index(base / "index", embedder=embedder)
    made.sync(base)
    yield made
    made.close()


def test_inflected_words_of_another_language_are_covered(index: Index):
    weights = term_weights(index.searcher, "Welcher Seefahrer hat das Haus gebaut?")
    assert coverage(weights, TEXTS["de"]) == pytest.approx(1.0)
    assert coverage(weights, TEXTS["en"]) == 0.0


def test_english_is_covered_beside_another_language(index: Index):
    weights = term_weights(index.searcher, "When do canteens serve lunches?")
    assert coverage(weights, TEXTS["en"]) == pytest.approx(1.0)
    assert coverage(weights, TEXTS["de"]) == 0.0


def test_a_word_in_no_passage_weighs_more_than_one_that_is(index: Index):
    weights = {word[0]: weight for word, weight in term_weights(index.searcher, "canteen submarine").items()}
    assert weights["submarin"] > weights["canteen"] > 0


def test_an_answer_is_quoted_from_a_passage_in_another_language(index: Index):
    answer = index.ask("Wer hat die Häuser am Hafen gebaut?", mode="quote")
    assert not answer.abstained
    assert answer.citations[0].quote == TEXTS["de"]
