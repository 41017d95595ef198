"""Pipeline files: found by name or path, read with ``${ENV}`` replaced, errors reported by file, line and key."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import yaml
from pydantic import ValidationError

from ragkit.chains.registry import chain_names, find_chain
from ragkit.core.errors import ConfigError
from ragkit.pipelines.graph import GraphSpec
from ragkit.pipelines.references import ITEM, RESERVED, Reference, check_condition, check_single, references
from ragkit.pipelines.spec import keys, pipeline_model, step_model

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pydantic import BaseModel

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
# Both write ${...}: there, ${input} and ${item} are references of the graph, anywhere else variables.
_REFERRING = (("input",), ("for_each",))  # keys of a step whose ${...} may refer to other steps
_TYPED = tuple(f"tag:yaml.org,2002:{kind}" for kind in ("bool", "int", "float", "null"))  # not dates: they stay texts
_SECRET = re.compile(r"(?:api[_-]?key|token|password|secret)\s*[=:]\s*[^\s&$]|\bsk-[A-Za-z0-9_-]{16,}", re.IGNORECASE)


SET = 0  # in the place of a line: it is no line of the file's
GRAPH = "graph"  # the task of a pipeline of several steps; it may be left out

Place = tuple[str | int, ...]
Lines = Mapping[Place, int]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A pipeline that was read.

    Attributes:
        name: the file's name without its ending.
        path: the file.
        spec: what it says.
    """

    name: str
    path: Path
    spec: Any


def built_in_folder() -> Path:
    """Return the folder of the pipelines that come with ragkit."""
    installed = Path(__file__).parent / "built_in"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "pipelines"


def built_in() -> dict[str, Path]:
    """Return the files of the pipelines that come with ragkit, by name."""
    return {path.stem: path for path in sorted(built_in_folder().glob("*.yaml"))}


def find(name: str | Path) -> Path:
    """Return the file of a pipeline: a path, or the name of one that comes with ragkit.

    Raises:
        ConfigError: there is neither.
    """
    path = Path(name)
    if path.suffix in (".yaml", ".yml") or path.is_file():
        if not path.is_file():
            raise ConfigError(f"there is no pipeline file {path}")
        return path
    known = built_in()
    if str(name) in known:
        return known[str(name)]
    close = get_close_matches(str(name), known, 1)
    hint = f"did you mean {close[0]}? " if close else ""
    raise ConfigError(f"there is no pipeline {str(name)!r}: {hint}`ragkit run --list` shows all; a file ends in .yaml")


def load(name: str | Path, settings: Mapping[str, str] | None = None) -> Loaded:
    """Read a pipeline.

    Args:
        name: a path, or the name of a pipeline that comes with ragkit.
        settings: values that take the place of the file's, by key (``options.key`` for one inside another), as YAML.

    Raises:
        ConfigError: it is not there, is no YAML, or says something wrong; the message names file and line.
    """
    path = find(name)
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    node = _composed(path, text)
    lines: dict[Place, int] = {}
    value = _value(path, node, (), lines)
    if not isinstance(value, dict):
        raise ConfigError(f"{path}, line 1: a pipeline is a mapping like `task: answer`, not {type(value).__name__}")
    content = cast("dict[str, Any]", value)
    for key, setting in (settings or {}).items():
        _set(path, content, key, setting)
        # An error in such a value is reported as of --set, not with a line of the file that does not hold it.
        place = tuple(key.split("."))
        for known in [each for each in lines if each[: len(place)] == place]:
            del lines[known]
        lines[place] = SET
    return Loaded(path.stem, path, _validated(path, content, lines))


