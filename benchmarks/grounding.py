"""How well verdicts on replies agree with people: the first figures of docs/check.md.

    python benchmarks/grounding.py REPLIES.jsonl ... [--verifier SPEC] [--half odd|even] [--json FILE]

Rows hold ``question``, ``sources`` (``n``, ``text``) and ``reply``. What else they hold decides what is measured:

- ``sentences`` (``text``, ``label``: supported, contradicted, unsupported): area under the curve of the probability,
  the share of supported sentences above the probability that 15 % of the others pass, what is shown unmarked, and the
  share of contradicted ones that is left out or marked.
- ``rating`` (a number, people's faithfulness): the rank correlation with the share of sentences that hold, beside that
  of ROUGE-L and of word overlap with the sources; and, of replies rated ``--faithful`` or more, the sentences shown
  unmarked.

Neither data nor labels come with ragkit; docs/evaluation.md names the sets.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from ragkit.chains.check.chain import CheckChain, Checked
from ragkit.text.terms import terms

FALSE_SHARE = 0.15  # of the sentences that are not supported, which may pass


def area(good: list[float], bad: list[float]) -> float:
    """Return the area under the ROC curve: how often a good one is above a bad one, ties counting half."""
    a, b = np.array(good)[:, None], np.array(bad)[None, :]
    return float((a > b).mean() + 0.5 * (a == b).mean())


def passing(good: list[float], bad: list[float]) -> float:
    """Return the share of good ones above the probability that ``FALSE_SHARE`` of the bad ones pass."""
    return float((np.array(good) > np.quantile(bad, 1 - FALSE_SHARE)).mean())


def ranks(values: list[float]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return ranks, ties sharing their mean."""
    array = np.array(values)
    order = np.argsort(array, kind="stable")
    found = np.empty(len(array))
    found[order] = np.arange(len(array))
    for value in np.unique(array):
        found[array == value] = found[array == value].mean()
    return found


def correlation(ours: list[float], theirs: list[float]) -> float:
    """Return Spearman's rank correlation."""
    return float(np.corrcoef(ranks(ours), ranks(theirs))[0, 1])


def overlap(row: dict[str, Any]) -> float:
    """Return the share of a reply's words that stand in its sources."""
    said = set(terms(row["reply"]))
    held = {term for source in row["sources"] for term in terms(source["text"])}
    return len(said & held) / len(said) if said else 1.0


def labelled(rows: list[dict[str, Any]], checked: list[Checked]) -> dict[str, Any]:
    """Measure verdicts on sentences with labels."""
    by_label: dict[str, list[float]] = defaultdict(list)
    shown: dict[str, list[bool]] = defaultdict(list)
    unmatched = 0
    for row, found in zip(rows, checked, strict=True):
        verdicts = {each.text: each for each in found.sentences}
        for sentence in row["sentences"]:
            verdict = verdicts.get(sentence["text"])
            unmatched += verdict is None
            if verdict is not None:
                by_label[sentence["label"]].append(verdict.probability)
                shown[sentence["label"]].append(verdict.holds)
    good = by_label["supported"]
    bad = by_label["contradicted"] + by_label["unsupported"]
    return {
        "sentences": len(good) + len(bad),
        "unmatched": unmatched,
        "area": area(good, bad),
        "area_contradicted": area(good, by_label["contradicted"]),
        "area_unsupported": area(good, by_label["unsupported"]),
        "supported_passing_at_15": passing(good, bad),
        "supported_unmarked": float(np.mean(shown["supported"])),
        "contradicted_caught": 1 - float(np.mean(shown["contradicted"])),
        "unsupported_caught": 1 - float(np.mean(shown["unsupported"])),
    }


def rated(rows: list[dict[str, Any]], checked: list[Checked], faithful: float) -> dict[str, Any]:
    """Measure verdicts on replies with people's ratings."""
    ratings = [float(row["rating"]) for row in rows]
    kept = [each for row, each in zip(rows, checked, strict=True) if row["rating"] >= faithful]
    held = [verdict.holds for each in kept for verdict in each.sentences]
    return {
        "replies": len(rows),
        "correlation": correlation([each.faithfulness for each in checked], ratings),
        "correlation_of_overlap": correlation([overlap(row) for row in rows], ratings),
        "faithful_sentences": len(held),
        "faithful_unmarked": float(np.mean(held)) if held else None,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("replies", type=Path, nargs="+")
    parser.add_argument("--verifier")
    parser.add_argument("--half", choices=("odd", "even"), help="only rows with an odd, or even, place")
    parser.add_argument("--faithful", type=float, default=3.6)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    chain, results = CheckChain(args.verifier), dict[str, Any]()
    for path in args.replies:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        rows = rows[{"even": 0, "odd": 1}[args.half] :: 2] if args.half else rows
        checked, seconds = list[Checked](), list[float]()
        for row in rows:
            began = time.perf_counter()
            checked.append(chain.invoke(row))
            seconds.append(time.perf_counter() - began)
        found: dict[str, Any] = {"seconds_a_reply": median(seconds)}
        if all("sentences" in row for row in rows):
            found |= labelled(rows, checked)
        if all("rating" in row for row in rows):
            found |= rated(rows, checked, args.faithful)
        results[path.name] = found
        print(
            path.name,
            json.dumps({key: round(value, 3) if isinstance(value, float) else value for key, value in found.items()}),
        )
    if args.json:
        args.json.write_text(json.dumps(results, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
