"""Answers that list: every passage that fits, or the documents of a collection, each with a quote."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ragkit.core.types import Answer, Citation
from ragkit.retrieve.evidence import coverage, spans

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ragkit.chains.route.holdings import Holdings
    from ragkit.core.types import Chunk, Hit

SHOWN = 25  # lines of a list
ALL, MOST = 0.99, 0.6  # share of the words, weighed by rareness, that a passage has which fits; where none does
EVERY = 1_000_000  # passages that are looked for: all


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a list.

    Attributes:
        label: the document, or whatever the quote belongs to.
        chunk: the passage.
        start: offset of the quote in the passage.
        end: offset behind it.
    """

    label: str
    chunk: Chunk
    start: int
    end: int


def title_of(chunk: Chunk) -> str:
    """Return the title of a passage's document, or the name of its file."""
    return str(chunk.metadata.get("title") or PurePosixPath(chunk.source.replace("\\", "/")).name)


def bulleted(question: str, opening: str, lines: Sequence[Line], hits: Sequence[Hit] = ()) -> Answer:
    """Return an answer of an opening, of which no source says anything, and lines with a quote each."""
    text, citations = opening, list[Citation]()
    for marker, line in enumerate(lines, 1):
        chunk, first, last = line.chunk, line.chunk.start + line.start, line.chunk.start + line.end
        quote = chunk.text[line.start : line.end]
        text += f"\n- {line.label}: "
        shown = f"“{' '.join(quote.split())}”"
        place = chunk.place(first, last)
        at = len(text)
        citations.append(
            Citation(
                marker,
                at,
                at + len(shown),
                chunk.source,
                place.get("page"),
                first,
                last,
                quote,
                1.0,
                chunk.document_id,
                place,
            )
        )
        text += f"{shown} [{marker}]"
    return Answer(question, text, tuple(citations), tuple(hits))


def everything(question: str, subject: str, holdings: Holdings) -> Answer | None:
    """Return every document that has all words of a subject, or most of them where none has all; None for no match.

    Args:
        question: the question, for the answer's record.
        subject: what is looked for; the documents of the collection where it has no words.
        holdings: what the index holds.
    """
    searcher = holdings.searcher
    weights = searcher.index.query_terms(subject).weights
    if not weights:
        return None
    hits = searcher.search(subject, EVERY, "lexical")
    shares = [coverage(weights, f"{hit.chunk.heading}\n{hit.chunk.text}") for hit in hits]
    needed = ALL if max(shares, default=0.0) >= ALL else MOST
    fitting = [hit for hit, share in zip(hits, shares, strict=True) if share >= needed]
    if not fitting:
        return None
    lines = _lines(fitting, weights)
    documents = len({hit.chunk.source for hit in fitting})
    words = " ".join(subject.split())
    opening = f"{_counted(documents, 'document')} and {_counted(len(fitting), 'passage')} match “{words}”"
    opening += "" if needed == ALL else ", with most of its words"
    left = len(lines) - SHOWN
    opening += f"; the first {SHOWN} of {len(lines)} places:" if left > 0 else ":"
    return bulleted(question, opening, lines[:SHOWN], fitting[:SHOWN])


def _lines(hits: Sequence[Hit], weights: Mapping[tuple[str, ...], float]) -> list[Line]:
    """Return the rows of tables that fit, and of other text the sentence of each document that fits best."""
    rows: dict[tuple[str, int], Line] = {}
    best: dict[str, tuple[float, Line]] = {}
    for hit in hits:
        chunk = hit.chunk
        for start, end in spans(chunk.text):
            text = chunk.text[start:end]
            share = coverage(weights, text)
            line = Line(title_of(chunk), chunk, start, end)
            if text.startswith("|"):
                if share >= ALL:
                    rows.setdefault((chunk.source, chunk.start + start), line)
            elif chunk.source not in best or share > best[chunk.source][0]:
                best[chunk.source] = (share, line)
    tabular = {source for source, _ in rows}
    single = [line for source, (share, line) in best.items() if share or source not in tabular]
    return [*single, *rows.values()]


def _counted(count: int, what: str) -> str:
    return f"{count} {what if count == 1 else what + 's'}"
