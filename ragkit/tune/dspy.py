"""Prompts that DSPy optimised, from the JSON its programs save: instruction, demonstrations, how a reply is laid out.

The form is that of ``program.save("program.json")`` of DSPy 3 (seen: 3.4.1): for each predictor ``signature`` with
``instructions`` and ``fields``, each with ``prefix`` and ``description``, and ``demos``, which map names to values.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from ragkit.core.errors import ConfigError
from ragkit.core.types import Example
from ragkit.prompt.few_shot import named

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

REASONING = ("reasoning", "rationale")  # fields that DSPy puts before the answer


@dataclass(frozen=True, slots=True)
class OptimisedPrompt:
    """A prompt that was optimised elsewhere.

    Attributes:
        instruction: what to do.
        examples: its demonstrations; inputs and outputs, each laid out as a prompt has them.
        inputs: names of the input fields.
        outputs: names of the output fields, in their order.
        after: what the answer begins after in a reply of several outputs; empty for one output.
        left_out: demonstrations that lack the answer, by their number, from 1.
    """

    instruction: str
    examples: tuple[Example, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    after: str = ""
    left_out: tuple[int, ...] = ()


def from_dspy(path: Path, predictor: str = "", outputs: Sequence[str] = ()) -> OptimisedPrompt:
    """Read the prompt of a program that DSPy saved as JSON; nothing of DSPy is needed.

    Args:
        path: the file.
        predictor: name of the predictor, where the program has several.
        outputs: names of the fields that are asked for; the file does not tell them from the others. None are the last
            field and the reasoning before it.

    Raises:
        ConfigError: it is no such file, or it does not say which predictor or field is meant.
    """
    name, state = _predictor(path, _program(path), predictor)
    try:
        signature = state["signature"]
        instruction, fields = str(signature["instructions"]), [dict(each) for each in signature["fields"]]
        demos = [dict(each) for each in state.get("demos", ())]
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{path}: the predictor {name!r} is none that DSPy 3 saved ({error})") from error
    names = _names(fields, demos)
    wanted = tuple(outputs) or (*(each for each in names[:-1] if each in REASONING), *names[-1:])
    if unknown := sorted(set(wanted) - set(names)):
        raise ConfigError(f"{path}: there is no field {unknown[0]!r}: known are {', '.join(names)}")
    inputs = tuple(each for each in names if each not in wanted)
    if not inputs:
        raise ConfigError(f"{path}: every field is asked for, and none is given: name fewer outputs")
    examples: list[Example] = []
    left_out: list[int] = []
    for number, demo in enumerate(demos, 1):
        # A demonstration without an input or without the answer shows a model nothing.
        if not any(demo.get(each) for each in inputs) or demo.get(wanted[-1]) in (None, ""):
            left_out.append(number)
            continue
        examples.append(_example(demo, inputs, wanted, number))
    explained = [
        f"{each['prefix']} {each['description']}" for each in fields if not str(each["description"]).startswith("${")
    ]
    after = named({wanted[-1]: ""}).rstrip() if len(wanted) > 1 else ""
    return OptimisedPrompt(
        "\n".join((instruction, *explained)), tuple(examples), inputs, wanted, after, tuple(left_out)
    )


def _program(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise ConfigError(f"there is no file {path}: give what a DSPy program saved as JSON")
    try:
        value = json.loads(path.read_text("utf-8"))
    except (UnicodeDecodeError, ValueError) as error:
        raise ConfigError(
            f'{path} is no JSON: save the program with program.save("program.json"); pickles are not read'
        ) from error
    if not isinstance(value, dict):
        raise ConfigError(f"{path} is no program that DSPy saved: it holds no object")
    return cast("dict[str, Any]", value)


def _predictor(path: Path, value: Mapping[str, Any], chosen: str) -> tuple[str, Mapping[str, Any]]:
    """Return the predictor that is meant; a program that is one predictor has its state at the top."""
    if "signature" in value:
        return chosen or "self", value
    known = {name: each for name, each in value.items() if isinstance(each, dict) and "signature" in each}
    if not known:
        raise ConfigError(f"{path} is no program that DSPy 3 saved: it has no predictor with a signature")
    if chosen and chosen not in known:
        raise ConfigError(f"{path} has no predictor {chosen!r}: known are {', '.join(known)}")
    if not chosen and len(known) > 1:
        raise ConfigError(f"{path} has several predictors: name one of {', '.join(known)}")
    name = chosen or next(iter(known))
    return name, cast("Mapping[str, Any]", known[name])


def _names(fields: Sequence[Mapping[str, Any]], demos: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the names of the fields: the file has their prefixes, and names where there are demonstrations."""
    keys = {key for demo in demos for key in demo}
    out: list[str] = []
    for each in fields:
        described = str(each["description"])
        plain = "_".join(str(each["prefix"]).rstrip(": ").lower().split())
        out.append(described[2:-1] if described.startswith("${") and described.endswith("}") else plain)
    if strange := [name for name in out if keys and name not in keys and name not in REASONING]:
        left = [key for key in sorted(keys) if key not in out and key != "augmented"]
        if len(strange) == len(left) == 1:  # a prefix that was written by hand
            out[out.index(strange[0])] = left[0]
    return out


def _example(demo: Mapping[str, Any], inputs: Sequence[str], wanted: Sequence[str], number: int) -> Example:
    def laid_out(names: Sequence[str]) -> str:
        values = {name: _text(demo[name]) for name in names if demo.get(name) not in (None, "")}
        return named(values) if len(names) > 1 else next(iter(values.values()))

    return Example(laid_out(inputs), laid_out(wanted), answers=(_text(demo[wanted[-1]]),), id=str(number))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
