"""Indexing again: when one file in a hundred changed, and when none did; each a fresh `ragkit index` of all files."""

from __future__ import annotations

import random
import shutil
from typing import TYPE_CHECKING

import sets
from harness import Bench, ChildFailedError, Figure, Sample, Taken, log, ragkit, run, take_turns

if TYPE_CHECKING:
    from pathlib import Path

QUICK = 300
SHARE = 0.01
CHANGED, UNCHANGED = "ragkit, 1 % changed", "ragkit, nothing changed"


def measure(bench: Bench) -> list[Figure]:
    documents = sets.documents(bench, bench.documents or bench.size(10**9, QUICK))
    files, folder = bench.work / "reindex" / "files", bench.work / "reindex" / "index"
    shutil.rmtree(files.parent, ignore_errors=True)
    shutil.copytree(documents.files, files)
    words = [*ragkit(), "index", str(files), "--index", str(folder), "--json"]
    log("  the first run")
    first = run(words)
    draw = random.Random(13)
    sides = {
        CHANGED: lambda: expect(run_after_changes(words, files, draw), "updated", changes(documents.count)),
        UNCHANGED: lambda: expect(run(words), "unchanged", documents.count),
    }
    taken = take_turns(sides, bench.rounds)
    return [changed(taken, first, documents.count), unchanged(taken, documents.count)]


def changes(count: int) -> int:
    return max(1, round(SHARE * count))


def run_after_changes(words: list[str], files: Path, draw: random.Random) -> Sample:
    """Add a sentence to one file in a hundred, others each time, and index."""
    paths = sorted(files.iterdir())
    for path in draw.sample(paths, changes(len(paths))):
        with path.open("a", encoding="utf-8") as file:
            file.write(f"This sentence was added as number {draw.randrange(10**6)}.\n")
    return run(words)


def expect(sample: Sample, outcome: str, count: int) -> Sample:
    """Return the sample if the run did what it was measured for.

    Raises:
        ChildFailedError: it did something else.
    """
    if sample[outcome] != count:
        raise ChildFailedError(f"{sample[outcome]} files instead of {count} were {outcome}")
    return sample


def changed(taken: Taken, first: Sample, count: int) -> Figure:
    figure = Figure("reindex", f"{count} files, 1 % changed, as a share of the first run", "%", 3, 1.5)
    again = taken.median(CHANGED, "wall_s")
    figure.value = 100 * again / first["wall_s"]
    figure.detail = (
        f"first run {first['wall_s']:.2f} s, {changes(count)} files changed {again:.2f} s, whole processes; "
        f"by ragkit's own clock {100 * taken.median(CHANGED, 'seconds') / first['seconds']:.2f} %"
    )
    figure.parts = {"first_s": first["wall_s"], "again_s": again}
    return figure


def unchanged(taken: Taken, count: int) -> Figure:
    figure = Figure("unchanged", f"{count} files, nothing changed", "s", 0.5, 0.2)
    figure.value = taken.median(UNCHANGED, "wall_s")
    clock = taken.median(UNCHANGED, "seconds")
    figure.detail = f"the whole process; by ragkit's own clock {clock:.3f} s"
    figure.parts = {"wall_s": figure.value, "seconds": clock}
    return figure
