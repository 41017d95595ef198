"""Laying a sentence beside its source, word by word: what stands in the same place."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from ragkit.text.languages import recognised
from ragkit.text.quantities import literal, quantities
from ragkit.text.rules import rules_for
from ragkit.text.rules.function_words import FUNCTION_WORDS
from ragkit.text.terms import MARKERS, terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragkit.text.quantities.quantity import Quantity


SHORT = 4  # words in one place; longer stretches are another way to say it, and no change of a word
CLAUSE = 3  # words at least of a clause between commas, which may be left out with its negation
SHOWN = 6  # sources that show the language
CACHED = 8192  # texts that are remembered as words
_WORD = re.compile(r"[,;:()–—.!?\"“”„«»]|\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*|[%$€£¥°]|_+|\d")
_SIGNS = frozenset("%$€£¥°")


class Word(NamedTuple):
    """A word of a text.

    Attributes:
        start: where it begins, in characters.
        end: where it ends.
        text: as it is written.
        folded: in lower case.
        key: what makes it the same word in another text: its stem, or its number.
        content: whether it is no function word.
        opens: whether a sentence, a clause after a colon or a quotation begins with it.
        begins: whether a sentence does.
    """

    start: int
    end: int
    text: str
    folded: str
    key: str
    content: bool
    opens: bool
    begins: bool


@dataclass(frozen=True, slots=True)
class Wording:
    """A text as it is compared.

    Attributes:
        text: with what is written as one word with a negation taken apart.
        language: ISO 639-1 code; empty where it has no rules.
        words: without articles.
        pauses: places among the words before which the text pauses.
        quantities: its numbers, measures, dates and times.
        content: the keys of its content words.
    """

    text: str
    language: str
    words: tuple[Word, ...]
    pauses: frozenset[int]
    quantities: tuple[Quantity, ...]
    content: frozenset[str]


@dataclass(frozen=True, slots=True)
class Gap:
    """A place where a sentence and a source that are worded alike differ.

    Attributes:
        ours: the words of the sentence, from and to.
        theirs: those of the source.
        joined: whether the words on both sides stand in both texts in the same order.
        edge: whether the sentence begins or ends here.
        before: whether the source's words are those before a stretch, not those behind one.
    """

    ours: tuple[int, int]
    theirs: tuple[int, int]
    joined: bool
    edge: bool
    before: bool = False


@lru_cache(CACHED)
def read(text: str, language: str = "") -> Wording:
    """Return a text as it is compared.

    Args:
        text: any text.
        language: ISO 639-1 code; without rules for it, words are the same only as they are written.
    """
    rules = rules_for(language)
    if rules:
        for pattern, apart in rules.negation.separated:
            text = pattern.sub(apart, text)
    words, pauses = list[Word](), {0}
    opens = begins = True
    for match in _WORD.finditer(text):
        word = match[0]
        if not word[0].isalnum() and word[0] not in _SIGNS:
            pauses.add(len(words))
            opens = opens or word in '.!?:"“„«'
            begins = begins or word in ".!?"
            continue
        folded = word.lower()  # casefold makes ss of ß, which the rules write
        if rules and folded in rules.articles:
            opens = False
            continue
        key, content = _key(folded, language if rules else "")
        words.append(Word(*match.span(), word, folded, key, content, opens, begins))
        opens = begins = False
    content = frozenset(word.key for word in words if word.content)
    return Wording(
        text,
        language if rules else "",
        tuple(words),
        frozenset({*pauses, len(words)}),
        quantities(text, language),
        content,
    )


@lru_cache(100_000)
def _key(folded: str, language: str) -> tuple[str, bool]:
    """Return what a word is compared by, and whether it is a content word."""
    if folded[0].isdecimal():
        found = literal(folded, language)
        return (f"{found[0]:.10g}" if found else folded), True
    if not language or folded[0] in _SIGNS:
        return folded, True
    rules = rules_for(language)
    number = rules.number_words.get(folded) if rules else None
    if number:
        return number, True
    if folded in FUNCTION_WORDS.get(language, ()):
        return folded, False
    stems = terms(folded, language)
    return (stems[0].removeprefix(MARKERS.get(language, "")), True) if len(stems) == 1 else (folded, bool(stems))


def language_of(sentence: str, sources: Sequence[str], question: str = "") -> str:
    """Return the language of a sentence, or of sources that share its words; empty for one without rules."""
    text = "\n".join(sources[:SHOWN])
    own, near = recognised(sentence), recognised(text)
    if own != near and rules_for(near):
        words, held = _folded(sentence), _folded(text)
        if not rules_for(own) or len(words & held) > len(words) / 2:
            return near
    return next((code for code in (own, near, recognised(question)) if rules_for(code)), "")


@lru_cache(CACHED)
def _folded(text: str) -> frozenset[str]:
    return frozenset(word.lower() for word in _WORD.findall(text))


# -- the places where two texts differ ---------------------------------------------------------------------------


def gaps(ours: Wording, theirs: Wording) -> tuple[float, list[Gap]]:
    """Return the share of a sentence's words that stand in a source in the same runs, and the places between them.

    The sentence is cut into the longest stretches that the source holds anywhere, from left to right, so that a clause
    may have moved (Tichy, The string-to-string correction problem with block moves, ACM TOCS 2, 1984).
    """
    tiles = _without_jumps(_tiles([word.key for word in ours.words], [word.key for word in theirs.words]), theirs)
    if not tiles:
        return 0.0, []
    length = len(ours.words)
    share = sum(size for _, _, size in tiles) / length
    held = {place for _, other, size in tiles for place in range(other, other + size)}
    return share, [_beside(gap, theirs, held) for gap in _between(tiles, length, len(theirs.words))]


def _beside(gap: Gap, theirs: Wording, held: set[int]) -> Gap:
    """Leave out of a source's words those of another sentence than the stretch beside them, and of other stretches."""
    first, last = gap.theirs
    if gap.joined:
        return gap
    words = theirs.words
    if gap.before:
        start = last
        while start > first and start - 1 not in held and not (start < len(words) and words[start].begins):
            start -= 1
        # Both begin here: "Nobody may enter", "Somebody may enter".
        alike = gap.edge and start < last and words[start].begins
        if not alike:
            start = max(start, last - (gap.ours[1] - gap.ours[0]))
        return replace(gap, theirs=(start, last), joined=alike)
    end = first
    while end < last and end not in held and not words[end].begins:
        end += 1
    if gap.ours[0] == gap.ours[1] and end < len(words) and not words[end].begins:
        end = first  # the source goes on
    return replace(gap, theirs=(first, end))


