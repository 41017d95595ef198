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
    from collections.abc import Mapping

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
NEVER = re.compile(r"(?!)")  # what a language has no rule for is found nowhere


def words(*lines: str) -> frozenset[str]:
    """Return the words of lines that are separated by blanks."""
    return frozenset(" ".join(lines).split())


def pairs(*lines: str) -> frozenset[frozenset[str]]:
    """Return pairs written as ``more/less``, separated by blanks."""
    return frozenset(frozenset(pair.split("/")) for pair in " ".join(lines).split())


def anywhere(*patterns: str) -> re.Pattern[str]:
    """Compile alternatives, case ignored."""
    return re.compile("|".join(patterns), re.IGNORECASE)


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
