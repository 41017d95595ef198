"""Which part of the sources bears on a sentence of a reply: the evidence that a verifier reads, and what is cited."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ragkit.core.verdicts import Span
from ragkit.text.sentences import sentences
from ragkit.text.terms import terms

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ragkit.core.types import Vectors

    Embed = Callable[[Sequence[str]], Vectors]

WORDS = 90  # of evidence that a verifier reads for one sentence
COSINE = 1.0  # weight of a sentence's likeness beside the share of words that it holds
NEIGHBOUR = 0.3  # share of its score that a sentence lends to those beside it: pronouns point there
NEW = 0.15  # share of a claim's weighted words that a further span must add, to be cited beside the first
CITED = 3  # spans at most that are cited for one sentence


@dataclass(frozen=True, slots=True)
class _SourceSentence:
    source: int
    start: int
    end: int
    text: str
    words: int
    terms: frozenset[str]
    header: str = ""  # the first row of the table that this is a row of


@dataclass(frozen=True, slots=True)
class Chosen:
    """The evidence for one sentence.

    Attributes:
        texts: runs of neighbouring sentences, in the sources' order, ``WORDS`` words together at most.
        spans: the smallest spans that carry most of the sentence's words, the strongest first.
    """

    texts: tuple[str, ...]
    spans: tuple[Span, ...]


class SourceText:
    """The sentences of a reply's sources, from which the evidence for each sentence of the reply is chosen.

    Args:
        sources: texts.
        embed: texts to vectors of length 1, float32 of shape (texts, dimension), for likeness; None compares words.
        headings: of each source what it takes to read a part of it alone, empty where nothing does; none is cited.
    """

    def __init__(self, sources: Sequence[str], embed: Embed | None = None, headings: Sequence[str] = ()) -> None:
        self.sources = tuple(sources)
        self._headings = tuple(headings) or ("",) * len(self.sources)
        self._embed = embed
        self._units = [unit for number, source in enumerate(sources) for unit in _units(number, source)]
        seen = Counter(term for unit in self._units for term in unit.terms)
        count = len(self._units)
        self._weights = {term: math.log(1 + count / times) for term, times in seen.items()}
        self._unseen = math.log(1 + 2 * count)
        self._vectors = embed([unit.text for unit in self._units]) if embed and self._units else None

    def choose(self, claims: Sequence[str], *, words: int = WORDS) -> list[Chosen]:
        """Choose the evidence for each of some sentences.

        Args:
            claims: sentences of a reply, without markers.
            words: of evidence for each at most; more only where a single sentence is longer.
        """
        if not self._units or not claims:
            return [Chosen((), ()) for _ in claims]
        near = np.zeros((len(claims), len(self._units)), np.float32)
        if self._embed is not None and self._vectors is not None:
            near = self._embed(claims) @ self._vectors.T
        return [self._chosen(frozenset(terms(claim)), near[row], words) for row, claim in enumerate(claims)]

    def _weight(self, wanted: frozenset[str]) -> float:
        return sum(self._weights.get(term, self._unseen) for term in wanted)

    def _chosen(self, wanted: frozenset[str], near: Vectors, words: int) -> Chosen:
        total = self._weight(wanted) or 1.0
        held = [self._weight(wanted & unit.terms) / total for unit in self._units]
        own = np.asarray(np.asarray(held, np.float32) + np.float32(COSINE) * near, np.float32)
        order = np.argsort(-self._with_neighbours(own), kind="stable")
        taken, used = list[int](), 0
        for place in order.tolist():
            if taken and used + self._units[place].words > words:
                continue
            taken.append(place)
            used += self._units[place].words
        return Chosen(self._runs(sorted(taken)), self._cited(wanted, own, taken))

    def _with_neighbours(self, scores: Vectors) -> Vectors:
        lent = scores.copy()
        for place, unit in enumerate(self._units):
            for other in (place - 1, place + 1):
                if 0 <= other < len(self._units) and self._units[other].source == unit.source:
                    lent[place] += NEIGHBOUR * scores[other]
        return lent

    def _runs(self, taken: Sequence[int]) -> tuple[str, ...]:
        """Join sentences that stand side by side."""
        runs = list[str]()
        last: _SourceSentence | None = None
        headed = set[int]()
        for place in taken:
            unit = self._units[place]
            if last and last.source == unit.source and self._units[place - 1] is last:
                between = self.sources[unit.source][last.end : unit.start]
                runs[-1] += between + unit.text
            else:
                heading = "" if unit.source in headed else self._headings[unit.source]
                headed.add(unit.source)
                runs.append("\n".join(filter(None, (heading, unit.header, unit.text))))
            last = unit
        return tuple(runs)

    def _cited(self, wanted: frozenset[str], scores: Vectors, taken: Sequence[int]) -> tuple[Span, ...]:
        """Choose what to cite of the evidence: the best sentence, and those that add words which it lacks."""
        total = self._weight(wanted) or 1.0
        left = set(taken)
        first = max(left, key=lambda place: (scores[place], -place))
        cited, covered = [first], wanted & self._units[first].terms
        while len(cited) < CITED and (left := left - set(cited)):
            best = max(left, key=lambda place: (self._weight((wanted - covered) & self._units[place].terms), -place))
            if self._weight((wanted - covered) & self._units[best].terms) < NEW * total:
                break
            cited.append(best)
            covered |= wanted & self._units[best].terms
        return tuple(Span(unit.source, unit.start, unit.end) for unit in (self._units[place] for place in cited))


def _units(number: int, source: str) -> list[_SourceSentence]:
    found = list[_SourceSentence]()
    header, previous = "", 0
    for start, end in sentences(source):
        text = source[start:end]
        row = text[0] == "|"
        if not row or "\n\n" in source[previous:start]:
            header = ""
        previous = end
        if any(sign.isalnum() for sign in text):
            words = len(text.split()) + len(header.split())
            found.append(_SourceSentence(number, start, end, text, words, frozenset(terms(f"{header} {text}")), header))
            header = header or (text if row else "")
    return found
