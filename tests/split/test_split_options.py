"""Sentences as chunks, cuts by meaning, chunks without headings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.documents import Document
from split_helpers import CharacterTokenizer, WordTokenizer
from test_split_splitter import TEXTS, assert_sound, markdown, prose

from ragkit.core.errors import ConfigError
from ragkit.split import Splitter

ROPES = "The rope is made of hemp. A rope is spliced by hand. Old ropes are cut up for fenders."
SOUP = "The cook makes soup at noon. Soup is made of beans. The beans are soaked at night."


class LetterCounts:
    """Vectors that say which letters a text has: unlike texts have unlike vectors."""

    def encode(self, texts):
        counts = np.array([[text.lower().count(chr(97 + letter)) + 0.01 for letter in range(26)] for text in texts])
        return (counts / np.linalg.norm(counts, axis=1, keepdims=True)).astype(np.float32)


def sentences(document, **options):
    return [chunk.text for chunk in Splitter(WordTokenizer(40), unit="sentence", **options).split(document)]


def test_each_sentence_is_a_chunk():
    expected = [f"Sentence {number} has no less than the eight words." for number in range(4)]
    assert sentences(prose(f"{expected[0]} {expected[1]}\n\n{expected[2]} {expected[3]}")) == expected


def test_short_sentences_share_a_chunk_with_the_next():
    assert sentences(prose("Yes. It is here now. No."), min_tokens=3) == ["Yes. It is here now.", "No."]


def test_a_heading_shares_a_chunk_with_its_first_sentence():
    text = "# Ropes\n\nThey are made here. They are sold there."
    assert sentences(markdown(text), min_tokens=1) == ["# Ropes\n\nThey are made here.", "They are sold there."]


def test_chunks_without_headings_have_none():
    text = "# Ropes\n\n" + "word " * 60 + "\n\n| a | b |\n| --- | --- |\n" + "| c | d |\n" * 20
    chunks = Splitter(WordTokenizer(40), chunk_tokens=20, headings=False).split(markdown(text, title="Ship"))
    assert {chunk.heading for chunk in chunks} == {""}


def test_meaning_decides_between_cuts_that_structure_has_alike():
    from ragkit.embed import load_embedder
    from ragkit.models import locate

    if locate("all-MiniLM-L6-v2") is None:
        pytest.skip("all-MiniLM-L6-v2 is not here: ragkit models pull all-MiniLM-L6-v2")
    embedder = load_embedder("sentence-transformers:all-MiniLM-L6-v2")
    for first, second in ((ROPES, f"{SOUP} Lunch is at one. Dinner is at seven."), (SOUP, f"{ROPES} Knots hold.")):
        chunks = Splitter(embedder.tokenizer, chunk_tokens=42, semantic=embedder).split(prose(f"{first} {second}"))
        assert [chunk.text for chunk in chunks] == [first, second]


@settings(max_examples=150)
@given(
    TEXTS,
    st.sampled_from(["text/markdown", "text/plain", "text/x-python"]),
    st.sampled_from([WordTokenizer, CharacterTokenizer]),
    st.integers(3, 30),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["passage", "sentence"]),
)
def test_the_invariants_hold_with_every_option(text, media_type, kind, most, headings, semantic, unit):
    tokenizer = kind(most)
    splitter = Splitter(tokenizer, unit=unit, headings=headings, semantic=LetterCounts() if semantic else None)
    document = Document(page_content=text, metadata={"media_type": media_type, "title": "About ropes"})
    assert_sound(text, splitter.split(document), tokenizer)


def test_an_unknown_unit_says_what_there_is():
    with pytest.raises(ConfigError, match="choose from passage, sentence"):
        Splitter(WordTokenizer(40), unit="word")
