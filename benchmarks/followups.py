"""Follow-up questions: recall of five documents for the bare question, with what was said, and rewritten by a model.

    python benchmarks/followups.py DATA [-m SPEC] [--index DIR] [--sample N] [--json FILE]

DATA is a folder with ``corpus.jsonl`` in BEIR's layout and ``qa.jsonl``, rows of question, history (speaker and text)
and doc_ids. Rows without history or gold are left out.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragkit import Index
from ragkit.chains import Conversation, Turn, chat

if TYPE_CHECKING:
    from ragkit.chains import ChatChain

PASSAGES, DOCUMENTS = 30, 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("-m", "--model")
    parser.add_argument("--index", type=Path, default=Path(".ragkit-eval/followups"))
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    index = Index(options.index, model=options.model)
    index.sync(options.data / "corpus.jsonl")
    rows = [json.loads(line) for line in (options.data / "qa.jsonl").read_text("utf-8").splitlines()]
    rows = [row for row in rows if row["doc_ids"] and row["history"]]
    if options.sample:
        rows = random.Random(options.seed).sample(rows, min(options.sample, len(rows)))
    ways: dict[str, ChatChain] = {"bare": _chain(index, "off"), "words": _chain(index, "words")}
    if options.model:
        ways["model"] = _chain(index, "model")
    found = dict.fromkeys(ways, 0.0)
    for number, row in enumerate(rows, 1):
        gold = set(map(str, row["doc_ids"]))
        for name, chain in ways.items():
            found[name] += len(gold & set(_documents(chain, _conversation(row)))) / len(gold)
        if number % 20 == 0:
            print(number, {name: round(value / number, 4) for name, value in found.items()}, flush=True)
    told = {"rows": len(rows), "recall": {name: value / len(rows) for name, value in found.items()}}
    print(json.dumps(told))
    if options.json:
        options.json.write_text(json.dumps(told, indent=1))


def _chain(index: Index, rewriting: Any) -> ChatChain:
    return chat(index, rewriting=rewriting, mode="quote", k=PASSAGES)


def _conversation(row: dict[str, Any]) -> Conversation:
    """Return a row as question and turns; what the agent says first, or says again, is left out."""
    turns: list[Turn] = []
    for said in row["history"]:
        if said["speaker"] == "user":
            turns.append(Turn(said["text"], ""))
        elif turns:
            turns[-1] = Turn(turns[-1].question, said["text"])
    return Conversation(row["question"], turns)


def _documents(chain: ChatChain, asked: Conversation) -> list[str]:
    hits = chain.invoke(asked).hits
    return list(dict.fromkeys(hit.chunk.document_id for hit in hits))[:DOCUMENTS]


if __name__ == "__main__":
    main()
