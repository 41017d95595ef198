"""Which examples a prompt gets: random ones, the shortest, the likest, diverse ones, or such as cover together."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from ragkit.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ragkit.core.types import Example
    from ragkit.prompt.pool import ExamplePool, Floats, Pool

Selector = Literal["random", "length", "similarity", "mmr", "coverage"]
Order = Literal["best_last", "best_first", "given"]
SELECTORS: tuple[str, ...] = get_args(Selector)
ORDERS: tuple[str, ...] = get_args(Order)

# Likest examples among which MMR and coverage choose.
CANDIDATES = 100
# Weight of unlikeness to what is chosen already (maximal marginal relevance, Carbonell and Goldstein 1998).
DIVERSITY = 0.5
# exp(8 * 0.1) = 2.2: an example whose likeness is .1 above another's counts about double.
SHARPNESS = 8.0
# Weight of the likeness of the whole text beside the coverage of its tokens.
WHOLE = 0.5


def select(
    pool: Pool,
    text: str,
    k: int,
    selector: Selector = "coverage",
    *,
    balanced: bool = False,
    order: Order = "best_last",
    seed: int = 13,
) -> list[Example]:
    """Choose examples for a text.

    Args:
        pool: the examples. Of an index, ``similarity``, ``mmr`` and ``coverage`` look at those that a search finds, the
            others, and ``balanced``, at all.
        text: what they are to help with.
        k: how many, or all there are.
        selector: ``random`` (the same for every text), ``length`` (the shortest), ``similarity`` (likest by cosine),
            ``mmr`` (likest, but unlike each other) or ``coverage`` (those that together have the likest tokens to each
            of the text's, greedily; arXiv 2305.14907; the best is the one whose answer most like examples share).
        balanced: whether no answer comes twice before every other one that can come has.
        order: ``best_last`` (models attend most to what stands nearest), ``best_first``, or ``given`` as in the pool.
        seed: of ``random``.

    Raises:
        ConfigError: an option is unknown, or the selector needs an embedder and there is none.
    """
    if selector not in SELECTORS:
        raise ConfigError(f"unknown selector {selector!r}: choose {', '.join(SELECTORS)}")
    if order not in ORDERS:
        raise ConfigError(f"unknown order {order!r}: choose {', '.join(ORDERS)}")
    if k < 1:
        return []
    every = balanced or selector in ("random", "length") or not text.strip()
    found = pool.whole() if every else pool.near(text, max(CANDIDATES, k))
    allowed = _Balance([each.answer for each in found.examples], k, balanced=balanced)
    places = _places(found, text, k, selector, allowed, seed)
    if order == "given":
        places = sorted(places)
    elif order == "best_last":
        places = places[::-1]
    return [found.examples[place] for place in places]


class _Balance:
    """Lets an answer be taken again only when the others were taken as often; all of them where it need not balance."""

    def __init__(self, answers: Sequence[str], k: int, *, balanced: bool) -> None:
        self.answers = answers
        self.most = -(-k // len(set(answers))) if balanced else k
        self.taken: Counter[str] = Counter()

    def __call__(self, place: int) -> bool:
        return self.taken[self.answers[place]] < self.most

    def take(self, place: int) -> None:
        self.taken[self.answers[place]] += 1


def _places(pool: ExamplePool, text: str, k: int, selector: Selector, allowed: _Balance, seed: int) -> list[int]:
    """Return places in the pool, the best first."""
    if selector == "random":
        ranking = list(range(len(pool.examples)))
        random.Random(seed).shuffle(ranking)  # noqa: S311 - a draw that can be repeated
        return _greedy(ranking, k, allowed)
    if selector == "length":
        sizes = [len(each.question) + len(each.answer) + len(each.context) for each in pool.examples]
        return _greedy(sorted(range(len(sizes)), key=lambda place: sizes[place]), k, allowed)
    likeness = pool.similarity(text)
    ranking = np.argsort(-likeness, kind="stable").tolist()
    if selector == "similarity":
        return _greedy(ranking, k, allowed)
    candidates: list[int] = ranking[: max(CANDIDATES, k)]
    if selector == "mmr":
        return _stepwise(candidates, k, allowed, _unlike(pool, likeness, candidates))
    # Arrays of shape (tokens of the text, candidates) and (candidates,).
    covered, rare = pool.covered(text)
    covered, likeness = covered[:, candidates], likeness[candidates]
    chosen = _stepwise(candidates, k, allowed, _covering(covered, rare, likeness, candidates))
    backing = _backing([pool.examples[place].answer for place in candidates], likeness + rare @ covered)
    return sorted(chosen, key=lambda place: -backing[candidates.index(place)])


def _greedy(ranking: Sequence[int], k: int, allowed: _Balance) -> list[int]:
    out: list[int] = []
    for place in ranking:
        if len(out) < k and allowed(place):
            out.append(place)
            allowed.take(place)
    return out


def _stepwise(candidates: Sequence[int], k: int, allowed: _Balance, gains: Callable[[list[int]], Floats]) -> list[int]:
    """Take the candidate that adds most, again and again.

    Coverage is submodular: what a candidate adds only shrinks as others are taken, and taking the best each time comes
    within 1 - 1/e of the best set (Nemhauser, Wolsey and Fisher, 1978).
    """
    out: list[int] = []
    while len(out) < k:
        gain = gains(out)
        left = [row for row, place in enumerate(candidates) if place not in out and allowed(place)]
        if not left:
            break
        best = candidates[max(left, key=lambda row: float(gain[row]))]
        out.append(best)
        allowed.take(best)
    return out


def _unlike(pool: ExamplePool, likeness: Floats, candidates: Sequence[int]) -> Callable[[list[int]], Floats]:
    """Return a function of the chosen: how much that is like the text and unlike them each candidate adds."""
    own, vectors = likeness[candidates], pool.vectors[candidates]

    def gains(chosen: list[int]) -> Floats:
        if not chosen:
            return own
        return (1 - DIVERSITY) * own - DIVERSITY * (vectors @ pool.vectors[chosen].T).max(axis=1)

    return gains


def _covering(
    covered: Floats, rare: Floats, likeness: Floats, candidates: Sequence[int]
) -> Callable[[list[int]], Floats]:
    """Return a function of the chosen: how well each candidate covers the text's tokens together with them."""

    def gains(chosen: list[int]) -> Floats:
        rows = [candidates.index(place) for place in chosen]
        best = covered[:, rows].max(axis=1, keepdims=True) if rows else np.full((len(covered), 1), -1.0)
        return rare @ np.maximum(covered, best) + WHOLE * likeness

    return gains


def _backing(answers: Sequence[str], likeness: Floats) -> list[float]:
    """Return how much speaks for each candidate: first for its answer, by all that share it, then for itself.

    Models lean to the answer of the example that stands nearest; it should be the one that most like examples have.
    """
    # Relative to the likest, so that nothing overflows; the share of one's own only breaks ties within an answer.
    raised = np.exp(SHARPNESS * (likeness - likeness.max()))
    shares: dict[str, float] = {}
    for answer, share in zip(answers, raised.tolist(), strict=True):
        shares[answer] = shares.get(answer, 0.0) + share
    return [shares[answer] + 1e-6 * share for answer, share in zip(answers, raised.tolist(), strict=True)]
