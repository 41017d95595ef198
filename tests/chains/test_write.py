"""Documents from an outline: sections, citations numbered through, what the sources do not know."""

from __future__ import annotations

import asyncio

import pytest

from ragkit import Answer, Index
from ragkit.chains import Section, write
from ragkit.chains.write.chain import NOTHING, outline
from ragkit.core.errors import ConfigError
from ragkit.testing import ScriptedChat

OUTLINE = """# Working here

## Leave
How many days of parental leave are there?

## Help
When is the helpdesk staffed?

## Football
Who won the football world cup in 1974?
"""


@pytest.mark.parametrize(
    ("text", "sections"),
    [
        ("# A\n\nsay this\nand that\n## B", [("A", 1, "say this and that"), ("B", 2, "B")]),
        ("- A\n  - B\n- C", [("A", 2, "A"), ("B", 3, "B"), ("C", 2, "C")]),
        ("1. A\n2. B", [("A", 2, "A"), ("B", 2, "B")]),
        ("A\n\nB", [("A", 2, "A"), ("B", 2, "B")]),
        ("## A ##\n- first\n- second", [("A", 2, "first second")]),
    ],
)
def test_outlines_are_read_however_they_are_written(text: str, sections: list[tuple[str, int, str]]):
    assert [(each.title, each.level, each.question) for each in outline(text)] == sections


def test_an_empty_outline_is_told():
    with pytest.raises(ConfigError, match="empty"):
        outline(" \n")


def test_a_document_is_written_section_by_section(handbook: Index):
    answer = write(handbook, mode="quote").invoke(OUTLINE)
    lines = answer.text.split("\n")
    assert lines[0] == "# Working here"
    assert [line for line in lines if line.startswith("## ")] == ["## Leave", "## Help", "## Football"]
    assert "80 days of parental leave" in answer.text
    assert "07:45 to 17:30" in answer.text
    assert lines[-1] == NOTHING
    assert answer.reason == "the sources say nothing of: Football"
    assert not answer.abstained


def test_citations_are_numbered_through_and_point_at_their_sentences(handbook: Index):
    answer = write(handbook, mode="quote").invoke(OUTLINE)
    markers = [each.marker for each in answer.citations]
    assert markers == list(range(1, len(markers) + 1))
    for each in answer.citations:
        said = answer.text[each.answer_start : each.answer_end]
        assert said.strip("“”") == " ".join(each.quote.split())
        assert answer.text[each.answer_end :].startswith(f" [{each.marker}]")


def test_prose_is_cited_too(handbook: Index):
    replies = [
        "There are 80 days of parental leave for each parent. [1]",
        "The helpdesk is staffed on working days from 07:45 to 17:30. [1]",
    ]
    index = Index(handbook.folder, model=ScriptedChat(replies=replies))
    sections = [
        Section("Leave", about="How many days of parental leave are there?"),
        Section("Help", about="When is the helpdesk staffed?"),
    ]
    answer = write(index, mode="answer", check=False).invoke(sections)
    assert answer.text == (
        "## Leave\n\nThere are 80 days of parental leave for each parent. [1]\n\n"
        "## Help\n\nThe helpdesk is staffed on working days from 07:45 to 17:30. [2]"
    )
    assert [answer.text[each.answer_start : each.answer_end] for each in answer.citations] == [
        each.removesuffix(" [1]") for each in replies
    ]


def test_marked_sentences_are_marked_in_their_place(handbook: Index):
    replies = ["There are 80 days of parental leave for each parent. [1] Pilots get 95 days of parental leave."]
    index = Index(handbook.folder, model=ScriptedChat(replies=replies))
    section = Section("Leave", about="How many days of parental leave are there?")
    answer = write(index, mode="answer", check=False, unsupported="mark").invoke([section, section])
    assert [answer.text[start:end] for start, end in answer.unsupported] == [
        "Pilots get 95 days of parental leave."
    ] * 2


def test_when_the_sources_know_nothing_of_it_all_it_says_so(handbook: Index):
    answer = write(handbook, mode="quote").invoke("Who won the football world cup in 1974?")
    assert answer.abstained
    assert NOTHING in answer.text


def test_every_way_to_run_gives_the_same(handbook: Index):
    chain = write(handbook, mode="quote")
    whole = chain.invoke(OUTLINE).text

    async def asynchronously() -> list[str]:
        answer = Answer()
        async for part in chain.astream(OUTLINE):
            answer += part
        return [(await chain.ainvoke(OUTLINE)).text, answer.text]

    assert sum(chain.stream(OUTLINE), Answer()).text == whole
    assert asyncio.run(asynchronously()) == [whole, whole]
    assert [each.text for each in chain.batch([OUTLINE, OUTLINE])] == [whole, whole]


def test_the_real_small_model_writes_with_quotes(handbook: Index):
    answer = write(handbook).invoke("## Leave\nHow many days of parental leave are there?")
    assert "80 days" in answer.text
    assert answer.citations
