"""A prompt chosen by score: what is tried on which rows, what is kept, and what is told of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk
from pydantic import Field

from ragkit.cli.app import run
from ragkit.core.errors import BudgetExceeded, ConfigError
from ragkit.core.types import Example
from ragkit.generate.generator import Generator
from ragkit.pipelines import build, load
from ragkit.testing import ScriptedChat
from ragkit.tune import compile_prompt
from ragkit.tune.prompts import HeldOut, ways

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_core.messages import BaseMessage

WORDS = "ash birch cedar elm fir hazel larch maple oak pine rowan spruce willow yew alder beech".split()
ROWS = [Example(word, word[::-1], answers=(word[::-1],), id=word) for word in WORDS]


class Turning(ScriptedChat):
    """Says the last message backwards when it is told to turn it, else as it is."""

    replies: list[str] = Field(default_factory=lambda: [""])
    told: str = "Turn"

    def _stream(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        self._asked.append(messages)
        said = str(messages[-1].text)
        if said.startswith("Someone was given"):
            said = f'Instruction: "{self.told} the word."\n\nHere is why.'
        elif self.told in str(messages[0].text):
            said = said[::-1]
        yield ChatGenerationChunk(message=AIMessageChunk(content=said))


class Budget(BaseCallbackHandler):
    """Lets so many calls begin."""

    raise_error = True

    def __init__(self, left: int) -> None:
        self.left = left

    def on_chat_model_start(self, *_: Any, **__: Any) -> None:
        self.left -= 1
        if self.left < 0:
            raise BudgetExceeded("1000 tokens are spent")


def compiled(chat: ScriptedChat, **options: Any) -> Any:
    given: dict[str, Any] = {"instructions": ["Say the word.", "Turn the word."], "task": "few_shot", **options}
    return compile_prompt(ROWS, Generator("", chat), **given)


def test_the_instruction_that_works_is_chosen_and_measured_on_other_rows():
    found = compiled(Turning())
    assert found.way.instruction == "Turn the word."
    assert found.tried[0].score == 1.0
    assert {each.score for each in found.tried if each.way.instruction == "Say the word."} == {0.0}
    assert found.held_out == HeldOut(4, 1.0, 0.0, 4, 0)
    assert found.held_out.p == pytest.approx(2 / 16)
    assert len(found.examples) == 8
    assert found.choosing == 4


def test_the_same_seed_tries_the_same_on_the_same_rows():
    first, second = Turning(), Turning()
    assert compiled(first) == compiled(second)
    assert first.asked == second.asked
    assert compiled(Turning(), seed=5).examples != compiled(Turning()).examples


def test_what_is_held_out_and_what_chooses_are_never_examples():
    chat = Turning()
    found = compiled(chat)
    shown = {each.question for each in found.examples}
    assert not shown & {str(messages[-1].text) for messages in chat.asked}


def test_a_search_stays_within_its_runs():
    chat = Turning()
    found = compiled(chat, runs=40, candidates=8)
    assert found.runs == len(chat.asked) <= 40
    assert len(found.tried) == 8
    with pytest.raises(ConfigError, match="too few for 12 prompts"):
        compiled(Turning(), runs=10)


def test_better_prompts_are_tried_on_more_rows():
    found = compiled(Turning(), runs=60, candidates=12)
    seen = [len(each.scores) for each in found.tried]
    assert seen[0] == max(seen) > min(seen)


def test_instructions_can_be_made_up_by_the_generator():
    found = compiled(Turning(), instructions=["Say the word."], propose=1)
    assert found.way.instruction == "Turn the word."


def test_without_instructions_the_examples_tell():
    assert {each.way.instruction for each in compiled(Turning(told="earlier ones"), instructions=()).tried} == {""}


def test_texts_that_recur_are_labels():
    moods = [Example(f"{word} {n}", word, answers=(word,)) for word in ("good", "bad") for n in range(6)]
    chat = Turning(told="backwards")
    found = compile_prompt(moods, Generator("", chat), candidates=3)
    assert (found.task, found.labels) == ("classify", ("bad", "good"))
    assert found.tried[0].score == 1.0  # the free reply names its label


def test_rows_that_ask_the_same_count_once():
    assert compile_prompt([*ROWS, ROWS[0]], Generator("", Turning())).repeated == 1


def test_a_spent_budget_keeps_what_was_found():
    chat = Turning()
    budget = Budget(20)
    found = compiled(chat, callbacks=[budget])
    with pytest.raises(BudgetExceeded):
        compiled(Turning(), callbacks=[Budget(0)])
    assert found.held_out is None
    assert found.stopped == "1000 tokens are spent"
    assert found.tried[0].scores


def test_the_plain_prompt_is_always_tried_and_the_others_are_drawn():
    drawn = ways(["a", "b"], (2, 5), 10, 6, seed=1)
    assert len(drawn) == len(set(drawn)) == 6
    assert (drawn[0].instruction, drawn[0].k, drawn[0].selector) == ("a", 5, "coverage")
    assert drawn == ways(["a", "b"], (2, 5), 10, 6, seed=1)
    everything = ways(["a", "b"], (2, 5), 10, 99)
    assert len(everything) == 2 * (1 + 2 * 6)
    assert all(each.k <= 3 for each in ways(["a"], (2, 5), 3, 99))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"metric": "best"}, "unknown metric"),
        ({"task": "sort"}, "unknown task"),
        ({"shots": (0,)}, "cannot be below 1"),
        ({"examples": ROWS[:0]}, "no examples"),
    ],
)
def test_wrong_options_are_told(options: dict[str, Any], said: str):
    with pytest.raises(ConfigError, match=said):
        compiled(Turning(), **options)


def test_too_few_rows_are_told():
    with pytest.raises(ConfigError, match="too few to choose"):
        compile_prompt(ROWS[:5], Generator("", Turning()))


def test_the_command_writes_a_pipeline_that_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    rows = tmp_path / "dates.jsonl"
    said = [f"{day} {month} 20{10 + day}" for day in range(1, 7) for month in ("March", "May")]
    rows.write_text("".join(json.dumps({"text": each, "answer": f"20{each[-2:]}"}) + "\n" for each in said))
    output = tmp_path / "years.yaml"
    options = ["--instruction", "Write the year alone.", "--candidates", "3", "--runs", "24", "--max-tokens", "6"]
    command = ["prompt", "compile", str(rows), "-o", str(output), *options]
    assert run([*command, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["tried"]) == 3
    assert told["runs"] <= 24
    assert told["held_out"]["rows"] == 3
    assert told["spent"]["calls"] == told["runs"]
    assert build(load(output)).chain.invoke("9 March 2019").text
    assert run(command) == 2
    assert "is there already" in capsys.readouterr().err
    assert run(["prompt", "compile", str(rows), "-o", str(tmp_path / "none" / "x.yaml")]) == 2
    assert "there is no folder" in capsys.readouterr().err
    assert run([*command, "--force"]) == 0
    shown = capsys.readouterr().out
    assert "held out, 3 rows" in shown
    assert "instruction 1: Write the year alone." in shown
