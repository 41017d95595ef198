"""What the embedded verifier is trained on: judged sentences with the evidence that it would read for each.

Two kinds. The sentences of ``corpora/verdicts`` were written for ragkit, in families about one fact that are alike but
for what makes them true or false. The others are made by rule from the collections of docs/evaluation.md, which hold
for how language is used and cost nothing: true sentences shortened, changed as ``citations.py`` changes them, or asked
of a passage that lacks them; questions with right and with wrong answers; answers that people wrote.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from citations import _NAME, CHANGES, _names, reworded

from ragkit.ground.statements import denies
from ragkit.ground.verify.passages import SourceText
from ragkit.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

WORDS = 45  # of evidence for each sentence
LABELS = ("supported", "contradicted", "unsupported")


@dataclass(frozen=True, slots=True)
class Row:
    """A sentence, its evidence, whether the evidence supports it, and the family of sentences that it is alike."""

    claim: str
    evidence: str
    supported: bool
    family: str


def rows_of(family: str, source: str, judged: list[tuple[str, bool]]) -> Iterator[Row]:
    """Choose the evidence for each sentence of a family, as it is chosen when replies are checked."""
    chosen = SourceText([source]).choose([text for text, _ in judged], words=WORDS)
    for (text, good), each in zip(judged, chosen, strict=True):
        yield Row(text, "\n".join(each.texts), good, family)


def written(folder: Path) -> Iterator[Row]:
    """Yield the sentences that were written for ragkit."""
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            item = json.loads(line)
            for number, family in enumerate(item["families"]):
                judged = [(text, label == LABELS[0]) for label in LABELS for text in family.get(label, ())]
                yield from rows_of(f"{item['id']}/{number}", item["source"], judged)


def _lines(path: Path) -> list[dict[str, Any]]:
    whole = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in whole.decode("utf-8").splitlines()]


def _corpus(folder: Path) -> dict[str, str]:
    path = next(folder.glob("corpus.jsonl*"))
    return {row["_id"]: row["text"] for row in _lines(path)}


def _parts(text: str) -> list[str]:
    return [" ".join(text[start:end].split()) for start, end in sentences(text)]


def changed(folder: Path, count: int, chance: random.Random) -> Iterator[Row]:
    """Yield sentences of passages: shortened, changed in one thing, and asked of the passage without them."""
    corpus = _corpus(folder)
    _names.update(match[0] for text in corpus.values() for match in _NAME.finditer(text))
    keys = sorted(corpus)
    chance.shuffle(keys)
    for key in keys[:count]:
        parts = [part for part in _parts(corpus[key]) if 40 < len(part) < 320]
        for number, part in enumerate(chance.sample(parts, min(2, len(parts)))):
            judged = [(reworded(part, chance), True)]
            for kind in chance.sample(sorted(CHANGES), 2):
                new = CHANGES[kind](part, corpus[key], chance, "en")
                if new and new != part:
                    judged.append((new, False))
            family = f"{folder.name}/{key}/{number}"
            yield from rows_of(family, corpus[key], judged)
            if chance.random() < 0.3:
                yield from rows_of(family, corpus[key].replace(part, "")[:4000], [(part, False)])


def asked(folder: Path, count: int, chance: random.Random) -> Iterator[Row]:
    """Yield questions with right answers, and with names and numbers of the passage that are none."""
    corpus = _corpus(folder)
    rows = [row for row in _lines(folder / "qa.jsonl") if row.get("doc_id") in corpus and row["question"]]
    chance.shuffle(rows)
    for row in rows[:count]:
        text = corpus[row["doc_id"]]
        question = row["question"][0].upper() + row["question"][1:].rstrip("? ") + "?"
        right = [answer for answer in row.get("answers", ()) if len(answer) < 80]
        gold = " ".join(right)
        kind = re.compile(r"\b\d[\d,.]*\d|\b\d\b") if re.search(r"\d", gold) else _NAME
        others = sorted(
            {match[0] for match in kind.finditer(text) if match[0] not in gold and match[0] not in question}
        )
        judged = [(f"{question} {answer}.", True) for answer in right[:1] if row.get("answerable", True)]
        judged += [(f"{question} {other}.", False) for other in chance.sample(others, min(1, len(others)))]
        yield from rows_of(f"{folder.name}/{row['id']}", text, judged)


def answered(folder: Path, chance: random.Random) -> Iterator[Row]:
    """Yield sentences of answers that people wrote, with the passages they were written from, and with others."""
    corpus = _corpus(folder)
    rows = [row for row in _lines(folder / "qa.jsonl") if row.get("answerability", "ANSWERABLE") == "ANSWERABLE"]
    rows = [row for row in rows if row.get("answerable") and all(key in corpus for key in row.get("doc_ids", ()))]
    keys = sorted(corpus)
    for row in rows:
        text = "\n\n".join(corpus[key] for key in row["doc_ids"])
        said = [part for part in _parts(row["answers"][0]) if 30 < len(part) < 300 and not denies(part)]
        for number, part in enumerate(said):
            family = f"{folder.name}/{row['id']}/{number}"
            yield from rows_of(family, text, [(part, True)])
            near = SourceText([corpus[key] for key in chance.sample(keys, 4)]).choose([part])[0]
            yield Row(part, "\n".join(near.texts), False, family)
            kind = chance.choice(sorted(CHANGES))
            if new := CHANGES[kind](part, text, chance, "en"):
                yield from rows_of(family, text, [(new, False)])


def summarised(path: Path) -> Iterator[Row]:
    """Yield summaries that authors wrote of their papers, with their paper and with the next one."""
    papers = [row for row in _lines(path) if row.get("summaries")]
    for row, other in zip(papers, [*papers[1:], papers[0]], strict=True):
        for text in row["summaries"][:1]:
            family = f"{path.parent.name}/{row['id']}"
            yield from rows_of(family, row["document"][:8000], [(text, True)])
            yield from rows_of(family, other["document"][:8000], [(text, False)])


def by_rule(data: Path, seed: int = 13) -> Iterable[Row]:
    """Make all rows that are made by rule, from the collections that a folder holds."""
    chance = random.Random(seed)
    for name, count in (("squad2_half", 700), ("nq_oracle", 600), ("scifact", 700)):
        yield from changed(data / name, count, chance)
    for name, count in (("squad2_half", 1000), ("nq_oracle", 800)):
        yield from asked(data / name, count, chance)
    yield from answered(data / "mtrag_un", chance)
    yield from summarised(data / "scitldr" / "dev.jsonl")
