"""Where a source states a sentence verbatim, or so nearly that nothing of its meaning changes."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from ragkit.ground.verify.alignment import language_of
from ragkit.text.quantities import literal
from ragkit.text.rules import rules_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragkit.text.rules.kinds import LanguageRules

NEAR = 3  # words behind a quotation that are looked at for a condition: "unless it rains"
LEFT_OUT = 15  # words and marks of parentheses that may be left out
_PIECE = re.compile(
    r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\u0e00-\u0eff]|\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*|[^\w\s]|_|\d"
)
_PAUSE = frozenset(".,;:!?()[]{}\"«»„“”‘’'–—-|*#>。，、；：！？「」『』（）،؛؟।…·•/")
_STOP = frozenset(".!?。！？।")
_OPEN, _SHUT = frozenset("([（"), frozenset(")]）")


class _Piece(NamedTuple):
    start: int
    end: int
    key: str
    pause: bool
    depth: int  # of the parentheses that it stands in


def quoted(sentence: str, source: str, *, rules: bool = True) -> tuple[int, int] | None:
    """Return where a source states a sentence verbatim or nearly so, as characters ``[start, end)``; None for nowhere.

    Case, spaces, quotation marks, dashes and punctuation may differ, articles too; parentheses of the source and a
    connective that opens the sentence ("however") may be left out. No other word may be added, lost or exchanged. The
    quotation begins and ends where the source pauses, and what is before it and behind it in the source's sentence must
    not deny or restrict it.

    Args:
        sentence: one sentence, without markers.
        source: a sentence, window or passage.
        rules: whether the rules of the language are used. Without them, as in a language that has none, no article may
            differ, and the quotation must not be part of a longer clause.
    """
    code = language_of(sentence, [source]) if rules else ""
    known = rules_for(code)
    theirs = _pieces(source, code)
    texts = [sentence]
    if known and (opening := known.directions.connective.match(sentence)):
        texts.append(sentence[opening.end() :])
    for text in texts:
        ours = [piece.key for piece in _pieces(text, code) if not piece.pause]
        if ours and (found := _find(ours, theirs, known)):
            return found
    return None


def _pieces(text: str, code: str) -> list[_Piece]:
    pieces, depth = list[_Piece](), 0
    for match in _PIECE.finditer(text):
        key = unicodedata.normalize("NFKC", match[0]).lower().replace("’", "'")
        depth -= key in _SHUT and depth > 0
        if key[0].isdecimal() and (value := literal(key, code)):
            key = f"{value[0]:.12g}"
        pieces.append(_Piece(*match.span(), key, key in _PAUSE, depth))
        depth += key in _OPEN
    return pieces


def _find(ours: Sequence[str], theirs: Sequence[_Piece], rules: LanguageRules | None) -> tuple[int, int] | None:
    articles = rules.articles if rules else frozenset[str]()
    for place, piece in enumerate(theirs):
        if piece.key != ours[0] and not (ours[0] in articles and len(ours) > 1 and piece.key == ours[1]):
            continue
        behind = _follow(ours, theirs, place, articles)
        if behind and _whole(theirs, place, behind, rules):
            last = behind
            while last < len(theirs) and theirs[last].key in _STOP and theirs[last].start == theirs[last - 1].end:
                last += 1
            return piece.start, theirs[last - 1].end
    return None


def _follow(ours: Sequence[str], theirs: Sequence[_Piece], place: int, articles: frozenset[str]) -> int:
    """Return the piece behind the last word of a sentence, all of them having been found; 0 where they are not."""
    depth, number = theirs[place].depth, 0
    while number < len(ours):
        if place == len(theirs):
            return 0
        piece = theirs[place]
        if piece.key == ours[number]:
            number, place = number + 1, place + 1
        elif piece.pause:
            if piece.key in _STOP:
                return 0
            place += 1
        elif ours[number] in articles:
            number += 1
        elif piece.key in articles:
            place += 1
        elif theirs[place - 1].key in _OPEN:  # parentheses are left out whole: within them a "not" may have been lost
            end = next((n for n in range(place, len(theirs)) if theirs[n].depth <= depth), len(theirs))
            if not 0 < end - place <= LEFT_OUT:
                return 0
            place = end
        else:
            return 0
    return place


def _whole(theirs: Sequence[_Piece], start: int, end: int, rules: LanguageRules | None) -> bool:
    """Whether nothing in the source's sentence, before or behind a place, denies or restricts what stands there."""
    before = _before(theirs, start)
    behind = _behind(theirs, end)
    if before and not (theirs[start - 1].pause or (rules and before[0] in rules.articles and len(before) == 1)):
        return False
    if behind and not theirs[end].pause:
        return False
    if rules is None:
        return True
    weighty = rules.negation.words | rules.directions.modal
    return not weighty & {*before, *behind[:NEAR]}


def _before(theirs: Sequence[_Piece], place: int) -> list[str]:
    """Return the words of the same sentence before a place, the nearest first."""
    words = list[str]()
    for piece in reversed(theirs[:place]):
        if piece.key in _STOP:
            break
        if not piece.pause:
            words.append(piece.key)
    return words


def _behind(theirs: Sequence[_Piece], place: int) -> list[str]:
    """Return the words of the same sentence behind a place."""
    words = list[str]()
    for piece in theirs[place:]:
        if piece.key in _STOP:
            break
        if not piece.pause:
            words.append(piece.key)
    return words
