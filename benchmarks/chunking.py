"""How well passages fit what answers a question: ragkit's splitter beside LangChain's recursive one, in one run.

    python benchmarks/chunking.py FOLDER

FOLDER holds Chroma's chunking evaluation as ``docs/NAME.md`` and ``questions.jsonl`` (``question``, ``doc_id`` and
``references`` with ``start_index`` and ``end_index``). Every splitter's passages are embedded by the same model, and
the five nearest by exact cosine among the passages of all documents are read. Of the tokens of the excerpts that
answer, recall is the share that was read; precision is the share of what was read that answers; IoU has both below it.
Vectors are kept under ``--work``, so that a run that was cut off goes on. Needs ``langchain-text-splitters``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sqlite3
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from harness import fresh

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

MODEL = "sentence-transformers:all-MiniLM-L6-v2"
K = 5
# (unit, chunk_size, chunk_overlap); the sizes that LangChain's pages use are among them.
GRID = [
    *(("characters", size, overlap) for size, overlap in ((200, 0), (300, 0))),
    *(("characters", size, overlap) for size, overlap in ((400, 0), (600, 0), (800, 0), (800, 160), (1000, 0))),
    *(("characters", size, overlap) for size, overlap in ((1000, 200), (1000, 500), (1200, 0), (4000, 200))),
    *(("tokens", size, overlap) for size, overlap in ((100, 0), (150, 0), (200, 0), (200, 50), (250, 0), (250, 50))),
    ("tokens", 250, 125),
]
Span = tuple[str, int, int]  # document, start, end


@dataclass(frozen=True)
class Result:
    """Means over the questions, as shares; ``read`` in tokens."""

    name: str
    passages: int
    recall: float
    precision: float
    iou: float
    read: float

    def row(self) -> str:
        shares = f"{100 * self.recall:.1f} | {100 * self.precision:.2f} | {100 * self.iou:.2f}"
        return f"| {self.name} | {self.passages} | {shares} | {self.read:.0f} |"


class Evaluation:
    """The texts, the questions, and the model that all sides share."""

    def __init__(self, folder: Path, work: Path) -> None:
        from ragkit.embed import load_embedder

        self.files = sorted((folder / "docs").glob("*.md"))
        self.texts = {path.stem: path.read_bytes().decode() for path in self.files}
        lines = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
        self.questions: list[dict[str, Any]] = [json.loads(line) for line in lines]
        self.embedder = load_embedder(MODEL)
        self.tokenizer = self.embedder.tokenizer
        self._tokens = {name: np.array(self.tokenizer.offsets(text)) for name, text in self.texts.items()}
        work.mkdir(parents=True, exist_ok=True)
        self._cache = sqlite3.connect(work / "vectors.sqlite3")
        self._cache.execute("CREATE TABLE IF NOT EXISTS vectors (hash TEXT PRIMARY KEY, vector BLOB)")
        self._asked = np.stack([self.embedder.encode_query(row["question"]) for row in self.questions])

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Embed texts, each once for all runs."""
        names = [hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest() for text in texts]
        for begin in range(0, len(texts), 500):
            batch = dict(zip(names[begin : begin + 500], texts[begin : begin + 500], strict=True))
            marks = ",".join("?" * len(batch))
            known = {
                row[0] for row in self._cache.execute(f"SELECT hash FROM vectors WHERE hash IN ({marks})", [*batch])
            }
            new = {name: text for name, text in batch.items() if name not in known}
            if new:
                vectors = self.embedder.encode(list(new.values()))
                rows = [(name, vector.tobytes()) for name, vector in zip(new, vectors, strict=True)]
                self._cache.executemany("INSERT INTO vectors VALUES (?, ?)", rows)
                self._cache.commit()
        one = "SELECT vector FROM vectors WHERE hash = ?"
        blobs = [self._cache.execute(one, (name,)).fetchone()[0] for name in names]
        return np.stack([np.frombuffer(blob, np.float32) for blob in blobs])

    def nearest(self, spans: Sequence[Span], texts: Sequence[str]) -> list[list[Span]]:
        """Return the passages nearest to each question by exact cosine."""
        scores = self._asked @ self.encode(texts).T
        return [[spans[place] for place in np.argsort(-row)[:K]] for row in scores]

    def score(self, name: str, passages: int, read: Sequence[Sequence[Span]]) -> Result:
        """Compare what was read for each question with the excerpts that answer it."""
        rows = [self._one(question, spans) for question, spans in zip(self.questions, read, strict=True)]
        return Result(name, passages, *(float(mean) for mean in np.mean(rows, axis=0)))

    def _one(self, question: dict[str, Any], spans: Iterable[Span]) -> tuple[float, float, float, float]:
        document = question["doc_id"]
        wanted, seen = np.zeros((2, len(self._tokens[document])), bool)
        for reference in question["references"]:
            wanted[self._inside(document, reference["start_index"], reference["end_index"])] = True
        total = 0
        for name, start, end in spans:
            inside = self._inside(name, start, end)
            total += inside.stop - inside.start  # what is read twice counts twice
            if name == document:
                seen[inside] = True
        hits = int((wanted & seen).sum())
        return hits / wanted.sum(), hits / max(total, 1), hits / (total + (wanted & ~seen).sum()), total

    def _inside(self, document: str, start: int, end: int) -> slice:
        tokens = self._tokens[document]
        first = int(np.searchsorted(tokens[:, 1], start, side="right"))
        return slice(first, max(first, int(np.searchsorted(tokens[:, 0], end))))


