"""Laying a statement beside its source, word by word: what stands in the same place and says something else."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragkit.text.rules.kinds import LanguageRules

ALIKE = 0.6  # share of a statement's words that must stand in the source in the same order, to compare the others
SHORT = 4  # words in one place; longer stretches are another way to say it, and no change of a word
CLAUSE = 3  # words at least of a clause between commas, which may be left out with its negation
_WORD = re.compile(r"[,;:()–—]|\w+(?:['’]\w+)*")
_UNIT = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\u0e00-\u0eff]|\w+(?:['’.,]\w+)*|[^\w\s]")
_PAUSE = frozenset(".,;:!?()[]{}\"«»„“”‘’'–—-|*#>。，、；：！？「」『』（）،؛؟।…·•/")


def contradiction(statement: str, source: str, rules: LanguageRules) -> str:
    """Say what a statement changes of its source; empty when nothing, or when they are not worded alike.

    A name or another number where the source has one, a word's opposite, a negation put in or left out: each only in a
    short stretch between words that both have in the same order. A negation may also stand at the very end, as it does
    in German and Dutch main clauses.
    """
    (ours, _), (theirs, clauses) = _words(statement, rules), _words(source, rules)
    folded, other = [word.casefold() for word in ours], [word.casefold() for word in theirs]
    # Ratcliff and Obershelp's matching blocks; without autojunk, which drops frequent words of long texts.
    matcher = SequenceMatcher(None, folded, other, autojunk=False)
    operations = matcher.get_opcodes()
    same = sum(end - start for tag, start, end, _, _ in operations if tag == "equal")
    if not ours or same / len(ours) < ALIKE:
        return ""
    for tag, start, end, first, last in operations:
        if tag == "equal" or end - start > SHORT or last - first > SHORT:
            continue
        if start == end and last - first >= CLAUSE and {first, last} <= clauses:
            continue  # a clause between commas was left out whole
        inside = start > 0 and end < len(ours)
        at_end = end == len(ours) and last == len(theirs) and start > 0
        alone = at_end and _only_denies(folded[start:end] or other[first:last], rules)
        problem = _changed(ours[start:end], theirs[first:last], rules, opens=start == 0, inside=inside or alone)
        if problem:
            return problem
    return ""


def verbatim(statement: str, source: str) -> bool:
    """Whether a statement is a run of whole clauses of a source, word for word, no word dropped.

    The check of languages without rules: a dropped word may be the one that denies. The run begins and ends where the
    source pauses, because a negation may stand on either side of what it denies.
    """
    ours, theirs = _units(statement), _units(source)
    while ours and ours[-1] in _PAUSE:
        ours.pop()
    while ours and ours[0] in _PAUSE:
        ours.pop(0)
    if not ours:
        return False
    for place in range(len(theirs) - len(ours) + 1):
        if theirs[place : place + len(ours)] == ours:
            behind = place + len(ours)
            begins = place == 0 or theirs[place - 1] in _PAUSE
            if begins and (behind == len(theirs) or theirs[behind] in _PAUSE):
                return True
    return False


def _units(text: str) -> list[str]:
    return _UNIT.findall(unicodedata.normalize("NFKC", text).casefold())


def _only_denies(words: Sequence[str], rules: LanguageRules) -> bool:
    return bool(words) and all(word in rules.negation.words for word in words)


def _changed(ours: Sequence[str], theirs: Sequence[str], rules: LanguageRules, *, opens: bool, inside: bool) -> str:
    own, others = frozenset(word.casefold() for word in ours), frozenset(word.casefold() for word in theirs)
    denies = rules.negation.denies
    if (inside or (own and others)) and denies(own) != denies(others):
        return "the sources do not deny it" if denies(own) else "the sources deny it"
    for word in own:
        for other in others:
            if frozenset((word, other)) in rules.opposites:
                return f"it says {word!r} where the source says {other!r}"
    # A name for another name, or for a number, is a change; a name that is only added is checked by ``support``.
    names = [word for word in ours if word[0].isupper() and len(word) > 1 and word.casefold() not in others]
    if opens and len(names) == 1 and ours[0] in names and len(theirs) == 1 and not theirs[0][0].isupper():
        return ""
    instead = [word for word in theirs if (word[0].isupper() or word[0].isdigit()) and word.casefold() not in own]
    if names and instead and not _initials(names, instead):
        return f"it says {' '.join(names)!r} where the source says {' '.join(instead)!r}"
    return ""


def _initials(names: Sequence[str], instead: Sequence[str]) -> bool:
    """Whether one stands for the other: EU and European Union."""
    longer, shorter = sorted(("".join(names), "".join(word[0] for word in instead)), key=len, reverse=True)
    back = "".join(word[0] for word in names), "".join(instead)
    return longer.upper() == shorter.upper() or back[0].upper() == back[1].upper()


def _words(text: str, rules: LanguageRules) -> tuple[list[str], set[int]]:
    """Return the words of a text without articles, and the places among them before which it pauses."""
    for pattern, apart in rules.negation.separated:
        text = pattern.sub(apart, text)
    words, pauses = list[str](), {0}
    for word in _WORD.findall(text):
        if not word[0].isalnum() and word[0] != "_":
            pauses.add(len(words))
        elif word.casefold() not in rules.articles:
            words.append(word)
    return words, {*pauses, len(words)}
