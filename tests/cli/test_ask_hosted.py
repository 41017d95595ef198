"""``ragkit ask`` with a hosted model: a real server on this machine, on good days and on bad ones."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ragkit import models
from ragkit.testing import Fault, FaultyServer, openai_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Run


@pytest.fixture(scope="module")
def server() -> Iterator[FaultyServer]:
    path = models.path("SmolLM2-135M-Instruct-Q4_1")
    with openai_server(path, context=2048) as url, FaultyServer(url) as made:
        yield made


def test_ask_answers_after_a_retry_and_takes_no_broken_stream_for_an_answer(
    server: FaultyServer, ragkit: Callable[..., Run], documents: Path
) -> None:
    ragkit("index", documents)
    ask = ("ask", "How many days do repairs take?", "--mode", "answer", "--json")
    model = f"openai:smollm2?base_url={server.base_url}"
    server.plan(Fault("status", status=503))
    answered = ragkit(*ask, "-m", model)
    assert answered.code == 0, answered.err
    assert json.loads(answered.out)["raw_answer"]
    assert len(server.seen) == 2
    for kind in ("cut", "end"):
        server.plan(Fault(kind, events=5))
        failed = ragkit(*ask, "-m", model)
        assert failed.code == 1
        assert failed.out == ""
        assert "try again later" in failed.err
        assert len(failed.err.strip().splitlines()) == 1
