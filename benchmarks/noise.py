"""Passages that do not answer: how often is a question refused without its gold passage, and how often with it?

    python benchmarks/noise.py DATA -m SPEC [--mode short] [--count 50] [--seed 13] [--work DIR] [--json FILE]

DATA is a folder with ``noise.jsonl``: ``question, answers, positive, negative`` passages (``doc_id, title, text``).
Each question gets two small indexes, of its noise passages alone and with the gold one among them.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from pathlib import Path
from statistics import median
from typing import Any

from ragkit import Index
from ragkit.evaluate.metrics import area_under_curve, contains, f1


def indexed(folder: Path, passages: list[dict[str, Any]], embedder: Any, chat: Any) -> Index:
    """Index passages, one document each."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [json.dumps({"_id": each["doc_id"], "title": each["title"], "text": each["text"]}) for each in passages]
    (folder / "corpus.jsonl").write_text("\n".join(rows), encoding="utf-8")
    index = Index(folder / "index", embedder=embedder, model=chat)
    index.sync(folder / "corpus.jsonl")
    return index


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("-m", "--model", required=True)
    parser.add_argument("--mode", default="short")
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--work", type=Path, default=Path(".ragkit-bench/noise"))
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    lines = (options.data / "noise.jsonl").read_text("utf-8").splitlines()
    drawn = random.Random(options.seed).sample([json.loads(line) for line in lines], min(options.count, len(lines)))
    rows: list[dict[str, Any]] = []
    for number, case in enumerate(drawn):
        for there in (True, False):
            passages = case["negative"] + (case["positive"] if there else [])
            index = indexed(options.work / f"{case['id']}-{int(there)}", passages, None, options.model)
            answer = index.ask(case["question"], mode=options.mode)
            rows.append({
                "id": case["id"], "there": there, "refused": answer.abstained, "confidence": answer.confidence or 0.0,
                "answer": answer.text, "f1": f1(answer.text, case["answers"]),
                "right": not answer.abstained and bool(contains(answer.text, case["answers"])),
                "seconds": answer.timings["total"],
            })  # fmt: skip
            index.close()
        print(f"\r{number + 1} of {len(drawn)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    held, taken = [row for row in rows if row["there"]], [row for row in rows if not row["there"]]
    told = {
        "refused_gold_taken": sum(row["refused"] for row in taken) / len(taken),
        "refused_gold_there": sum(row["refused"] for row in held) / len(held),
        "right_gold_there": sum(row["right"] for row in held) / len(held),
        "auc": area_under_curve([row["confidence"] for row in held], [row["confidence"] for row in taken]),
        "seconds_p50": median(row["seconds"] for row in rows),
    }
    print(
        json.dumps(
            {"mode": options.mode, "questions": len(drawn)} | {key: round(value, 4) for key, value in told.items()}
        )
    )
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
