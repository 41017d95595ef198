"""Graphs of chains: what steps are given, which are run, what is wrong in a file, and each way to run them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from ragkit.core.errors import ConfigError
from ragkit.core.registry import register, unregister
from ragkit.pipelines import build, load, run_rows
from ragkit.pipelines.references import Scope, check_condition, parse
from ragkit.testing import ScriptedChat

SAILING = "We propose a boat that sails without wind. It was tested in three harbours of the north. Nobody was hurt."


@pytest.fixture
def echo():
    """A generator that repeats what it was asked, in capitals."""

    class Echo(ScriptedChat):
        def _stream(self, messages: Any, stop: Any = None, run_manager: Any = None, **kwargs: Any) -> Any:
            said = Echo(replies=[str(messages[-1].content).upper()])
            yield from super(Echo, said)._stream(messages, stop, run_manager, **kwargs)

    register("generators", "echo", lambda spec: Echo(replies=[""]))
    yield "echo:capitals"
    unregister("generators", "echo")


def written(folder: Path, text: str) -> Path:
    path = folder / "graph.yaml"
    path.write_text(text, "utf-8")
    return path


GRAPH = """description: Shorten a text, and say each of its sentences loudly.
model: echo:capitals
steps:
  - {name: short, task: summarize, method: extractive, sentences: 2, model: null}
  - name: loud
    task: few_shot
    instruction: Say it.
    for_each: ${steps.short.citations}
    input: "${item.quote}"
  - name: both
    task: few_shot
    instruction: Say it.
    input: "About: ${steps.loud.1.text} (${steps.short.abstained})"
"""


def test_steps_take_what_earlier_ones_returned(echo: str, tmp_path: Path):
    found = build(load(written(tmp_path, GRAPH))).chain.invoke(SAILING)
    quotes = [each.quote for each in found.steps["short"].citations]
    assert [each.text for each in found.steps["loud"]] == [each.upper() for each in quotes]
    assert found.steps["both"].text == f"ABOUT: {quotes[1].upper()} (FALSE)"
    assert (found.output, found.result) == ("both", found.steps["both"])
    told = found.to_json()
    assert told["result"] == told["steps"]["both"]
    assert [each["text"] for each in told["steps"]["loud"]] == [each.upper() for each in quotes]
    assert found.to_text() == found.steps["both"].text


def test_every_way_to_run_a_graph_gives_the_same(echo: str, tmp_path: Path):
    chain = build(load(written(tmp_path, GRAPH))).chain

    def texts(found: Any) -> list[str]:
        return [found.steps["short"].text, *(each.text for each in found.steps["loud"]), found.result.text]

    async def others() -> list[Any]:
        return [await chain.ainvoke(SAILING), *await chain.abatch([SAILING, SAILING])]

    whole = texts(chain.invoke(SAILING))
    ways = [*chain.batch([SAILING, SAILING]), *chain.stream(SAILING), *asyncio.run(others())]
    assert [texts(each) for each in ways] == [whole] * 6


def test_rows_are_run_over_a_graph_and_a_failure_names_its_step(echo: str, tmp_path: Path):
    built = build(load(written(tmp_path, GRAPH)))
    out = tmp_path / "out.jsonl"
    ran = run_rows(built, [{"id": "a", "text": SAILING}, {"id": "b", "text": 7}], out, concurrency=2)
    assert (ran.done, ran.failed) == (1, 1)
    first, second = map(json.loads, out.read_text("utf-8").splitlines())
    assert first["result"]["output"] == "both"
    assert second["error"]["message"].startswith("step short: a document is a text")


BRANCHES = """description: Branches.
steps:
  - name: kind
    task: classify
    mode: nearest
    examples: [{text: the printer is jammed, label: thing}, {text: thank you so much, label: thanks}]
  - {name: short, task: summarize, method: extractive, sentences: 1, when: {steps.kind.label: [thing, other]}}
  - {name: again, task: summarize, method: extractive, sentences: 1, input: "${steps.short.answer}"}
  - name: mixed
    task: compare
    input: ["${steps.short.answer}", "${input}", "${steps.kind}"]
    when: {steps.kind.label: {not: [thing, thanks]}}
