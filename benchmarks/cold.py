"""One question in a fresh process: start, load the model, open the index, search; and the memory that takes."""

from __future__ import annotations

from functools import partial

import sets
from harness import Bench, Figure, Sample, SkippedError, Taken, log, ragkit, run, take_turns
from indexing import FULL, OURS, PEERS, QUICK, folders, index, peer_sides, peer_words

QUESTION = "Which protein is involved in the regulation of cell growth?"


def measure(bench: Bench) -> list[Figure]:
    documents = sets.documents(bench, bench.documents or bench.size(FULL, QUICK))
    kept = folders(bench, documents)
    if not kept[OURS].exists():
        index(documents.rows, kept[OURS])
    builders, model = peer_sides(bench, documents, kept), bench.model()

    def peer(name: str) -> Sample:
        words = peer_words(bench, name)
        if not kept[name].exists():
            log(f"  {name}: its index is not there yet, building it")
            builders[name]()
        return run([*words, "search", "--folder", kept[name], "--model", model, "--question", QUESTION])

    sides = {
        OURS: lambda: run([*ragkit(), "search", QUESTION, "--index", str(kept[OURS]), "--json"]),
        **{name: partial(peer, name) for name in builders},
    }
    taken = take_turns(sides, bench.rounds, warm_up=True)
    return [speed(taken, documents.count), memory(taken)]


def speed(taken: Taken, count: int) -> Figure:
    what = f"cold `ragkit search` over {count} documents against the fastest peer"
    figure = Figure("cold_search", what, "x", 6, 10, more_is_better=True)
    try:
        other = taken.fastest(PEERS, "wall_s")
    except SkippedError as error:
        figure.detail = str(error)
        return figure
    ours, theirs = taken.median(OURS, "wall_s"), taken.median(other, "wall_s")
    figure.value = theirs / ours
    figure.bars = {side: taken.median(side, "wall_s") for side in [OURS, *taken.present(PEERS)]}
    figure.parts = {f"{side}_s": seconds for side, seconds in figure.bars.items()}
    figure.detail = f"hybrid {ours:.2f} s; " + ", ".join(
        f"{side} {seconds:.2f} s" for side, seconds in figure.bars.items() if side != OURS
    )
    return figure


def memory(taken: Taken) -> Figure:
    figure = Figure("cold_memory", "peak memory of cold `ragkit search`", "MB", 300, 200)
    sample = taken.samples[OURS][0]["peak_mb"]
    if sample is None:
        figure.detail = "this system does not say"
        return figure
    figure.value = taken.median(OURS, "peak_mb")
    figure.detail = ", ".join(f"{side} {taken.median(side, 'peak_mb'):.0f} MB" for side in taken.present(PEERS))
    return figure
