"""Quarterly reports: does an answer cite the report and the page that a question is about?

    python benchmarks/filings.py DATA [--mode quote] [-m SPEC] [-k 5] [--work DIR] [--show] [--json FILE]

DATA is a folder with ``pdfs/`` and ``qa.jsonl`` (``question``, ``answers``, ``doc_ids``, ``answerable``). Asked are the
answerable questions about one report that is here and that name its quarter. The page is not part of the data: gold are
the pages of the gold report that hold the largest number of the figures which the gold answer names.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from ragkit import Index
from ragkit.core.places import place_at

QUARTER = re.compile(
    r"\bQ[1-4]\b|\b(?:first|second|third|fourth) quarter\b|\b(?:latest|most recent) (?:quarter|10-Q)\b"
    r"|\bquarter(?:ly period)? end", re.IGNORECASE
)  # fmt: skip
FIGURE = re.compile(r"\d{1,3}(?:,\d{3})+|\d+\.\d+")


def questions(data: Path) -> list[dict[str, Any]]:
    """Return the questions asked, with the figures of their gold answer."""
    rows = [json.loads(line) for line in (data / "qa.jsonl").read_text("utf-8").splitlines()]
    here = {path.name for path in (data / "pdfs").glob("*.pdf")}
    asked = [
        {**row, "figures": set(FIGURE.findall(" ".join(row["answers"])))}
        for row in rows
        if row["answerable"]
        and len(row["doc_ids"]) == 1
        and row["doc_ids"][0] in here
        and QUARTER.search(row["question"])
    ]
    return [row for row in asked if row["figures"]]


def gold_pages(index: Index, document: str, figures: set[str]) -> set[int]:
    """Return the pages of a report that hold most of the figures."""
    row = next(row for row in index.store.sources() if Path(row.source).name == document)
    (uid,) = index.store.document_hashes(row.id)
    text, metadata = index.store.document(uid, row.source) or ("", {})
    held: Counter[int] = Counter()
    for figure in figures:
        found = re.finditer(rf"(?<![\d,.]){re.escape(figure)}(?![\d,])", text)
        held.update({page_at(metadata, match.start()) for match in found})
    most = max(held.values(), default=0)
    return {page for page, count in held.items() if count == most}


def page_at(metadata: dict[str, Any], offset: int) -> int:
    return int(place_at(metadata, offset).get("page", 0))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("-m", "--model")
    parser.add_argument("--mode", default="quote")
    parser.add_argument("-k", type=int)
    parser.add_argument("--work", type=Path, default=Path(".ragkit-bench/filings"))
    parser.add_argument("--show", action="store_true", help="write what went wrong")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    index = Index(options.work, model=options.model)
    index.sync(options.data / "pdfs")
    chain = index.chain(mode=options.mode, k=options.k)
    rows: list[dict[str, Any]] = []
    for each in questions(options.data):
        answer = chain.invoke(each["question"])
        pages = gold_pages(index, each["doc_ids"][0], each["figures"])
        if not pages:  # its figures were computed, or belong to another report
            continue
        documents = {Path(citation.document).name for citation in answer.citations}
        cited = {citation.page for citation in answer.citations if Path(citation.document).name == each["doc_ids"][0]}
        found = {Path(hit.chunk.source).name for hit in answer.hits}
        row = {
            "question": each["question"],
            "document": each["doc_ids"][0] in documents,
            "page": bool(cited & pages),
            "refused": answer.abstained,
            "retrieved": each["doc_ids"][0] in found,
        }
        rows.append(row)
        if options.show and not row["page"]:
            print(f"{each['question']}\n  gold {each['doc_ids'][0]} {sorted(pages)}; cited", end=" ")
            print([(Path(c.document).name, c.page) for c in answer.citations], answer.reason)
    told = {
        key: round(sum(row[key] for row in rows) / len(rows), 4) for key in ("retrieved", "document", "page", "refused")
    }
    print(json.dumps({"mode": options.mode, "questions": len(rows), **told}))
    if options.json:
        options.json.write_text(json.dumps({"figures": told, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
