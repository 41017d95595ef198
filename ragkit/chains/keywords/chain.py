"""What texts are about: phrases between function words and punctuation, by the C-value.

The C-value (Frantzi, Ananiadou and Mima, doi:10.1007/s007999900023) counts how often a phrase stands in a text, less
what longer phrases account for, and favours longer ones: (1 + log2 n) * (f(a) - mean of f(b) over longer candidates b
that hold a). The 1 lets single words through (Barrón-Cedeño et al., doi:10.1007/978-3-642-00382-0_10). Candidates are
made of words that :mod:`ragkit.text.terms` finds to be no function words, counted by their stems, so that it works in
every language that ragkit cuts to terms; where words are not spaced, signs take the place of words.
"""

from __future__ import annotations

import math
import re
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from langchain_core.runnables import RunnableLambda
from pydantic import Field

from ragkit.chains.base import PartsChain
from ragkit.chains.documents import Documentary, as_documents, documents
from ragkit.chains.options import NO_MODEL, Blueprint, ChainOptions, Resources
from ragkit.core.errors import ConfigError
from ragkit.text.terms import MARKERS, passage_terms, terms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from langchain_core.runnables import RunnableConfig

    Key = tuple[tuple[str, ...], ...]  # the terms of each word

SIGNS = 6  # of a phrase at most, where words are not spaced
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_UNSPACED}]|(?:(?![{_UNSPACED}_])\w)+(?:['’-](?:(?![{_UNSPACED}_])\w)+)*")
_SIGN = re.compile(f"[{_UNSPACED}]")


class _Unit(NamedTuple):
    """A word, or a sign where words are not spaced, with its terms."""

    terms: tuple[str, ...]
    start: int
    end: int
    sign: bool


class KeywordPlace(NamedTuple):
    """Where a phrase stands: the text of ``document`` (its source) at [start, end)."""

    document: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Keyword:
    """A word or phrase that says what texts are about.

    Attributes:
        text: as it is written most often.
        score: from 0 to 1, that of the first being 1.
        places: all places, in the order of the texts.
    """

    text: str
    score: float
    places: tuple[KeywordPlace, ...]


@dataclass(frozen=True, slots=True)
class Keywords:
    """What texts are about.

    Attributes:
        keywords: the best first.
        timings: seconds.
    """

    keywords: tuple[Keyword, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict[str, float])

    def to_json(self) -> dict[str, Any]:
        """Return it in its stable JSON form."""
        found = [
            {"text": each.text, "score": round(each.score, 4), "places": [place._asdict() for place in each.places]}
            for each in self.keywords
        ]
        return {"keywords": found, "timings": {key: round(value, 4) for key, value in self.timings.items()}}

    def to_text(self, base: str = "") -> str:
        """Write it for people."""
        lines = [
            f"{each.text} ({each.score:.2f}, {len(each.places)} {'place' if len(each.places) == 1 else 'places'})"
            for each in self.keywords
        ]
        return "\n".join(lines) or "no words but function words"


class KeywordsChain(PartsChain[Documentary, Keywords]):
    """Finds the words and phrases that say what texts are about.

    Args:
        count: phrases at most.
        words: of a phrase at most.

    Raises:
        ConfigError: a number is below 1.
    """

    def __init__(self, *, count: int = 10, words: int = 4) -> None:
        if count < 1 or words < 1:
            raise ConfigError("keywords are one at least, of one word at least: ask for more")
        self.count = count
        self.words = words

    def parts(self, given: Documentary, config: RunnableConfig) -> Iterator[Keywords]:
        """Find the keywords; there is one part."""
        started = time.perf_counter()
        places: dict[Key, list[KeywordPlace]] = defaultdict(list)
        written: dict[Key, Counter[str]] = defaultdict(Counter)
        for document in as_documents(given):
            text, source = document.page_content, str(document.metadata.get("source", ""))
            for key, start, end in self._candidates(text):
                places[key].append(KeywordPlace(source, start, end))
                written[key][" ".join(text[start:end].split())] += 1
        ranked = sorted(self._scores(places).items(), key=lambda each: -each[1])[: self.count]
        best = ranked[0][1] if ranked else 1.0
        found = [Keyword(written[key].most_common(1)[0][0], score / best, tuple(places[key])) for key, score in ranked]
        yield Keywords(tuple(found), {"total": time.perf_counter() - started})

    def _candidates(self, text: str) -> Iterator[tuple[Key, int, int]]:
        """Yield every phrase of a text, shorter ones within longer ones too: its terms, its start, its end."""
        first = next(iter(passage_terms(text)), "")
        language = next((code for code, marker in MARKERS.items() if marker == first), "en")
        run: list[_Unit] = []
        for found in _WORD.finditer(text):
            unit = _Unit(tuple(terms(found[0], language)), found.start(), found.end(), bool(_SIGN.match(found[0])))
            # Punctuation, an empty line, or a change between words and signs ends a phrase; one line end does not.
            gap = text[run[-1].end : unit.start] if run else ""
            if gap.strip() or gap.count("\n") > 1 or (run and run[-1].sign != unit.sign):
                yield from self._phrases(run)
                run = []
            if unit.terms and (unit.sign or (len(found[0]) > 1 and not found[0].isnumeric())):
                run.append(unit)
            else:
                yield from self._phrases(run)
                run = []
        yield from self._phrases(run)

    def _phrases(self, run: list[_Unit]) -> Iterator[tuple[Key, int, int]]:
        least, most = (2, SIGNS) if run and run[0].sign else (1, self.words)
        for first in range(len(run)):
            for last in range(first + least, min(first + most, len(run)) + 1):
                yield tuple(each.terms for each in run[first:last]), run[first].start, run[last - 1].end

    def _scores(self, places: Mapping[Key, list[KeywordPlace]]) -> dict[Key, float]:
        """Return the C-value of the phrases that have one above 0; those of signs must stand there twice."""
        longer: dict[Key, list[int]] = defaultdict(list)
        # Every part of a phrase that is itself a candidate: what it counts inside longer ones is subtracted below.
        for key, found in places.items():
            inside = {key[a:b] for a in range(len(key)) for b in range(a + 1, len(key) + 1) if b - a < len(key)}
            for each in inside & places.keys():
                longer[each].append(len(found))
        scores: dict[Key, float] = {}
        for key, found in places.items():
            alone = len(found) - (sum(longer[key]) / len(longer[key]) if key in longer else 0.0)
            signs = _SIGN.match(key[0][0]) is not None
            within = max(longer[key], default=0) == len(found)  # it never stands outside that longer one
            if alone > 0 and not within and not (signs and len(found) < 2):
                # Length counts only where a phrase is repeated: else any run of rare words would come first.
                scores[key] = (1 + math.log2(len(key)) if len(found) > 1 else 1) * alone
        return scores


class KeywordsOptions(ChainOptions):
    """Options of the chain `keywords`."""

    count: int = Field(10, ge=1, description="Phrases at most.")
    words: int = Field(4, ge=1, description="Words of a phrase at most.")

    def blueprint(self, resources: Resources) -> Blueprint:
        """Return text or file to Keywords."""
        steps = (
            ("read", "to documents"),
            ("count", f"phrases of {self.words} words at most, {NO_MODEL}"),
            ("choose", f"the best {self.count}"),
        )
        return Blueprint(lambda: RunnableLambda(documents) | KeywordsChain(count=self.count, words=self.words), steps)
