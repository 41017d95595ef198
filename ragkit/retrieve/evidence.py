"""From passages to the sentences that bear on the question: what is quoted, and what a generator gets to read."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ragkit.analysis import terms
from ragkit.text import sentences
from ragkit.types import Evidence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ragkit.retrieve.search import Searcher
    from ragkit.types import Hit

LONGEST = 600  # characters of a quotable sentence; longer ones (tables without stops) are cut at line ends

# Weights of the three signs that a sentence answers the question, set by hand on SQuAD 2 paragraphs.
COVERAGE, PASSAGE = 0.5, 0.25


def term_weights(searcher: Searcher, question: str) -> dict[str, float]:
    """Weigh the question's terms by how rare they are in the index (inverse document frequency, in nats)."""
    wanted = list(dict.fromkeys(terms(question)))
    total, counts = searcher.index.frequencies(wanted)
    return {term: math.log(1 + (total - counts[term] + 0.5) / (counts[term] + 0.5)) for term in wanted}


def coverage(weights: Mapping[str, float], text: str) -> float:
    """Return the share of the weighted question terms that a text holds, from 0 to 1."""
    total = sum(weights.values())
    if not total:
        return 0.0
    present = set(terms(text))
    return sum(weight for term, weight in weights.items() if term in present) / total


def spans(text: str) -> list[tuple[int, int]]:
    """Return quotable spans of a passage: its sentences; very long ones by line."""
    out: list[tuple[int, int]] = []
    for start, end in sentences(text):
        if end - start <= LONGEST:
            out.append((start, end))
            continue
        at = start
        for line in text[start:end].splitlines(keepends=True):
            body = line.strip()
            if body:
                first = at + line.index(body)
                out.append((first, first + len(body)))
            at += len(line)
    return out


def select_evidence(
    searcher: Searcher, question: str, hits: Sequence[Hit], *, limit: int = 6, passages: int = 5
) -> tuple[Evidence, ...]:
    """Choose the sentences of the best passages that fit the question.

    Args:
        searcher: gives the embedder and the term statistics.
        question: the question.
        hits: retrieved passages, best first.
        limit: sentences to return at most.
        passages: passages to look into.

    Returns:
        Sentences by falling score, none twice.
    """
    found: list[tuple[Hit, int, int, str]] = []
    seen: set[tuple[str, str, int]] = set()
    for hit in hits[:passages]:
        chunk = hit.chunk
        for start, end in spans(chunk.text):
            key = (chunk.source, chunk.document_id, chunk.start + start)
            if key not in seen and any(c.isalnum() for c in chunk.text[start:end]):
                seen.add(key)
                found.append((hit, chunk.start + start, chunk.start + end, chunk.text[start:end]))
    if not found:
        return ()
    weights = term_weights(searcher, question)
    vectors = np.asarray(searcher.embedder.encode([text for *_, text in found]), np.float32)
    norms = np.linalg.norm(vectors, axis=1)
    cosines = vectors @ searcher.query_vector(question) / np.where(norms > 0, norms, 1)
    best = max(hit.score for hit in hits)
    worst = min(hit.score for hit in hits[:passages])
    scored: list[Evidence] = []
    for (hit, start, end, text), cosine in zip(found, cosines.tolist(), strict=True):
        share = coverage(weights, f"{hit.chunk.heading}\n{text}")
        passage = (hit.score - worst) / (best - worst) if best > worst else 1.0
        score = cosine + COVERAGE * share + PASSAGE * passage
        scored.append(Evidence(hit, start, end, text, score, cosine, share))
    scored.sort(key=lambda evidence: -evidence.score)
    return tuple(scored[:limit])
