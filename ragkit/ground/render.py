"""An answer as plain text: what is said, and under it each quote with document, page and offsets."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ragkit.places import place_words

if TYPE_CHECKING:
    from ragkit.types import Answer, Citation, Flag

SHOWN = 90  # characters of an order


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


def flagged(flag: Flag, base: str = "") -> str:
    """Say where a document gives orders, and how they begin."""
    words = place_words(flag.place)
    text = " ".join(flag.text.split())
    shown = text if len(text) <= SHOWN else f"{text[:SHOWN].rstrip()}…"
    where = f"{located(flag.document, base)}{', ' + words if words else ''}, characters {flag.start}-{flag.end}"
    return f"A passage gives orders ({flag.kind}), which nobody followed: {where}: “{shown}”"


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
    lines += [f"⚠ {flagged(each, base)}" for each in answer.flags]
    return ["", *lines] if lines else []


def render(answer: Answer, base: str = "") -> str:
    """Write an answer out as plain text.

    Args:
        answer: the answer.
        base: folder that document paths are shown relative to.
    """
    return "\n".join([answer.text, *sources(answer, base)])


def said(answer: Answer) -> str:
    """Return what an answer says, without its markers and without the quotation marks of quotes."""
    spans = dict.fromkeys((each.answer_start, each.answer_end) for each in answer.citations)
    return " ".join(answer.text[start:end].strip("“”") for start, end in spans) or answer.text
