"""Answers end to end beside LangChain's and LlamaIndex's documented chains: the same corpus, model and machine.

    python benchmarks/answers.py DATA [-m SPEC] [--modes auto,short] [--sample 200] [--seed 13] [--foreign BEIR]
                                 [--peers langchain,llamaindex] [--peer-sample 20] [--work DIR] [--json FILE]

DATA is a folder with ``corpus.jsonl`` and ``qa.jsonl`` (docs/evaluation.md). Every question goes to each side in turn,
so that all see the same machine; peers, which are slow, get ``--peer-sample`` of each kind. Their model runs in a
server of its own, ragkit's in its process. ``--foreign`` draws questions of another collection from a BEIR folder, as
many as ``--sample``, which should be refused.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from harness import HERE, QUIET

from ragkit import Index, models
from ragkit.core.registry import parse_spec
from ragkit.core.types import Example
from ragkit.evaluate.answers import draw, score
from ragkit.evaluate.data import load_questions
from ragkit.evaluate.metrics import area_under_curve, contains, exact_match, f1

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DENIALS = ("don't know", "do not know", "not contain", "no information", "not mention", "cannot answer", "not provided")
Row = dict[str, Any]


class PeerProcess:
    """A peer that answers one question a line."""

    def __init__(self, name: str, venvs: Path, folder: Path, model: str, server: str) -> None:
        python = venvs / name / "bin" / "python"
        words = [python, HERE / "peers" / f"{name}_peer.py", "answer"]
        options = ["--model", model, "--folder", folder, "--server", server]
        self.child = subprocess.Popen(
            [*map(str, words), *map(str, options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=_quiet(),
        )
        self._line()

    def _line(self) -> Row:
        for line in self.child.stdout or ():
            with contextlib.suppress(ValueError):
                return json.loads(line)
        raise SystemExit("a peer ended early: look at what it wrote above")

    def ask(self, question: str) -> Row:
        print(json.dumps({"question": question}), file=self.child.stdin, flush=True)
        return self._line()

    def close(self) -> None:
        if self.child.stdin:
            self.child.stdin.close()
        self.child.wait(60)


def _quiet() -> dict[str, str]:
    return {**os.environ, **QUIET}


@contextlib.contextmanager
def served(gguf: Path) -> Iterator[str]:
    """Run the peers' model server."""
    child = subprocess.Popen(
        [sys.executable, HERE / "serve.py", gguf], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout
        yield child.stdout.readline().strip()
    finally:
        assert child.stdin
        child.stdin.close()
        child.wait(60)


def peer_index(name: str, venvs: Path, folder: Path, model: str, corpus: Path) -> None:
    if (folder / "done").exists():
        return
    python = venvs / name / "bin" / "python"
    words = [python, HERE / "peers" / f"{name}_peer.py", "index", "--model", model, "--folder", folder]
    subprocess.run([*map(str, words), "--documents", str(corpus)], check=True, stdout=subprocess.DEVNULL, env=_quiet())
    (folder / "done").touch()


def peer_row(example: Example, told: Row) -> Row:
    said = told["answer"]
    return {
        "answerable": example.answerable,
        "abstained": any(each in said.lower() for each in DENIALS),
        "em": exact_match(said, example.answers),
        "f1": f1(said, example.answers),
        "contains_gold": contains(said, example.answers),
        "seconds": told["seconds"],
    }


def figures(rows: Sequence[Row]) -> Row:
    right, wrong = [r for r in rows if r["answerable"]], [r for r in rows if not r["answerable"]]

    def mean(among: Sequence[Row], key: str) -> float | None:
        return round(sum(float(row[key]) for row in among) / len(among), 4) if among else None

    out = {key: mean(right, key) for key in ("contains_gold", "em", "f1")}
    out |= {"refused_answerable": mean(right, "abstained"), "refused_unanswerable": mean(wrong, "abstained")}
    if rows and "confidence" in rows[0] and right and wrong:
        out["auc"] = round(area_under_curve([r["confidence"] for r in right], [r["confidence"] for r in wrong]), 4)
        quotes = sum(row["quotes"] for row in rows)
        out["quotes_verbatim"] = round(sum(row["quotes_verbatim"] for row in rows) / quotes, 4) if quotes else None
    return {**out, "seconds_p50": round(median(row["seconds"] for row in rows), 3), "questions": len(rows)}


def foreign(path: Path, count: int, seed: int) -> list[Example]:
    rows = [json.loads(line)["text"] for line in (path / "queries.jsonl").read_text("utf-8").splitlines()]
    return [Example(text) for text in random.Random(seed).sample(rows, min(count, len(rows)))]


def refused_at(rows: Sequence[Row], others: Sequence[Row], share: float = 0.1) -> float:
    """Return how many foreign questions fall below the confidence that a share of the answerable ones falls below."""
    sure = sorted(row["confidence"] for row in rows if row["answerable"])
    bound = sure[int(len(sure) * share)]
    return sum(row["confidence"] < bound for row in others) / len(others)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("-m", "--model", default="llamacpp:SmolLM2-135M-Instruct-Q4_1")
    parser.add_argument("--modes", default="auto,short")
    parser.add_argument("--sample", type=int, default=200)
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--peers", default="langchain,llamaindex")
    parser.add_argument("--peer-sample", type=int, default=20)
    parser.add_argument("--foreign", type=Path)
    parser.add_argument("--work", type=Path, default=Path(".ragkit-bench/answers"))
    parser.add_argument("--venvs", type=Path, default=Path(".ragkit-bench/venvs"))
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


@contextlib.contextmanager
def started(options: argparse.Namespace) -> Iterator[dict[str, PeerProcess]]:
    """Index the corpus for each peer and start it, with a server for its model."""
    names = [name for name in options.peers.split(",") if name]
    peers: dict[str, PeerProcess] = {}
    with contextlib.ExitStack() as stack:
        if names:
            embedder = str(models.path("all-MiniLM-L6-v2"))
            server = stack.enter_context(served(models.path(parse_spec(options.model).model)))
        for name in names:
            folder = options.work / f"{options.data.name}.{name}"
            peer_index(name, options.venvs, folder, embedder, options.data / "corpus.jsonl")
            peers[name] = PeerProcess(name, options.venvs, folder, embedder, server)
            stack.callback(peers[name].close)
        yield peers


def asked(
    index: Index, chains: Row, peers: dict[str, PeerProcess], examples: Sequence[Example], beside: set[int]
) -> tuple[dict[str, list[Row]], dict[str, list[float]]]:
    """Ask every side every question in turn; return its rows, and the seconds of what all were asked."""
    rows: dict[str, list[Row]] = {f"ragkit {mode}": [] for mode in chains} | {name: [] for name in peers}
    shared: dict[str, list[float]] = {name: [] for name in rows}
    for number, example in enumerate(examples, 1):
        for mode, chain in chains.items():
            began = time.perf_counter()
            answer = chain.invoke(example.question)
            took = time.perf_counter() - began
            rows[f"ragkit {mode}"].append({**score(index, example, answer), "seconds": took})
            if id(example) in beside:
                shared[f"ragkit {mode}"].append(took)
        for name, peer in peers.items() if id(example) in beside else ():
            row = peer_row(example, peer.ask(example.question))
            rows[name].append(row)
            shared[name].append(row["seconds"])
        print(f"\r{number} of {len(examples)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return rows, shared


def main() -> None:
    options = parsed()
    options.work.mkdir(parents=True, exist_ok=True)
    index = Index(options.work / f"{options.data.name}.index", model=options.model)
    index.sync(options.data / "corpus.jsonl")
    chains = {mode: index.chain(mode=mode) for mode in options.modes.split(",")}
    for chain in chains.values():
        chain.invoke("Is anybody there?")
    examples = draw(load_questions(options.data), options.sample, options.seed)
    beside = {id(each) for each in draw(examples, options.peer_sample, options.seed)}
    with started(options) as peers:
        rows, shared = asked(index, chains, peers, examples, beside)
    found: Row = {name: figures(each) for name, each in rows.items()}
    for mode, chain in chains.items() if options.foreign else ():
        told = [
            score(index, each, chain.invoke(each.question)) for each in foreign(options.foreign, options.sample, 13)
        ]
        own = found[f"ragkit {mode}"]
        own["foreign_refused"] = round(sum(row["abstained"] for row in told) / len(told), 4)
        own["foreign_refused_at_10"] = round(refused_at(rows[f"ragkit {mode}"], told), 4)
    for name, each in found.items():
        for peer in peers:
            if name != peer:
                each[f"seconds_to_{peer}"] = round(median(shared[name]) / median(shared[peer]), 3)
        print(name, json.dumps(each))
    if options.json:
        options.json.write_text(json.dumps({"model": options.model, "seed": options.seed, "found": found}, indent=1))


if __name__ == "__main__":
    main()
