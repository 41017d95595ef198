"""Measures the index and writes the table: `python benchmarks/run.py [--quick] [--only NAME...]`. See README.md."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import cold
import cosine
import indexing
import million
import pdf
import quality
import reindex
import report
import warm
from harness import HERE, Bench, ChildFailedError, Figure, SkippedError, fresh, log, machine

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = HERE.parent
KEPT = ROOT / ".ragkit-bench"
MEASUREMENTS: dict[str, Callable[[Bench], list[Figure]]] = {
    "index": indexing.measure,
    "cosine": cosine.measure,
    "reindex": reindex.measure,
    "cold": cold.measure,
    "warm": warm.measure,
    "vectors": million.measure,
    "quality": quality.measure,
    "pdf": pdf.measure,
}


def measure(names: Sequence[str], bench: Bench, save: Callable[[list[Figure]], object]) -> list[Figure]:
    """Take the figures one after the other; what cannot be taken becomes a line that says why.

    Args:
        names: of the measurements.
        bench: sizes and folders.
        save: called with all figures so far after each measurement, so that an interrupted run leaves its table.
    """
    figures: list[Figure] = []
    for name in names:
        log(f"{name} ...")
        try:
            taken = MEASUREMENTS[name](bench)
        except (ChildFailedError, SkippedError) as error:
            taken = [Figure(name, name, "", None, None, detail=str(error))]
        for figure in taken:
            log(f"{figure.what}: {report.amount(figure.value, figure.unit)} ({figure.detail})")
        figures += taken
        save(figures)
    return figures


def options(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes and one round: does everything work?")
    parser.add_argument("--only", nargs="+", choices=MEASUREMENTS, metavar="NAME", help=", ".join(MEASUREMENTS))
    parser.add_argument("--data", type=Path, default=ROOT / ".." / "shared" / "data", help="folder of the sets")
    parser.add_argument("--work", type=Path, default=KEPT, help="folder for indexes, kept for the next run")
    parser.add_argument("--venvs", type=Path, default=KEPT / "venvs", help="the peers' environments (peers/setup.py)")
    parser.add_argument("--out", type=Path, help="where the table is written; usually benchmarks/results")
    parser.add_argument("--keep", action="store_true", help="search kept indexes though the code has changed since")
    parser.add_argument("--rounds", type=int, help="how often each side is measured; 3, or 1 with --quick")
    parser.add_argument("--documents", type=int, metavar="N", help="for index, reindex and cold; usually 2000 and all")
    parser.add_argument("--peers", nargs="*", default=indexing.PEERS, choices=indexing.PEERS, metavar="PEER")
    parser.add_argument("--sets", nargs="*", default=(), metavar="SET", help="for quality; else all there are")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> None:
    given = options(words)
    bench = Bench(
        data=given.data.resolve(),
        work=(given.work / ("quick" if given.quick else "full")).resolve(),
        venvs=given.venvs.resolve(),
        rounds=given.rounds or (1 if given.quick else 3),
        quick=given.quick,
        peers=given.peers,
        sets=given.sets,
        documents=given.documents,
    )
    if not given.keep:
        fresh(bench.work, ROOT / "ragkit")
    bench.work.mkdir(parents=True, exist_ok=True)
    (given.work / ".gitignore").write_text("*\n")
    # A part, or a quick run, must not take the place of the whole table.
    whole = not (given.quick or given.only or given.documents or given.sets)
    out = given.out or (HERE / "results" if whole else given.work / "results")
    about = {**machine(), "rounds": bench.rounds, "quick": bench.quick or bench.documents is not None}
    figures = measure(given.only or list(MEASUREMENTS), bench, lambda found: report.save(out, found, about))
    print(report.markdown(figures, about))


if __name__ == "__main__":
    main()
