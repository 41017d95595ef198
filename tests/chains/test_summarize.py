"""Summaries: supported sentence by sentence, whatever the length and the method."""

from __future__ import annotations

from pathlib import Path

import pytest
from langchain_core.documents import Document
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage

from ragkit import Answer
from ragkit.chains.summarize.chain import SummaryChain
from ragkit.chains.summarize.condense import windows
from ragkit.core.errors import ConfigError
from ragkit.core.settings import DEFAULT_MODEL
from ragkit.generate.generator import Generator, LazyModel, load

TEXT = (
    "The harbour workshop repairs engines for the whole fleet. "
    "Repairs take nine days on average, and eleven in winter. "
    "The foreman, Ada Lindqvist, orders spare parts every Tuesday from the supplier in Lund. "
    "In the spring the workshop moves to a larger hall with a crane that lifts twelve tonnes. "
    "Visitors sign in at the gate and wear a helmet at all times."
)


def document() -> Document:
    return Document(TEXT, metadata={"source": "workshop.txt", "title": "The workshop"})


NEVER = Generator("", LazyModel("nobody:loads-this"))


def says(text: str) -> SummaryChain:
    model = GenericFakeChatModel(messages=iter(AIMessage(text) for _ in range(50)))
    return SummaryChain(Generator("", model), sentences=2)


def verbatim(answer: Answer) -> None:
    assert answer.citations
    assert all(TEXT[each.start : each.end] == each.quote for each in answer.citations)


def test_the_extractive_method_quotes_the_document_and_needs_no_model():
    answer = SummaryChain(NEVER, sentences=2, method="extractive").invoke(document())
    verbatim(answer)
    assert len(answer.citations) == 2


def test_sentences_the_document_does_not_support_are_left_out():
    answer = says("Repairs take nine days on average. The workshop closes in 2031.").invoke(document())
    verbatim(answer)
    assert answer.text == "Repairs take nine days on average. [1]"
    assert "1 sentence not confirmed" in answer.reason


def test_a_summary_without_support_is_replaced_by_the_most_central_sentences():
    answer = says("Unicorns graze.").invoke(document())
    verbatim(answer)
    assert "Unicorns" not in answer.text


def test_parts_add_up_to_the_whole():
    chain = SummaryChain(NEVER, sentences=3, method="extractive")
    streamed = Answer()
    for part in chain.stream(document()):
        streamed += part
    assert streamed.text == chain.invoke(document()).text


def test_a_long_document_is_summarised_window_by_window():
    calls: list[str] = []

    class Watching(GenericFakeChatModel):
        def _generate(self, messages: list, *args: object, **kwargs: object):  # type: ignore[override]
            calls.append(messages[-1].text)
            return super()._generate(messages, *args, **kwargs)

    model = Watching(messages=iter(AIMessage("Repairs take nine days on average.") for _ in range(500)))
    long = Document("\n\n".join([TEXT] * 80), metadata={"source": "long.txt"})
    answer = SummaryChain(Generator("", model), sentences=2, method="map_reduce").invoke(long)
    assert len(calls) > 2
    assert "nine days" in answer.text


def test_stuff_refuses_what_does_not_fit():
    long = Document("\n\n".join([TEXT] * 80), metadata={"source": "long.txt"})
    model = GenericFakeChatModel(messages=iter([AIMessage("x")]))
    with pytest.raises(ConfigError, match="tree"):
        SummaryChain(Generator("", model), method="stuff").invoke(long)


def test_windows_keep_every_word_in_order():
    parts = windows(TEXT, 20, lambda text: len(text.split()))
    assert " ".join(TEXT[start:end] for start, end in parts) == TEXT
    assert len(parts) > 2


def test_a_document_without_sentences_says_so():
    answer = SummaryChain(NEVER, method="extractive").invoke(Document("- - -", metadata={"source": "x"}))
    assert answer.abstained


def test_the_real_small_model_summarises_with_verbatim_quotes(models_dir: Path):
    verbatim(SummaryChain(load(DEFAULT_MODEL), sentences=2).invoke(document()))
