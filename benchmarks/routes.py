"""Routes: does each question go to the chain of its kind, and does a plain question stay with passages?

    python benchmarks/routes.py DATA [--part tuning|held-out|all] [--work DIR] [--show] [--lookups 500] [-m SPEC]

The questions are in ``routes.jsonl``: collection, kind, the right route, and the part: those of ``tuning`` were seen
while rules were written, those of ``held-out`` were written after the rules were last changed. The collections are made
from what is here: the handbook, three sheets, ragkit's own code, the descriptions of installed packages; and from
DATA: ``sec10q`` (reports) and ``squad2_half`` (paragraphs of Wikipedia, an article a file). ``--lookups`` asks so many
questions of ``squad2_half`` for how many leave the passages, and what that changes: nobody wrote them for this.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter, defaultdict
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from ragkit import Index

HERE = Path(__file__).parent
ROOT = HERE.parent
QUESTIONS = HERE / "routes.jsonl"
PACKAGES = "typer rich tenacity filelock chardet pathspec pydantic-settings lxml tokenizers PyStemmer tantivy openai"
ARTICLES = 20
SAME_GOLD = 40  # questions off the passages whose answers are compared


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def articles(data: Path, folder: Path) -> None:
    """Write the first articles of a set of paragraphs, a file each."""
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows(data / "squad2_half" / "corpus.jsonl"):
        texts[row["title"]].append(row["text"])
    for title in list(texts)[:ARTICLES]:
        (folder / file_of(title)).write_text(f"# {title}\n\n" + "\n\n".join(texts[title]), "utf-8")


def file_of(title: str) -> str:
    return re.sub(r"\W+", "_", title) + ".md"


def names_of(work: Path) -> set[str]:
    return {path.name for path in (work / "wiki-files").iterdir()}


def readmes(folder: Path) -> None:
    for name in PACKAGES.split():
        text = distribution(name).metadata.get_payload()
        (folder / f"{name}.md").write_text(str(text), "utf-8")


def paths_of(collection: str, data: Path, work: Path) -> list[Path]:
    """Return the files of a collection, made where they are no files yet."""
    fixed = {
        "handbook": [ROOT / "corpora" / "handbook" / "documents"],
        "sheets": [HERE / "routes"],
        "code": [ROOT / "ragkit" / "text", ROOT / "ragkit" / "core"],
        "filings": [data / "sec10q" / "pdfs"],
    }
    if collection in fixed:
        return fixed[collection]
    folder = work / f"{collection}-files"
    if not folder.is_dir():
        folder.mkdir(parents=True)
        readmes(folder) if collection == "readmes" else articles(data, folder)
    return [folder]


def opened(collection: str, data: Path, work: Path, model: str | None) -> Index:
    index = Index(work / f"{collection}.index", model=model)
    index.sync(*paths_of(collection, data, work))
    return index


def measure(asked: list[dict[str, Any]], indexes: dict[str, Any], *, mode: str, show: bool) -> None:
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    harmed = 0
    for row in asked:
        decision = indexes[row["collection"]].chain(mode=mode).decide(row["question"])
        kind = row["kind"]
        total[kind] += 1
        right[kind] += decision.route == row["route"]
        harmed += row["route"] == "passages" != decision.route
        if show and decision.route != row["route"]:
            print(f"  {row['collection']}: {row['question']} -> {decision.route}, not {row['route']} ({decision.why})")
    for kind in total:
        print(f"{kind:24} {right[kind]:3} of {total[kind]:3}")
    count = sum(total.values())
    print(
        f"{'all':24} {sum(right.values()):3} of {count:3}  {sum(right.values()) / count:.3f}; lookups harmed {harmed}"
    )


def lookups(data: Path, work: Path, count: int, *, show: bool) -> None:
    """Ask questions that nobody wrote for this; all are looked up."""
    index = opened("wiki", data, work, None)
    held = {
        row["_id"] for row in rows(data / "squad2_half" / "corpus.jsonl") if file_of(row["title"]) in names_of(work)
    }
    asked = [row for row in rows(data / "squad2_half" / "qa.jsonl") if row["answerable"] and row["doc_id"] in held]
    asked = random.Random(7).sample(asked, min(count, len(asked)))
    routed, passages = index.chain(mode="quote"), index.chain(mode="quote", route="passages")
    off: list[tuple[dict[str, Any], str]] = []
    for row in asked:
        route = routed.decide(row["question"]).route
        if route != "passages":
            off.append((row, route))
    print(f"lookups: {len(off)} of {len(asked)} leave the passages: {dict(Counter(route for _, route in off))}")
    found: Counter[str] = Counter()
    for row, route in off[:SAME_GOLD]:
        one, two = routed.invoke(row["question"]), passages.invoke(row["question"])
        gold = [any(each.casefold() in a.text.casefold() for each in row["answers"]) for a in (one, two)]
        found.update({"routed": gold[0], "passages": gold[1]})
        if show:
            print(f"  {row['question']} -> {route} (answered by {one.route}; gold {gold[0]}, by passages {gold[1]})")
    print(f"of {len(off[:SAME_GOLD])} of these, gold is shown: routed {found['routed']}, passages {found['passages']}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--part", default="all", choices=("tuning", "held-out", "all"))
    parser.add_argument("--work", type=Path, default=Path(".ragkit-bench/routes"))
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--lookups", type=int, default=0)
    parser.add_argument("-m", "--model")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    for part in ("tuning", "held-out"):
        asked = [row for row in rows(QUESTIONS) if row["part"] == part and options.part in (part, "all")]
        if asked:
            names = {row["collection"] for row in asked}
            indexes = {name: opened(name, options.data, options.work, options.model) for name in sorted(names)}
            print(f"-- {part}")
            measure(asked, indexes, mode="auto" if options.model else "quote", show=options.show)
    if options.lookups:
        lookups(options.data, options.work, options.lookups, show=options.show)


if __name__ == "__main__":
    main()
