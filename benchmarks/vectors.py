"""Search many synthetic vectors through the public vector store: recall, latency, memory, opening.

    python benchmarks/vectors.py [N] [--folder DIR]

The vectors lie around centres on the sphere, so that each has near neighbours that are hard to tell apart, and far
ones that are of no interest; questions are drawn from the same distribution and are not among the vectors. Searches
run in a fresh process. Prints one JSON object; times in seconds or, where named so, milliseconds.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_core.embeddings import Embeddings

from ragkit.store import VectorStore

if TYPE_CHECKING:
    from collections.abc import Iterator

DIMENSION = 384
CENTRES = 5_000
SPREAD = 0.9  # length of the noise around a centre of length 1: the nearest have a cosine of about .6
QUESTIONS = 500
K = 10
BLOCK = 10_000
SEED = 20261123
FILTERS = {"half": {"number": {"$gte": 0.5}}, "tenth": {"number": {"$lt": 0.1}}, "few": {"number": {"$lt": 0.0001}}}


class Given(Embeddings):
    """Embeddings of texts whose vectors are known already."""

    fingerprint = {"model": "given", "dimension": DIMENSION}  # noqa: RUF012 - what ragkit asks embedders for

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        raise NotImplementedError

    def embed_query(self, text: str) -> list[float]:
        raise NotImplementedError


def draw(count: int, seed: int) -> Any:
    """Return unit vectors around centres that are always the same: float32 of shape (count, DIMENSION)."""
    centres = np.random.default_rng(SEED).standard_normal((CENTRES, DIMENSION), dtype=np.float32)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    random = np.random.default_rng(seed)
    noise = random.standard_normal((count, DIMENSION), dtype=np.float32) * np.float32(SPREAD / DIMENSION**0.5)
    made = centres[random.integers(0, CENTRES, count)] + noise
    return made / np.linalg.norm(made, axis=1, keepdims=True)


class Exact:
    """The exact nearest of the questions among all vectors that pass by."""

    def __init__(self, questions: Any) -> None:
        self.questions = questions
        self.scores = np.full((len(questions), K), -np.inf, np.float32)
        self.ids = np.zeros((len(questions), K), np.int64)

    def watched(self, count: int) -> Iterator[tuple[str, Any]]:
        """Yield (text, vector) of all vectors."""
        import faiss

        for begin in range(0, count, BLOCK):
            block = draw(min(BLOCK, count - begin), SEED + 1 + begin)
            scores, places = faiss.knn(self.questions, block, min(K, len(block)), metric=faiss.METRIC_INNER_PRODUCT)
            scores = np.concatenate([self.scores, scores], axis=1)
            order = np.argsort(-scores, axis=1)[:, :K]
            self.ids = np.take_along_axis(np.concatenate([self.ids, places + begin], axis=1), order, 1)
            self.scores = np.take_along_axis(scores, order, 1)
            yield from ((f"passage {number}", vector) for number, vector in enumerate(block, begin))


def build(folder: Path, count: int) -> dict[str, Any]:
    exact = Exact(draw(QUESTIONS, SEED))
    store = VectorStore(Given(), folder)
    began = time.perf_counter()
    about = ({"number": number / count} for number in range(count))
    store.add_embeddings(exact.watched(count), about, (str(number) for number in range(count)))
    seconds = time.perf_counter() - began
    store.close()
    np.save(folder / "exact.npy", exact.ids)
    return {"build_s": round(seconds, 1), "build_peak_mb": peak()}


def measure(folder: Path) -> dict[str, Any]:
    expected, questions = np.load(folder / "exact.npy"), draw(QUESTIONS, SEED).tolist()
    before = peak()
    began = time.perf_counter()
    store = VectorStore(Given(), folder)
    store.similarity_search_by_vector(questions[0], k=K)
    result: dict[str, Any] = {"open_and_first_search_s": round(time.perf_counter() - began, 3)}
    found = timed(store, questions, result, "search")
    recalls = [len(set(map(int, ids)) & set(row)) / K for ids, row in zip(found, expected.tolist(), strict=True)]
    result |= {"recall@10": round(float(np.mean(recalls)), 4), "peak_mb": peak(), "peak_before_opening_mb": before}
    for name, wanted in FILTERS.items():
        began = time.perf_counter()
        store.similarity_search_by_vector(questions[0], k=K, filter=wanted)
        result[f"filter_{name}_first_ms"] = round((time.perf_counter() - began) * 1e3, 2)
        timed(store, questions[:100], result, f"filter_{name}", filter=wanted)
    store.close()
    return result


def timed(
    store: VectorStore, questions: list[Any], result: dict[str, Any], name: str, **options: Any
) -> list[list[str]]:
    """Search for each question; returns the ids found."""
    found: list[list[str]] = []
    seconds: list[float] = []
    for question in questions:
        began = time.perf_counter()
        documents = store.similarity_search_by_vector(question, k=K, **options)
        seconds.append(time.perf_counter() - began)
        found.append([document.id or "" for document in documents])
    for share in (50, 95):
        result[f"{name}_p{share}_ms"] = round(float(np.percentile(seconds, share)) * 1e3, 2)
    return found


def peak() -> int:
    """Return the peak of this process's memory in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # what getrusage says counts from the memory of the process that started this one
        [line] = [line for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
        return int(line.split()[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1 << 20 if sys.platform == "darwin" else 1 << 10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", nargs="?", type=int, default=1_000_000, metavar="N")
    parser.add_argument("--folder", type=Path, help="an empty or new folder; made and removed where it is left out")
    parser.add_argument("--measure", type=Path, help="only search the folder that an earlier run left")
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(measure(given.measure)))
        return
    with tempfile.TemporaryDirectory() as made:
        folder = given.folder or Path(made)
        result = {"vectors": given.count, "dimension": DIMENSION, "centres": CENTRES} | build(folder, given.count)
        command = [sys.executable, __file__, "--measure", str(folder)]
        result |= json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
