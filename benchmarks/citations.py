"""Planted false citations: how many are caught, and how many right answers are wrongly dropped.

    python benchmarks/citations.py DATA [--count 300] [--seed 13] [--json FILE]

DATA is a folder with ``corpus.jsonl`` and ``qa.jsonl`` (see docs/evaluation.md). Right answers are made from the
sentence that holds a gold answer: whole, without an opening or a closing clause, and with clauses swapped. Then one
thing is changed in each: a number, a name, a negation, or a word for its opposite. Both are checked against the same
six sentences of the paragraph, as strictly as prose is.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

from ragkit.evaluate.data import load_questions
from ragkit.ground.verify.support import support
from ragkit.text.sentences import sentences

SOURCES = 6  # sentences that a statement is checked against, as an answer's evidence has
OPPOSITES = (
    ("more", "fewer"), ("largest", "smallest"), ("first", "last"), ("before", "after"), ("increased", "decreased"),
    ("higher", "lower"), ("north", "south"), ("east", "west"), ("always", "never"), ("most", "few"), ("early", "late"),
    ("million", "billion"), ("highest", "lowest"), ("above", "below"), ("older", "younger"), ("won", "lost"),
)  # fmt: skip
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+(?: [A-Z][a-z]+)*")
_COPULA = re.compile(r"\b(is|are|was|were|has|have|had|can|could|would|will|may)\b")
_NEGATED = re.compile(r"\b(is|are|was|were|has|have|had|can|could|would|will|may|did|does|do) not\b")


def number_changed(text: str, _others: str, chance: random.Random) -> str | None:
    """Change one number by a little."""
    found = list(re.finditer(r"\b\d[\d,]*\b", text))
    if not found:
        return None
    match = chance.choice(found)
    value = int(match[0].replace(",", ""))
    new = value + chance.choice([1, 2, 3, 10])
    return text[: match.start()] + (f"{new:,}" if "," in match[0] else str(new)) + text[match.end() :]


def name_changed(text: str, others: str, chance: random.Random) -> str | None:
    """Put another name of the collection in a name's place."""
    found, pool = list(_NAME.finditer(text)), sorted({name for name in _NAME.findall(others) if name not in text})
    if not found or not pool:
        return None
    match = chance.choice(found)
    return text[: match.start()] + chance.choice(pool) + text[match.end() :]


def negation_changed(text: str, _others: str, _chance: random.Random) -> str | None:
    """Take a negation out, or put one in."""
    if _NEGATED.search(text):
        return _NEGATED.sub(lambda match: match[1], text, count=1)
    return _COPULA.sub(lambda match: f"{match[1]} not", text, count=1) if _COPULA.search(text) else None


def opposite(text: str, _others: str, _chance: random.Random) -> str | None:
    """Put a word's opposite in its place."""
    for left, right in OPPOSITES:
        for old, new in ((left, right), (right, left)):
            if re.search(rf"\b{old}\b", text):
                return re.sub(rf"\b{old}\b", new, text, count=1)
    return None


CHANGES = {"number": number_changed, "name": name_changed, "negation": negation_changed, "opposite": opposite}


def reworded(text: str, chance: random.Random) -> str:
    """Say a sentence as an answer might: whole, or without a clause, or with its opening clause at the end."""
    body = text.rstrip(".")
    opening = re.match(r"((?:In|On|At|During|After|Before|By|From|For|As) [^,]{4,60}), (.+)", body)
    closing = re.match(r"(.{30,}?), (?:which|who|where|and|but|with|although|because) .+", body)
    ways = [text]
    if opening:
        ways += [f"{opening[2][0].upper()}{opening[2][1:]} {opening[1][0].lower()}{opening[1][1:]}.", f"{opening[2]}."]
    if closing:
        ways.append(f"{closing[1]}.")
    return chance.choice(ways)


def cases(folder: Path, count: int, seed: int) -> list[dict[str, Any]]:
    """Make ``count`` right statements, each with its sources and one false version for every kind that applies."""
    chance = random.Random(seed)
    corpus = {row["_id"]: row["text"] for row in map(json.loads, (folder / "corpus.jsonl").open(encoding="utf-8"))}
    examples = [each for each in load_questions(folder) if each.answerable and each.relevant_ids]
    chance.shuffle(examples)
    texts = sorted(corpus.values())
    made: list[dict[str, Any]] = []
    for example in examples:
        text = corpus.get(example.relevant_ids[0], "")
        parts = [" ".join(text[start:end].split()) for start, end in sentences(text)]
        gold = next((part for part in parts if example.answers[0] in part and 40 < len(part) < 400), None)
        if gold is None:
            continue
        right = reworded(gold, chance)
        other = chance.choice(texts)
        kinds = list(CHANGES)
        chance.shuffle(kinds)
        false = next(((kind, new) for kind in kinds if (new := CHANGES[kind](right, text + " " + other, chance))), None)
        if false and false[1] != right:
            near = [gold, *(part for part in parts if part != gold)][:SOURCES]
            made.append(
                {"question": example.question, "right": right, "kind": false[0], "false": false[1], "sources": near}
            )
        if len(made) == count:
            break
    return made


def main() -> None:
    """Measure and print."""
    reader = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    reader.add_argument("data", type=Path)
    reader.add_argument("--count", type=int, default=300)
    reader.add_argument("--seed", type=int, default=13)
    reader.add_argument("--json", type=Path)
    reader.add_argument("--show", action="store_true", help="print what was judged wrongly")
    given = reader.parse_args()
    made, caught, all_of = cases(given.data, given.count, given.seed), Counter[str](), Counter[str]()
    dropped = 0
    for case in made:
        all_of[case["kind"]] += 1
        passed = support(case["false"], case["sources"], case["question"], strict=True).sources
        caught[case["kind"]] += not passed
        lost = support(case["right"], case["sources"], case["question"], strict=True)
        dropped += not lost.sources
        if given.show and (passed or not lost.sources):
            print(
                f"{case['kind'] + ' passed' if passed else 'dropped: ' + lost.problem}: "
                f"{case['false'] if passed else case['right']}\n    {case['sources'][0]}"
            )
    total = {"caught": sum(caught.values()) / len(made), "right_dropped": dropped / len(made), "n": len(made)}
    kinds = {kind: round(caught[kind] / all_of[kind], 4) for kind in sorted(all_of)}
    print(
        f"{len(made)} answers: caught {total['caught']:.3f}, right ones dropped {total['right_dropped']:.3f}; {kinds}"
    )
    if given.json:
        given.json.write_text(json.dumps({**total, "kinds": kinds, "of": dict(all_of)}, indent=1))


if __name__ == "__main__":
    main()