output: [again, kind]
"""


def test_conditions_choose_steps_and_what_rests_on_none_is_passed_over(tmp_path: Path):
    chain = build(load(written(tmp_path, BRANCHES))).chain
    thing = chain.invoke("The printer is jammed. It stands in the hall.")
    assert thing.output == "again"
    assert thing.steps["mixed"] is None
    thanks = chain.invoke("thank you so much")
    assert (thanks.output, thanks.steps["short"], thanks.steps["again"]) == ("kind", None, None)
    assert thanks.result.label == "thanks"


def test_a_graph_whose_outputs_were_not_run_says_so(tmp_path: Path):
    chain = build(load(written(tmp_path, BRANCHES.replace("[again, kind]", "again")))).chain
    found = chain.invoke("thank you so much")
    assert found.to_json()["result"] is None
    assert "no step of the output was run" in found.to_text()


def test_a_graph_is_drawn_with_what_each_step_takes_and_when(tmp_path: Path):
    picture = build(load(written(tmp_path, BRANCHES))).picture()
    assert "summarize of input, when steps.kind.label is thing or other" in picture
    assert "compare of steps.short.answer, input, steps.kind, when steps.kind.label is not thing or thanks" in picture
    assert "extractive, 1 sentence, no generator" in picture


STEP = "description: x\nsteps:\n  - {name: a, task: classify, mode: nearest, labels: [y, n]}\n"
B = STEP + "  - {name: b, task: math, %s}\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("task: graph\ndescription: x\nsteps: []\n", r"line 3: steps: .*at least 1 item"),
        ("description: x\nsteps:\n  - hello\n", r"line 3: a step is a mapping"),
        ("description: x\nsteps:\n  - {name: a}\n", r"line 3: a step needs a task"),
        ("description: x\nsteps:\n  - {name: a, task: clasify}\n", r"line 3: unknown task 'clasify'"),
        ("description: x\nsteps:\n  - {task: math}\n", r"line 3: 'steps\.0\.name' is missing"),
        (f"{STEP}  - name: b\n    task: math\n    trys: 2\n", r"line 6: unknown key 'steps.*did you mean tries"),
        (f"{STEP}  - name: b\n    task: math\n    tries: 0\n", r"line 6: steps\.1\.tries: .*greater than or equal"),
        (f"{STEP}  - {{name: a, task: math}}\n", r"line 4: two steps are named 'a'"),
        (B % "input: '${steps.aa}'", r"line 4: input: there is no step 'aa': did you mean a"),
        (B % "input: '${steps.b}'", r"'b' is this one or a later one"),
        (B % "input: '${steps.a.lable}'", r"returns no 'lable': did you mean label"),
        (B % "input: '${item}'", r"an item only in the input of a step with for_each"),
        (B % "input: '${step.a}'", r"'step\.a' refers to nothing"),
        (B % "for_each: 'x ${steps.a}'", r"for_each: takes one reference to a list"),
        (B % 'when: {steps.c.label: y}', r"when: steps\.c\.label: there is no step 'c'"),
        (B % 'when: {steps.a.label: {like: y}}', r"a condition is a value, a list"),
        (f"{STEP}output: [a, c]\n", r"line 4: output: there is no step 'c'"),
        (f"{STEP}outptu: a\n", r"line 4: unknown key 'outptu': did you mean output"),
    ],
)  # fmt: skip
def test_each_mistake_in_a_graph_is_told_with_its_line(tmp_path: Path, text: str, problem: str):
    with pytest.raises(ConfigError, match=problem):
        load(written(tmp_path, text))


def test_for_each_needs_a_list(tmp_path: Path):
    text = f"{STEP}  - {{name: b, task: summarize, method: extractive, for_each: '${{input.parts}}'}}\n"
    text = text.replace(
        "labels: [y, n]", "examples: [{text: a, label: y}, {text: b, label: n}], input: '${input.title}'"
    )
    chain = build(load(written(tmp_path, text))).chain
    assert len(chain.invoke({"title": "t", "parts": ["One.", "Two."]}).result) == 2
    assert chain.invoke({"title": "t", "parts": []}).result == []
    with pytest.raises(ConfigError, match="step b: for_each needs a list"):
        chain.invoke({"title": "t", "parts": "One."})


def test_the_environment_and_settings_reach_into_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("METHOD", "extractive")
    monkeypatch.setenv("input", "not this")
    text = "description: x\nsteps:\n  - {name: a, task: summarize, method: '${METHOD}', input: '${input}'}\n"
    spec = load(written(tmp_path, text), {"steps.a.sentences": "2"}).spec
    assert (spec.steps[0].method, spec.steps[0].input, spec.steps[0].sentences) == ("extractive", "${input}", 2)
    with pytest.raises(ConfigError, match="because b is no mapping"):
        load(written(tmp_path, text), {"steps.b.sentences": "2"})


@pytest.mark.parametrize(
    ("wanted", "value", "holds"),
    [
        ("a", "a", True), ("a", "b", False), (["a", "b"], "b", True), ({"not": "a"}, "b", True), (True, True, True),
        ({"not": ["a", "b"]}, "a", False), ({"empty": True}, [], True), ({"empty": False}, [], False), (1, True, False),
        (None, None, True), ({"not": None}, None, False), (0.5, 0.5, True),
    ],
)  # fmt: skip
def test_conditions(wanted: Any, value: Any, holds: bool):
    check_condition(wanted)
    assert Scope(value, {}).holds({"input": wanted}) is holds


def test_references_reach_into_lists_and_mappings():
    scope = Scope({"a": [{"b": 1}, {"b": 2}]}, {"s": "text"}, {"s": {"text": "T"}})
    assert scope.value(parse("input.a.b")) == [1, 2]
    assert scope.value(parse("input.a.1.b")) == 2
    assert scope.value(parse("input.a.7.b")) is None
    assert scope.filled({"x": ["${steps.s}", 3], "y": "<${input.a.0}>"}) == {"x": ["T", 3], "y": '<{"b": 1}>'}
