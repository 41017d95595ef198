"""nDCG@10 of `ragkit eval retrieval`, with the settings a user gets, on every set with judgements that is there."""

from __future__ import annotations

from statistics import fmean

import sets
from harness import Bench, ChildFailedError, Figure, SkippedError, log, ragkit, run

ASKED = {"scifact": (0.735, 0.75), "cranfield": (0.41, 0.43), "squad2_half": (0.89, 0.91)}
MEAN = (0.639, 0.66)  # asked of eight collections
QUICK = "cranfield"


def measure(bench: Bench) -> list[Figure]:
    found = sets.judged(bench)
    wanted = list(bench.sets) or ([QUICK] if bench.quick else [*ASKED, *sorted(set(found) - {*ASKED, "scale_debian"})])
    figures = []
    for name in wanted:
        figure = Figure(f"ndcg_{name}", f"nDCG@10, {name}", "", *ASKED.get(name, (None, None)), more_is_better=True)
        figures.append(figure)
        if name not in found:
            figure.detail = f"no {name} with judgements in the data folder"
            continue
        log(f"  {name}")
        kept = bench.work / "index" / f"quality-{name}"
        try:
            said = run([*ragkit(), "eval", "retrieval", "--data", str(found[name]), "--index", str(kept), "--json"])
        except ChildFailedError as error:
            figure.detail = str(error)
            continue
        metrics = said["metrics"]
        figure.value = metrics["ndcg@10"]
        figure.parts = metrics
        figure.detail = f"{said['n']} questions; recall@10 {metrics['recall@10']:.3f}, MRR@10 {metrics['mrr@10']:.3f}"
    return [*figures, *mean(figures)]


def mean(figures: list[Figure]) -> list[Figure]:
    """Return the mean over several sets, of which nothing was asked: that was over eight collections."""
    values = [figure.value for figure in figures if figure.value is not None]
    if not values:
        raise SkippedError("; ".join(figure.detail for figure in figures) or "no set with judgements")
    if len(values) == 1:
        return []
    figure = Figure("ndcg_mean", f"mean nDCG@10 over these {len(values)}", "", None, None, more_is_better=True)
    figure.value = fmean(values)
    figure.detail = f"one setting for all; asked, over eight collections: {MEAN[0]}, aim {MEAN[1]}"
    return [figure]
