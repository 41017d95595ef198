"""Makes a virtual environment for each peer: `python benchmarks/peers/setup.py FOLDER [PEER...]`.

The frameworks get the same torch and sentence-transformers, so that only they differ; `pdf` holds the readers of PDF. A
folder that is complete is left as it is.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import venv
from pathlib import Path

SAME = ("torch==2.13.0", "sentence-transformers==6.2.0", "transformers==5.23.0", "tokenizers==0.23.3")
FAISS = "faiss-cpu==1.15.1"
PACKAGES = {
    "langchain": (
        "langchain==1.4.7",
        "langchain-community==0.4.2",
        "langchain-huggingface==1.2.3",
        "langchain-openai==1.7.4",
        "langchain-text-splitters==1.1.3",
        FAISS,
    ),
    "llamaindex": (
        "llama-index-core==0.14.25",
        "llama-index-embeddings-huggingface==0.8.0",
        "llama-index-llms-openai-like==0.8.1",
        "llama-index-vector-stores-faiss==0.7.0",
        FAISS,
    ),
    "haystack": ("haystack-ai==3.4.0", "sentence-transformers-haystack==2.0.0"),
    "txtai": ("txtai==9.14.0", FAISS),
    "pdf": ("pypdf==7.1.1", "pdfplumber==0.11.10", "pdfminer.six==20260107"),
}
ALONE = ("pdf",)  # without torch
COMPLETE = "installed.json"


def make(folder: Path, name: str) -> None:
    """Make the environment of one peer, unless it holds these very packages already."""
    wanted = [*(() if name in ALONE else SAME), *PACKAGES[name]]
    place = folder / name
    done = place / COMPLETE
    if done.exists() and json.loads(done.read_text()) == wanted:
        print(f"{name}: complete")
        return
    print(f"{name}: installing {' '.join(wanted)}", flush=True)
    venv.create(place, with_pip=True)
    python = place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted], check=True)
    done.write_text(json.dumps(wanted))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("peers", nargs="*", choices=[[], *PACKAGES], metavar="PEER")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    (options.folder / ".gitignore").write_text("*\n")
    for name in options.peers or PACKAGES:
        make(options.folder, name)


if __name__ == "__main__":
    main()
