"""Hosted models on bad days: a real server with SmolLM2 behind one that fails as planned."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest

from ragkit.core.errors import ConfigError, GenerationError
from ragkit.core.registry import parse_spec
from ragkit.generate import load_generator
from ragkit.generate.hosted.chat import other_chat_model
from ragkit.testing import Fault, FaultyServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_core.language_models import BaseChatModel

ASK = "Write a sentence about cats."
PASSING = {
    "429": Fault("status", status=429, headers={"Retry-After": "7"}),
    "429, in milliseconds": Fault("status", status=429, headers={"Retry-After-Ms": "7000"}),
    "503": Fault("status", status=503),
    "dropped": Fault("drop"),
    "malformed": Fault("malformed"),
    "empty stream": Fault("end", events=0),
}


@pytest.fixture(scope="module")
def server(base_url: str) -> Iterator[FaultyServer]:
    with FaultyServer(base_url) as made:
        yield made


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that would have been waited."""
    asked: list[float] = []

    async def later(seconds: float, result: Any = None) -> Any:
        asked.append(seconds)
        return result

    monkeypatch.setattr("time.sleep", asked.append)
    monkeypatch.setattr("anyio.sleep", later)  # OpenAI's library
    monkeypatch.setattr("asyncio.sleep", later)
    return asked


def hosted(server: FaultyServer, options: str = "") -> BaseChatModel:
    # Connections of one test's event loop are of no use to the next.
    model: Any = load_generator(f"openai:smollm2?base_url={server.base_url}&max_tokens=8{options}")
    return model.bind(extra_headers={"Connection": "close"})


@pytest.fixture(scope="module")
def whole(server: FaultyServer) -> str:
    """The answer on a good day."""
    server.plan()
    return hosted(server).invoke(ASK).text


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_a_failure_that_passes_costs_a_wait_and_the_answer_is_whole(
    server: FaultyServer, waits: list[float], whole: str, fault: Fault
) -> None:
    server.plan(fault)
    assert "".join(chunk.text for chunk in hosted(server).stream(ASK)) == whole
    assert server.seen == [fault, None]
    assert len(waits) == 1
    server.plan(fault)
    assert hosted(server).invoke(ASK).text == whole


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
async def test_and_so_it_is_for_coroutines(server: FaultyServer, waits: list[float], whole: str, fault: Fault) -> None:
    server.plan(fault)
    assert "".join([chunk.text async for chunk in hosted(server).astream(ASK)]) == whole
    assert server.seen == [fault, None]
    server.plan(fault)
    assert (await hosted(server).ainvoke(ASK)).text == whole


@pytest.mark.parametrize("seconds", [7, 119])
def test_a_retry_after_is_waited_for_to_the_second(server: FaultyServer, waits: list[float], seconds: int) -> None:
    server.plan(Fault("status", status=429, headers={"Retry-After": str(seconds)}))
    hosted(server).invoke(ASK)
    assert waits == [seconds]


def test_without_a_retry_after_the_waits_grow_and_are_not_round(server: FaultyServer, waits: list[float]) -> None:
    server.plan(*[Fault("status", status=503)] * 3)
    hosted(server, "&max_retries=3").invoke(ASK)
    assert waits == sorted(waits)
    assert len({seconds % 0.5 for seconds in waits}) == 3


def test_a_retry_after_longer_than_the_client_library_waits_is_waited_for_too(
    server: FaultyServer, waits: list[float], whole: str
) -> None:
    server.plan(Fault("status", status=429, headers={"Retry-After": "200"}))
    assert hosted(server).invoke(ASK).text == whole
    assert 200 <= waits[0] <= 210


def test_a_retry_after_may_be_a_date(server: FaultyServer, waits: list[float]) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=200), usegmt=True)
    server.plan(Fault("status", status=503, headers={"Retry-After": date}))
    hosted(server).invoke(ASK)
    assert 190 <= waits[0] <= 210


@pytest.mark.parametrize("asked", ["nan", "1e400", "soon"])
def test_a_retry_after_that_is_no_time_is_none(
    server: FaultyServer, waits: list[float], whole: str, asked: str
) -> None:
    server.plan(Fault("status", status=429, headers={"Retry-After": asked}))
    assert hosted(server).invoke(ASK).text == whole
    server.plan(*[Fault("status", status=429, headers={"Retry-After": asked})] * 3)
    with pytest.raises(GenerationError, match="try again later"):
        hosted(server).invoke(ASK)


@pytest.mark.parametrize(("asked", "options"), [("3600", ""), ("200", "&longest_wait=150")])
def test_a_retry_after_beyond_the_longest_wait_is_told_at_once(
    server: FaultyServer, waits: list[float], asked: str, options: str
) -> None:
    server.plan(Fault("status", status=429, headers={"Retry-After": asked}))
    with pytest.raises(GenerationError, match=f"try again in {asked} s") as caught:
        hosted(server, options).invoke(ASK)
    assert caught.value.retryable
    assert waits == []