def _between(tiles: Sequence[tuple[int, int, int]], length: int, others: int) -> list[Gap]:
    found = list[Gap]()
    first, begin, _ = tiles[0]
    if first:
        found.append(Gap((0, first), (max(0, begin - SHORT), begin), joined=False, edge=True, before=True))
    for (place, other, size), (after, behind, _) in pairwise(tiles):
        mine, last = (place + size, after), other + size
        if last <= behind <= last + SHORT + (mine[1] - mine[0]):
            if mine[0] < mine[1] or last < behind:
                found.append(Gap(mine, (last, behind), joined=True, edge=False))
        elif last <= behind and mine[0] == mine[1]:
            found.append(Gap(mine, (last, behind), joined=True, edge=False))
        elif mine[0] < mine[1]:  # a clause has moved: what stands behind the one stretch, and before the other
            wide = mine[1] - mine[0]
            found.append(Gap(mine, (last, min(others, last + wide)), joined=False, edge=False))
            found.append(Gap(mine, (max(0, behind - wide), behind), joined=False, edge=False, before=True))
    place, other, size = tiles[-1]
    if place + size < length:
        wide = length - place - size
        end = min(others, other + size + wide)
        found.append(Gap((place + size, length), (other + size, end), joined=False, edge=True))
    elif other + size < others:
        # A negation that was left out at the very end, as it stands in German and Dutch main clauses.
        found.append(Gap((length, length), (other + size, other + size + 1), joined=False, edge=True))
    return found


def _tiles(ours: Sequence[str], theirs: Sequence[str]) -> list[tuple[int, int, int]]:
    """Return stretches that both have, as their place in each and their length, in the order of the first."""
    places: dict[str, list[int]] = {}
    for place, key in enumerate(theirs):
        places.setdefault(key, []).append(place)
    found: list[tuple[int, int, int]] = []
    place = expected = last = 0
    while place < len(ours):
        best, best_place = (0, 0), 0
        for other in places.get(ours[place], ()):
            size = 1
            while (
                place + size < len(ours) and other + size < len(theirs) and ours[place + size] == theirs[other + size]
            ):
                size += 1
            if (size, -abs(other - expected)) > best or not best[0]:
                best, best_place = (size, -abs(other - expected)), other
        size = best[0]
        # A word by itself may stand anywhere by chance; it counts where it is due.
        if size > 1 or (size and 0 <= best_place - last <= SHORT + 1):
            found.append((place, best_place, size))
            place, last = place + size, best_place + size
            expected = last
        else:
            place += 1
            expected += 1
    return found


def _without_jumps(tiles: list[tuple[int, int, int]], theirs: Wording) -> list[tuple[int, int, int]]:
    """Leave out short stretches from elsewhere between two that follow each other: a name that was exchanged."""
    kept = list[tuple[int, int, int]]()
    for number, (place, other, size) in enumerate(tiles):
        if size <= 3 and number + 1 < len(tiles):
            behind = tiles[number + 1][1]
            near = theirs.words[max(0, behind - SHORT) : behind]
            begin = next((each for each, word in enumerate(near, behind - len(near)) if word.begins), behind)
            last = kept[-1][1] + kept[-1][2] if kept else begin
            if 0 <= behind - last <= SHORT and not last <= other < behind and (kept or begin < behind):
                continue
        kept.append((place, other, size))
    return kept
