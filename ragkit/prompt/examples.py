"""Examples for prompts and classifiers: of JSONL and CSV files, by the names their columns have, and of documents."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, Any

from ragkit.core.errors import ConfigError
from ragkit.core.types import Example
from ragkit.text.tables import tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path


# Columns for the question and for the answer, in any case of letters; the first that is there and not empty counts.
ASKED = ("question", "text", "input", "sentence", "prompt")
SAID = ("answer", "label", "output", "completion", "target", "summary")
# A line as loaders write a row of a JSON Lines file.
_KEYED = re.compile(r"(\w[\w -]*): (.*)")


def load_examples(path: Path) -> list[Example]:
    """Read examples.

    Args:
        path: ``.jsonl``, ``.csv`` or ``.tsv``, each also with ``.gz``. A row has a question, under one of ``ASKED``,
            and an answer, under one of ``SAID``; ``context`` and ``id`` are taken where they are there.

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
            raise ConfigError(f"{name}, row {number} {_lack(row)}")
        out.append(made)
    if not out:
        raise ConfigError(f"{name} holds no examples")
    return out


def as_examples(rows: Sequence[Example | Mapping[str, Any]]) -> list[Example]:
    """Return examples of which some may be rows still.

    Raises:
        ConfigError: one is neither, or lacks what it needs.
    """
    out: list[Example] = []
    for number, each in enumerate(rows, 1):
        if isinstance(each, Example):
            out.append(each)
        elif isinstance(each, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance] - programs give anything
            out += from_rows("examples", [(number, dict(each))])
        else:
            raise ConfigError(
                f"example {number} is a {type(each).__name__}: give ragkit.core.types.Example, or a mapping"
            )
    return out


def examples_in(
    text: str, metadata: Mapping[str, Any], *, id: str = "", within: tuple[int, int] | None = None
) -> list[Example]:
    """Return the examples that a document holds, in their order; none where it is no example.

    One whose metadata has the answer (under a name of ``ragkit.prompt.examples.SAID``) is an example as a whole,
    as is one of ``key: value`` lines that name question and answer: so rows of JSONL files are read. Of a
    table with columns for both, each row is one.

    Args:
        text: of the document.
        metadata: of the document.
        id: of the document.
        within: offsets between which rows of tables are taken; None takes all.
    """
    if (whole := example({**metadata, ASKED[0]: text}, id)) is not None:
        return [whole]
    if (keyed := _keyed(text)) is not None and (row := example(keyed, id)) is not None:
        return [row]
    found: list[Example] = []
    for table in tables(text):
        for number, row in enumerate(table.rows, 1):
            if within is None or (row.start < within[1] and row.end > within[0]):
                own = f"{id}:{number}" if id else str(number)
                made = example(dict(zip(table.columns, row.cells, strict=True)), own)
                found += [made] if made is not None else []
    return found


def example(row: Mapping[str, Any], id: str) -> Example | None:
    """Make an example of a row; None where it lacks the question or the answer.

    Args:
        row: values by name, as :func:`load_examples` explains them.
        id: of a row that has none of its own.
    """
    question, answer = _first(row, ASKED), _first(row, SAID)
    if question is None or answer is None:
        return None
    plain = _plain(row)
    return Example(question, answer, str(plain.get("context") or ""), answers=(answer,), id=str(plain.get("id") or id))


def _keyed(text: str) -> dict[str, str] | None:
    """Return keys and values, where each line has both and no key comes twice."""
    lines = [_KEYED.fullmatch(line) for line in text.split("\n")]
    keys = {line[1]: line[2] for line in lines if line is not None}
    complete = any(name in keys for name in ASKED) and any(name in keys for name in SAID)
    return keys if complete and len(keys) == len(lines) else None


def _lack(row: Mapping[str, Any]) -> str:
    """Say what a row lacks: a column, or what stands in it."""
    missing, names = ("a question", ASKED) if _first(row, ASKED) is None else ("an answer", SAID)
    there = [name for name in names if name in _plain(row)]
    if there:
        return f"lacks {missing}: {there[0]!r} is empty; fill it in, or take the row out"
    return f"lacks {missing}: name a column {', '.join(names)}"


def _open(path: Path) -> IO[str]:
    return gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8", newline="")


def _rows(path: Path, file: IO[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    name = path.name.removesuffix(".gz")
    if name.endswith((".csv", ".tsv")):
        yield from _of_table(file, "\t" if name.endswith(".tsv") else "")
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


def _of_table(file: IO[str], delimiter: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Give out the rows of a table, without those that are empty altogether."""
    # Not csv.Sniffer: it guesses from the text of the cells, and raises on tables of one column.
    head = file.readline()
    delimiter = delimiter or max(",;\t|", key=head.count)  # the first of those that are as frequent
    columns = next(csv.reader([head], delimiter=delimiter), [])
    for number, row in enumerate(
        csv.DictReader(file, [each.lstrip("\ufeff") for each in columns], delimiter=delimiter), 1
    ):
        if any(value for value in row.values()):
            yield number, row


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with its names in small letters."""
    return {str(name).strip().casefold(): value for name, value in row.items()}


def _first(row: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    plain = _plain(row)
    for name in names:
        value = plain.get(name)
        if value is not None and str(value).strip():
            return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return None
