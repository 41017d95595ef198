"""Numbers, measures, dates and times as people write them in prose, in base units, in every language with rules."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from ragkit.text.quantities.dates import dates
from ragkit.text.quantities.numbers import Reader
from ragkit.text.quantities.numbers import literal as literal
from ragkit.text.rules import rules_for

if TYPE_CHECKING:
    from ragkit.text.quantities.quantity import Quantity
    from ragkit.text.rules.kinds import LanguageRules

CACHED = 8192  # texts whose quantities are remembered: the windows of a reply's sources come again for each sentence


@lru_cache(CACHED)
def quantities(text: str, language: str = "") -> tuple[Quantity, ...]:
    """Return the quantities of a text, in order.

    Args:
        text: any text.
        language: ISO 639-1 code; without one, or without rules for it, only what is written in digits is found.
    """
    rules = rules_for(language)
    found = list(dates(text, rules))
    taken = [(each.start, each.end) for each in found]
    reader = Reader(text, rules)
    found.extend(_hedged(quantity, text, rules) for quantity in reader.numbers(taken))
    found.sort(key=lambda each: (each.start, -each.end))
    spans = [(each.start, each.end) for each in found]
    inside = {  # "20" of "20. Jahrhundert"
        place
        for place, (start, end) in enumerate(spans)
        if any(other != (start, end) and other[0] <= start and end <= other[1] for other in spans)
    }
    return tuple(each for place, each in enumerate(found) if place not in inside)


def _hedged(quantity: Quantity, text: str, rules: LanguageRules | None) -> Quantity:
    """Look for "about", "more than" or "nearly" before a number."""
    if rules is None:
        return quantity
    before = text[max(0, quantity.start - 30) : quantity.start]
    amounts = rules.amounts
    for hedge, pattern in (("under", amounts.under), ("over", amounts.over), ("about", amounts.about)):
        if pattern.search(before):
            return replace(quantity, hedge=hedge)
    return quantity
