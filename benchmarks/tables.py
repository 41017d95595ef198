"""Questions over sheets: right, too wide, wrong, refused, of a file of questions with their answers.

    python benchmarks/tables.py QUESTIONS.jsonl [-m SPEC] [--mode auto|words|model] [--show] [--json FILE]

A row: {"id", "kind", "files", "question", "gold", "n"}; ``gold`` lists the numbers and words that the answer must hold,
or is "refuse", ``n`` is how many rows a right answer has at most. An answer that holds the gold among columns or rows
which were not asked for is too wide, which counts as wrong in the shares that are printed last.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections import Counter, defaultdict
from pathlib import Path

from ragkit.chains import table

WIDE = 4  # columns of a row from which it is a row, not an answer
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


def outcome(row: dict, answer) -> str:
    """Judge an answer."""
    if answer.abstained or row["gold"] == "refuse":
        return "refused" if answer.abstained else "wrong"
    numbers = [float(each.replace(",", "")) for each in _NUMBER.findall(answer.text)]
    if not all(held(each, answer.text, numbers) for each in row["gold"]):
        return "wrong"
    wide = row["n"] and len(answer.values) > row["n"]
    return "wide" if wide or any(len(each) >= WIDE for each in answer.values) else "right"


def held(gold: str | float, text: str, numbers: list[float]) -> bool:
    """Whether an answer has a word or a number; a percentage may be written as a share of one."""
    if isinstance(gold, str):
        return gold.casefold() in text.casefold()
    near = 0.0 if float(gold).is_integer() else 0.06
    return any(abs(abs(gold) - each) <= near or (near and abs(gold - 100 * each) <= near) for each in numbers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path)
    parser.add_argument("-m", "--model")
    parser.add_argument("--mode", default="auto")
    parser.add_argument("--show", action="store_true", help="write each answer")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = [json.loads(line) for line in options.questions.read_text(encoding="utf-8").splitlines()]
    chains, judged, seconds, kinds = {}, [], [], defaultdict(Counter)
    for row in rows:
        key = tuple(row["files"])
        chain = chains.setdefault(key, table(row["files"], options.model, mode=options.mode))
        chain.sheets()  # reading the files is no part of the time
        started = time.perf_counter()
        answer = chain.invoke(row["question"])
        seconds.append(time.perf_counter() - started)
        told = outcome(row, answer)
        good = told == "right" or (told == "refused" and row["gold"] == "refuse")
        kinds[row["kind"]]["right" if good else told] += 1
        judged.append({**row, "outcome": "right" if good else told, "answer": answer.to_json()})
        if options.show:
            print(f"{row['id']} {judged[-1]['outcome']} {row['question']}\n{answer.to_text()}\n", flush=True)
    print("kind\tright\twide\twrong\trefused")
    for kind, counts in kinds.items():
        print(kind, *(counts[each] for each in ("right", "wide", "wrong", "refused")), sep="\t")
    total = Counter(each["outcome"] for each in judged)
    shares = ", ".join(f"{name} {total[name] / len(rows):.0%}" for name in ("right", "wide", "wrong", "refused"))
    print(f"{len(rows)} questions: {shares}; {sorted(seconds)[len(seconds) // 2]:.1f} s a question (median)")
    if options.json:
        options.json.write_text(json.dumps(judged, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