def recursive(evaluation: Evaluation, unit: str, size: int, overlap: int) -> tuple[list[Span], list[str]]:
    """Cut with LangChain's splitter; its passages are found again in the text, since it gives no exact places."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    length: Callable[[str], int] = len if unit == "characters" else evaluation.tokenizer.count
    splitter = RecursiveCharacterTextSplitter(chunk_size=size, chunk_overlap=overlap, length_function=length)
    spans: list[Span] = []
    texts: list[str] = []
    for name, text in evaluation.texts.items():
        position = 0
        for passage in splitter.split_text(text):
            start = text.index(passage, position)
            spans.append((name, start, start + len(passage)))
            texts.append(passage)
            position = start + 1
    return spans, texts


def structured(evaluation: Evaluation, **options: Any) -> tuple[list[Span], list[str]]:
    """Cut with ragkit's splitter."""
    from langchain_core.documents import Document

    from ragkit.split import Splitter, embedding_text

    splitter = Splitter(evaluation.tokenizer, **options)
    spans: list[Span] = []
    texts: list[str] = []
    for name, text in evaluation.texts.items():
        for chunk in splitter.split(Document(page_content=text, metadata={"media_type": "text/markdown"})):
            spans.append((name, chunk.start, chunk.end))
            texts.append(embedding_text(chunk))
    return spans, texts


def indexed(evaluation: Evaluation, work: Path) -> list[Result]:
    """Search an index made with default settings, and read what it finds in several ways."""
    import ragkit
    from ragkit import Index
    from ragkit.chains import Reading

    fresh(work, Path(ragkit.__file__).parent)
    index = Index(work / "index" / "chunking")
    passages = index.sync(*evaluation.files).chunks
    ways = {"hybrid search": None, "hybrid search, read with a sentence either side": Reading(window=1)}
    made = []
    for name, reading in ways.items():
        found = [index.search(row["question"], K, read=reading) for row in evaluation.questions]
        read = [[(Path(hit.chunk.source).stem, hit.chunk.start, hit.chunk.end) for hit in hits] for hits in found]
        made.append(evaluation.score(f"ragkit index, {name}", passages, read))
    return made


def at_precision(frontier: Sequence[Result], precision: float) -> float | None:
    """Return the recall that the best of several settings have at a precision, on straight lines between them.

    None beyond the highest precision of any.
    """
    points = sorted((each.precision, each.recall) for each in frontier)
    best = [point for point in points if not any(p >= point[0] and r > point[1] for p, r in points)]
    if precision > max(p for p, _ in best):
        return None
    return float(np.interp(precision, [p for p, _ in best], [r for _, r in best]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--work", type=Path, default=Path(".ragkit-bench/chunking"))
    options = parser.parse_args()
    evaluation = Evaluation(options.folder, options.work)
    print("| passages | how many | recall % | precision % | IoU % | tokens read |\n|---|---|---|---|---|---|")

    def show(result: Result) -> Result:
        print(result.row(), flush=True)
        return result

    def cut(name: str, spans: Sequence[Span], texts: Sequence[str]) -> Result:
        return show(evaluation.score(name, len(spans), evaluation.nearest(spans, texts)))

    others = [cut(f"LangChain, {n} {unit}, overlap {o}", *recursive(evaluation, unit, n, o)) for unit, n, o in GRID]
    own = [cut("ragkit, default (200 tokens)", *structured(evaluation))]
    for name, chosen in {
        "100 tokens": {"chunk_tokens": 100},
        "overlap 40": {"overlap_tokens": 40},
        "without headings": {"headings": False},
        "semantic": {"semantic": evaluation},
        "single sentences": {"unit": "sentence"},
    }.items():
        own.append(cut(f"ragkit, {name}", *structured(evaluation, **chosen)))
    own += [show(each) for each in indexed(evaluation, options.work)]
    best = max(others, key=lambda each: each.recall)
    print(f"\nLangChain's best recall: {best.name}, {100 * best.recall:.1f} at precision {100 * best.precision:.2f}")
    for each in own:
        theirs = at_precision(others, each.precision)
        if theirs is not None:
            gain = 100 * (each.recall - theirs)
            print(f"{each.name}: {gain:+.1f} points of recall against LangChain's settings at equal precision")


if __name__ == "__main__":
    sys.exit(main())
