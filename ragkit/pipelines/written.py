"""Pipeline files written by ragkit: a prompt that was chosen or brought along, with its examples beside it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from ragkit.core.errors import ConfigError
from ragkit.pipelines.read import load

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ragkit.core.types import Example

WIDTH = 100  # characters of a line


def examples_path(path: Path) -> Path:
    """Return where the examples of a pipeline file are written."""
    return path.with_name(f"{path.stem}.examples.jsonl")


def check_free(path: Path, *, force: bool) -> None:
    """Find out whether a pipeline can be written.

    Raises:
        ConfigError: the name has another ending, or there is such a file already and it is not to be replaced.
    """
    if path.suffix not in (".yaml", ".yml"):
        raise ConfigError(f"{path} is no name of a pipeline: end it in .yaml")
    if not path.parent.is_dir():
        raise ConfigError(f"there is no folder {path.parent} to write {path.name} to: make it, or name another")
    for each in (path, examples_path(path)):
        if each.exists() and not force:
            raise ConfigError(f"{each} is there already: give another name, or replace it with --force")


def write_pipeline(path: Path, values: dict[str, Any], examples: Sequence[Example], *, force: bool = False) -> Path:
    """Write a pipeline, and its examples to a file beside it.

    Args:
        path: the file.
        values: what it says besides its examples.
        examples: for ``examples``; none writes no such file.
        force: replace files that are there.

    Returns:
        The file that was written.

    Raises:
        ConfigError: a file is there already, or the pipeline would say something that is not allowed.
    """
    check_free(path, force=force)
    content = dict(values)
    if examples:
        beside = examples_path(path)
        beside.write_text("".join(_line(each) for each in examples), "utf-8")
        content["examples"] = beside.name
    path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=WIDTH), "utf-8")
    load(path)  # a file that cannot be read back is reported now, not at its first use
    return path


def _line(example: Example) -> str:
    row = {"id": example.id, "question": example.question, "answer": example.answer, "context": example.context}
    return f"{json.dumps({key: value for key, value in row.items() if value}, ensure_ascii=False)}\n"
