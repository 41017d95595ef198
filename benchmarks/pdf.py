"""Reading PDF beside pypdf and pdfplumber: pages a second, ragkit with the place of every word and tables as rows.

`python benchmarks/pdf.py FOLDER` reads the PDFs of a folder with ragkit and prints JSON.
`python benchmarks/pdf.py --compare FOLDER` measures all three in turns and prints the ratios.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from harness import HERE, Bench, Figure, Sample, SkippedError, run, script, take_turns

if TYPE_CHECKING:
    from collections.abc import Callable

OURS, PEERS = "ragkit", ("pypdf", "pdfplumber")
FILES = {"pypdf": 12, "pdfplumber": 2}  # what a minute or so is enough for
QUICK = 1


def measure(bench: Bench) -> list[Figure]:
    folder = bench.data / "sec10q" / "pdfs"
    if not folder.is_dir():
        raise SkippedError(f"{folder.name} is not there: --data names a folder with sec10q/pdfs")
    return compare(folder, bench.venvs, bench.rounds, quick=bench.quick)


def compare(folder: Path, venvs: Path, rounds: int, *, quick: bool = False) -> list[Figure]:
    """Let the sides take turns over the same files."""
    sides: dict[str, Callable[[], Sample]] = {OURS: lambda: run([*script("pdf"), folder, str(QUICK if quick else 100)])}
    for peer in PEERS:
        count = QUICK if quick else FILES[peer]
        sides[peer] = lambda peer=peer, count=count: run([*_words(venvs, peer), str(folder), str(count)])
    taken = take_turns(sides, rounds)
    figures: list[Figure] = []
    for peer, least, aim in (("pypdf", 5, 8), ("pdfplumber", None, None)):
        figure = Figure(f"pdf_{peer}", f"PDF pages a second, with places, against {peer}", "x", least, aim)
        figure.more_is_better = True
        if taken.samples.get(peer):
            ours, theirs = taken.median(OURS, "rate"), taken.median(peer, "rate")
            figure.value = ours / theirs
            figure.parts = {OURS: ours, peer: theirs}
            pages, words = taken.median(OURS, "pages"), taken.median(OURS, "boxes")
            figure.detail = (
                f"{ours:.0f} pages a second ({pages:.0f} pages, {words:.0f} places of words); "
                f"{peer} {theirs:.1f} ({taken.median(peer, 'pages'):.0f} pages, text alone)"
            )
        else:
            figure.detail = taken.failed.get(peer, "")
        figures.append(figure)
    return figures


def _words(venvs: Path, peer: str) -> list[str]:
    for python in (venvs / "pdf" / "bin" / "python", venvs / "pdf" / "Scripts" / "python.exe"):
        if python.exists():
            return [str(python), str(HERE / "peers" / "pdf_peer.py"), peer]
    raise SkippedError(f"{peer} is not installed: run benchmarks/peers/setup.py FOLDER pdf")


def read(folder: Path, count: int) -> Sample:
    """Read files as users do, and count the words whose place is known."""
    from ragkit.load import load_file

    files = sorted(folder.glob("*.pdf"))[:count]
    load_file(files[0])  # imports
    began = time.perf_counter()
    loaded = [load_file(path) for path in files]
    seconds = time.perf_counter() - began
    documents = [document for file in loaded for document in file.documents]
    placed = [place for document in documents for place in document.metadata["places"] if place["boxes"]]
    pages = sum(file.pages or 0 for file in loaded)
    assert len(placed) > 0.9 * pages
    words = sum(len(document.page_content.split()) for document in documents)
    return {"pages": pages, "rate": pages / seconds, "boxes": words, "characters": _characters(documents)}


def _characters(documents: list) -> int:
    return sum(len(document.page_content) for document in documents)


def main() -> None:
    if sys.argv[1] == "--compare":
        from report import amount

        for figure in compare(Path(sys.argv[2]), HERE.parent / ".ragkit-bench" / "venvs", 3):
            print(f"{figure.what}: {amount(figure.value, figure.unit)} ({figure.detail})")
        return
    print(json.dumps(read(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 100)))


if __name__ == "__main__":
    main()
