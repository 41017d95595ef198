"""Documents that a question names: "in the Q3 2022 report of ...", "according to the travel policy".

A document's names are the words of its file name and title, and the capitalised words and numbers of its opening, those
that many documents share left out. Where the question's words single some documents out, their passages are put forward
and moved up.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from ragkit.text.languages import recognised
from ragkit.text.rules import rules_for
from ragkit.text.rules.kinds import Questions
from ragkit.text.terms import terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ragkit.core.types import Titled

COMMON = 0.5  # share of the documents from which a word names none
OPENING = 0.5  # weight of a name from the opening, beside 1 for the file name and the title
ENOUGH = 0.3  # rareness, in nats, that the words which name a document must have together
_NAME = re.compile(r"\b(?:[A-Z][\w&]+|\d+)\b")
# A word of a question that is written as a name or a number; its first word is written with a capital in any case.
_WRITTEN = re.compile(r"(?<!^)\b(?:[A-Z][\w&]*|\d\w*)\b")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


class Singled(NamedTuple):
    """What a question singles out.

    Attributes:
        sources: the documents.
        share: how much of what the question names they have, from 0 to 1.
    """

    sources: tuple[str, ...]
    share: float


class Names:
    """The names of a collection's documents.

    Args:
        documents: the documents, one a source.
    """

    def __init__(self, documents: Sequence[Titled]) -> None:
        self._count = len(documents)
        self._names = {each.source: _weighted(each) for each in documents}
        held = Counter(word for words in self._names.values() for word in words)
        bound = COMMON * self._count
        # Inverse document frequency, in nats; a word of half the documents tells none apart.
        self._rareness = {
            word: math.log((self._count + 1) / (count + 0.5)) for word, count in held.items() if count <= bound
        }
        self._age = {each.source: _age(each) for each in documents}

    def single_out(self, question: str) -> Singled | None:
        """Return the documents that a question names; None where it names none, or as good as all."""
        rules = rules_for(recognised(question))
        hints = rules.questions if rules else Questions()
        plain = " ".join(question.lower().split())
        parts = {written for named, written in hints.ordinals.items() if named in plain}
        asked = set(terms(question)) | parts
        naming = {word: self._rareness[word] for word in asked if word in self._rareness}
        if not naming:
            return None
        scores = {
            source: sum(rareness * words[word] for word, rareness in naming.items() if word in words)
            for source, words in self._names.items()
        }
        # All documents with the highest score: "in 2023" names three quarterly reports alike.
        best = max(scores.values())
        if best < ENOUGH:
            return None
        chosen = [source for source, score in scores.items() if score >= best - 1e-9]
        if not (_written(question) | parts) & naming.keys() & self._names[chosen[0]].keys():
            return None
        if hints.newest.search(question):
            newest = max(self._age[source] for source in chosen)
            chosen = [source for source in chosen if self._age[source] == newest]
        if len(chosen) > COMMON * self._count:
            return None
        return Singled(tuple(chosen), min(best / sum(naming.values()), 1.0))


def _written(question: str) -> set[str]:
    """Return the words of a question that are written as names or numbers; all of them in one without capitals.

    Without this gate, words of ordinary questions single documents out: on questions of a handbook the first passage
    was from the right document for .844 with it missing, .859 without named documents and .867 with the gate; on
    quarterly reports .879, .569 and .871; on German articles .941, .933 and .943 (benchmarks in docs/retrieval.md).
    """
    if question == question.lower():
        return set(terms(question))
    return set(terms(" ".join(_WRITTEN.findall(question))))


@lru_cache(maxsize=4)
def names_of(documents: tuple[Titled, ...]) -> Names | None:
    """Return the names of documents; None for fewer than two."""
    return Names(documents) if len(documents) > 1 else None


def _weighted(document: Titled) -> dict[str, float]:
    found = dict.fromkeys(_words(_NAME.findall(document.opening)), OPENING)
    stem = PurePosixPath(document.source.replace("\\", "/")).stem
    return found | dict.fromkeys(_words([re.sub(r"[\W_]+", " ", stem), document.title]), 1.0)


def _words(texts: Iterable[str]) -> list[str]:
    return terms(" ".join(texts))


def _age(document: Titled) -> tuple[str, str]:
    """Return what documents are sorted by in time: the year and the rest of the name's numbers, else the date."""
    stem = PurePosixPath(document.source.replace("\\", "/")).stem
    year = _YEAR.search(stem)
    if not year:
        return "", document.date
    return year[0], " ".join(number.zfill(4) for number in re.findall(r"\d+", stem.replace(year[0], " ", 1)))
