"""Pipeline files: found by name or path, read with ``${ENV}`` filled in, wrong ones told by file, line and key."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import yaml
from pydantic import ValidationError

from ragkit.chains.registry import chain_names
from ragkit.core.errors import ConfigError
from ragkit.pipelines.spec import keys, pipeline_model

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import BaseModel

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")
_TYPED = tuple(f"tag:yaml.org,2002:{kind}" for kind in ("bool", "int", "float", "null"))  # not dates: they stay texts
_SECRET = re.compile(r"(?:api[_-]?key|token|password|secret)\s*[=:]\s*[^\s&$]|\bsk-[A-Za-z0-9_-]{16,}", re.IGNORECASE)


SET = 0  # in the place of a line: it is no line of the file's


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
    lines: dict[tuple[str | int, ...], int] = {}
    value = _value(path, node, (), lines)
    if not isinstance(value, dict):
        raise ConfigError(f"{path}, line 1: a pipeline is a mapping like `task: answer`, not {type(value).__name__}")
    told = cast("dict[str, Any]", value)
    for key, setting in (settings or {}).items():
        _set(path, told, key, setting)
        place = tuple(key.split("."))
        for known in [each for each in lines if each[: len(place)] == place]:
            del lines[known]
        lines[place] = SET
    return Loaded(path.stem, path, _validated(path, told, lines))


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


def _value(path: Path, node: yaml.Node, place: tuple[str | int, ...], lines: dict[tuple[str | int, ...], int]) -> Any:
    """Turn a node into a value, remember on which line each part stands, and fill in the environment."""
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
    return _scalar(path, node)


def _scalar(path: Path, node: yaml.Node) -> Any:
    line = node.start_mark.line + 1
    if node.tag in _TYPED:
        return yaml.safe_load(node.value)
    if _SECRET.search(node.value):
        raise ConfigError(
            f"{path}, line {line}: a key or password has no place in a file: set it in the environment "
            "(OPENAI_API_KEY), or write ${NAME} here"
        )

    def filled(found: re.Match[str]) -> str:
        name, default = found[1], found[2]
        if name in os.environ:
            return os.environ[name]
        if default is None:
            raise ConfigError(
                f"{path}, line {line}: the environment has no {name}: set it, or write ${{{name}:-default}}"
            )
        return default

    text = _VARIABLE.sub(filled, node.value)
    plain = getattr(node, "style", None) is None and text != node.value
    return yaml.safe_load(text) if plain and text else text


def _set(path: Path, value: dict[str, Any], key: str, setting: str) -> None:
    """Put a value given on the command line in its place."""
    *outer, last = key.split(".")
    inside = value
    for name in outer:
        inside = inside.setdefault(name, {})
        if not isinstance(inside, dict):
            raise ConfigError(f"{path}: {key} cannot be set, because {name} is no mapping")
    try:
        inside[last] = yaml.safe_load(setting)
    except yaml.YAMLError as error:
        raise ConfigError(f"the value of --set {key}={setting} is no YAML: put it in quotes") from error


def _validated(path: Path, value: dict[str, Any], lines: Mapping[tuple[str | int, ...], int]) -> Any:
    model = pipeline_model(_task(path, value, lines))
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise ConfigError("\n".join(_problem(path, model, each, lines) for each in error.errors())) from error


def _task(path: Path, value: dict[str, Any], lines: Mapping[tuple[str | int, ...], int]) -> str:
    """Return the name of the chain that a pipeline names."""
    task, known = value.get("task"), chain_names()
    if task not in known:
        close = get_close_matches(str(task), known, 1)
        hint = f"did you mean {close[0]}? " if close else ""
        what = "a pipeline needs a task" if task is None else f"unknown task {task!r}"
        raise ConfigError(f"{_at(path, lines.get(('task',), 1))}: {what}: {hint}choose {', '.join(known)}")
    return task


def _problem(path: Path, model: type[BaseModel], error: Any, lines: Mapping[tuple[str | int, ...], int]) -> str:
    """Say what is wrong where, and which key was probably meant."""
    place: tuple[str | int, ...] = error["loc"]
    where = next((lines[place[:size]] for size in range(len(place), -1, -1) if place[:size] in lines), 1)
    key = ".".join(map(str, place))
    if error["type"] == "extra_forbidden":
        known = keys(model)
        close = _nearest(str(place[-1]), known)
        hint = f"did you mean {close}?" if close else f"known are {', '.join(known)}"
        return f"{_at(path, where)}: unknown key {key!r}: {hint}"
    if error["type"] == "missing":
        return f"{path}: {key!r} is missing"
    return f"{_at(path, where)}: {key}: {error['msg']}" + _meant(error)


def _at(path: Path, line: int) -> str:
    return f"{path}, line {line}" if line != SET else "--set"


def _nearest(word: str, known: Sequence[str]) -> str:
    """Return the known word that was probably meant: one of the same letters before one spelled alike; or nothing."""
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
