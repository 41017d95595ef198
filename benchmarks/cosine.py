"""How near ragkit's vectors are to those of the same weights in torch at full precision.

`python benchmarks/cosine.py FILE` compares the texts of a file of rows, and prints JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import sets
from harness import Bench, Figure, run, script

FULL, QUICK = 500, 50
CHARACTERS = 1000


def measure(bench: Bench) -> list[Figure]:
    documents = sets.documents(bench, bench.size(FULL, QUICK))
    found = run([*script("cosine"), str(documents.rows)])
    figure = Figure("cosine", "least cosine of a vector to torch fp32", "", 0.999, 0.9999, more_is_better=True)
    figure.value = found["least"]
    figure.detail = f"mean {found['mean']:.6f} over {found['texts']} texts; {found['runtime']} {found['precision']}"
    figure.parts = {key: found[key] for key in ("least", "mean", "texts")}
    return [figure]


def main() -> None:
    import numpy as np
    from sentence_transformers import SentenceTransformer

    from ragkit import models
    from ragkit.embed import load_embedder

    texts = [row["text"][:CHARACTERS] for row in sets.read(Path(sys.argv[1]))]
    embedder = load_embedder("sentence-transformers:all-MiniLM-L6-v2")
    ours = embedder.encode(texts)
    exact = SentenceTransformer(str(models.path("all-MiniLM-L6-v2")), device="cpu").encode(
        texts, show_progress_bar=False
    )
    lengths = np.linalg.norm(ours, axis=1) * np.linalg.norm(exact, axis=1)
    cosines = (ours * exact).sum(axis=1) / lengths
    said = embedder.describe()
    print(
        json.dumps(
            {
                "least": float(cosines.min()),
                "mean": float(cosines.mean()),
                "texts": len(texts),
                "runtime": said["runtime"],
                "precision": said["precision"],
            }
        )
    )


if __name__ == "__main__":
    main()
