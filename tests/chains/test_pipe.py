"""retriever | prompt | model | grounding: ragkit's pieces in a plain LangChain chain."""

from __future__ import annotations

from pathlib import Path

import pytest
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable

from ragkit import Answer, Index
from ragkit.core.errors import ConfigError

QUESTION = "How many days of parental leave are there?"
SAID = "Each parent has 80 days of parental leave [1]. It is paid by 12 banks [2]."


def parrot(text: str = SAID) -> GenericFakeChatModel:
    """A chat model that always says the same, token by token, so that grounding has something false to find."""
    return GenericFakeChatModel(messages=iter(AIMessage(text) for _ in range(50)))


def pipe(index: Index, text: str = SAID) -> Runnable[str, Answer]:
    return index.retriever() | index.prompt() | parrot(text) | index.grounding()


def check(answer: Answer) -> None:
    assert answer.question == QUESTION
    assert answer.text.startswith("Each parent has 80 days of parental leave. [1]")
    assert answer.text.endswith("It is paid by 12 banks. [?]")
    assert "80 days" in answer.citations[0].quote
    assert "1 sentence not confirmed" in answer.reason
    assert answer.raw_text == SAID
    assert answer.hits


def test_invoke_keeps_what_is_supported_and_marks_what_is_not(handbook: Index):
    check(pipe(handbook).invoke(QUESTION))


def test_stream_adds_up_to_the_same(handbook: Index):
    parts = list(pipe(handbook).stream(QUESTION))
    assert len(parts) > 2
    answer = Answer()
    for part in parts:
        answer += part
    check(answer)


def test_batch_keeps_questions_apart(handbook: Index):
    other = "What is the daily allowance in Iceland this year?"
    first, second, third = pipe(handbook).batch([QUESTION, other, QUESTION])
    check(first)
    check(third)
    assert second.question == other
    assert second.hits[0].chunk.id != first.hits[0].chunk.id


async def test_async_gives_the_same(handbook: Index):
    check(await pipe(handbook).ainvoke(QUESTION))
    answer = Answer()
    async for part in pipe(handbook).astream(QUESTION):
        answer += part
    check(answer)
    check((await pipe(handbook).abatch([QUESTION, QUESTION]))[1])


def test_a_reply_without_any_support_is_a_refusal_with_the_closest_evidence(handbook: Index):
    answer = pipe(handbook, "Unicorns graze in Antarctica.").invoke(QUESTION)
    assert "Unicorns" not in answer.text
    assert "80 days" in answer.text
    assert answer.abstained


def test_a_reply_that_denies_is_a_refusal(handbook: Index):
    answer = pipe(handbook, "NOT IN THE SOURCES").invoke(QUESTION)
    assert answer.abstained
    assert answer.citations == ()


def test_a_question_without_support_is_refused_whatever_the_model_says(handbook: Index):
    answer = pipe(handbook).invoke("Are visible tattoos allowed on board?")
    assert answer.abstained
    assert answer.citations == ()


def test_grounding_outside_a_chain_says_how_to_build_one(handbook: Index):
    with pytest.raises(ConfigError, match="same chain as the prompt"):
        handbook.grounding().invoke(AIMessage("80 days"))


def test_the_prompt_wants_ragkits_passages(handbook: Index):
    with pytest.raises(ConfigError, match="passages of a ragkit retriever"):
        handbook.prompt().invoke(["a", "b"])


def test_the_real_small_model_runs_in_the_same_chain(handbook: Index, models_dir: Path):
    chain = (
        handbook.retriever() | handbook.prompt() | handbook.generator.chat.bind(max_tokens=40) | handbook.grounding()
    )
    answer = chain.invoke(QUESTION)
    assert "80 days" in answer.text
    assert answer.usage["output_tokens"] > 0
