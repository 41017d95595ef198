"""ROUGE (Lin 2004): how many words, pairs of words and words in order a summary shares with a reference."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import Stemmer

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMES = ("rouge1", "rouge2", "rougeL")
_WORD = re.compile(r"[^\W_]+")
_STEMMED = 3  # letters; only longer words are stemmed


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    stemmer: Any = Stemmer.Stemmer("porter")
    return str(stemmer.stemWord(word))


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, those of more than three letters by their Porter stem."""
    return [_stem(word) if len(word) > _STEMMED else word for word in _WORD.findall(text.lower())]


def rouge(summary: str, references: Sequence[str]) -> dict[str, float]:
    """Compare a summary with references.

    Returns:
        ``rouge1``, ``rouge2`` and ``rougeL``: the harmonic mean of precision and recall, each with the reference that
        is best for it, from 0 to 1.
    """
    said = words(summary)
    golds = [words(reference) for reference in references]
    return {
        "rouge1": max((_grams(said, gold, 1) for gold in golds), default=0.0),
        "rouge2": max((_grams(said, gold, 2) for gold in golds), default=0.0),
        "rougeL": max((_f(_longest(said, gold), len(said), len(gold)) for gold in golds), default=0.0),
    }


def _grams(said: Sequence[str], gold: Sequence[str], size: int) -> float:
    ours = Counter(tuple(said[i : i + size]) for i in range(len(said) - size + 1))
    theirs = Counter(tuple(gold[i : i + size]) for i in range(len(gold) - size + 1))
    return _f((ours & theirs).total(), ours.total(), theirs.total())


def _f(shared: int, ours: int, theirs: int) -> float:
    return 2 * shared / (ours + theirs) if shared else 0.0


def _longest(said: Sequence[str], gold: Sequence[str]) -> int:
    """Return the length of the longest common subsequence."""
    row = [0] * (len(gold) + 1)
    for word in said:
        diagonal = 0
        for place, other in enumerate(gold, 1):
            above = row[place]
            row[place] = diagonal + 1 if word == other else max(above, row[place - 1])
            diagonal = above
    return row[-1]
