"""Start-up times in fresh processes, as ratios to bare Python and to LangChain: `python benchmarks/import_time.py`.

The commands take turns, so that a machine that slows down slows all of them; the median of the rounds counts.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from statistics import median

BARE, LANGCHAIN = "python -c pass", "from langchain.chat_models import init_chat_model"
COMMANDS = {
    BARE: ["-c", "pass"],
    "import langchain": ["-c", "import langchain"],  # loads next to nothing by itself
    LANGCHAIN: ["-c", LANGCHAIN],
    "import ragkit": ["-c", "import ragkit"],
    "from ragkit import Index": ["-c", "from ragkit import Index"],
    "ragkit --help": ["-m", "ragkit", "--help"],
}


def seconds(words: list[str]) -> float:
    """Run this Python once and return its wall time."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def measure(rounds: int) -> dict[str, float]:
    """Return the median time of each command over the rounds, after one that fills the file cache."""
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for number in range(rounds + 1):
        for name, words in COMMANDS.items():
            taken = seconds(words)
            if number:
                times[name].append(taken)
    return {name: median(each) for name, each in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="write seconds as one JSON document")
    options = parser.parse_args()
    found = measure(options.rounds)
    if options.json:
        print(json.dumps(found, indent=2))
        return
    print(f"| {'':50} |  seconds | above bare Python | to bare Python | to LangChain |")
    print("|---|---|---|---|---|")
    for name, taken in found.items():
        above = taken - found[BARE]
        print(
            f"| {name:50} | {taken:8.3f} | {above:15.3f} s | {taken / found[BARE]:12.1f} x "
            f"| {taken / found[LANGCHAIN]:10.2f} x |"
        )


if __name__ == "__main__":
    main()
