"""Prompts that DSPy saved, in the form that DSPy 3.4.1 writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ragkit.chains import Completion, few_shot
from ragkit.cli.app import run
from ragkit.core.errors import ConfigError
from ragkit.pipelines import build, load
from ragkit.testing import ScriptedChat
from ragkit.tune.dspy import from_dspy


def fields(*named: str, **described: str) -> list[dict[str, str]]:
    plain = [{"prefix": f"{name.title()}:", "description": f"${{{name}}}"} for name in named]
    return plain + [{"prefix": f"{name.title()}:", "description": told} for name, told in described.items()]


def predictor(instructions: str, told: list[dict[str, str]], demos: list[dict[str, Any]]) -> dict[str, Any]:
    signature = {"instructions": instructions, "fields": told}
    return {"traces": [], "train": [], "demos": demos, "signature": signature, "lm": None}


METADATA = {"dependency_versions": {"python": "3.11", "dspy": "3.4.1", "cloudpickle": "3.1"}}
REASONED = {
    "augmented": True,
    "context": "Oslo is in Norway.",
    "question": "Where is Oslo?",
    "reasoning": "The context says so.",
    "answer": "Norway",
}
PLAIN = {"context": "Paris is in France.", "question": "Where is Paris?", "answer": "France"}


@pytest.fixture
def one(tmp_path: Path) -> Path:
    told = fields("message", intent="one of the labels")
    demos = [{"message": "hello", "intent": "greet"}, {"message": "half"}]
    path = tmp_path / "one.json"
    path.write_text(json.dumps({**predictor("Tell the intent.", told, demos), "metadata": METADATA}))
    return path


@pytest.fixture
def several(tmp_path: Path) -> Path:
    reasoned = predictor("Answer.", fields("context", "question", "reasoning", "answer"), [PLAIN, REASONED])
    program = {"search": predictor("Search.", fields("question", "query"), []), "answer.predict": reasoned}
    path = tmp_path / "several.json"
    path.write_text(json.dumps({**program, "metadata": METADATA}))
    return path


def test_a_predictor_is_read(one: Path):
    found = from_dspy(one)
    assert found.instruction == "Tell the intent.\nIntent: one of the labels"
    assert [(each.question, each.answer) for each in found.examples] == [("hello", "greet")]
    assert (found.inputs, found.outputs, found.after, found.left_out) == (("message",), ("intent",), "", (2,))


def test_reasoning_comes_before_the_answer(several: Path):
    found = from_dspy(several, "answer.predict")
    assert (found.inputs, found.outputs, found.after) == (("context", "question"), ("reasoning", "answer"), "Answer:")
    assert found.examples[1].question == "Context: Oslo is in Norway.\n\nQuestion: Where is Oslo?"
    assert found.examples[1].answer == "Reasoning: The context says so.\n\nAnswer: Norway"
    assert found.examples[0].answer == "Answer: France"
    chat = ScriptedChat(replies=["Reasoning: It is known.\n\nAnswer: Peru"], cuts=[3, 26, 29, 33])
    chain = few_shot(found.examples, chat, instruction=found.instruction, k=2, selector="length", after=found.after)
    given = {"context": "Lima is in Peru.", "question": "Where is Lima?"}
    parts = list(chain.stream(given))
    whole = sum(parts[1:], parts[0])
    assert (whole.text, whole.reasoning) == ("Peru", "Reasoning: It is known.")
    assert chain.invoke(given).text == "Peru"
    assert str(chat.asked[0][-1].text) == "Context: Lima is in Peru.\n\nQuestion: Where is Lima?"


def test_a_reply_that_never_says_where_its_text_begins_is_all_text():
    chat = ScriptedChat(replies=["I do not know."], cuts=[4])
    found: Completion = few_shot(None, chat, instruction="Answer.", after="Answer:").invoke("why?")
    assert (found.text, found.reasoning) == ("I do not know.", "")


def test_a_prefix_written_by_hand_is_found_by_the_demonstrations(tmp_path: Path):
    told = [{"prefix": "Q:", "description": "what is asked"}, *fields("answer")]
    path = tmp_path / "hand.json"
    path.write_text(json.dumps(predictor("Answer.", told, [{"question": "a?", "answer": "b"}])))
    assert from_dspy(path).inputs == ("question",)
    assert from_dspy(path).examples[0].question == "a?"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\x80", "no JSON"),
        ("[1]", "holds no object"),
        ('{"a": 1}', "no predictor"),
        ('{"signature": {"fields": []}}', "none that DSPy 3 saved"),
    ],
)
def test_other_files_are_told(tmp_path: Path, text: str, said: str):
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match=said):
        from_dspy(path)


def test_what_is_not_there_is_told(several: Path, tmp_path: Path):
    with pytest.raises(ConfigError, match=r"name one of search, answer\.predict"):
        from_dspy(several)
    with pytest.raises(ConfigError, match="no predictor 'x': known are"):
        from_dspy(several, "x")
    with pytest.raises(ConfigError, match="no field 'x': known are question, query"):
        from_dspy(several, "search", ["x"])
    with pytest.raises(ConfigError, match="none is given"):
        from_dspy(several, "search", ["question", "query"])
    with pytest.raises(ConfigError, match="no file"):
        from_dspy(tmp_path / "none.json")


def test_the_command_makes_a_pipeline_of_it(several: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    output = tmp_path / "answer.yaml"
    assert run(["prompt", "import", str(several), "-o", str(output), "--predictor", "answer.predict"]) == 0
    assert "context, question to reasoning, answer: 2 examples" in capsys.readouterr().out
    loaded = load(output)
    assert loaded.spec.after == "Answer:"  # type: ignore[union-attr]
    assert build(loaded).picture()
    assert run(["prompt", "import", str(several), "-o", str(tmp_path / "a.json"), "--predictor", "search"]) == 2
    assert "end it in .yaml" in capsys.readouterr().err
