"""Quotes in the pages are real: verbatim in the handbook at the offsets the pages give."""

import re

import pytest
from docs_blocks import PAGES, ROOT

QUOTE = re.compile(
    r"\[\d+\] “(?P<quote>[^\n]+)”\n"
    r" {4}(?P<source>corpora/\S+?)(?:, page (?P<page>\d+))?, characters (?P<start>\d+)-(?P<end>\d+)\n"
)


def quotes():
    for page in PAGES:
        for found in QUOTE.finditer(page.read_text(encoding="utf-8")):
            yield pytest.param(found, id=f"{page.name}:{found['start']}")


@pytest.mark.parametrize("shown", list(quotes()))
def test_a_quote_in_the_pages_stands_in_its_document_at_its_place(shown):
    from ragkit.core.types import place_at
    from ragkit.load import load_file

    (document,) = load_file(ROOT / shown["source"]).documents
    start, end = int(shown["start"]), int(shown["end"])
    assert " ".join(document.page_content[start:end].split()) == shown["quote"]
    page = place_at(document.metadata, start).get("page")
    assert page == (int(shown["page"]) if shown["page"] else None)


def test_the_readme_shows_a_quote():
    assert QUOTE.search((ROOT / "README.md").read_text(encoding="utf-8"))
