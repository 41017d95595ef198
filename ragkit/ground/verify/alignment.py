"""Laying a statement beside its source, word by word: what stands in the same place and says something else."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

ALIKE = 0.6  # share of a statement's words that must stand in the source in the same order, to compare the others
SHORT = 4  # words in one place; longer stretches are another way to say it, and no change of a word
_WORD = re.compile(r"\w+(?:['’]\w+)*")
_CONTRACTED = re.compile(r"(?:n['’]t|\bcannot)\b", re.IGNORECASE)
_PASSED_OVER = frozenset({"the", "a", "an"})
_NEGATIONS = frozenset("no not never none nor neither without nobody nothing hardly barely".split())
_OPPOSITES = frozenset(
    frozenset(pair.split("/"))
    for pair in (
        "more/fewer more/less most/fewest most/least most/few many/few greater/smaller greater/lesser "
        "larger/smaller largest/smallest bigger/smaller biggest/smallest higher/lower highest/lowest high/low "
        "longer/shorter long/short longest/shortest older/younger oldest/youngest old/new earlier/later "
        "early/late earliest/latest first/last former/latter before/after above/below over/under north/south "
        "northern/southern east/west eastern/western northeast/southwest northwest/southeast left/right "
        "increase/decrease increases/decreases increased/decreased increasing/decreasing rise/fall "
        "rises/falls rose/fell grew/shrank gain/lose gained/lost won/lost win/lose wins/loses success/failure "
        "successful/unsuccessful succeeded/failed always/never all/none all/some million/billion "
        "thousand/million billion/trillion hundred/thousand begin/end began/ended start/end started/ended "
        "beginning/end open/closed opened/closed accept/reject accepted/rejected allow/forbid "
        "allowed/forbidden allowed/prohibited permitted/prohibited legal/illegal possible/impossible "
        "true/false positive/negative include/exclude included/excluded including/excluding inside/outside "
        "within/outside internal/external public/private male/female men/women man/woman son/daughter "
        "brother/sister father/mother king/queen he/she his/her supported/opposed support/oppose "
        "supports/opposes ally/enemy victory/defeat strong/weak stronger/weaker strongest/weakest hot/cold "
        "warm/cold fast/slow faster/slower better/worse best/worst majority/minority maximum/minimum "
        "rural/urban ancient/modern former/current rich/poor richest/poorest cheap/expensive light/heavy "
        "light/dark north/east north/west south/east south/west day/night summer/winter morning/evening "
        "buy/sell bought/sold import/export imports/exports imported/exported easy/difficult easier/harder "
        "common/rare frequently/rarely often/rarely often/seldom"
    ).split()
)


def contradiction(statement: str, source: str) -> str:
    """Say what a statement changes of its source; empty when nothing, or when they are not worded alike.

    A name or another number where the source has one, a word's opposite, a negation put in or left out: each only in a
    short stretch between words that both have in the same order.
    """
    ours, theirs = _words(statement), _words(source)
    folded, other = [word.casefold() for word in ours], [word.casefold() for word in theirs]
    matcher = SequenceMatcher(None, folded, other, autojunk=False)
    operations = matcher.get_opcodes()
    same = sum(end - start for tag, start, end, _, _ in operations if tag == "equal")
    if not ours or same / len(ours) < ALIKE:
        return ""
    for tag, start, end, first, last in operations:
        if tag != "equal" and end - start <= SHORT and last - first <= SHORT:
            problem = _changed(
                ours[start:end], theirs[first:last], opens=start == 0, inside=start > 0 and end < len(ours)
            )
            if problem:
                return problem
    return ""


def _changed(ours: Sequence[str], theirs: Sequence[str], *, opens: bool, inside: bool) -> str:
    said, told = [word.casefold() for word in ours], [word.casefold() for word in theirs]
    if (inside or (said and told)) and _denies(said) != _denies(told):
        return "the sources do not deny it" if _denies(said) else "the sources deny it"
    for word in said:
        for other in told:
            if frozenset((word, other)) in _OPPOSITES:
                return f"it says {word!r} where the source says {other!r}"
    names = [word for word in ours if word[0].isupper() and len(word) > 1 and word.casefold() not in told]
    if opens and len(names) == 1 and ours[0] in names and len(theirs) == 1 and not theirs[0][0].isupper():
        return ""
    instead = [word for word in theirs if (word[0].isupper() or word[0].isdigit()) and word.casefold() not in said]
    if names and instead and not _initials(names, instead):
        return f"it says {' '.join(names)!r} where the source says {' '.join(instead)!r}"
    return ""


def _initials(names: Sequence[str], instead: Sequence[str]) -> bool:
    """Whether one stands for the other: EU and European Union."""
    longer, shorter = sorted(("".join(names), "".join(word[0] for word in instead)), key=len, reverse=True)
    back = "".join(word[0] for word in names), "".join(instead)
    return longer.upper() == shorter.upper() or back[0].upper() == back[1].upper()


def _denies(words: Sequence[str]) -> bool:
    return not _NEGATIONS.isdisjoint(words)


def _words(text: str) -> list[str]:
    plain = _CONTRACTED.sub(lambda match: " not" if match[0].lower() != "cannot" else "can not", text)
    return [word for word in _WORD.findall(plain) if word.casefold() not in _PASSED_OVER]
