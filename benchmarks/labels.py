"""Labels: how many are right, by nearest examples and by a generator that is shown examples chosen in several ways.

    python benchmarks/labels.py DATA [-m SPEC] [--examples N] [--sample N] [--selectors NAMES] [--json FILE]

DATA is a folder with ``train.jsonl`` and ``test.jsonl``, rows of text and label: banking77 or sst2. Without a model the
nearest examples tell, beside the label of the one nearest example; with one, each selector chooses five examples for it
(``builtin`` are ragkit's own examples of sentiment). The same questions are asked in turns.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ragkit.chains import sentiment
from ragkit.chains.classify.chain import Classifier
from ragkit.chains.classify.nearest import NearestLabels
from ragkit.core.settings import load_settings
from ragkit.embed import load_encoder
from ragkit.generate.generator import as_generator
from ragkit.prompt.examples import load_examples
from ragkit.prompt.pool import ExamplePool

if TYPE_CHECKING:
    from ragkit.core.types import Example

BINS = 10  # of probability, for the calibration error


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("-m", "--model")
    parser.add_argument("--examples", type=int, default=10, help="for each label")
    parser.add_argument("--sample", type=int, default=200, help="test rows")
    parser.add_argument("--seed", type=int, default=13)
    parser.add_argument("--selectors", default="coverage,similarity,random")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    pool = ExamplePool(
        _drawn(load_examples(options.data / "train.jsonl"), options.examples, chance),
        load_encoder(load_settings().embedder),
    )
    test = load_examples(options.data / "test.jsonl")
    rows = chance.sample(test, min(options.sample, len(test)))
    told = _by_model(pool, rows, options) if options.model else _by_examples(pool, rows)
    print(json.dumps(told))
    if options.json:
        options.json.write_text(json.dumps(told, indent=1))


def _drawn(rows: list[Example], each: int, chance: random.Random) -> list[Example]:
    by: dict[str, list[Example]] = {}
    for row in rows:
        by.setdefault(row.answer, []).append(row)
    return [row for label in sorted(by) for row in chance.sample(by[label], min(each, len(by[label])))]


def _by_examples(pool: ExamplePool, rows: list[Example]) -> dict[str, Any]:
    nearest = NearestLabels(pool)
    nearest.probabilities(rows[0].question)  # fits it
    right = alone = 0
    sure: list[tuple[float, bool]] = []
    began = time.perf_counter()
    for row in rows:
        shares = nearest.probabilities(row.question)
        fine = nearest.labels[int(shares.argmax())] == row.answer
        right += fine
        sure.append((float(shares.max()), fine))
    took = time.perf_counter() - began
    for row in rows:
        alone += pool.examples[int(np.argmax(pool.similarity(row.question)))].answer == row.answer
    n = len(rows)
    return {
        "rows": n,
        "right": right / n,
        "nearest_alone": alone / n,
        "calibration_error": _calibration_error(sure),
        "ms": took / n * 1000,
    }


def _calibration_error(sure: list[tuple[float, bool]]) -> float:
    """Return the expected calibration error of probabilities, in ten bins of one width."""
    figures = np.array(sure)
    bins = np.minimum((figures[:, 0] * BINS).astype(int), BINS - 1)
    return float(
        sum(
            abs(figures[bins == b, 0].mean() - figures[bins == b, 1].mean()) * (bins == b).mean()
            for b in range(BINS)
            if (bins == b).any()
        )
    )


def _by_model(pool: ExamplePool, rows: list[Example], options: argparse.Namespace) -> dict[str, Any]:
    generator = as_generator(options.model)
    chains: dict[str, Any] = {}
    for name in options.selectors.split(","):
        if name == "builtin":
            chains[name] = sentiment(generator)
        else:
            chains[name] = Classifier(pool=pool, generator=generator, selector=name)
    labels = {each.answer for each in pool.examples}
    right, took, outside = dict.fromkeys(chains, 0), dict.fromkeys(chains, 0.0), 0
    sure: dict[str, list[tuple[float, bool]]] = {name: [] for name in chains}
    for row in rows:
        for name, chain in chains.items():
            began = time.perf_counter()
            found = chain.invoke(row.question)
            took[name] += time.perf_counter() - began
            right[name] += found.label == row.answer
            outside += found.label not in labels
            if found.probability is not None:
                sure[name].append((found.probability, found.label == row.answer))
    n = len(rows)
    figures: dict[str, dict[str, float]] = {
        name: {"right": right[name] / n, "seconds": took[name] / n}
        | ({"calibration_error": _calibration_error(sure[name])} if sure[name] else {})
        for name in chains
    }
    return {"rows": n, "model": options.model, "outside": outside, **figures}


if __name__ == "__main__":
    main()
