"""What calls take is counted, and bounded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ragkit.core.errors import BudgetExceeded, ConfigError
from ragkit.core.types import Example
from ragkit.evaluate.answers import evaluate_answers
from ragkit.generate import load_generator
from ragkit.generate.usage.meter import Meter
from ragkit.generate.usage.prices import Price, Prices

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from ragkit import Index

SPEC = "llamacpp:SmolLM2-135M-Instruct-Q4_1"
PRICED = Prices("EUR", {SPEC: Price(1000.0, 2000.0)})


@pytest.fixture(scope="module")
def chat(models_dir: Path) -> BaseChatModel:
    return load_generator(f"{SPEC}?max_tokens=4")


async def test_every_way_of_calling_is_counted(chat: BaseChatModel) -> None:
    meter = Meter(SPEC, PRICED)
    config = {"callbacks": [meter]}
    said = chat.invoke("Say yes.", config)
    list(chat.stream("Say yes.", config))
    await chat.ainvoke("Say yes.", config)
    async for _ in chat.astream("Say yes.", config):
        pass
    chat.batch(["Say yes.", "Say no."], config)
    spent = meter.spent
    assert spent.calls == 6
    assert spent.output_tokens >= 6 * 1
    assert spent.input_tokens == pytest.approx(6 * said.usage_metadata["input_tokens"], abs=6)
    assert spent.cost == pytest.approx((spent.input_tokens * 1000 + spent.output_tokens * 2000) / 1e6, rel=0.01)
    assert spent.seconds > 0
    assert "EUR" in spent.line()


def test_no_call_is_begun_when_the_tokens_are_spent(chat: BaseChatModel) -> None:
    meter = Meter(SPEC, Prices(), max_tokens=10)
    chat.invoke("Say yes.", {"callbacks": [meter]})
    spent = meter.spent
    with pytest.raises(BudgetExceeded, match=f"{spent.tokens} tokens are spent of 10 allowed"):
        chat.invoke("Say yes.", {"callbacks": [meter]})
    assert meter.spent == spent


def test_no_call_is_begun_when_the_money_is_spent(chat: BaseChatModel) -> None:
    meter = Meter(SPEC, PRICED, max_cost=0.0)
    with pytest.raises(BudgetExceeded, match=r"0\.0000 EUR is spent of 0 allowed"):
        chat.invoke("Say yes.", {"callbacks": [meter]})


def test_what_costs_nothing_is_never_too_dear(chat: BaseChatModel) -> None:
    meter = Meter(SPEC, Prices(), max_cost=0.0)
    chat.invoke("Say yes.", {"callbacks": [meter]})
    assert meter.spent.cost == 0.0


def test_a_price_that_is_not_known_is_told_and_cannot_be_bounded() -> None:
    assert "cost unknown" in Meter("openai:other", Prices()).spent.line()
    with pytest.raises(ConfigError, match=r"openai:other is not known.*add \[\"openai:other\"\]"):
        Meter("openai:other", Prices(), max_cost=1.0)


def test_a_run_stops_cleanly_and_keeps_what_was_answered(handbook: Index) -> None:
    examples = [
        Example("How many days of parental leave are there?", "80 days", answers=("80 days",), id=str(n))
        for n in range(4)
    ]
    rows: list[dict] = []
    meter = Meter(SPEC, Prices(), max_tokens=500)
    metrics = evaluate_answers(handbook, examples, mode="short", record=rows.append, callbacks=[meter])
    assert len(rows) == 2
    assert metrics["unasked"] == 2
    assert metrics["em"] == 1.0


def test_an_estimate_is_what_is_then_read(handbook: Index) -> None:
    chain = handbook.chain(mode="short")
    read, written = chain.estimate("How many days of parental leave are there?")
    answer = chain.invoke("How many days of parental leave are there?")
    assert read == pytest.approx(answer.usage["input_tokens"], abs=2)
    assert answer.usage["output_tokens"] <= written
    assert chain.estimate("Who won the football world cup in 1974?") == (0, 0)
    assert handbook.chain(mode="quote").estimate("How many days of parental leave are there?") == (0, 0)
