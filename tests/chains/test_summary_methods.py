"""Every method of summarising: what it asks, what it plans, how it goes on after it was cut off."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.documents import Document

from ragkit import Answer
from ragkit.chains.summarize.chain import SummaryChain
from ragkit.core.errors import ConfigError
from ragkit.core.settings import DEFAULT_MODEL
from ragkit.generate.generator import Generator, LazyModel, load
from ragkit.generate.usage.meter import Meter
from ragkit.generate.usage.prices import load_prices
from ragkit.ground.rendering import said
from ragkit.testing import ScriptedChat

ENGINES = (
    "The harbour workshop repairs engines for the whole fleet. "
    "Repairs take nine days on average, and eleven in winter. "
    "The foreman, Ada Lindqvist, orders spare parts every Tuesday from the supplier in Lund. "
)
SAILS = (
    "The sail loft in Kalmar mends sails for the whole fleet. "
    "Repairs take four days on average, because the loft has three machines. "
    "Visitors of the loft leave their shoes at the door. "
)


def document(text: str = ENGINES, title: str = "Engines", times: int = 1) -> Document:
    return Document("\n\n".join([text] * times), metadata={"source": f"{title}.txt", "title": title})


def scripted(*replies: str) -> tuple[ScriptedChat, Generator]:
    chat = ScriptedChat(replies=list(replies))
    return chat, Generator("", chat)


def verbatim(answer: Answer, *documents: Document) -> bool:
    texts = {each.metadata["source"]: each.page_content for each in documents}
    return bool(answer.citations) and all(
        texts[each.document][each.start : each.end] == each.quote for each in answer.citations
    )


@pytest.mark.parametrize("method", ["map_reduce", "tree", "refine"])
def test_a_long_document_takes_exactly_the_calls_that_were_planned(method: str):
    chat, generator = scripted("Repairs take nine days on average.")
    chain = SummaryChain(generator, method=method, window=400)
    long = document(times=60)
    plan = chain.plan(long)
    answer = chain.invoke(long)
    assert len(chat.asked) == plan.calls > 10
    assert said(answer) == "Repairs take nine days on average."
    read = sum(generator.count(str(message.content)) for asked in chat.asked for message in asked)
    assert read <= plan.input_tokens


def test_a_tree_summarises_summaries_until_one_call_takes_them():
    chat, generator = scripted("Repairs take nine days on average.")
    SummaryChain(generator, method="tree", window=400).invoke(document(times=60))
    kinds = ["summaries" in str(asked[-1].content).lower().split("\n")[0] for asked in chat.asked]
    assert not kinds[0]
    assert kinds[-1]
    assert sum(kinds) > 2


def test_refine_carries_the_summary_from_part_to_part():
    chat, generator = scripted("Repairs take nine days on average.")
    SummaryChain(generator, method="refine", window=400).invoke(document(times=20))
    assert all("Repairs take nine days on average." in str(asked[-1].content) for asked in chat.asked[1:])


def test_what_a_part_does_not_say_is_not_carried_on():
    chat, generator = scripted("The workshop was sold to Norway.")
    answer = SummaryChain(generator, method="tree", window=400).invoke(document(times=20))
    assert not any("Norway" in str(asked[-1].content) for asked in chat.asked)
    assert "Norway" not in answer.text
    assert "the document's own sentences" in answer.reason


def test_a_question_chooses_what_is_read_and_said():
    chat, generator = scripted("Ada Lindqvist orders spare parts every Tuesday.")
    chain = SummaryChain(generator, question="Who orders spare parts?", window=400)
    answer = chain.invoke(document(times=30))
    assert len(chat.asked) == 1
    assert "Who orders spare parts?" in str(chat.asked[0][-1].content)
    assert said(answer) == "Ada Lindqvist orders spare parts every Tuesday."


def test_without_a_generator_a_question_chooses_sentences():
    never = Generator("", LazyModel("nobody:loads-this"))
    chain = SummaryChain(never, method="extractive", question="Who orders the spare parts?", sentences=1)
    assert "Ada Lindqvist" in chain.invoke(document()).text


def test_documents_are_compared_with_sentences_of_each():
    chat, generator = scripted("Engines: repairs take nine days on average. Sails: repairs take four days on average.")
    both = [document(), document(SAILS, "Sails")]
    answer = SummaryChain(generator, method="compare").invoke(both)
    assert verbatim(answer, *both)
    assert {each.document for each in answer.citations} == {"Engines.txt", "Sails.txt"}
    assert all(f'Document "{title}"' in str(chat.asked[0][-1].content) for title in ("Engines", "Sails"))


def test_documents_too_long_to_compare_whole_are_summarised_first():
    chat, generator = scripted("Repairs take nine days on average.")
    both = [document(times=20), document(SAILS, "Sails", times=20)]
    chain = SummaryChain(generator, method="compare", window=400)
    chain.invoke(both)
    assert len(chat.asked) == chain.plan(both).calls > 3


def test_a_weak_generator_leaves_a_comparison_to_the_documents_themselves():
    both = [document(), document(SAILS, "Sails")]
    answer = SummaryChain(load(DEFAULT_MODEL), method="compare", weak=True, sentences=2).invoke(both)
    assert verbatim(answer, *both)
    assert "Engines: “" in answer.text
    assert "Sails: “" in answer.text


@pytest.mark.parametrize(("sentences", "words", "count"), [(1, None, 1), (2, None, 2), (3, 12, 1), (3, 14, 2)])
def test_a_summary_is_no_longer_than_was_asked_for(sentences: int, words: int | None, count: int):
    reply = (
        "The workshop repairs engines for the fleet. Repairs take nine days on average. Ada Lindqvist orders parts. "
    )
    _, generator = scripted(reply)
    answer = SummaryChain(generator, sentences=sentences, words=words).invoke(document())
    assert len({each.answer_start for each in answer.citations}) == count
    assert words is None or len(said(answer).split()) <= words
    assert "over the length" in answer.reason


class Stop(BaseCallbackHandler):
    raise_error = True

    def __init__(self, after: int) -> None:
        self.left = after

    def on_chat_model_start(self, *args: Any, **kwargs: Any) -> None:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt


def test_a_run_that_was_cut_off_does_not_do_its_parts_again(tmp_path: Path):
    chat, generator = scripted("Repairs take nine days on average.")
    chain = SummaryChain(generator, method="tree", window=400, workers=1, keep=tmp_path / "kept")
    # No two stretches are equal: equal prompts would have one reply in the cache.
    long = document("\n\n".join(f"{ENGINES} Bay {number} is free." for number in range(40)))
    with pytest.raises(KeyboardInterrupt):
        chain.invoke(long, {"callbacks": [Stop(5)]})
    before = len(chat.asked)
    assert list((tmp_path / "kept").glob("*.sqlite3"))
    answer = chain.invoke(long)
    assert 3 <= before <= 5
    assert answer.usage["cached_replies"] >= before
    assert not list((tmp_path / "kept").iterdir())


def test_parts_add_up_in_every_way_to_run_it():
    _, generator = scripted("Repairs take nine days on average. The foreman is Ada Lindqvist.")
    chain = SummaryChain(generator, sentences=2)
    whole = chain.invoke(document()).text

    async def asynchronously() -> tuple[str, str]:
        parts = [part async for part in chain.astream(document())]
        return sum(parts[1:], parts[0]).text, (await chain.ainvoke(document())).text

    parts = list(chain.stream(document()))
    assert sum(parts[1:], parts[0]).text == whole
    assert asyncio.run(asynchronously()) == (whole, whole)
    assert [each.text for each in chain.batch([document(), document()])] == [whole, whole]


def test_the_real_small_model_stays_within_its_plan(models_dir: Path):
    generator = load(DEFAULT_MODEL)
    chain = SummaryChain(generator, method="tree", window=400)
    long = document(ENGINES + SAILS, times=12)
    meter = Meter("", load_prices(None))
    answer = chain.invoke(long, {"callbacks": [meter]})
    plan = chain.plan(long)
    assert meter.spent.calls == plan.calls
    assert meter.spent.input_tokens <= plan.input_tokens
    assert meter.spent.output_tokens <= plan.output_tokens
    assert verbatim(answer, long)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"method": "haiku"}, "unknown summary method"),
        ({"sentences": 0}, "at least 1 sentence"),
        ({"words": 0}, "1 word"),
        ({"window": 10}, "too few"),
        ({"method": "query"}, "give one"),
    ],
)
def test_wrong_options_are_told(options: dict[str, Any], told: str):
    with pytest.raises(ConfigError, match=told):
        SummaryChain(scripted("x")[1], **options)


def test_one_document_cannot_be_compared():
    with pytest.raises(ConfigError, match="2 to"):
        SummaryChain(scripted("x")[1], method="compare").invoke(document())
