"""Search small, read large."""

from __future__ import annotations

import pytest

from ragkit import Index
from ragkit.chains import Reading
from ragkit.chains.widen import widen
from ragkit.core.errors import ConfigError
from ragkit.core.types import Chunk, Hit

SHIP = """# Ropes

The rope is made of hemp. A rope is spliced by hand. Old ropes are cut up for fenders. The bosun keeps them dry.

# Food

The cook makes soup at noon. Soup is made of beans. The beans are soaked at night. Bread is baked on Mondays.
"""


@pytest.fixture
def settled(monkeypatch, tmp_path, models_dir):
    """Sets what the environment says; the settings are read anew around each test."""
    monkeypatch.chdir(tmp_path)

    def choose(**values):
        for name, value in values.items():
            monkeypatch.setenv(f"RAGKIT_{name.upper()}", str(value))

    yield choose
    monkeypatch.undo()


@pytest.fixture
def by_sentence(settled, tmp_path):
    """An index of a document whose sentences are single passages."""
    settled(split_unit="sentence", min_tokens=0)
    (tmp_path / "ship.md").write_text(SHIP)
    index = Index(tmp_path / "ship.index")
    index.sync(tmp_path / "ship.md")
    return index


def assert_cited(hit):
    """Text and everything found in it are verbatim at their offsets."""
    chunk = hit.chunk
    assert SHIP[chunk.start : chunk.end] == chunk.text
    for start, end in chunk.metadata["found"]:
        assert chunk.start <= start < end <= chunk.end


def test_a_window_holds_the_sentences_around_what_was_found(by_sentence):
    (hit,) = by_sentence.search("How is a rope spliced?", 1, read=Reading(window=1))
    assert hit.chunk.text.endswith("Old ropes are cut up for fenders.")
    assert "made of hemp" in hit.chunk.text
    assert "bosun" not in hit.chunk.text
    assert_cited(hit)
    assert SHIP[slice(*hit.chunk.metadata["found"][0])] == "A rope is spliced by hand."


def test_a_larger_passage_is_read_once_for_all_that_was_found_in_it(by_sentence):
    hits = by_sentence.search("Soup of beans, soaked at night", 2, read=Reading(tokens=40))
    assert len({hit.chunk.start for hit in hits}) == len(hits) == 2
    assert hits[0].chunk.text == SHIP[SHIP.index("# Food") :].strip()
    assert len(hits[0].chunk.metadata["found"]) > 1
    assert [hit.rank for hit in hits] == [1, 2]
    for hit in hits:
        assert_cited(hit)


def test_the_settings_decide_where_nothing_is_said(by_sentence, settled):
    settled(read_window=1)
    index = Index(by_sentence.folder)
    assert "made of hemp" in index.search("How is a rope spliced?", 1)[0].chunk.text
    (document,) = index.retriever(1).invoke("How is a rope spliced?")
    assert "made of hemp" in document.page_content
    assert document.metadata["found"][0] == [SHIP.index("A rope"), SHIP.index(" Old ropes")]


def test_answers_quote_what_was_read_around_a_passage(by_sentence):
    answer = by_sentence.ask("When is bread baked?", mode="quote", read=Reading(window=2))
    assert any("Bread is baked on Mondays." in each.quote for each in answer.citations)
    for citation in answer.citations:
        assert SHIP[citation.start : citation.end] == citation.quote


def hit(text, start, rank=1):
    chunk = Chunk(f"c{start}", "d", text, start, start + len(text), metadata={"source": "s", "page": 1})
    return Hit(chunk, 1.0 / rank, rank, "dense")


class Words:
    max_tokens = 50

    def offsets(self, text):
        return [(index, index + 1) for index in range(0, len(text), 5)]

    def count(self, text):
        return len(self.offsets(text))


def test_pages_of_what_is_read_are_those_of_its_own_beginning_and_inside():
    text = "First sentence here. Second sentence here. Third sentence here."
    places = [{"start": 0, "page": 1}, {"start": 21, "page": 2}, {"start": 43, "page": 3}]
    found = hit("Second sentence here.", 21)
    (wide,) = widen([found], 1, Reading(window=1), lambda chunk: (text, {"places": places}), Words())
    assert wide.chunk.page == 1
    assert [place["page"] for place in wide.chunk.metadata["pages_inside"]] == [2, 3]


def test_a_passage_whose_document_is_gone_or_changed_is_read_as_it_was_found():
    found = hit("Second sentence here.", 21)
    for original in (None, ("Quite another text that is long enough.", {})):
        (same,) = widen([found], 3, Reading(window=1), lambda chunk, original=original: original, Words())
        assert same.chunk.text == found.chunk.text
        assert same.chunk.metadata["found"] == [[21, 42]]


def test_what_is_read_may_be_larger_than_what_the_embedder_reads():
    text = " ".join(f"Sentence number {number} ends here." for number in range(100))
    start = text.index("Sentence number 50")
    found = hit(text[start : start + 28], start)
    (wide,) = widen([found], 1, Reading(tokens=300), lambda chunk: (text, {}), Words())
    assert 150 < Words().count(wide.chunk.text) <= 300


@pytest.mark.parametrize("options", [{}, {"window": 1, "tokens": 100}, {"window": -1}])
def test_a_reading_is_one_of_the_two(options):
    with pytest.raises(ConfigError, match="read a window of sentences or passages of tokens"):
        Reading(**options)
