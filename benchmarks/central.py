"""What each sign of a central sentence is worth, on the set it was fitted to and on two that it was not.

    python benchmarks/central.py DATA [--count 600]

DATA is a folder with ``scitldr/dev.jsonl`` (619 abstracts with summaries, which the weights were fitted to),
``scifact/corpus.jsonl.gz`` and ``cranfield/corpus.jsonl``. Of the last two the reference is the title, which is left
out of the document and its metadata. ROUGE-1, -2 and -L of one sentence, times 100; a line a set and a variant.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

from langchain_core.documents import Document

from ragkit.evaluate.metrics import rouge
from ragkit.retrieve import central
from ragkit.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterator

Row = tuple[str, str, list[str]]  # text, title, references
KINDS = ("rouge1", "rouge2", "rougeL")
SEED = 13
LEAST_WORDS = 60  # of an abstract
WEIGHTS = ("OWN", "TITLE_WORDS", "COMMON", "LEAD", "LONG", "SHORT", "OPEN")
VARIANTS: dict[str, dict[str, float]] = {
    "as it is": {},
    "without OWN": {"OWN": 0},
    "without LEAD": {"LEAD": 0},
    "LEAD .06": {"LEAD": 0.06},
    "LEAD .1": {"LEAD": 0.1},
    "without LONG, SHORT": {"LONG": 0, "SHORT": 0},
    "COMMON and LEAD only": dict.fromkeys(("OWN", "TITLE_WORDS", "LONG", "SHORT", "OPEN"), 0),
}


def scitldr(data: Path) -> Iterator[Row]:
    for line in (data / "scitldr/dev.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        yield row["document"], row["title"] or "", row["summaries"]


def titled(lines: list[str]) -> Iterator[Row]:
    for line in lines:
        row = json.loads(line)
        text = row["text"].removeprefix(row["title"]).strip(" .")
        if row["title"] and len(text.split()) > LEAST_WORDS:
            yield text, "", [row["title"]]


def score(texts: list[tuple[str, list[str]]]) -> str:
    every = [rouge(text, references) for text, references in texts]
    return "  ".join(f"{100 * mean(each[kind] for each in every):6.2f}" for kind in KINDS)


def chosen(row: Row) -> str:
    text, title, _ = row
    evidence = central.central(Document(page_content=text, metadata={"source": "x", "title": title}))
    return " ".join(evidence[place].text for place in central.choose(evidence, 1))


def lead(row: Row) -> str:
    start, end = sentences(row[0])[0]
    return row[0][start:end]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--count", type=int, default=600, help="abstracts of SciFact and of Cranfield")
    options = parser.parse_args()
    scifact = gzip.decompress((options.data / "scifact/corpus.jsonl.gz").read_bytes()).decode().splitlines()
    cranfield = (options.data / "cranfield/corpus.jsonl").read_text("utf-8").splitlines()
    sets = {"scitldr": list(scitldr(options.data))}
    chance = random.Random(SEED)
    for name, lines in (("scifact", scifact), ("cranfield", cranfield)):
        every = list(titled(lines))
        chance.shuffle(every)
        sets[name] = every[: options.count]
    own = {name: getattr(central, name) for name in WEIGHTS}
    for name, every in sets.items():
        for variant, weights in VARIANTS.items():
            for weight, value in {**own, **weights}.items():
                setattr(central, weight, value)
            print(
                f"{name:10s} {len(every):4d}  {variant:22s}  {score([(chosen(row), row[2]) for row in every])}",
                flush=True,
            )
        print(
            f"{name:10s} {len(every):4d}  {'the first sentence':22s}  {score([(lead(row), row[2]) for row in every])}"
        )


if __name__ == "__main__":
    main()
