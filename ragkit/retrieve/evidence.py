"""From passages to the sentences that bear on the question: what is quoted, and what a generator gets to read."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ragkit.core.types import Evidence
from ragkit.text.languages import recognised
from ragkit.text.rules import rules_for
from ragkit.text.sentences import sentences
from ragkit.text.terms import languages_of, query_words, terms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ragkit.core.types import Hit
    from ragkit.retrieve.search import Searcher

EMBEDDED = 24  # sentences compared by similarity; the others hold too few words of the question to win
LONGEST = 600  # characters of a quotable sentence; longer ones (tables without stops) are cut at line ends

_MARK = re.compile(r"(?:(?:[-*+•◦▪]|\d{1,3}[.)]|>)\s+)*")  # list and quote marks, no part of a sentence

# Weights of the three signs that a sentence answers the question, set by hand on SQuAD 2 paragraphs and the handbook.
COVERAGE, PASSAGE = 1.0, 0.25
SPREAD = 2.0  # fused score behind the best passage at which a passage's bonus is gone
NUMBER = 0.2  # bonus of a sentence with a number of its own, where the question asks for one
ASKS = 0.3  # what a sentence loses that is a question itself, as in lists of frequent questions


def term_weights(searcher: Searcher, question: str) -> dict[tuple[str, ...], float]:
    """Weigh the question's words by how rare they are in the index (inverse document frequency, in nats).

    Returns:
        For each word, as the terms that it may have in the languages of the index, its weight.
    """
    words = query_words(question, searcher.index.languages())
    total, counts = searcher.index.frequencies(list({term for word in words for term in word}))
    found = {word: min(total, sum(counts[term] for term in word)) for word in words}
    return {word: math.log(1 + (total - count + 0.5) / (count + 0.5)) for word, count in found.items()}


def coverage(weights: Mapping[tuple[str, ...], float], text: str) -> float:
    """Return the share of the weighted question words that a text holds, from 0 to 1."""
    total = sum(weights.values())
    if not total:
        return 0.0
    present = {term for language in languages_of(weights) for term in terms(text, language)}
    return sum(weight for word, weight in weights.items() if not present.isdisjoint(word)) / total


def spans(text: str) -> list[tuple[int, int]]:
    """Return quotable spans of a passage: its sentences without list marks, no headings, very long ones by line."""
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
    trimmed = [(start + _MARK.match(text[start:end]).end(), end) for start, end in out]  # pyright: ignore[reportOptionalMemberAccess] - always matches
    return [(start, end) for start, end in trimmed if text[start] != "#" and any(c.isalnum() for c in text[start:end])]


def _digits(text: str) -> set[str]:
    return set(re.findall(r"\d+(?:[.,]\d+)*", text))


def _contexts(hit: Hit, places: Sequence[tuple[int, int]]) -> list[str]:
    """Say for each span what it takes to read it alone: the passage's heading, for a table row its header row too."""
    text, out = hit.chunk.text, list[str]()
    header, previous = "", 0
    for start, end in places:
        row = text[start] == "|"
        if not row or "\n\n" in text[previous:start]:
            header = ""
        above = f"{hit.chunk.heading}\n{header}".strip() if row and header else hit.chunk.heading
        out.append(above)
        if row and not header:
            header = text[start:end]
        previous = end
    return out


def _candidates(hits: Sequence[Hit]) -> list[Evidence]:
    """List the sentences of the passages, none twice, not yet scored by similarity."""
    found: list[Evidence] = []
    seen: set[tuple[str, str, int]] = set()
    for hit in hits:
        chunk = hit.chunk
        places = spans(chunk.text)
        for (start, end), context in zip(places, _contexts(hit, places), strict=True):
            key = (chunk.source, chunk.document_id, chunk.start + start)
            if key not in seen:
                seen.add(key)
                found.append(
                    Evidence(hit, chunk.start + start, chunk.start + end, chunk.text[start:end], 0.0, context=context)
                )
    return found


def select_evidence(
    searcher: Searcher,
    question: str,
    hits: Sequence[Hit],
    *,
    limit: int = 6,
    passages: int = 5,
    skip: Callable[[Evidence], bool] | None = None,
) -> tuple[Evidence, ...]:
    """Choose the sentences of the best passages that fit the question.

    Args:
        searcher: gives the embedder and the term statistics.
        question: the question.
        hits: retrieved passages, best first.
        limit: sentences to return at most.
        passages: passages to look into.
        skip: whether a sentence is no evidence whatever it says.

    Returns:
        Sentences by falling score, none twice.
    """
    found = [each for each in _candidates(hits[:passages]) if skip is None or not skip(each)]
    if not found:
        return ()
    weights = term_weights(searcher, question)
    found = [replace(each, coverage=coverage(weights, f"{each.context}\n{each.text}")) for each in found]
    rules = rules_for(recognised(question))
    wants_number = rules is not None and bool(rules.questions.number.search(question))
    best = max(hit.score for hit in hits)

    def sign(each: Evidence) -> float:
        # A sentence of the best passage is ahead by a quarter of full coverage; far down the list it gets nothing.
        passage = max(0.0, 1 - (best - each.hit.score) / SPREAD)
        number = NUMBER if wants_number and _digits(each.text) - _digits(question) else 0.0
        asks = ASKS if each.text.endswith("?") else 0.0
        return COVERAGE * each.coverage + PASSAGE * passage + number - asks

    # Embedding is what takes time here: only sentences that can still win by their words are embedded.
    found.sort(key=lambda each: -sign(each))
    found = found[:EMBEDDED]
    vectors = np.asarray(searcher.embedder.encode([each.text for each in found]), np.float32)
    norms = np.linalg.norm(vectors, axis=1)
    cosines = vectors @ searcher.query_vector(question) / np.where(norms > 0, norms, 1)
    scored = [
        replace(each, cosine=cosine, score=cosine + sign(each))
        for each, cosine in zip(found, cosines.tolist(), strict=True)
    ]
    scored.sort(key=lambda each: -each.score)
    return tuple(scored[:limit])
