"""The record of a run, and what chains tell of their steps."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from langchain_core.messages import HumanMessage

from ragkit.chains.trace import TraceFile, traced
from ragkit.core.errors import ConfigError, ContextOverflow
from ragkit.generate import load_generator

if TYPE_CHECKING:
    from pathlib import Path

    from ragkit import Index

QUESTION = "How many days of parental leave are there?"


def steps_of(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_trace_holds_every_step_in_order_with_the_exact_prompt_and_reply(handbook: Index, tmp_path: Path):
    path = tmp_path / "trace.jsonl"
    with TraceFile(path) as trace:
        answer = handbook.chain(mode="answer").invoke(QUESTION, {"callbacks": [trace]})
    rows = steps_of(path)
    steps = ["start", "routed", "start", "retrieved", "evidence", "decided", "prompt", "reply", "end", "end"]
    assert [row["step"] for row in rows] == steps
    by_name = {row["step"]: row for row in rows}
    assert [each["text"] for each in by_name["retrieved"]["passages"]] == [hit.chunk.text for hit in answer.hits]
    assert QUESTION in by_name["prompt"]["messages"][-1]["content"]
    assert answer.citations[0].quote in by_name["prompt"]["messages"][-1]["content"]
    (reply,) = by_name["reply"]["replies"]
    assert reply["text"] == answer.raw_text
    assert reply["usage"]["input_tokens"] == answer.usage["input_tokens"]
    assert by_name["end"]["output"]["answer"] == answer.text
    assert by_name["prompt"]["parent"] == by_name["start"]["run"] == by_name["evidence"]["run"]


async def test_the_async_twin_writes_the_same_steps(handbook: Index, tmp_path: Path):
    paths = [tmp_path / "sync.jsonl", tmp_path / "async.jsonl"]
    with TraceFile(paths[0]) as trace:
        handbook.chain(mode="quote").invoke(QUESTION, {"callbacks": [trace]})
    with TraceFile(paths[1]) as trace:
        await handbook.chain(mode="quote").ainvoke(QUESTION, {"callbacks": [trace]})
    assert [[row["step"] for row in steps_of(path)] for path in paths] == [
        ["start", "routed", "start", "retrieved", "evidence", "decided", "end", "end"]
    ] * 2


def test_a_refusal_is_traced_with_its_reason(handbook: Index, tmp_path: Path):
    path = tmp_path / "trace.jsonl"
    with TraceFile(path) as trace:
        answer = handbook.chain().invoke("Are visible tattoos allowed on board?", {"callbacks": [trace]})
    decided = next(row for row in steps_of(path) if row["step"] == "decided")
    assert answer.abstained
    assert decided["refusal"] == answer.reason


def test_retrievers_are_traced(handbook: Index, tmp_path: Path):
    path = tmp_path / "trace.jsonl"
    with TraceFile(path) as trace:
        found = handbook.retriever(k=2).invoke(QUESTION, {"callbacks": [trace]})
    search, told = steps_of(path)
    assert search["query"] == QUESTION
    assert [each["text"] for each in told["documents"]] == [each.page_content for each in found]


def test_a_call_that_fails_is_traced(models_dir: Path, tmp_path: Path):
    path = tmp_path / "trace.jsonl"
    model = load_generator("llamacpp:SmolLM2-135M-Instruct-Q4_1?n_ctx=256&max_tokens=8")
    with TraceFile(path) as trace, pytest.raises(ContextOverflow):
        model.invoke([HumanMessage("heron " * 400)], {"callbacks": [trace]})
    prompt, error = steps_of(path)
    assert "heron" in prompt["messages"][0]["content"]
    assert error["error"].startswith("ContextOverflow: ")


def test_a_trace_that_cannot_be_written_is_named(tmp_path: Path):
    with pytest.raises(ConfigError, match="cannot be written"):
        TraceFile(tmp_path / "no" / "such" / "folder.jsonl")


def test_nobody_listens_without_a_path():
    with traced(None) as callbacks:
        assert callbacks == []
