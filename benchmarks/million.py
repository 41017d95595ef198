"""Nearest vectors among a million: runs vectors.py in a fresh process and puts its figures into the table."""

from __future__ import annotations

from dataclasses import dataclass

from harness import HERE, Bench, ChildFailedError, Figure, Sample, SkippedError, run, script

FULL, QUICK = 1_000_000, 20_000


@dataclass(frozen=True)
class Asked:
    """A figure of vectors.py: its key there, and what was asked of it."""

    key: str
    what: str
    unit: str
    least: float
    aim: float
    more_is_better: bool = False


ASKED = (
    Asked("recall@10", "recall@10 against exact", "", 0.95, 0.98, more_is_better=True),
    Asked("p50_ms", "p50", "ms", 10, 4),
    Asked("memory_mb", "memory", "MB", 1200, 700),
    Asked("open_s", "open", "s", 2, 0.5),
)


def measure(bench: Bench) -> list[Figure]:
    if not (HERE / "vectors.py").exists():
        raise SkippedError("benchmarks/vectors.py is missing")
    count = bench.size(FULL, QUICK)
    return figures(run([*script("vectors"), "--n", str(count)]), count)


def figures(sample: Sample, count: int) -> list[Figure]:
    """Turn what vectors.py printed into lines; what it says beside them goes into the first.

    Raises:
        ChildFailedError: it said nothing of something that was asked.
    """
    missing = [asked.key for asked in ASKED if asked.key not in sample]
    if missing:
        raise ChildFailedError(f"vectors.py does not say {', '.join(missing)}")
    named = {asked.key for asked in ASKED} | {"wall_s", "peak_mb"}
    further = {key: value for key, value in sample.items() if key not in named}
    made = []
    for asked in ASKED:
        figure = Figure(
            name=f"vectors_{asked.key.partition('_')[0].replace('@', '')}",
            what=f"{count:,} vectors of 384: {asked.what}".replace(",", " "),
            unit=asked.unit,
            least=asked.least,
            aim=asked.aim,
            more_is_better=asked.more_is_better,
            value=float(sample[asked.key]),
        )
        made.append(figure)
    made[0].parts = further
    made[0].detail = ", ".join(f"{key} {value:.4g}" for key, value in further.items() if isinstance(value, int | float))
    return made
