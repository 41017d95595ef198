"""What the peers' scripts share: one command line, and one JSON line of figures.

`python PEER.py index --model DIR --folder DIR --documents FILE` indexes a file of rows with _id, title and text;
`python PEER.py search --model DIR --folder DIR --question TEXT` opens what was indexed and asks one question.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import shutil
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

# As long as what the model reads (256 tokens), so that no framework drops text; a tenth and a half is repeated.
CHARACTERS, OVERLAP = 1000, 150
CHARACTERS_PER_TOKEN = 4
K = 10


class Peer(Protocol):
    """What a script measures of its framework."""

    packages: Sequence[str]

    def load(self, model: str) -> None:
        """Import the framework and load the embedding model."""

    def index(self, documents: Sequence[tuple[str, str]], folder: Path) -> list[str]:
        """Split, embed and keep (id, text) pairs; return the passages."""

    def search(self, question: str, folder: Path) -> list[str]:
        """Open the folder and return the ids of the documents of the 10 nearest passages."""


def read(path: Path) -> list[tuple[str, str]]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    return [(row["_id"], f"{row['title']} {row['text']}" if row.get("title") else row["text"]) for row in rows]


def main(peer: Peer) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("task", choices=("index", "search"))
    parser.add_argument("--model")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--documents", type=Path)
    parser.add_argument("--question")
    options = parser.parse_args()
    os.environ.update(HF_HUB_OFFLINE="1", HAYSTACK_TELEMETRY_ENABLED="False", TRANSFORMERS_VERBOSITY="error")
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    found: dict[str, Any] = {"versions": {name: version(name) for name in peer.packages}}
    found.update(_task(peer, options))
    sys.stdout.flush()
    print("\n" + json.dumps(found), flush=True)


def _task(peer: Peer, options: argparse.Namespace) -> dict[str, Any]:
    began = time.perf_counter()
    peer.load(options.model)
    loaded = time.perf_counter()
    if options.task == "search":
        found = peer.search(options.question, options.folder)
        return {"load_s": loaded - began, "search_s": time.perf_counter() - loaded, "found": found}
    shutil.rmtree(options.folder, ignore_errors=True)
    options.folder.mkdir(parents=True)
    passages = peer.index(read(options.documents), options.folder)
    return {
        "load_s": loaded - began,
        "index_s": time.perf_counter() - loaded,
        "passages": len(passages),
        "characters": sum(map(len, passages)),
    }
