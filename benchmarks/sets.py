"""The collections: found under the data folder, prepared in the work folder. Standard library only."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness import HERE, Bench, SkippedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

HANDBOOK = HERE.parent / "corpora" / "handbook" / "documents"
Row = dict[str, Any]


@dataclass(frozen=True)
class Documents:
    """The same documents twice: as rows of one file, and as one text file each."""

    name: str
    count: int
    rows: Path
    files: Path


def find(folder: Path, name: str) -> Path | None:
    """Return a file of a set, compressed or not."""
    there = (folder / each for each in (name, f"{name}.gz"))
    return next((path for path in there if path.exists()), None)


def read(path: Path) -> Iterator[Row]:
    """Read the rows of a JSONL file, compressed or not."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())


def write(path: Path, rows: Iterable[Row]) -> None:
    """Write rows as JSONL."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def documents(bench: Bench, most: int | None) -> Documents:
    """Prepare the first documents of SciFact, which is where the asked figures come from.

    A quick run without the sets takes the paragraphs of ragkit's own handbook.

    Raises:
        SkippedError: there is no SciFact.
    """
    corpus = find(bench.data / "scifact", "corpus.jsonl")
    if corpus is None and not bench.quick:
        raise SkippedError("no scifact/corpus.jsonl in the data folder: say where it is with --data")
    name = "scifact" if corpus else "handbook"
    rows = [row for number, row in enumerate(read(corpus) if corpus else paragraphs()) if most is None or number < most]
    place = bench.work / "documents" / f"{name}-{len(rows)}"
    found = Documents(name, len(rows), place.with_suffix(".jsonl"), place)
    if not found.rows.exists():
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        for row in rows:
            text = f"{row['title']}\n\n{row['text']}".strip() + "\n"
            (place / f"{row['_id']}.txt").write_text(text, encoding="utf-8")
        write(found.rows, rows)
    return found


def paragraphs() -> Iterator[Row]:
    """The longer paragraphs of the handbook that comes with ragkit, as documents."""
    for path in sorted([*HANDBOOK.rglob("*.md"), *HANDBOOK.rglob("*.txt")]):
        for number, text in enumerate(re.split(r"\n\s*\n", path.read_text(encoding="utf-8"))):
            if len(text) > 200:
                yield {"_id": f"{path.stem}-{number}", "title": "", "text": text}


def judged(bench: Bench) -> dict[str, Path]:
    """Return the sets with judgements, by name; question sets are turned into BEIR folders in the work folder."""
    found: dict[str, Path] = {}
    for folder in sorted(path for path in bench.data.glob("*") if path.is_dir()):
        if not find(folder, "corpus.jsonl"):
            continue
        if find(folder / "qrels", "test.tsv") and find(folder, "queries.jsonl"):
            found[folder.name] = folder
        elif questions := find(folder, "qa.jsonl"):
            found[folder.name] = beir(folder, questions, bench.work / "beir" / folder.name)
    return found


def beir(folder: Path, questions: Path, target: Path) -> Path:
    """Make a BEIR folder of a question set: its answerable questions, each answered by the document it names."""
    corpus = find(folder, "corpus.jsonl")
    asked = [row for row in read(questions) if row.get("answerable", True) and row.get("doc_id")]
    (target / "qrels").mkdir(parents=True, exist_ok=True)
    if corpus is not None and not (target / corpus.name).exists():
        shutil.copyfile(corpus, target / corpus.name)
    write(target / "queries.jsonl", ({"_id": row["id"], "text": row["question"]} for row in asked))
    lines = [f"{row['id']}\t{row['doc_id']}\t1" for row in asked]
    (target / "qrels" / "test.tsv").write_text("\n".join(["query-id\tcorpus-id\tscore", *lines, ""]), encoding="utf-8")
    return target
