"""Numbers, measures, dates and times as people write them in prose, in base units, in every language with rules."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from itertools import zip_longest
from typing import TYPE_CHECKING

from ragkit.text.quantities.dates import dates
from ragkit.text.quantities.numbers import NumberReader
from ragkit.text.quantities.numbers import literal as literal
from ragkit.text.rules import rules_for

if TYPE_CHECKING:
    from ragkit.text.quantities.quantity import Quantity
    from ragkit.text.rules.kinds import LanguageRules

CACHED = 8192  # texts whose quantities are remembered: the windows of a reply's sources come again for each sentence
_BETWEEN = re.compile(r"\s*(?:[–—-]|[^\W\d_]{1,5})\s*")  # the numbers of a range: "to", "und", a dash


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
    reader = NumberReader(text, rules)
    found.extend(_hedged(quantity, text, rules) for quantity in reader.numbers(taken))
    found.sort(key=lambda each: (each.start, -each.end))
    spans = [(each.start, each.end) for each in found]
    inside = {  # "20" of "20. Jahrhundert"
        place
        for place, (start, end) in enumerate(spans)
        if any(other != (start, end) and other[0] <= start and end <= other[1] for other in spans)
    }
    return _ranges([each for place, each in enumerate(found) if place not in inside], text)


def _ranges(found: list[Quantity], text: str) -> tuple[Quantity, ...]:
    """Let the first of "2.5 to 3 million euros" be an amount in millions of euros as well."""
    out: list[Quantity] = []
    for each, behind in zip_longest(found, found[1:]):
        bare = each.raw and each.scale == 1 and not (each.date and each.date[1])
        joined = behind and bare and any(behind.raw) and _BETWEEN.fullmatch(text, each.end, behind.start)
        if behind and joined and each.unit in ("", behind.unit):
            measured, value = behind.readings[0]
            reading = measured, each.raw[0] * value / behind.raw[0] * behind.scale
            if reading not in each.readings and (measured, behind.scale) != ("", 1.0):
                each = replace(each, readings=(*each.readings, reading))  # noqa: PLW2901 - the same one, read further
        out.append(each)
    return tuple(out)


def _hedged(quantity: Quantity, text: str, rules: LanguageRules | None) -> Quantity:
    """Look for "about", "more than" or "nearly" before a number."""
    if rules is None:
        return quantity
    before = text[max(0, quantity.start - 30) : quantity.start]
    amounts = rules.amounts
    found = [
        (match.start(), hedge)  # the longest counts: "no more than" is not "more than"
        for hedge, pattern in (("under", amounts.under), ("over", amounts.over), ("about", amounts.about))
        if (match := pattern.search(before))
    ]
    return replace(quantity, hedge=min(found)[1]) if found else quantity
