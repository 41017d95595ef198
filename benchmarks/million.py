"""Nearest vectors among a million: vectors.py builds them once and searches them in fresh processes."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from harness import Bench, Figure, Taken, log, run, script, take_turns

FULL, QUICK = 1_000_000, 20_000
OURS = "ragkit"
BUILT = "exact.npy"  # written last


@dataclass(frozen=True)
class Asked:
    """A figure of vectors.py: its key there, and what was asked of it."""

    key: str
    what: str
    unit: str
    least: float
    aim: float
    more_is_better: bool = False


ASKED = {
    "recall": Asked("recall@10", "recall@10 against exact", "", 0.95, 0.98, more_is_better=True),
    "p50": Asked("search_p50_ms", "p50", "ms", 10, 4),
    "memory": Asked("peak_mb", "peak memory of the process", "MB", 1200, 700),
    "open": Asked("open_and_first_search_s", "open and first search", "s", 2, 0.5),
}


def measure(bench: Bench) -> list[Figure]:
    count = bench.size(FULL, QUICK)
    folder = bench.work / "index" / f"vectors-{count}"
    if not (folder / BUILT).exists():
        log(f"  building {count} vectors")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        run([*script("vectors"), str(count), "--folder", str(folder)])
    # Searched by a child of this small process: the building one's memory would count as its child's.
    words = [*script("vectors"), "--measure", str(folder)]
    return figures(take_turns({OURS: lambda: run(words)}, bench.rounds), count)


def figures(taken: Taken, count: int) -> list[Figure]:
    """Turn what vectors.py printed into lines; what it says beside them goes into the first."""
    made = []
    for name, asked in ASKED.items():
        figure = Figure(
            name=f"vectors_{name}",
            what=f"{count:_} vectors of 384: {asked.what}".replace("_", " "),
            unit=asked.unit,
            least=asked.least,
            aim=asked.aim,
            more_is_better=asked.more_is_better,
            value=taken.median(OURS, asked.key),
        )
        made.append(figure)
    known = {"wall_s", *(asked.key for asked in ASKED.values())}
    numbers = [key for key, value in taken.samples[OURS][0].items() if isinstance(value, int | float)]
    made[0].parts = {key: taken.median(OURS, key) for key in numbers if key not in known}
    made[0].detail = ", ".join(f"{key} {value:.4g}" for key, value in made[0].parts.items())
    return made
