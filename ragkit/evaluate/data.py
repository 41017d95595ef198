"""Reading question sets: BEIR folders (Thakur et al., arXiv 2104.08663) and JSONL files of questions with answers."""

from __future__ import annotations

import csv
import gzip
import json
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

from ragkit.core.errors import ConfigError
from ragkit.core.types import Example

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

QUESTION_FILES = ("qa.jsonl", "questions.jsonl")


@dataclass(frozen=True, slots=True)
class RetrievalData:
    """A retrieval set.

    Attributes:
        queries: text by query id; only queries with judgements.
        judgements: for each query id, grades by document id; above 0 is relevant.
    """

    queries: dict[str, str]
    judgements: dict[str, dict[str, int]]


def find_file(folder: Path, name: str) -> Path | None:
    """Return ``name`` or ``name.gz`` in a folder, or None."""
    for candidate in (folder / name, folder / f"{name}.gz"):
        if candidate.is_file():
            return candidate
    return None


def _open(path: Path) -> IO[str]:
    return gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a JSONL file, plain or compressed with gzip.

    Raises:
        ConfigError: a line is no JSON.
    """
    with _open(path) as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                yield json.loads(line)
            except ValueError as error:
                raise ConfigError(f"{path}, line {number} is no JSON object ({error}): correct or remove it") from error


def _needed(folder: Path, name: str) -> Path:
    path = find_file(folder, name)
    if path is None:
        raise ConfigError(f"{folder} has no {name} (nor {name}.gz): give a folder in BEIR's layout with --data")
    return path


def load_beir(folder: Path, split: str = "test") -> RetrievalData:
    """Read queries and judgements of a BEIR folder.

    Raises:
        ConfigError: a file is missing or malformed.
    """
    judgements: dict[str, dict[str, int]] = {}
    path = _needed(folder, f"qrels/{split}.tsv")
    with _open(path) as file:
        for row in csv.DictReader(file, delimiter="\t"):
            try:
                judgements.setdefault(row["query-id"], {})[row["corpus-id"]] = int(float(row["score"]))
            except (KeyError, TypeError, ValueError) as error:
                raise ConfigError(f"{path} needs the columns query-id, corpus-id and score ({error})") from error
    # Queries without a relevant document are left out: every ranking would score 0 on them.
    judgements = {query: grades for query, grades in judgements.items() if any(grade > 0 for grade in grades.values())}
    queries = {str(row["_id"]): str(row["text"]) for row in rows(_needed(folder, "queries.jsonl"))}
    if missing := sorted(set(judgements) - set(queries)):
        raise ConfigError(f"{folder}: {len(missing)} judged queries have no text, the first is {missing[0]!r}")
    return RetrievalData({query: queries[query] for query in judgements}, judgements)


def load_questions(folder: Path) -> list[Example]:
    """Read a question set: ``qa.jsonl`` or ``questions.jsonl`` in a folder, or the file itself.

    Raises:
        ConfigError: there is none, or a row lacks its question.
    """
    # A question without answers, or marked as not answerable, is one that the documents do not answer.
    path = folder if folder.is_file() else next((f for n in QUESTION_FILES if (f := find_file(folder, n))), None)
    if path is None:
        raise ConfigError(
            f"{folder} has no {' or '.join(QUESTION_FILES)}: give a folder with a question set with --data"
        )
    examples: list[Example] = []
    for number, row in enumerate(rows(path), 1):
        if not row.get("question"):
            raise ConfigError(f"{path}, row {number} has no question")
        answers = tuple(str(answer) for answer in row.get("answers") or ())
        if row.get("answerable") is False:
            answers = ()
        documents = row.get("documents") or ([row["doc_id"]] if row.get("doc_id") else [])
        examples.append(
            Example(
                question=str(row["question"]),
                answer=answers[0] if answers else "",
                relevant_ids=tuple(str(document) for document in documents),
                answers=answers,
                id=str(row.get("id", number)),
            )
        )
    return examples
