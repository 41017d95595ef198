"""Indexing end to end beside the peers, over the same documents, and the share of the matrix rate that it reaches."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import sets
from harness import HERE, Bench, Figure, Sample, SkippedError, Taken, ragkit, run, script, take_turns

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

FULL, QUICK = 2000, 300
PEERS = ("langchain", "llamaindex", "haystack", "txtai")
OURS, OURS_FILES, RATE = "ragkit", "ragkit, one file a document", "matrix rate"


def measure(bench: Bench) -> list[Figure]:
    documents = sets.documents(bench, bench.documents or bench.size(FULL, QUICK))
    kept = folders(bench, documents)
    peers = peer_sides(bench, documents, kept)
    sides: dict[str, Callable[[], Sample]] = {
        OURS: lambda: index(documents.rows, kept[OURS]),
        OURS_FILES: lambda: index(documents.files, bench.work / "index" / f"{documents.files.name}-files"),
        RATE: lambda: run(script("matrix_rate")),
        **peers,
    }
    taken = take_turns(sides, bench.rounds)
    return [
        against(taken, documents, ["langchain"], "index_langchain", "LangChain", (4, 5.5)),
        against(taken, documents, list(peers), "index_fastest", "the fastest peer", (4, 5.5)),
        share(taken, documents),
    ]


def folders(bench: Bench, documents: sets.Documents) -> dict[str, Path]:
    """Where each side keeps its index of these documents; other measurements search there."""
    return {side: bench.work / "index" / f"{documents.files.name}-{side}" for side in (OURS, *PEERS)}


def index(paths: Path, folder: Path) -> Sample:
    """Index into a new folder with the command line."""
    shutil.rmtree(folder, ignore_errors=True)
    return run([*ragkit(), "index", str(paths), "--index", str(folder), "--json"])


def peer_words(bench: Bench, peer: str) -> list[str]:
    """Return the words that start a peer's script in its own environment.

    Raises:
        SkippedError: it has none.
    """
    for python in (bench.venvs / peer / "bin" / "python", bench.venvs / peer / "Scripts" / "python.exe"):
        if python.exists():
            return [str(python), str(HERE / "peers" / f"{peer}_peer.py")]
    raise SkippedError(f"{peer} is not installed: run benchmarks/peers/setup.py")


def peer_sides(bench: Bench, documents: sets.Documents, kept: dict[str, Path]) -> dict[str, Callable[[], Sample]]:
    model = bench.model()

    def side(peer: str) -> Callable[[], Sample]:
        what = ["--documents", documents.rows, "--folder", kept[peer], "--model", model]
        return lambda: run([*peer_words(bench, peer), "index", *map(str, what)])

    return {peer: side(peer) for peer in bench.peers or PEERS}


def against(
    taken: Taken, documents: sets.Documents, peers: Sequence[str], name: str, called: str, bounds: tuple[float, float]
) -> Figure:
    """Compare the wall times of whole processes, from nothing to an index on disk."""
    what = f"indexing {documents.count} documents against {called}"
    figure = Figure(name, what, "x", *bounds, more_is_better=True)
    try:
        other = taken.fastest(peers, "wall_s")
    except SkippedError as error:
        figure.detail = str(error)
        return figure
    ours, theirs = taken.median(OURS, "wall_s"), taken.median(other, "wall_s")
    figure.value = theirs / ours
    work = taken.median(other, "index_s") / taken.median(OURS, "seconds")
    figure.detail = (
        f"{ours:.1f} s ({described(taken, OURS, 'chunks')}); {other} {theirs:.1f} s "
        f"({described(taken, other, 'passages')}); without start-up and loading {work:.2f} x; "
        f"from one file a document {taken.median(OURS_FILES, 'wall_s'):.1f} s"
    )
    if taken.failed:
        figure.detail += f"; left out: {', '.join(sorted(taken.failed))}"
    present = [OURS, *taken.present(PEERS)]
    seconds = {side: taken.median(side, "wall_s") for side in present}
    figure.parts = {"work_only": work, **{f"{side}_s": value for side, value in seconds.items()}}
    figure.bars = seconds if len(peers) > 1 else {}
    return figure


def described(taken: Taken, side: str, passages: str) -> str:
    return f"{taken.median(side, passages):.0f} passages, {taken.median(side, 'characters') / 1e6:.2f} M characters"


def share(taken: Taken, documents: sets.Documents) -> Figure:
    """Put the encoder's arithmetic for the tokens of all passages, none of them padding, beside the matrix rate."""
    figure = Figure("bf16_share", "share of the machine's bf16 matrix rate reached", "%", 55, 75, more_is_better=True)
    if not taken.samples[RATE]:
        figure.detail = taken.failed.get(RATE, "")
        return figure
    counted = run([*script("tokens"), str(documents.rows)])
    rate, seconds = taken.median(RATE, "gflops"), taken.median(OURS, "seconds")
    reached = counted["gflop"] / seconds
    figure.value = 100 * reached / rate
    figure.detail = (
        f"{counted['tokens']} tokens in {counted['passages']} distinct passages, "
        f"{1e3 * counted['gflop'] / counted['tokens']:.1f} MFLOP a token, in {seconds:.1f} s: {reached:.0f} of "
        f"{rate:.0f} GFLOP/s ({taken.samples[RATE][0]['precision']}); {counted['tokens'] / seconds:.0f} tokens/s"
    )
    figure.parts = {**counted, "matrix_gflops": rate, "reached_gflops": reached}
    if counted["passages"] != taken.median(OURS, "embedded"):
        figure.detail += f"; ragkit embedded {taken.median(OURS, 'embedded'):.0f}, so this is an estimate"
    return figure
