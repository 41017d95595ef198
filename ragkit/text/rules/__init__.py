"""Rules over the words of a language: one module a language, loaded when the language is first asked for.

Everything in ragkit that decides by words of a natural language stands in this package. A module says where its lists
come from and what they were measured on; ``benchmarks/rules.py`` makes the figures again. A language without a module
has no rules: the check of support then accepts whole clauses of a source and nothing else (``ragkit.ground.verify``).
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ragkit.text.rules.kinds import LanguageRules

MODULES: Mapping[str, str] = {
    "en": "english",
    "de": "german",
    "fr": "french",
    "es": "spanish",
    "it": "italian",
    "pt": "portuguese",
    "nl": "dutch",
}


class Pattern:
    """A regular expression that is compiled at its first use: a search or an answer uses a few of the many.

    Args:
        source: the expression.
        flags: of :mod:`re`; by default case is ignored.
    """

    __slots__ = ("_compiled", "flags", "source")

    def __init__(self, source: str, flags: int = re.IGNORECASE) -> None:
        self.source = source
        self.flags = flags
        self._compiled: re.Pattern[str] | None = None

    @property
    def compiled(self) -> re.Pattern[str]:
        """The expression as :mod:`re` has it."""
        if self._compiled is None:
            self._compiled = re.compile(self.source, self.flags)
        return self._compiled

    def search(self, text: str) -> re.Match[str] | None:
        """Find the first place where it matches."""
        return self.compiled.search(text)

    def match(self, text: str) -> re.Match[str] | None:
        """Match at the beginning."""
        return self.compiled.match(text)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Find all matches."""
        return self.compiled.finditer(text)

    def findall(self, text: str) -> list[str]:
        """Return the texts of all matches, of their group where there is one."""
        return self.compiled.findall(text)

    def split(self, text: str) -> list[str]:
        """Cut a text at all matches."""
        return self.compiled.split(text)

    def sub(self, instead: str, text: str) -> str:
        """Put something else in place of all matches."""
        return self.compiled.sub(instead, text)


NEVER = Pattern(r"(?!)")  # what a language has no rule for is found nowhere


def words(*lines: str) -> frozenset[str]:
    """Return the words of lines that are separated by blanks."""
    return frozenset(" ".join(lines).split())


def pairs(*lines: str) -> frozenset[frozenset[str]]:
    """Return pairs written as ``more/less``, separated by blanks."""
    return frozenset(frozenset(pair.split("/")) for pair in " ".join(lines).split())


def values(*lines: str) -> dict[str, float]:
    """Return numbers by word, written as ``word/other=5``, separated by blanks."""
    found = [pair.split("=") for pair in " ".join(lines).split()]
    return {word: float(value) for names, value in found for word in names.split("/")}


def symbols(*lines: str) -> dict[str, str]:
    """Return symbols by word, written as ``metre/metres=m``, separated by blanks."""
    found = [pair.split("=") for pair in " ".join(lines).split()]
    return {word: symbol for names, symbol in found for word in names.split("/")}


def before(*patterns: str) -> Pattern:
    """Return the pattern of alternatives that stand right before a number, or before the sign of its currency."""
    return Pattern(rf"(?:\b(?:{'|'.join(patterns)})|[~≈≤≥<>])\s*(?:[A-Z]{{0,3}}[$€£¥]\s*)?$")


def anywhere(*patterns: str) -> Pattern:
    """Return the pattern of alternatives, case ignored."""
    return Pattern("|".join(patterns))


@cache
def rules_for(language: str) -> LanguageRules | None:
    """Return the rules of a language; None where it has none.

    Args:
        language: ISO 639-1 code; empty for a language that was not recognised.
    """
    name = MODULES.get(language)
    return import_module(f"{__name__}.{name}").RULES if name else None


def all_rules() -> tuple[LanguageRules, ...]:
    """Return the rules of every language that has some, English first."""
    return tuple(rules for code in MODULES if (rules := rules_for(code)) is not None)
