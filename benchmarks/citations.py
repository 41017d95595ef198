"""Planted false citations: how many are caught by a certain finding, and how many right answers are contradicted.

    python benchmarks/citations.py [DATA ...] [--count 300] [--seed 13] [--json FILE]

Each DATA is a folder with ``corpus.jsonl`` and ``qa.jsonl`` (see docs/evaluation.md) in English, or in German
after an English one, which tells names from nouns; the sentences
of ``planted.py`` in five more languages are always taken. Right answers are made from the sentence that holds a gold
answer: whole, without an opening or a closing clause, and with clauses swapped. Then one thing is changed in each: a
number, a name, a negation, or a word for its opposite. Both are checked against the same six sentences of the
paragraph, and are judged by ``contradictions`` alone, without a model.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

from planted import NEGATED, OPPOSITES, SENTENCES

from ragkit.evaluate.data import load_questions
from ragkit.ground.verify.contradictions import Finding, contradictions
from ragkit.text.languages import recognised
from ragkit.text.sentences import sentences

SOURCES = 6  # sentences that a statement is checked against, as an answer's evidence has
_NAME = re.compile(r"(?<=[a-zéß,] )[A-ZÉ][a-zà-ÿ]+(?: [A-Z][a-zà-ÿ]+)*")
_names: set[str] = set()  # of the English folders: German capitalises all nouns


def number_changed(text: str, _others: str, chance: random.Random, _language: str) -> str | None:
    """Change one number by a little."""
    found = list(re.finditer(r"\b\d{1,3}(?:[,.]\d{3})+\b|\b\d+\b", text))
    if not found:
        return None
    match = chance.choice(found)
    new = int(re.sub(r"[.,]", "", match[0])) + chance.choice([1, 2, 3, 10])
    mark = re.sub(r"\d", "", match[0])[:1]
    return text[: match.start()] + (f"{new:,}".replace(",", mark) if mark else str(new)) + text[match.end() :]


def names(text: str, language: str) -> list[re.Match[str]]:
    """Find the names of a text that do not open a sentence."""
    return [match for match in _NAME.finditer(text) if language != "de" or match[0] in _names]


def name_changed(text: str, others: str, chance: random.Random, language: str) -> str | None:
    """Put another name of the collection in a name's place."""
    pool = sorted({match[0] for match in names(others, language) if match[0] not in text})
    found = names(text, language)
    if not found or not pool:
        return None
    match = chance.choice(found)
    return text[: match.start()] + chance.choice(pool) + text[match.end() :]


def negation_changed(text: str, _others: str, _chance: random.Random, language: str) -> str | None:
    """Take a negation out, or put one in."""
    put, taken = NEGATED[language]
    pattern, instead = taken if re.search(taken[0], text) else put
    return re.sub(pattern, instead, text, count=1) if re.search(pattern, text) else None


def opposite(text: str, _others: str, _chance: random.Random, language: str) -> str | None:
    """Put a word's opposite in its place."""
    pairs = [pair.split("/") for pair in OPPOSITES[language].split()]
    for old, new in (*pairs, *((right, left) for left, right in pairs)):
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


def falsified(right: str, others: str, chance: random.Random, language: str) -> list[tuple[str, str]]:
    """Return a sentence's false versions, each with what was changed, in an order by chance."""
    kinds = list(CHANGES)
    chance.shuffle(kinds)
    made = ((kind, CHANGES[kind](right, others, chance, language)) for kind in kinds)
    return [(kind, new) for kind, new in made if new and new != right]


def cases(folder: Path, count: int, seed: int) -> list[dict[str, Any]]:
    """Make ``count`` right statements, each with its sources and one false version."""
    chance = random.Random(seed)
    corpus = {row["_id"]: row["text"] for row in map(json.loads, (folder / "corpus.jsonl").open(encoding="utf-8"))}
    examples = [each for each in load_questions(folder) if each.answerable and each.relevant_ids]
    chance.shuffle(examples)
    texts = sorted(corpus.values())
    language = recognised(" ".join(texts[:5]))
    if language == "en":
        _names.update(match[0] for text in texts for match in _NAME.finditer(text))
    made: list[dict[str, Any]] = []
    for example in examples:
        text = corpus.get(example.relevant_ids[0], "")
        parts = [" ".join(text[start:end].split()) for start, end in sentences(text)]
        gold = next((part for part in parts if example.answers[0] in part and 40 < len(part) < 400), None)
        if gold is None:
            continue
        right = reworded(gold, chance) if language == "en" else gold
        if false := falsified(right, text + " " + chance.choice(texts), chance, language):
            near = [gold, *(part for part in parts if part != gold)][:SOURCES]
            made.append(case(example.question, right, false[0], near))
        if len(made) == count:
            break
    return made


def written(language: str, seed: int) -> list[dict[str, Any]]:
    """Make all false versions of the sentences that were written in a language."""
    chance = random.Random(seed)
    lines = [line.strip() for line in SENTENCES[language].strip().splitlines()]
    return [
        case("", right, false, lines[max(0, place - 2) : place + 4])
        for place, right in enumerate(lines)
        for false in falsified(right, " ".join(lines), chance, language)
    ]


def case(question: str, right: str, false: tuple[str, str], sources: list[str]) -> dict[str, Any]:
    """Return a case as it is measured."""
    return {"question": question, "right": right, "kind": false[0], "false": false[1], "sources": sources}


def certain(case: dict[str, Any], which: str) -> list[Finding]:
    """Return what contradicts the right or the false version for certain."""
    found = contradictions(case[which], case["sources"], question=case["question"])
    return [each for each in found if each.certain]


def measure(name: str, made: list[dict[str, Any]], *, show: bool) -> dict[str, Any]:
    """Measure cases of one language and print the figures."""
    caught, all_of, dropped = Counter[str](), Counter[str](), 0
    for each in made:
        all_of[each["kind"]] += 1
        seen, wrong = certain(each, "false"), certain(each, "right")
        caught[each["kind"]] += bool(seen)
        dropped += bool(wrong)
        if show and (wrong or not seen):
            text = each["right"] if wrong else each["false"]
            print(f"{[one.reason for one in wrong] or each['kind'] + ' passed'}: {text}\n    {each['sources']}")
    kinds = {kind: round(caught[kind] / all_of[kind], 3) for kind in sorted(all_of)}
    total = {"caught": sum(caught.values()) / len(made), "right_contradicted": dropped / len(made), "n": len(made)}
    print(
        f"{name}: {len(made)} answers: caught {total['caught']:.3f}, "
        f"right ones contradicted {total['right_contradicted']:.3f}; {kinds}"
    )
    return {**total, "kinds": kinds, "of": dict(all_of)}


def main() -> None:
    """Measure and print."""
    reader = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    reader.add_argument("data", type=Path, nargs="*")
    reader.add_argument("--count", type=int, default=300)
    reader.add_argument("--seed", type=int, default=13)
    reader.add_argument("--json", type=Path)
    reader.add_argument("--show", action="store_true", help="print what was judged wrongly")
    given = reader.parse_args()
    found = {
        str(folder): measure(str(folder), cases(folder, given.count, given.seed), show=given.show)
        for folder in given.data
    }
    found |= {code: measure(code, written(code, given.seed), show=given.show) for code in SENTENCES}
    if given.json:
        given.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
