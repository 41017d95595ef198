"""Examples for prompts and classifiers, read from files: JSONL or CSV, under the names people give their columns."""

from __future__ import annotations

import csv
import gzip
import json
from typing import IO, TYPE_CHECKING, Any

from ragkit.errors import ConfigError
from ragkit.types import Example

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

ASKED = ("question", "text", "input", "sentence", "prompt")  # columns for what is given, the first that is there
SAID = ("answer", "label", "output", "completion", "target", "summary")  # and for what is wanted


def load_examples(path: Path) -> list[Example]:
    """Read examples.

    Args:
        path: ``.jsonl``, ``.csv`` or ``.tsv``, each also with ``.gz``. A row has what is given, under one of ``ASKED``,
            and what is wanted, under one of ``SAID``; ``context`` and ``id`` are taken where they are there.

    Raises:
        ConfigError: there is no such file, it holds no rows, or a row lacks what it needs.
    """
    if path.is_dir():
        raise ConfigError(f"{path} is a folder: give a JSONL or CSV file of examples, or ragkit.Index({str(path)!r})")
    if not path.is_file():
        raise ConfigError(f"there is no file {path}: give a JSONL or CSV file of examples")
    with _open(path) as file:
        return from_rows(str(path), _rows(path, file))


def from_rows(name: str, rows: Iterable[tuple[int, dict[str, Any]]]) -> list[Example]:
    """Make examples of rows.

    Args:
        name: where they are from, for messages.
        rows: numbered rows, as :func:`load_examples` explains them.

    Raises:
        ConfigError: there are none, or a row lacks what it needs.
    """
    out: list[Example] = []
    for number, row in rows:
        made = example(row, str(number))
        if made is None:
            missing, names = ("what is given", ASKED) if _first(row, ASKED) is None else ("what is wanted", SAID)
            raise ConfigError(f"{name}, row {number} lacks {missing}: name a column {', '.join(names)}")
        out.append(made)
    if not out:
        raise ConfigError(f"{name} holds no examples")
    return out


def example(row: Mapping[str, Any], id: str) -> Example | None:
    """Make an example of a row; None where it lacks what is given or what is wanted.

    Args:
        row: values by name, as :func:`load_examples` explains them.
        id: of a row that has none of its own.
    """
    asked, said = _first(row, ASKED), _first(row, SAID)
    if asked is None or said is None:
        return None
    return Example(asked, said, str(row.get("context") or ""), answers=(said,), id=str(row.get("id") or id))


def _open(path: Path) -> IO[str]:
    return gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8", newline="")


def _rows(path: Path, file: IO[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    name = path.name.removesuffix(".gz")
    if name.endswith((".csv", ".tsv")):
        yield from enumerate(csv.DictReader(file, delimiter="\t" if name.endswith(".tsv") else ","), 1)
        return
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise ConfigError(f"{path}, line {number} is no JSON object ({error}): correct or remove it") from error
        if not isinstance(row, dict):
            raise ConfigError(f"{path}, line {number} is no JSON object: correct or remove it")
        yield number, row


def _first(row: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    for name in names:
        if row.get(name) not in (None, ""):
            value = row[name]
            return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return None