def _composed(path: Path, text: str) -> yaml.Node:
    try:
        node = yaml.compose(text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = (error.problem_mark.line if error.problem_mark else 0) + 1
        raise ConfigError(f"{path}, line {line}: this is no YAML ({error.problem}): correct it") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: this is no YAML ({error}): correct it") from error
    if node is None:
        raise ConfigError(f"{path} is empty: a pipeline needs at least a task and a description")
    return node


def _value(path: Path, node: yaml.Node, place: Place, lines: dict[Place, int]) -> Any:
    """Turn a node into a value, record the line of each part, and replace variables of the environment."""
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        out: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            where = (*place, key)
            if key in out:
                raise ConfigError(f"{path}, line {key_node.start_mark.line + 1}: {key!r} stands here a second time")
            lines[where] = key_node.start_mark.line + 1
            out[key] = _value(path, value_node, where, lines)
        return out
    if isinstance(node, yaml.SequenceNode):
        return [_value(path, each, (*place, number), lines) for number, each in enumerate(node.value)]
    return _scalar(path, node, RESERVED if place[:1] == ("steps",) and place[2:3] in _REFERRING else ())


def _scalar(path: Path, node: yaml.Node, reserved: Sequence[str]) -> Any:
    line = node.start_mark.line + 1
    if node.tag in _TYPED:
        return yaml.safe_load(node.value)
    # Before variables are replaced: a key from the environment is right, one in the file would be shared with it.
    if _SECRET.search(node.value):
        raise ConfigError(
            f"{path}, line {line}: a key or password has no place in a file: set it in the environment "
            "(OPENAI_API_KEY), or write ${NAME} here"
        )

    def resolved(found: re.Match[str]) -> str:
        name, default = found[1], found[2]
        if name in reserved:
            return found[0]
        if name in os.environ:
            return os.environ[name]
        if default is None:
            raise ConfigError(
                f"{path}, line {line}: the environment has no {name}: set it, or write ${{{name}:-default}}"
            )
        return default

    text = _VARIABLE.sub(resolved, node.value)
    # `k: ${K}` is read as YAML once more, so that a variable can be a number; a quoted text stays a text.
    plain = getattr(node, "style", None) is None and text != node.value
    return yaml.safe_load(text) if plain and text else text


def _set(path: Path, value: dict[str, Any], key: str, setting: str) -> None:
    """Put a value from the command line in its place."""
    *outer, last = key.split(".")
    inside: Any = value
    for name in outer:
        if isinstance(inside, list):
            inside = next((each for each in inside if isinstance(each, dict) and each.get("name") == name), None)
        else:
            inside = inside.setdefault(name, {})
        if not isinstance(inside, dict | list):
            raise ConfigError(f"{path}: {key} cannot be set, because {name} is no mapping")
    if not isinstance(inside, dict):
        raise ConfigError(f"{path}: {key} cannot be set: name a step of {'.'.join(outer)}, and a key of it")
    try:
        inside[last] = yaml.safe_load(setting)
    except yaml.YAMLError as error:
        raise ConfigError(f"the value of --set {key}={setting} is no YAML: put it in quotes") from error


def _validated(path: Path, value: dict[str, Any], lines: Lines) -> Any:
    if value.get("task") == GRAPH or ("task" not in value and isinstance(value.get("steps"), list)):
        return _graph(path, value, lines)
    return _checked(path, value, lines, pipeline_model(_task(path, value, lines, "a pipeline")))


def _checked(path: Path, value: dict[str, Any], lines: Lines, model: type[BaseModel], at: Place = ()) -> Any:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise ConfigError("\n".join(_problem(path, model, each, lines, at) for each in error.errors())) from error


def _task(path: Path, value: dict[str, Any], lines: Lines, what: str, at: Place = ()) -> str:
    """Return the name of the chain that a pipeline or a step names."""
    task, known = value.get("task"), chain_names()
    if task not in known:
        close = get_close_matches(str(task), known, 1)
        hint = f"did you mean {close[0]}? " if close else ""
        wrong = f"{what} needs a task" if task is None else f"unknown task {task!r}"
        where = _at(path, _line(lines, (*at, "task")))
        raise ConfigError(f"{where}: {wrong}: {hint}choose {', '.join(known)}" + ("" if at else f", or {GRAPH}"))
    return task


def _line(lines: Lines, place: Place) -> int:
    """Return the line of the innermost part of a place that stands in the file."""
    # A missing key has no line of its own: the mapping that should hold it has.
    return next((lines[place[:size]] for size in range(len(place), -1, -1) if place[:size] in lines), 1)


def _graph(path: Path, value: dict[str, Any], lines: Lines) -> GraphSpec:
    """Check a graph: its own keys, the options of each step, and what steps refer to."""
    graph: GraphSpec = _checked(path, value, lines, GraphSpec)
    shared = {key: each for key in ("model", "embedder") if (each := getattr(graph, key)) is not None}
    steps: list[Any] = []
    problems: list[str] = []
    # Errors of all steps are collected, so that one run shows them all; references are checked when no step has one.
    for number, each in enumerate(graph.steps):
        at: Place = ("steps", number)
        if not isinstance(each, dict):
            problems.append(f"{_at(path, _line(lines, at))}: a step is a mapping with name and task")
            continue
        try:
            model = step_model(_task(path, each, lines, "a step", at))
            steps.append(_checked(path, shared | each, lines, model, at))
        except ConfigError as error:
            problems.append(str(error))
    if not problems:
        names: list[str] = [each.name for each in steps]
        for number, step in enumerate(steps):
            if step.name in names[:number]:
                where = _at(path, _line(lines, ("steps", number, "name")))
                problems.append(f"{where}: two steps are named {step.name!r}: give each its own name")
            problems += _wrong_references(path, steps, number, lines)
        unknown = [name for name in graph.named_outputs if name not in names]
        problems += [f"{_at(path, _line(lines, ('output',)))}: output: {_no_step(each, names)}" for each in unknown]
    if problems:
        raise ConfigError("\n".join(problems))
    return graph.model_copy(update={"steps": steps})


def _wrong_references(path: Path, steps: Sequence[Any], number: int, lines: Lines) -> Iterator[str]:
    """Yield what is wrong in what a step refers to."""
    step = steps[number]
    templates: list[tuple[tuple[str, ...], Any]] = [(("input",), step.input), (("for_each",), step.for_each)]
    templates += [(("when", key), f"${{{key}}}") for key in step.when or ()]
    for place, template in templates:
        try:
            if place[0] == "when":
                check_condition(step.when[place[1]])
            if place[0] == "for_each" and template is not None:
                check_single(template)
            for each in references(template):
                _check_reference(each, steps, number, item=bool(step.for_each) and place[0] == "input")
        except ConfigError as error:
            yield f"{_at(path, _line(lines, ('steps', number, *place)))}: {': '.join(place)}: {error}"


def _check_reference(reference: Reference, steps: Sequence[Any], number: int, *, item: bool) -> None:
    """Check that a reference is to an earlier step, and to something that its chain returns."""
    if not reference.is_step:
        if reference.root == ITEM and not item:
            raise ConfigError("there is an item only in the input of a step with for_each")
        return
    tasks = {each.name: each.task for each in steps}
    if reference.root not in tasks:
        raise ConfigError(_no_step(reference.root, list(tasks)))
    if reference.root not in [each.name for each in steps[:number]]:
        raise ConfigError(f"the step {reference.root!r} is this one or a later one: refer to steps above it")
    known = find_chain(tasks[reference.root]).keys
    field = next((each for each in reference.path if not each.isdigit()), None)
    if field is not None and field not in known:
        close = _nearest(field, known)
        hint = f"did you mean {close}?" if close else f"it returns {', '.join(known)}"
        raise ConfigError(f"the step {reference.root!r} returns no {field!r}: {hint}")


def _no_step(name: str, known: Sequence[str]) -> str:
    close = _nearest(name, known)
    return f"there is no step {name!r}: " + (f"did you mean {close}?" if close else f"there are {', '.join(known)}")


def _problem(path: Path, model: type[BaseModel], error: Any, lines: Lines, at: Place) -> str:
    """Say what is wrong where, and which key was probably meant."""
    place: Place = (*at, *error["loc"])
    where = _line(lines, place)
    key = ".".join(map(str, place))
    if error["type"] == "extra_forbidden":
        known = keys(model)
        close = _nearest(str(place[-1]), known)
        hint = f"did you mean {close}?" if close else f"known are {', '.join(known)}"
        return f"{_at(path, where)}: unknown key {key!r}: {hint}"
    if error["type"] == "missing":
        return f"{_at(path, where) if at else path}: {key!r} is missing"
    return f"{_at(path, where)}: {key}: {error['msg']}" + _meant(error)


def _at(path: Path, line: int) -> str:
    return f"{path}, line {line}" if line != SET else "--set"


def _nearest(word: str, known: Sequence[str]) -> str:
    """Return the known word that was probably meant: one of the same letters before one spelled alike; or nothing."""
    # Swapped letters ("modle") first: difflib, which compares equal blocks, may find another word nearer.
    same = [each for each in known if sorted(each) == sorted(word)]
    return next(iter(same or get_close_matches(word, known, 1, 0.5)), "")


def _meant(error: Any) -> str:
    """Return the nearest of the values that are allowed."""
    if error["type"] == "string_type" and isinstance(error["input"], bool | int | float):
        return " (put it in quotes: yes, no, on and off are truth values in YAML, digits a number)"
    if error["type"] != "literal_error":
        return ""
    allowed: Sequence[str] = re.findall(r"'([^']*)'", error["ctx"]["expected"])
    close = get_close_matches(str(error["input"]), allowed, 1)
    return f" (did you mean {close[0]}?)" if close else ""
