"""Hosted models: OpenAI's interface spoken to a real server on this machine, and every other provider."""

from __future__ import annotations

import asyncio
import gc

import pytest
from langchain_openai import ChatOpenAI

from ragkit.core.errors import ConfigError, ContextOverflow, GenerationError, MissingExtra
from ragkit.generate import load_generator, provider_errors


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE", "OPENAI_ORG_ID", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def test_a_server_on_this_machine_answers_without_a_key(base_url: str) -> None:
    answer = load_generator(f"openai:smollm2?base_url={base_url}&max_tokens=24").invoke("Write a sentence about cats.")
    assert "cat" in answer.text.lower()
    assert answer.usage_metadata["output_tokens"] > 5


def test_the_base_url_can_come_from_the_environment(base_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", base_url)
    assert load_generator("openai:smollm2?max_tokens=2").invoke("Hello").usage_metadata["output_tokens"] == 2


def test_streams_bring_pieces_and_usage(base_url: str) -> None:
    model = load_generator(f"openai:smollm2?base_url={base_url}&max_tokens=8")
    chunks = list(model.stream("Write a sentence about cats."))
    assert len([chunk for chunk in chunks if chunk.content]) > 3
    assert sum(chunk.usage_metadata["output_tokens"] for chunk in chunks if chunk.usage_metadata) == 8


async def test_async_calls_work_too(base_url: str) -> None:
    answer = await load_generator(f"openai:smollm2?base_url={base_url}&max_tokens=2").ainvoke("Hello")
    assert answer.usage_metadata["output_tokens"] == 2


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_one_event_loop_after_another_can_use_a_model(base_url: str) -> None:
    model = load_generator(f"openai:smollm2?base_url={base_url}&max_tokens=2&timeout=61")
    for _ in range(3):
        assert asyncio.run(model.ainvoke("Hello")).usage_metadata["output_tokens"] == 2
    gc.collect()  # lets the connections of ended loops complain here and nowhere else


def test_a_stop_string_of_the_spec_ends_the_answer(base_url: str) -> None:
    answer = load_generator(f"openai:smollm2?base_url={base_url}&stop=cat").invoke("Write a sentence about cats.")
    assert "cat" not in answer.text


def test_a_prompt_that_the_server_cannot_hold_overflows(base_url: str) -> None:
    model = load_generator(f"openai:smollm2?base_url={base_url}")
    with pytest.raises(ContextOverflow) as caught, provider_errors("openai:smollm2"):
        model.invoke("word " * 2000)
    assert caught.value.limit == 512
    assert caught.value.needed > 2000


def test_a_server_that_is_not_there_is_worth_trying_again() -> None:
    model = load_generator("openai:any?base_url=http://127.0.0.1:9/v1&max_retries=0&timeout=5")
    with pytest.raises(GenerationError, match="try again later") as caught, provider_errors("openai:any"):
        model.invoke("Hello")
    assert caught.value.retryable


def test_the_public_endpoint_needs_a_key_and_says_which_variable() -> None:
    with pytest.raises(ConfigError, match="OPENAI_API_KEY"):
        load_generator("openai:gpt-4o-mini")


def test_a_server_elsewhere_needs_a_key_too() -> None:
    with pytest.raises(ConfigError, match="OPENAI_API_KEY"):
        load_generator("openai:any?base_url=http://models.example/v1")


def test_defaults_make_answers_repeatable_and_waiting_finite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    model = load_generator("openai:gpt-4o-mini")
    assert isinstance(model, ChatOpenAI)
    assert (model.temperature, model.request_timeout, model.max_retries, model.stream_usage) == (0, 120, 2, True)


def test_reasoning_models_get_no_temperature(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    assert load_generator("openai:o3-mini").temperature is None


def test_the_key_shows_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "top-secret")
    assert "top-secret" not in repr(load_generator("openai:gpt-4o-mini"))


def test_an_unknown_option_is_a_config_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    with pytest.raises(ConfigError, match="did you mean 'temperature'"):
        load_generator("openai:gpt-4o-mini?temprature=0")


def test_a_wrong_value_is_a_config_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    with pytest.raises(ConfigError, match="max_retries"):
        load_generator("openai:gpt-4o-mini?max_retries=many")


def test_another_provider_names_the_package_it_needs() -> None:
    with pytest.raises(MissingExtra, match="pip install langchain-mistralai"):
        load_generator("mistralai:mistral-small-latest")


def test_a_provider_nobody_knows_is_a_config_error_with_a_suggestion() -> None:
    with pytest.raises(ConfigError, match=r"unknown provider 'llamacp'.*did you mean 'llamacpp'"):
        load_generator("llamacp:any")


def test_another_provider_that_lacks_its_key_is_a_config_error() -> None:
    with pytest.raises(ConfigError, match=r"(?i)key"):
        load_generator("azure_openai:any?azure_endpoint=http://127.0.0.1:9&api_version=v1")
