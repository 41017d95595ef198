"""An answer as plain text: what is said, and under it each quote with document, page and offsets."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ragkit.places import place_words

if TYPE_CHECKING:
    from ragkit.types import Answer, Citation


def place(citation: Citation, base: str = "") -> str:
    """Say where a quote stands, for example ``leave.pdf, page 2, characters 1204-1279``."""
    document = located(citation.document, base)
    words = place_words(citation.place or ({} if citation.page is None else {"page": citation.page}))
    return f"{document}{', ' + words if words else ''}, characters {citation.start}-{citation.end}"


def located(document: str, base: str = "") -> str:
    """Return a document's path as it is seen from a folder it is in, other paths and URLs as they are."""
    if base and document.startswith(base.rstrip(os.sep) + os.sep):
        return os.path.relpath(document, base)
    return document


def unique(citations: tuple[Citation, ...]) -> list[Citation]:
    """Return each marker's citation once, in order of the markers."""
    return list({citation.marker: citation for citation in reversed(citations)}.values())[::-1]


def sources(answer: Answer, base: str = "") -> list[str]:
    """Write the lines under an answer: each quote and its place, then what was left out or why it refused.

    Args:
        answer: the answer.
        base: folder that document paths are shown relative to.
    """
    lines: list[str] = []
    for citation in sorted(unique(answer.citations), key=lambda each: each.marker):
        lines.append(f"[{citation.marker}] “{' '.join(citation.quote.split())}”")
        lines.append(f"    {place(citation, base)}")
    if answer.reason:
        lines.append(f"({answer.reason})")
    return ["", *lines] if lines else []


def render(answer: Answer, base: str = "") -> str:
    """Write an answer out as plain text.

    Args:
        answer: the answer.
        base: folder that document paths are shown relative to.
    """
    return "\n".join([answer.text, *sources(answer, base)])
