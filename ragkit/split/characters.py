"""Where a string without spaces can be cut: never inside what a reader takes for one character."""

from __future__ import annotations

import unicodedata

# No language has words of more characters a token than this on average; text beyond it is one a tokenizer gives up on
# (one unknown token for ten thousand letters), and counts by its length.
CHARACTERS_PER_TOKEN = 16

_JOINERS = frozenset("\u200c\u200d\ufe0e\ufe0f\u20e3")
_THAI_BEFORE = frozenset("เแโใไເແໂໃໄ")  # vowels of Thai and Lao that are written before their consonant


def whole_character(text: str, start: int, cut: int) -> int:
    """Move a cut back so that it does not part a letter from its marks, an emoji from its joiners, or a flag.

    Args:
        text: any text.
        start: where the piece begins that the cut ends.
        cut: where it is to be cut, above ``start``.

    Returns:
        A place above ``start``, at most ``cut``; ``cut`` itself where there is no better one near.
    """
    moved = cut
    while start + 1 < moved < len(text) and _joined(text, start, moved) and cut - moved < CHARACTERS_PER_TOKEN:
        moved -= 1
    return cut if _joined(text, start, moved) else moved


def _joined(text: str, start: int, index: int) -> bool:
    """Whether the character belongs to the one before it."""
    if index >= len(text):
        return False
    before, character = text[index - 1], text[index]
    if character.isascii():
        return before == "\r" and character == "\n"
    if unicodedata.category(character)[0] == "M" or character in _JOINERS or "🏻" <= character <= "🏿":
        return True
    if before == "\u200d" or before in _THAI_BEFORE:
        return True
    return _is_flag(character) and _flags_before(text, start, index) % 2 == 1


def _is_flag(character: str) -> bool:
    return "🇦" <= character <= "🇿"


def _flags_before(text: str, start: int, index: int) -> int:
    first = index
    while first > start and _is_flag(text[first - 1]):
        first -= 1
    return index - first
