"""What the peers' scripts share: one command line, and one JSON line of figures.

`python PEER.py index --model DIR --folder DIR --documents FILE` indexes a file of rows with _id, title and text;
`python PEER.py search --model DIR --folder DIR --question TEXT` opens what was indexed and asks one question.
`python PEER.py answer --model DIR --folder DIR --server URL` opens it and answers one question a line, until its input
ends, each with a JSON line of `answer` and `seconds`.
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
    from collections.abc import Callable, Sequence

# As long as what the model reads (256 tokens), so that no framework drops text; a tenth and a half is repeated.
CHARACTERS, OVERLAP = 1000, 150
CHARACTERS_PER_TOKEN = 4
K = 10
MAX_TOKENS = 64  # of an answer


class Peer(Protocol):
    """What a script measures of its framework."""

    packages: Sequence[str]

    def load(self, model: str) -> None:
        """Import the framework and load the embedding model."""

    def index(self, documents: Sequence[tuple[str, str]], folder: Path) -> list[str]:
        """Split, embed and keep (id, text) pairs; return the passages."""

    def search(self, question: str, folder: Path) -> list[str]:
        """Open the folder and return the ids of the documents of the 10 nearest passages."""

    def open_chain(self, folder: Path, server: str) -> Callable[[str], str]:
        """Return the documented chain from question to answer, over a model that a server runs."""


def read(path: Path) -> list[tuple[str, str]]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
    return [(row["_id"], f"{row['title']} {row['text']}" if row.get("title") else row["text"]) for row in rows]


def main(peer: Peer) -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("task", choices=("index", "search", "answer"))
    parser.add_argument("--model")
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--documents", type=Path)
    parser.add_argument("--question")
    parser.add_argument("--server")
    options = parser.parse_args()
    os.environ.update(HF_HUB_OFFLINE="1", HAYSTACK_TELEMETRY_ENABLED="False", TRANSFORMERS_VERBOSITY="error")
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    if options.task == "answer":
        _answer(peer, options)
        return
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


def _answer(peer: Peer, options: argparse.Namespace) -> None:
    peer.load(options.model)
    chain = peer.open_chain(options.folder, options.server)
    chain("Is anybody there?")  # what is loaded with the first question is no part of the second
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        began = time.perf_counter()
        said = chain(json.loads(line)["question"])
        print(json.dumps({"answer": said, "seconds": time.perf_counter() - began}), flush=True)
