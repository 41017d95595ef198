"""Small tokenizers with different ideas of what a token is."""

from __future__ import annotations

import re


class WordTokenizer:
    """Every word is a token."""

    pattern = re.compile(r"\S+")

    def __init__(self, max_tokens=40):
        self.max_tokens = max_tokens

    def offsets(self, text):
        return [found.span() for found in self.pattern.finditer(text)]

    def count(self, text):
        return len(self.offsets(text))


class CharacterTokenizer(WordTokenizer):
    """Every character is a token, white space too."""

    pattern = re.compile(r".", re.DOTALL)


class GivingUpTokenizer(WordTokenizer):
    """Knows ASCII letters, in pieces of four, and nothing else at all."""

    pattern = re.compile(r"[A-Za-z]{1,4}")


class BoundaryTokenizer(WordTokenizer):
    """Counts two tokens more for a text of its own than for the same words inside a longer one."""

    def count(self, text):
        return len(self.offsets(text)) + 2 * bool(text.strip())
