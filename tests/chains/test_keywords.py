"""Keywords: exact places, phrases before their parts, in several languages, by every way to call the chain."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from langchain_core.documents import Document

import ragkit.chains
from ragkit.chains.keywords import keywords
from ragkit.core.errors import ConfigError
from ragkit.pipelines import build, load

HANDBOOK = Path(__file__).parents[2] / "corpora" / "handbook" / "documents"
LEAVE = (
    "Parental leave is paid. Everybody may take parental leave. The parental leave of a year is long; "
    "leave of other kinds is short, and sick leave is another matter."
)


def test_places_are_exact_and_phrases_come_before_their_parts():
    found = keywords(count=5).invoke(Document(LEAVE, metadata={"source": "leave.md"}))
    assert found.keywords[0].text == "parental leave"
    assert found.keywords[0].score == 1.0
    for each in found.keywords:
        for place in each.places:
            assert place.document == "leave.md"
            assert " ".join(LEAVE[place.start : place.end].split()).casefold()[:4] == each.text.casefold()[:4]
    assert len(found.keywords[0].places) == 3
    assert "parental" not in [each.text.lower() for each in found.keywords]  # never without "leave"
    assert [each.score for each in found.keywords] == sorted((each.score for each in found.keywords), reverse=True)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Der Turm steht am Hafen. Der Turm ist alt. Der Hafen ist neu, und der Hafen ist groß.", "Hafen"),
        ("Le phare est près du port. Le phare est vieux, et le phare est grand. Les bateaux ne sont pas là.", "phare"),
        ("潮汐表很重要。请看潮汐表。新的潮汐表在门口。", "潮汐表"),
        ("Маяк стоит у моря. Этот маяк старый. Все знают маяк.", "маяк"),
    ],
)  # fmt: skip
def test_other_languages(text: str, wanted: str):
    assert keywords().invoke(text).keywords[0].text.lower() == wanted.lower()


@pytest.mark.parametrize("text", ["", "   ", "the of and", "12 34", "…"])
def test_texts_about_nothing(text: str):
    found = keywords().invoke(text)
    assert found.keywords == ()
    assert found.to_text() == "no words but function words"


def test_words_across_a_break_or_a_function_word_are_no_phrase():
    found = keywords().invoke("Harbour. Master\n\nplan of tides, blue gate")
    assert {each.text for each in found.keywords} == {"Harbour", "Master", "plan", "tides", "blue gate"}


def test_every_way_to_call_it_gives_the_same():
    chain = keywords(count=3)

    async def others() -> list[object]:
        return [(await chain.ainvoke(LEAVE)).keywords, *[part.keywords async for part in chain.astream(LEAVE)]]

    whole = chain.invoke(LEAVE).keywords
    assert [each.keywords for each in (*chain.stream(LEAVE), *chain.batch([LEAVE, LEAVE]))] == [whole] * 3
    assert asyncio.run(others()) == [whole] * 2


def test_the_pipeline_reads_files():
    found = build(load("keywords", {"count": "5"})).chain.invoke(str(HANDBOOK / "news" / "autumn-2026.md"))
    assert len(found.keywords) == 5
    assert found.to_json()["keywords"][0]["places"][0]["document"].endswith("autumn-2026.md")
    assert ragkit.chains.keywords is keywords


def test_numbers_below_one_are_an_error():
    with pytest.raises(ConfigError, match="one at least"):
        keywords(count=0)
