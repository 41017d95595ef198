"""Pipeline files: what comes with ragkit, and one test for each way in which a file can be wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ragkit.chains.registry import chains
from ragkit.core.errors import ConfigError
from ragkit.pipelines import built_in, load
from ragkit.pipelines.read import built_in_folder, find
from ragkit.pipelines.spec import json_schema

SHIPPED = (
    "answer chat classify code compare extract few_shot hybrid_search math multi_hop rewrite sentiment summarize "
    "table translate triage write".split()
)


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(text, "utf-8")
    return path


def test_what_comes_with_ragkit_is_read_and_short():
    found = built_in()
    assert set(SHIPPED) <= set(found)
    for name, path in found.items():
        loaded = load(name)
        assert loaded.spec.description.endswith(".")
        assert len(path.read_text("utf-8").splitlines()) <= 30


def test_the_schema_for_editors_is_up_to_date():
    kept = json.loads((built_in_folder() / "pipeline.schema.json").read_text("utf-8"))
    assert kept == json_schema()


def test_every_kind_of_pipeline_is_in_the_schema():
    models = [each["properties"] for each in json_schema()["$defs"].values()]
    tasks = [each["task"]["const"] for each in models if "task" in each]
    assert sorted(tasks) == sorted([*chains(), *chains(), "graph"])  # each as a pipeline and as a step


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", r"mine\.yaml is empty"),
        ("- a\n- b\n", r"line 1: a pipeline is a mapping"),
        ("task: [\n", r"line 2: this is no YAML"),
        ("description: x\n", r"line 1: a pipeline needs a task"),
        ("description: x\ntask: anser\n", r"line 2: unknown task 'anser': did you mean answer\?"),
        ("task: answer\n", r"'description' is missing"),
        ("task: answer\ndescription: x\nmodle: y\n", r"line 3: unknown key 'modle': did you mean model\?"),
        ("task: answer\ndescription: x\nzzz: y\n", r"line 3: unknown key 'zzz': known are description"),
        ("task: answer\ndescription: x\n\nmode: quoet\n", r"line 4: mode: .*did you mean quote\?"),
        ("task: answer\ndescription: x\nk: 0\n", r"line 3: k: .*greater than or equal to 1"),
        ("task: answer\ndescription: x\nk: many\n", r"line 3: k: .*valid integer"),
        ("task: answer\ndescription: x\nk: 1\nk: 2\n", r"line 4: 'k' stands here a second time"),
        ("task: answer\ndescription: x\nmodel: ${NOWHERE_SET}\n", r"line 3: the environment has no NOWHERE_SET"),
        ("task: answer\ndescription: x\nmodel: openai:gpt?api_key=abc\n", r"line 3: a key or password has no place"),
        ("task: answer\ndescription: x\nmodel: sk-abcdefghijklmnopqrst\n", r"line 3: a key or password"),
        ("task: classify\ndescription: x\ndescriptions:\n  a: [1]\n", r"line 4: descriptions\.a: "),
        ("task: summarize\ndescription: x\nmethod: compare\n", r"line 3: method: "),
    ],
)
def test_each_mistake_is_told_with_its_line(tmp_path: Path, text: str, told: str):
    with pytest.raises(ConfigError, match=told):
        load(written(tmp_path, text))


def test_several_mistakes_are_told_together(tmp_path: Path):
    with pytest.raises(ConfigError) as raised:
        load(written(tmp_path, "task: answer\ndescription: x\nmodle: y\nk: 0\n"))
    assert len(str(raised.value).splitlines()) == 2


def test_a_file_that_is_not_there_and_a_name_that_is_nearly_right_are_told(tmp_path: Path):
    with pytest.raises(ConfigError, match="there is no pipeline file"):
        find(tmp_path / "absent.yaml")
    with pytest.raises(ConfigError, match=re.escape("did you mean summarize?")):
        find("sumarize")


def test_text_that_is_no_unicode_is_told(tmp_path: Path):
    path = tmp_path / "x.yaml"
    path.write_bytes(b"task: \xff\xfe")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(path)


def test_the_environment_is_filled_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PLACE", "/somewhere")
    monkeypatch.setenv("HOW_MANY", "7")
    text = "task: answer\ndescription: x\nindex: ${PLACE}/my.index\nk: ${HOW_MANY}\nmodel: ${ABSENT:-openai:x}\n"
    spec = load(written(tmp_path, text)).spec
    assert (spec.index, spec.k, spec.model) == ("/somewhere/my.index", 7, "openai:x")


def test_values_can_be_set_from_outside(tmp_path: Path):
    path = written(tmp_path, "task: classify\ndescription: x\nlabels: [a, b]\n")
    spec = load(path, {"k": "3", "descriptions.a": "first", "labels": "[a, c]"}).spec
    assert (spec.k, spec.descriptions, spec.labels) == (3, {"a": "first"}, ["a", "c"])
    with pytest.raises(ConfigError, match="did you mean labels"):
        load(path, {"lables": "[a]"})
    with pytest.raises(ConfigError, match="is no mapping"):
        load(path, {"task.x": "1"})
    with pytest.raises(ConfigError, match="is no YAML"):
        load(path, {"k": "["})


def test_dates_and_versions_stay_texts_and_numbers_numbers(tmp_path: Path):
    text = "task: few_shot\ndescription: x\nexamples:\n  - {text: a, answer: 2024-05-03}\nk: 2\n"
    spec = load(written(tmp_path, text)).spec
    assert spec.examples == [{"text": "a", "answer": "2024-05-03"}]
    assert spec.k == 2


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("k", "abc", "--set: k: Input should be a valid integer"),
        ("foo", "1", "--set: unknown key 'foo'"),
        ("task", "clasify", "--set: unknown task 'clasify'"),
        ("labels", "[yes, no]", "--set: labels.0: Input should be a valid string (put it in quotes"),
    ],
)
def test_what_is_set_wrong_is_no_line_of_the_file(key: str, value: str, told: str):
    with pytest.raises(ConfigError) as caught:
        load("classify", {key: value})
    assert str(caught.value).startswith(told)
