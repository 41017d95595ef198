"""Hybrid search in a process that is already warm, over a large collection.

`python benchmarks/warm.py INDEX QUERIES COUNT` asks the first COUNT questions of a file of rows, and prints JSON.
"""

from __future__ import annotations

import json
import sys
import time
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sets
from harness import Bench, Figure, SkippedError, log, ragkit, run, script, take_turns

if TYPE_CHECKING:
    from collections.abc import Callable

QUICK = 2000
QUESTIONS, WARM_UP = 500, 30
OURS = "ragkit"


def measure(bench: Bench) -> list[Figure]:
    folder = bench.data / "scale_debian"
    corpus, queries = sets.find(folder, "corpus.jsonl"), sets.find(folder, "queries.jsonl")
    if corpus is None or queries is None:
        raise SkippedError("no scale_debian in the data folder: say where it is with --data")
    kept = bench.work / "index" / ("debian-quick" if bench.quick else "debian")
    built = indexed(bench, corpus, kept)
    count = bench.size(QUESTIONS, 50)
    taken = take_turns({OURS: lambda: run([*script("warm"), str(kept), str(queries), str(count)])}, bench.rounds)
    figures = []
    for percentile, bounds in (("p50", (8, 3)), ("p95", (20, 8))):
        what = f"warm hybrid search, {built['passages']} passages, beside embedding, {percentile}"
        figure = Figure(f"warm_{percentile}", what, "ms", *bounds)
        figure.value = taken.median(OURS, f"beside_{percentile}_ms")
        names = ("total_p50_ms", "total_p95_ms", "embedding_p50_ms", "embedding_p95_ms", "open_s")
        figure.parts = {name: taken.median(OURS, name) for name in names}
        figure.detail = (
            f"with embedding {taken.median(OURS, f'total_{percentile}_ms'):.1f} ms; open and first search "
            f"{taken.median(OURS, 'open_s'):.2f} s; memory {taken.median(OURS, 'peak_mb'):.0f} MB"
        )
        figures.append(figure)
    return figures


def indexed(bench: Bench, corpus: Path, kept: Path) -> dict[str, Any]:
    """Index the collection, or bring what an earlier run left up to date; say how much it holds."""
    if bench.quick:
        source = bench.work / "documents" / "debian-quick.jsonl"
        source.parent.mkdir(parents=True, exist_ok=True)
        sets.write(source, (row for row, _ in zip(sets.read(corpus), range(QUICK), strict=False)))
    else:
        source = corpus
        log("  indexing the collection takes minutes, once")
    run([*ragkit(), "index", str(source), "--index", str(kept), "--json"])
    return {"passages": run([*ragkit(), "status", "--index", str(kept), "--json"])["chunks"]}


def timed(embedder: object) -> list[float]:
    """Time everything an embedder does for a question, however it is asked; return where the seconds are added up."""
    spent, inside = [0.0], [False]

    def clock(method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def call(*given: Any, **named: Any) -> Any:
            if inside[0]:
                return method(*given, **named)
            inside[0] = True
            began = time.perf_counter()
            try:
                return method(*given, **named)
            finally:
                spent[0] += time.perf_counter() - began
                inside[0] = False

        return call

    for name in dir(type(embedder)):
        if name.startswith(("encode", "embed")) and callable(getattr(type(embedder), name)):
            setattr(embedder, name, clock(getattr(embedder, name)))
    return spent


def percentile(values: list[float], share: float) -> float:
    """Return the value that this share of the values does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered)) - 1))]


def main() -> None:
    from ragkit import Index

    folder, queries, count = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    questions = [row["text"] for row in sets.read(queries)][: count + WARM_UP]
    began = time.perf_counter()
    index = Index(folder)
    index.search(questions[0], 10)
    opened = time.perf_counter() - began
    spent = timed(index.embedder)
    for question in questions[:WARM_UP]:
        index.search(question, 10)
    total, embedding, beside = [], [], []
    for question in questions[WARM_UP:]:
        before, began = spent[0], time.perf_counter()
        index.search(question, 10)
        total.append(1e3 * (time.perf_counter() - began))
        embedding.append(1e3 * (spent[0] - before))
        beside.append(total[-1] - embedding[-1])
    found = {"open_s": opened, "questions": len(total)}
    for name, values in (("total", total), ("embedding", embedding), ("beside", beside)):
        found[f"{name}_p50_ms"] = percentile(values, 0.5)
        found[f"{name}_p95_ms"] = percentile(values, 0.95)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