def test_a_reply_that_is_never_json_fails_after_the_retries(server: FaultyServer, waits: list[float]) -> None:
    server.plan(*[Fault("malformed")] * 3)
    with pytest.raises(GenerationError, match="JSON") as caught:
        hosted(server).invoke(ASK)
    assert caught.value.retryable
    assert len(server.seen) == 3


def test_a_wrong_key_is_not_tried_again(server: FaultyServer, waits: list[float]) -> None:
    server.plan(Fault("status", status=401))
    with pytest.raises(GenerationError, match="check the key") as caught:
        hosted(server).invoke(ASK)
    assert not caught.value.retryable
    assert len(server.seen) == 1


def test_a_server_that_says_nothing_is_a_timeout(server: FaultyServer) -> None:
    server.plan(Fault("hang"))
    with pytest.raises(GenerationError, match=r"timed out.*try again later") as caught:
        hosted(server, "&timeout=0.2&max_retries=0").invoke(ASK)
    assert caught.value.retryable


@pytest.mark.parametrize("kind", ["cut", "end"])
def test_a_stream_that_breaks_off_is_no_answer(server: FaultyServer, kind: Any) -> None:
    server.plan(Fault(kind, events=4))
    pieces = []
    with pytest.raises(GenerationError) as caught:
        pieces.extend(chunk.text for chunk in hosted(server).stream(ASK))
    assert caught.value.retryable
    assert server.seen == [Fault(kind, events=4)]  # what was shown cannot be taken back, so nothing is tried again


@pytest.mark.parametrize("kind", ["cut", "end"])
async def test_a_stream_that_breaks_off_is_no_answer_for_coroutines_either(server: FaultyServer, kind: Any) -> None:
    server.plan(Fault(kind, events=4))
    with pytest.raises(GenerationError) as caught:
        [chunk async for chunk in hosted(server).astream(ASK)]
    assert caught.value.retryable


def test_the_key_is_in_no_message(server: FaultyServer, waits: list[float]) -> None:
    server.plan(Fault("status", status=401))
    with pytest.raises(GenerationError) as caught:
        hosted(server, "&api_key=top-secret").invoke(ASK)
    assert "top-secret" not in str(caught.value)


def test_no_more_calls_run_at_once_than_the_spec_allows(server: FaultyServer) -> None:
    server.plan()
    models = [hosted(server, "&concurrency=2"), hosted(server, "&concurrency=2&seed=1")]  # they share the bound
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda number: models[number % 2].invoke(ASK).text, range(6)))
    assert all(answers)
    assert server.most == 2


async def test_no_more_coroutines_run_at_once_than_the_spec_allows(server: FaultyServer) -> None:
    server.plan()
    model = hosted(server, "&concurrency=1&seed=2")
    await asyncio.gather(*[model.ainvoke(ASK) for _ in range(3)])
    assert (server.most, len(server.seen)) == (1, 3)


def test_a_stream_that_is_let_go_frees_its_place(server: FaultyServer, whole: str) -> None:
    server.plan()
    model = hosted(server, "&concurrency=1&seed=3")
    chunks = model.stream(ASK)
    next(chunks)
    chunks.close()
    assert model.invoke(ASK).text == whole


def test_requests_of_the_same_spec_share_its_rate(server: FaultyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    class Waited(Exception):
        pass

    def wait(seconds: float) -> None:
        raise Waited

    server.plan()
    first, second = (hosted(server, "&requests_per_second=0.001") for _ in range(2))
    assert first.invoke(ASK).text
    monkeypatch.setattr("time.sleep", wait)
    with pytest.raises(Waited):
        second.invoke(ASK)
    assert len(server.seen) == 1


@pytest.mark.parametrize("option", ["requests_per_second=0", "concurrency=1.5", "concurrency=0", "longest_wait=long"])
def test_a_bound_that_is_none_is_a_config_error(server: FaultyServer, option: str) -> None:
    with pytest.raises(ConfigError, match=option.partition("=")[0]):
        hosted(server, f"&{option}")


def test_models_of_other_providers_are_guarded_in_the_same_way(server: FaultyServer, waits: list[float]) -> None:
    options = f"base_url={server.base_url}&api_key=any&max_tokens=8&concurrency=1&requests_per_second=1000"
    model = other_chat_model(parse_spec(f"openai:smollm2?{options}"))
    server.plan(Fault("malformed"), Fault("status", status=429, headers={"Retry-After": "200"}))
    assert model.invoke(ASK).text
    assert len(waits) == 2
    server.plan(Fault("end"))
    with pytest.raises(GenerationError, match="middle of its answer"):
        list(model.stream(ASK))
