"""The sentences of a document that say what it is about, without a question and without a generator."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ragkit.core.places import passage_places
from ragkit.core.types import Chunk, Evidence, Hit, content_id
from ragkit.text.languages import recognised
from ragkit.text.rules import NEVER, rules_for
from ragkit.text.sentences import sentences
from ragkit.text.terms import terms

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langchain_core.documents import Document
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]
    Encode = Callable[[Sequence[str]], Vectors]

SHORTEST = 3  # content words of a sentence; lines that end without a stop need more, or they are headings and labels
UNENDED = 5
NOT_ALONE = float("-inf")  # score of headings, labels and rows of tables: they support, but stand for nothing
OPENING = 2000  # characters of a document that show its language
SAME = 0.6  # share of a sentence's words that sentences chosen before may hold

# Weights of the signs that a sentence sums up its document, fitted by ridge regression to the ROUGE-1 of the sentences
# of 619 abstracts (SciTLDR) and rounded. Of the signs, those stay that hold on collections they were not fitted to
# (benchmarks/central.py: titles of 600 abstracts of SciFact and of Cranfield): a cue for what is proposed ("we
# introduce") cost 2.1 points on Cranfield. ROUGE-1 of one sentence is 40.6 on SciTLDR, 29.8 on SciFact, 34.0 on
# Cranfield; of the first sentence 30.2, 27.3 and 35.3. A lead of .06 gains 1.5 on Cranfield, but puts bylines of the
# handbook first. Half as much or half as much again of any one weight changes the choice in at most 5 of 30 sections of
# the handbook.
TITLE_WORDS = 0.15  # share of the title's words that it holds
COMMON = 0.30  # share of the document's repetitions that its words are
OWN = 0.04  # it speaks of the document or its authors (cue words, Edmundson 1969)
LEAD = 0.03  # of the first sentence, fading out
LONG, SHORT = 0.03, 0.06  # what a sentence of 50 words loses, and one of none
OPEN = 0.15  # what a line without a stop at its end loses: seldom a sentence
_LABEL = re.compile(r"[#|]|[\w-]+(?: [\w-]+)?:\s")


def central(document: Document) -> tuple[Evidence, ...]:
    """Score the sentences of a document by how well they stand for it.

    Args:
        document: any document; ``title`` in its metadata helps.

    Returns:
        Its sentences in order. Headings, labels and rows of tables are among them with the score ``NOT_ALONE``.
    """
    text = document.page_content
    title = str(document.metadata.get("title") or "")
    found = ((start, end, set(terms(text[start:end]))) for start, end in sentences(text))
    spans = [(start, end, own) for start, end, own in found if own]
    words = [own for start, end, own in spans if _says_something(text[start:end])]
    # Words that a document repeats are what it is about (Luhn 1958); once in a sentence is enough.
    counts = Counter(word for each in words for word in each)
    repeated = sum(counts.values())
    named = set(terms(title))
    rules = rules_for(recognised(text[:OPENING]))
    own_cue = rules.own if rules else NEVER
    out: list[Evidence] = []
    position = 0
    for number, (start, end, own) in enumerate(spans):
        if not _says_something(text[start:end]):
            out.append(_evidence(document, start, end, number, NOT_ALONE, title))
            continue
        position += 1
        sentence = text[start:end]
        length = len(sentence.split())
        score = (
            TITLE_WORDS * (len(own & named) / len(named) if named else 0.0)
            + COMMON * sum(counts[word] - 1 for word in own) / max(repeated, 1)
            + OWN * bool(own_cue.search(sentence))
            + LEAD / position
            - LONG * max(0, length - 30) / 20
            - SHORT * max(0, 12 - length) / 12
            - OPEN * (not _ended(sentence))
        )
        out.append(_evidence(document, start, end, number, score, title))
    return tuple(out)


def _says_something(sentence: str) -> bool:
    """Tell sentences from headings, table rows and label lines ("From: ...", "Owner: ...")."""
    return len(terms(sentence)) >= (SHORTEST if _ended(sentence) else UNENDED) and not _LABEL.match(sentence)


def _ended(sentence: str) -> bool:
    return sentence.rstrip("\"'”’»)]").endswith((".", "!", "?", "。", "؟", "।"))


def _evidence(document: Document, start: int, end: int, number: int, score: float, title: str) -> Evidence:
    source = str(document.metadata.get("source", ""))
    own: dict[str, Any] = {"source": source, **passage_places(document.metadata, document.page_content, start, end)}
    text = document.page_content[start:end]
    chunk = Chunk(content_id(source, start, end), document.id or source, text, start, end, number, metadata=own)
    return Evidence(Hit(chunk, 0.0, number + 1, "lexical"), start, end, text, score, context=title)


class Sentences:
    """Sentences of a document, or several, that many questions are put to; embedded once.

    Args:
        evidence: the sentences.
        encode: embeds texts, for likeness of meaning; without it the words of the question decide.
        texts: what is compared in place of the sentences, such as rows with the names of their columns.
    """

    def __init__(
        self, evidence: Sequence[Evidence], encode: Encode | None = None, texts: Sequence[str] | None = None
    ) -> None:
        self.evidence = tuple(evidence)
        self._encode = encode
        self._texts = list(texts) if texts is not None else [each.text for each in evidence]
        self._words = [set(terms(text)) for text in self._texts]
        counts = Counter(word for words in self._words for word in words)
        self._rare = {word: math.log(1 + len(evidence) / count) for word, count in counts.items()}

    @cached_property
    def _vectors(self) -> Vectors:
        return np.zeros((0, 0), np.float32) if self._encode is None else _unit(self._encode(self._texts))

    def scores(self, question: str) -> list[float]:
        """Return how well each sentence fits a question: by its rare words, both ways, and by the cosine.

        Headings of a word or two have ``NOT_ALONE``.
        """
        asked = set(terms(question))
        wanted = sum(self._rare.get(word, 0.0) for word in asked)
        scores = np.zeros(len(self.evidence))
        for place, words in enumerate(self._words):
            # Dice of the rare words, so that long sentences gain nothing by length, and the share of the question's.
            shared = sum(self._rare[word] for word in words & asked)
            own = sum(self._rare[word] for word in words)
            scores[place] = 2 * shared / (wanted + own) + shared / wanted if shared else 0.0
        if self._encode is not None and self.evidence:
            scores += self._vectors @ _unit(self._encode([question]))[0]
        return [
            NOT_ALONE if each.score == NOT_ALONE and len(words) < SHORTEST else score
            for each, words, score in zip(self.evidence, self._words, scores.tolist(), strict=True)
        ]


def about(evidence: Sequence[Evidence], question: str, encode: Encode | None = None) -> tuple[Evidence, ...]:
    """Score sentences again, by how well they fit a question.

    Args:
        evidence: the sentences.
        question: the question.
        encode: embeds texts, for likeness of meaning; without it the words of the question decide.
    """
    scores = Sentences(evidence, encode).scores(question)
    return tuple(replace(each, score=score) for each, score in zip(evidence, scores, strict=True))


def _unit(vectors: Vectors) -> Vectors:
    rows = np.asarray(vectors, np.float32)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def apart(documents: Sequence[Sequence[Evidence]]) -> list[tuple[Evidence, ...]]:
    """Score the sentences of several documents again: up for words that the other documents do not have."""
    vocabularies = [{word for each in one for word in terms(each.text)} for one in documents]
    out: list[tuple[Evidence, ...]] = []
    for place, one in enumerate(documents):
        others = set[str]().union(*(words for number, words in enumerate(vocabularies) if number != place))
        scored: list[Evidence] = []
        for each in one:
            words = set(terms(each.text))
            scored.append(replace(each, score=each.score + COMMON * len(words - others) / max(len(words), 1)))
        out.append(tuple(scored))
    return out


def choose(evidence: Sequence[Evidence], count: int, words: int | None = None) -> list[int]:
    """Return which sentences together say most, none of them what others hold already.

    Args:
        evidence: scored sentences.
        count: how many at most.
        words: how many words at most all together; the best sentence is taken whatever its length.

    Returns:
        Their places, in the order of the evidence.
    """
    chosen: list[int] = []
    covered: set[str] = set()
    left = words
    alone = [place for place, each in enumerate(evidence) if each.score != NOT_ALONE]
    for place in sorted(alone, key=lambda i: -evidence[i].score):
        length = len(evidence[place].text.split())
        own = set(terms(evidence[place].text))
        # Greedy: the next best that is mostly new, as in maximal marginal relevance with a hard bound.
        if len(own & covered) > SAME * len(own) or (left is not None and chosen and length > left):
            continue
        chosen.append(place)
        covered |= own
        left = None if left is None else left - length
        if len(chosen) == count:
            break
    return sorted(chosen)
