"""The field's standard metrics, for one question or one summary each; all lie between 0 and 1."""

from __future__ import annotations

import math
import re
import string
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import Stemmer

from ragkit.text.rules.english import RULES as ENGLISH

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ARTICLES = re.compile(rf"\b(?:{'|'.join(sorted(ENGLISH.articles))})\b")  # the official metric is English
_PUNCTUATION = str.maketrans("", "", string.punctuation + "“”‘’«»–—")
NAMES = ("rouge1", "rouge2", "rougeL")
_WORD = re.compile(r"[^\W_]+")
_STEMMED = 3  # letters; only longer words are stemmed, as Google's rouge_score does


def ndcg(ranking: Sequence[str], grades: Mapping[str, int], k: int) -> float:
    """Normalised discounted cumulative gain at ``k`` with linear gains, as trec_eval computes it."""
    # Linear gains, not 2**grade - 1: BEIR's published figures come from trec_eval, and are to be compared with.
    gain = sum(max(grades.get(name, 0), 0) / math.log2(place + 2) for place, name in enumerate(ranking[:k]))
    best = sorted((grade for grade in grades.values() if grade > 0), reverse=True)[:k]
    ideal = sum(grade / math.log2(place + 2) for place, grade in enumerate(best))
    return gain / ideal if ideal else 0.0


def recall(ranking: Sequence[str], grades: Mapping[str, int], k: int) -> float:
    """Share of the relevant documents among the first ``k``."""
    relevant = {name for name, grade in grades.items() if grade > 0}
    return len(relevant & set(ranking[:k])) / len(relevant) if relevant else 0.0


def reciprocal_rank(ranking: Sequence[str], grades: Mapping[str, int], k: int) -> float:
    """One over the rank of the first relevant document among the first ``k``; 0 when there is none."""
    for place, name in enumerate(ranking[:k], 1):
        if grades.get(name, 0) > 0:
            return 1 / place
    return 0.0


def average_precision(ranking: Sequence[str], grades: Mapping[str, int]) -> float:
    """Mean of the precisions at the ranks of the relevant documents; unretrieved ones count 0."""
    relevant = {name for name, grade in grades.items() if grade > 0}
    found, total = 0, 0.0
    for place, name in enumerate(ranking, 1):
        if name in relevant:
            found += 1
            total += found / place
    return total / len(relevant) if relevant else 0.0


def normalised(text: str) -> list[str]:
    """Words of an answer without case, punctuation and articles, as SQuAD compares them (arXiv 1606.05250)."""
    return _ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split()


def exact_match(answer: str, golds: Sequence[str]) -> float:
    """1 when the answer equals a gold answer; for an unanswerable question, when it is empty."""
    if not golds:
        return float(not normalised(answer))
    return float(any(normalised(answer) == normalised(gold) for gold in golds))


def f1(answer: str, golds: Sequence[str]) -> float:
    """Best word overlap with a gold answer, harmonic mean of precision and recall."""
    if not golds:
        return float(not normalised(answer))
    words_of_answer = normalised(answer)
    return max(_word_overlap(words_of_answer, normalised(gold)) for gold in golds)


def _word_overlap(answer: Sequence[str], gold: Sequence[str]) -> float:
    if not answer and not gold:  # two answers of articles alone, such as "a" and "the", are equal
        return 1.0
    return _f((Counter(answer) & Counter(gold)).total(), len(answer), len(gold))


def contains(text: str, golds: Sequence[str]) -> float:
    """1 when a gold answer stands in the text, word for word."""
    words = f" {' '.join(normalised(text))} "
    return float(any(gold and f" {gold} " in words for gold in (" ".join(normalised(gold)) for gold in golds)))


def area_under_curve(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Probability that a positive scores above a negative, ties counting half (Mann and Whitney 1947)."""
    if not positive or not negative:
        return 0.0
    # The rank sum of the positives, equal scores sharing the mean of their ranks: n log n where pairs would be n * m.
    ordered = sorted((score, label) for label, scores in ((1, positive), (0, negative)) for score in scores)
    ranks, place = 0.0, 0
    while place < len(ordered):
        end = place
        while end < len(ordered) and ordered[end][0] == ordered[place][0]:
            end += 1
        middle = (place + 1 + end) / 2
        ranks += middle * sum(label for _, label in ordered[place:end])
        place = end
    n, m = len(positive), len(negative)
    return (ranks - n * (n + 1) / 2) / (n * m)


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    stemmer: Any = Stemmer.Stemmer("porter")
    return str(stemmer.stemWord(word))


def words(text: str) -> list[str]:
    """Return the words of a text in lower case, those of more than three letters by their Porter stem."""
    return [_stem(word) if len(word) > _STEMMED else word for word in _WORD.findall(text.lower())]


def rouge(summary: str, references: Sequence[str]) -> dict[str, float]:
    """Compare a summary with references by ROUGE (Lin 2004): shared words, pairs of words, and words in order.

    Returns:
        ``rouge1``, ``rouge2`` and ``rougeL``: the harmonic mean of precision and recall, each with the reference that
        is best for it, from 0 to 1.
    """
    ours = words(summary)
    golds = [words(reference) for reference in references]
    return {
        "rouge1": max((_grams(ours, gold, 1) for gold in golds), default=0.0),
        "rouge2": max((_grams(ours, gold, 2) for gold in golds), default=0.0),
        "rougeL": max((_f(_longest(ours, gold), len(ours), len(gold)) for gold in golds), default=0.0),
    }


def _grams(summary: Sequence[str], gold: Sequence[str], size: int) -> float:
    ours = Counter(tuple(summary[i : i + size]) for i in range(len(summary) - size + 1))
    theirs = Counter(tuple(gold[i : i + size]) for i in range(len(gold) - size + 1))
    # The intersection takes each n-gram as often as both have it: clipped counts, as the paper defines them.
    return _f((ours & theirs).total(), ours.total(), theirs.total())


def _f(shared: int, ours: int, theirs: int) -> float:
    """Harmonic mean of precision (shared / ours) and recall (shared / theirs)."""
    return 2 * shared / (ours + theirs) if shared else 0.0


def _longest(summary: Sequence[str], gold: Sequence[str]) -> int:
    """Return the length of the longest common subsequence."""
    # Dynamic programming with one row: row[j] is the length for the words so far and the first j words of gold.
    row = [0] * (len(gold) + 1)
    for word in summary:
        diagonal = 0
        for place, other in enumerate(gold, 1):
            above = row[place]
            row[place] = diagonal + 1 if word == other else max(above, row[place - 1])
            diagonal = above
    return row[-1]
