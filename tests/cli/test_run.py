"""``ragkit run`` as a user meets it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_all_pipelines_are_described(ragkit: Callable[..., Any]):
    run = ragkit("run", "--list")
    assert run.code == 0
    assert all(f"{name} " in run.out for name in ("answer", "classify", "compare", "few_shot", "sentiment"))
    told = json.loads(ragkit("run", "--list", "--json").out)["pipelines"]
    assert all(each["description"] and each["task"] and each["input"] for each in told)


def test_a_text_is_classified_and_a_pipeline_drawn(ragkit: Callable[..., Any]):
    assert ragkit("run", "classify", "The wireless network is slow").out.startswith("network (")
    assert "nearest examples, 4 labels" in ragkit("run", "classify", "--show").out
    assert json.loads(ragkit("run", "--schema").out)["title"] == "ragkit pipeline"


def test_rows_are_run_and_failures_counted(ragkit: Callable[..., Any], tmp_path: Path):
    (tmp_path / "rows.jsonl").write_text('{"text": "my password expired"}\n{"other": 1}\n', "utf-8")
    run = ragkit("run", "classify", "--input", "rows.jsonl", "--output", "out.jsonl", "--concurrency", "2")
    assert run.code == 3
    assert run.out == "1 done, 1 failed; results in out.jsonl\n"
    first, second = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert (first["id"], first["result"]["label"]) == ("1", "access")
    assert second["error"]["type"] == "ConfigError"
    again = ragkit("run", "classify", "--input", "rows.jsonl", "--output", "out.jsonl")
    assert again.code == 3
    assert "0 done, 2 were done before, 1 of them failed, --retry-failed does them again" in again.out


def test_results_never_take_the_place_of_the_rows(ragkit: Callable[..., Any], tmp_path: Path):
    (tmp_path / "rows.jsonl").write_text('{"text": "my password expired"}\n', "utf-8")
    run = ragkit("run", "classify", "--input", "rows.jsonl", "--output", "rows.jsonl")
    assert (run.code, "holds the rows" in run.err) == (2, True)
    assert ragkit("run", "classify", "--input", "rows.jsonl", "--output", "out.jsonl").code == 0
    again = ragkit("run", "classify", "--input", "rows.jsonl", "--output", "out.jsonl", "--set", "k=2")
    assert again.out.startswith("1 done, 1 of them again, since the row or the pipeline has changed;")


def test_examples_come_from_an_index(ragkit: Callable[..., Any], tmp_path: Path):
    rows = [("where is my card?", "card"), ("my card is broken", "card"), ("which rate do you use?", "rate")]
    text = "".join(json.dumps({"text": asked, "label": said}) + "\n" for asked, said in rows)
    (tmp_path / "rows.jsonl").write_text(text, "utf-8")
    (tmp_path / "prose.txt").write_text("A card is made of plastic.", "utf-8")
    assert ragkit("index", "rows.jsonl", "prose.txt", "--index", "topics").code == 0
    run = ragkit("run", "classify", "has my card come?", "--set", "examples=topics")
    assert run.out.startswith("card (")
    assert "documents that are no examples, passed over: 1" in run.err


def test_a_file_of_ones_own_is_run_and_its_mistakes_told(ragkit: Callable[..., Any], tmp_path: Path):
    (tmp_path / "mine.yaml").write_text(
        "description: Names the first sentences.\ntask: summarize\nmethod: extractive\nsentences: 1\n", "utf-8"
    )
    text = "We propose a boat that sails without wind. It was tested in three harbours of the north."
    run = ragkit("run", "mine.yaml", text)
    assert run.code == 0
    assert "boat that sails without wind" in run.out
    wrong = ragkit("run", "mine.yaml", text, "--set", "sentenses=2")
    assert wrong.code == 2
    assert "did you mean sentences?" in wrong.err


def test_what_is_missing_is_told(ragkit: Callable[..., Any], tmp_path: Path):
    assert ragkit("run").code == 2
    assert "give the text" in ragkit("run", "classify").err
    (tmp_path / "rows.jsonl").write_text('{"text": "a"}\n', "utf-8")
    assert "--output" in ragkit("run", "classify", "--input", "rows.jsonl").err
    assert "no key=value" in ragkit("run", "classify", "x", "--set", "k").err
