"""Reads PDFs with pypdf or pdfplumber, as their documentation shows: `python pdf_peer.py NAME FOLDER FILES`."""

from __future__ import annotations

import json
import logging
import sys
import time
from importlib.metadata import version
from pathlib import Path


def pypdf(path: Path) -> list[str]:
    from pypdf import PdfReader

    return [page.extract_text() for page in PdfReader(path).pages]


def pdfplumber(path: Path) -> list[str]:
    import pdfplumber

    texts = []
    with pdfplumber.open(path) as document:
        for page in document.pages:
            texts.append(page.extract_text())
            page.close()  # else all pages stay in memory
    return texts


def main() -> None:
    name, folder, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    logging.disable(logging.WARNING)
    read = {"pypdf": pypdf, "pdfplumber": pdfplumber}[name]
    __import__(name)
    began = time.perf_counter()
    texts = [text for path in sorted(folder.glob("*.pdf"))[:count] for text in read(path)]
    seconds = time.perf_counter() - began
    found = {"pages": len(texts), "rate": len(texts) / seconds, "characters": sum(map(len, texts))}
    print(json.dumps({**found, "versions": {name: version(name)}}))


if __name__ == "__main__":
    main()
