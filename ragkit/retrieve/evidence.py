"""From passages to the sentences that bear on the question: what is quoted, and what a generator gets to read."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ragkit.core.types import Evidence
from ragkit.retrieve.fragments import repeated_lines, statements_of
from ragkit.text.languages import recognised
from ragkit.text.rules import rules_for
from ragkit.text.sentences import sentences
from ragkit.text.tables import row_words
from ragkit.text.terms import languages_of, terms

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from ragkit.core.types import Hit
    from ragkit.retrieve.search import Searcher

    Relevance = Callable[[str, Sequence[str]], NDArray[np.float32]]  # (question, texts) to log odds

EMBEDDED = 24  # sentences compared by similarity; the others hold too few words of the question to win
JUDGED = 12  # sentences that a cross-encoder reads, best first by words and similarity
LONGEST = 600  # characters of a quotable sentence; longer ones (tables without stops) are cut at line ends

_MARK = re.compile(r"(?:(?:[-*+•◦▪]|\d{1,3}[.)]|>)\s+)*")  # list and quote marks, no part of a sentence

# Weights of the three signs that a sentence answers the question, set by hand on SQuAD 2 paragraphs and the handbook.
COVERAGE, PASSAGE = 1.0, 0.25
SPREAD = 2.0  # fused score behind the best passage at which a passage's bonus is gone
NUMBER = 0.2  # bonus of a sentence with a number of its own, where the question asks for one
# Share of a cross-encoder's judgement in the order of sentences; the signs and the cosine have the rest. With the title
# before each, it puts a sentence with the answer first in .93 of 150 paragraphs of SQuAD 2; the words alone in .77.
RELEVANCE = 0.8
ASKS = 0.3  # what a sentence loses that is a question itself, as in lists of frequent questions


def term_weights(searcher: Searcher, question: str) -> Mapping[tuple[str, ...], float]:
    """Weigh the question's words by how rare they are in the index (inverse document frequency, in nats).

    Returns:
        For each word, as the terms that it may have in the languages of the index, its weight.
    """
    return searcher.index.query_terms(question).weights


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
    # A passage that goes on with a table has the header in its heading.
    heading, _, header = hit.chunk.heading.rpartition("\n")
    heading, header = (heading, header) if header.startswith("|") else (hit.chunk.heading, "")
    previous = 0
    for start, end in places:
        row = text[start] == "|"
        if not row or "\n\n" in text[previous:start]:
            header = ""
        out.append(f"{heading}\n{header}".strip() if row and header else heading)
        if row and not header:
            header = text[start:end]
        previous = end
    return out


def _candidates(hits: Sequence[Hit]) -> list[Evidence]:
    """List the sentences of the passages, none twice, not yet scored by similarity."""
    found: list[Evidence] = []
    seen: set[tuple[str, str, int]] = set()
    repeated = repeated_lines([hit.chunk for hit in hits])
    for hit in hits:
        chunk = hit.chunk
        every = spans(chunk.text)
        contexts = dict(zip([start for start, _ in every], _contexts(hit, every), strict=True))
        for start, end in statements_of(chunk, every, repeated):
            context = contexts[start]
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
    weights: Mapping[tuple[str, ...], float] | None = None,
    relevance: Relevance | None = None,
) -> tuple[Evidence, ...]:
    """Choose the sentences of the best passages that fit the question.

    Args:
        searcher: gives the embedder and the term statistics.
        question: the question.
        hits: retrieved passages, best first.
        limit: sentences to return at most.
        passages: passages to look into.
        skip: whether a sentence is no evidence whatever it says.
        weights: of the question's words, as :func:`term_weights` returns them; None looks them up.
        relevance: judges the sentences by what they say; None orders them by words and cosine alone.

    Returns:
        Sentences by falling score, none twice.
    """
    if not hits:
        return ()
    weights = term_weights(searcher, question) if weights is None else weights
    found = [
        replace(each, coverage=coverage(weights, f"{each.context}\n{each.text}"))
        for each in _candidates(hits[:passages])
    ]
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
    ranked = sorted(((sign(each), each) for each in found), key=lambda pair: -pair[0])
    if skip is not None:
        ranked = [pair for pair in ranked if not skip(pair[1])]
    if not ranked:
        return ()
    ranked = ranked[:EMBEDDED]
    vectors = np.asarray(searcher.embedder.encode([each.text for _, each in ranked]), np.float32)
    query = np.asarray(searcher.embedder.encode_query(question), np.float32)
    norms = np.linalg.norm(vectors, axis=1) * (np.linalg.norm(query) or 1.0)
    cosines = vectors @ query / np.where(norms > 0, norms, 1)
    scored = [
        replace(each, cosine=cosine, score=cosine + value)
        for (value, each), cosine in zip(ranked, cosines.tolist(), strict=True)
    ]
    scored.sort(key=lambda each: -each.score)
    if relevance is not None:
        scored = _judged(question, scored[:JUDGED], relevance)
    return tuple(scored[:limit])


def _judged(question: str, scored: Sequence[Evidence], relevance: Relevance) -> list[Evidence]:
    """Order sentences by a cross-encoder too; they keep the scores of before, dealt out in the new order."""
    found = np.asarray(relevance(question, [_read(each) for each in scored]), np.float64)
    scores = np.array([each.score for each in scored])
    mixed = RELEVANCE * _standard(found) + (1 - RELEVANCE) * _standard(scores)
    order = np.argsort(-mixed, kind="stable").tolist()
    return [
        replace(scored[place], score=each.score, relevance=float(found[place]))
        for place, each in zip(order, scored, strict=True)
    ]


def _read(each: Evidence) -> str:
    """Write a sentence below its headings, a row of a table with the names of its columns."""
    heading, _, header = each.context.rpartition("\n")
    if not each.text.startswith("|") or not header.startswith("|"):
        return f"{each.context}\n{each.text}".strip()
    return f"{heading}\n{row_words(each.text, header)}".strip()


def _standard(values: NDArray[np.float64]) -> NDArray[np.float64]:
    spread = float(values.std())
    return (values - values.mean()) / spread if spread > 1e-9 else np.zeros(len(values))
