"""The core types hold what they promise from the moment they are made."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.core.types import (
    Answer,
    Chunk,
    Citation,
    Evidence,
    Example,
    FileReport,
    Hit,
    IngestReport,
    LoadedFile,
    content_id,
    page_of,
    pages_inside,
    place_at,
)

PAGES = {"places": [{"start": 0, "page": 1}, {"start": 10, "page": 2}, {"start": 20, "page": 3}]}


def chunk(text: str = "some text", start: int = 0, **more) -> Chunk:
    return Chunk("c", "d", text, start, start + len(text), **more)


def test_a_chunk_whose_span_does_not_fit_its_text_cannot_be_made():
    with pytest.raises(ValueError, match="does not fit its text of 3"):
        Chunk("c", "d", "abc", 0, 4)
    with pytest.raises(ValueError, match="does not fit"):
        Chunk("c", "d", "abc", -1, 2)


def test_the_page_of_an_offset_is_known_across_page_ends():
    passage = chunk("x" * 15, 5, metadata={"page": 1, "pages_inside": pages_inside(PAGES, 5, 20)})
    assert [page_of(passage, offset) for offset in (5, 9, 10, 19)] == [1, 1, 2, 2]


def test_the_place_of_an_offset_is_the_last_one_that_began():
    assert [place_at(PAGES, offset) for offset in (0, 9, 10, 99)] == [
        {"page": 1},
        {"page": 1},
        {"page": 2},
        {"page": 3},
    ]
    assert place_at({}, 5) == {}


def test_ranks_count_from_one():
    with pytest.raises(ValueError, match="from 1"):
        Hit(chunk(), 0.5, 0, "dense")


def test_evidence_and_citations_are_verbatim_or_cannot_be_made():
    hit = Hit(chunk("The cat sleeps.", 100), 0.5, 1, "dense")
    assert Evidence(hit, 104, 107, "cat", 0.5).page is None
    for start, end, text in ((104, 107, "dog"), (99, 102, "he "), (104, 108, "cat")):
        with pytest.raises(ValueError, match="not verbatim"):
            Evidence(hit, start, end, text, 0.5)
    with pytest.raises(ValueError, match="does not fit"):
        Citation(1, 0, 3, "d", None, 0, 5, "four", 1.0)
    with pytest.raises(ValueError, match="no span"):
        Citation(1, 3, 2, "d", None, 0, 4, "four", 1.0)


def test_a_loaded_file_has_documents_exactly_when_it_has_text():
    with pytest.raises(ValueError, match="0 documents"):
        LoadedFile("a", "text")
    with pytest.raises(ValueError, match="needs a reason"):
        LoadedFile("a", "error")


PARTS = st.builds(
    Answer,
    text=st.text(max_size=5),
    abstained=st.booleans(),
    reason=st.sampled_from(["", "because"]),
    usage=st.dictionaries(st.sampled_from(["input_tokens", "output_tokens"]), st.integers(0, 9)),
    raw_text=st.text(max_size=5),
    confidence=st.none() | st.floats(0, 1),
)


@given(PARTS, PARTS, PARTS)
def test_parts_of_an_answer_add_up_in_any_grouping(a: Answer, b: Answer, c: Answer):
    assert (a + b) + c == a + (b + c)
    assert (a + b + c).text == a.text + b.text + c.text


@given(PARTS)
def test_an_empty_part_changes_nothing(a: Answer):
    assert Answer() + a == a == a + Answer()


@given(st.lists(st.text()), st.lists(st.text()))
def test_ids_tell_contents_apart_and_never_change(a: list[str], b: list[str]):
    assert (content_id(*a) == content_id(*b)) == (a == b)


def test_an_id_stays_the_same_across_releases():
    assert content_id("source", 1, "text") == "a9b5ce820f5e4ad8e0348028ccdf1a2d"


def test_the_report_counts_its_files():
    rows = (
        FileReport("a", "indexed", "", 10, 2),
        FileReport("b", "failed", "why"),
        FileReport("c", "indexed", "", 5, 1, 1),
    )
    report = IngestReport(rows, 1.0, 3)
    assert (report.count("indexed"), report.count("failed"), report.count("removed")) == (2, 1, 0)
    assert (report.chunks, report.characters, report.truncated) == (3, 15, 1)


def test_an_example_without_answers_is_unanswerable():
    assert not Example("q").answerable
    assert Example("q", answers=("a",)).answerable
    assert Example("q", "a").answerable
