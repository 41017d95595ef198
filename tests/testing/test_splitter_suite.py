"""The conformance suite for splitters, run over ragkit's own; and that it finds what is wrong."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from ragkit.split import Splitter
from ragkit.testing import SplitterConformance, WordTokenizer


@pytest.mark.parametrize(
    "make",
    [Splitter, partial(Splitter, chunk_tokens=6, overlap_tokens=3), partial(Splitter, min_tokens=0)],
    ids=["default", "small with overlap", "no least size"],
)
class TestOwnSplitter(SplitterConformance):
    @pytest.fixture
    def make_splitter(self, make):
        return make


class Spoilt:
    """The real splitter with one thing wrong."""

    def __init__(self, spoil):
        self.spoil = spoil
        self.real = Splitter(WordTokenizer(40))

    def split(self, document):
        return self.spoil(self.real.split(document))


def renumbered(chunks, **changes):
    return [replace(chunk, ordinal=number, **changes) for number, chunk in enumerate(chunks)]


SPOILS = {
    "lies in no chunk": lambda chunks: renumbered(chunks[:-1] if len(chunks) > 1 else []),
    "does not have the document's text": lambda chunks: [replace(c, text=c.text.swapcase()) for c in chunks],
    "has ordinal": lambda chunks: [replace(chunk, ordinal=7) for chunk in chunks],
    "the same id": lambda chunks: [replace(chunk, id="1") for chunk in chunks],
    "does not get on": lambda chunks: renumbered(chunks[::-1]),
    "does not say where it stands": lambda chunks: [replace(c, metadata={"source": c.source}) for c in chunks],
    "does not say its source": lambda chunks: [replace(c, metadata={**c.metadata, "source": ""}) for c in chunks],
    "more than 40": lambda chunks: [replace(chunk, heading="word " * 40) for chunk in chunks],
}


@pytest.mark.parametrize("problem", SPOILS)
def test_the_suite_finds_what_is_wrong_with_chunks(problem):
    suite = SplitterConformance()
    documents = SplitterConformance.documents.__wrapped__(suite)
    with pytest.raises(AssertionError, match=problem):
        suite.test_chunks_are_sound(lambda tokenizer: Spoilt(SPOILS[problem]), WordTokenizer(40), documents)


def test_the_suite_finds_ids_that_do_not_hang_on_the_content():
    suite = SplitterConformance()
    documents = SplitterConformance.documents.__wrapped__(suite)
    numbered = Spoilt(lambda chunks: [replace(chunk, id=str(chunk.ordinal)) for chunk in chunks])
    with pytest.raises(AssertionError):
        suite.test_ids_hang_on_the_content(lambda tokenizer: numbered, documents)
