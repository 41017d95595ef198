"""Small tokenizers with different ideas of what a token is, to try splitters with."""

from __future__ import annotations

import re
from typing import ClassVar


class WordTokenizer:
    """Every word is a token.

    Args:
        max_tokens: see ``ragkit.core.types.Tokenizer``.
    """

    pattern: ClassVar[re.Pattern[str]] = re.compile(r"\S+")

    def __init__(self, max_tokens: int = 40) -> None:
        self.max_tokens = max_tokens

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """Character span (start, end) of every token, in order."""
        return [found.span() for found in self.pattern.finditer(text)]

    def count(self, text: str) -> int:
        """Tokens of ``text``."""
        return len(self.offsets(text))


class CharacterTokenizer(WordTokenizer):
    """Every character is a token, white space too."""

    pattern = re.compile(r".", re.DOTALL)


class LetterTokenizer(WordTokenizer):
    """Knows ASCII letters, in pieces of four, and nothing else at all: most of the world's text has no token."""

    pattern = re.compile(r"[A-Za-z]{1,4}")


class BoundaryTokenizer(WordTokenizer):
    """Counts two tokens more for a text of its own than for the same words inside a longer one."""

    def count(self, text: str) -> int:
        """Tokens of ``text`` when it stands alone."""
        return len(self.offsets(text)) + 2 * bool(text.strip())
