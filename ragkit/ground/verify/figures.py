"""Whether a quantity of a sentence is one of its sources': the same, rounded, or computed from at most two of them."""

from __future__ import annotations

import datetime as dt
from itertools import permutations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ragkit.text.quantities.quantity import Quantity

# Shares by which an approximate number may miss: "about 40", "over 40" (up to 52), "nearly 40" (from 32).
ABOUT, OVER, UNDER = 0.12, 0.30, 0.20
ROUND = (
    0.05  # by which a number in round words may ("six million"), and ROUND_DIGITS one in digits with zeros ("3,500")
)
ROUND_DIGITS = 0.025
POOL = 40  # different quantities that are computed with; others are only compared
_YEAR = 365.25
_NEVER_PLAIN = frozenset(("ordinal", "clock", "span", "date", "times"))
_EXACT = 1e-6


def same(ours: Quantity, theirs: Quantity, *, strict: bool = False) -> bool:
    """Whether two quantities can be the same one, as written or rounded.

    Args:
        ours: a sentence's.
        theirs: a source's.
        strict: whether only a number of fewer digits can be another rounded, as in a sentence that is copied otherwise.
    """
    if ours.span or theirs.span:
        return _within(ours, theirs)
    if ours.date and theirs.date:
        return all(not a or not b or a == b for a, b in zip(ours.date, theirs.date, strict=True)) and any(
            a and b for a, b in zip(ours.date, theirs.date, strict=True)
        )
    if (ours.date and ours.date[1]) or (theirs.date and theirs.date[1]):
        day = next(each.date[2] for each in (ours, theirs) if each.date)
        other = theirs if ours.date else ours
        return bool(day) and other.readings[0] in (("", float(day)), ("ordinal", float(day)))
    # In a copied sentence "about 516" is no other way to say "about 515": who rounds writes fewer digits.
    if strict and _digits(ours) >= _digits(theirs):
        return any(
            abs(value - amount) <= _EXACT * max(abs(value), abs(amount)) for value, amount in _alike(ours, theirs)
        )
    return any(_reaches(ours, value, amount) for value, amount in _alike(ours, theirs))


def _digits(quantity: Quantity) -> int:
    """Return how many digits of a number are not zeros at its end."""
    return len(f"{abs(quantity.raw[0]):.12g}".replace(".", "").strip("0")) if quantity.raw else 0


def _alike(ours: Quantity, theirs: Quantity) -> Iterator[tuple[float, float]]:
    """Yield the values of two quantities that measure the same; a plain number can have a unit that is not repeated."""
    for measured, value in ours.readings:
        for other, amount in theirs.readings:
            if measured == other:
                yield value, amount
            elif not measured and theirs.raw and other not in _NEVER_PLAIN:
                yield from ((value, raw) for raw in theirs.raw)
            elif not other and ours.raw and measured not in _NEVER_PLAIN:
                yield from ((raw, amount) for raw in ours.raw)


def _within(ours: Quantity, theirs: Quantity) -> bool:
    """Whether a decade or century holds the other's year, or is the same."""
    if ours.span and theirs.span:
        return ours.span[0] <= theirs.span[1] and theirs.span[0] <= ours.span[1]
    span, other = (ours.span, theirs) if ours.span else (theirs.span, ours)
    return span is not None and other.date is not None and span[0] <= other.date[0] <= span[1]


def _reaches(ours: Quantity, value: float, amount: float) -> bool:
    """Whether a value can stand for an amount, given how exactly it is said."""
    if abs(value - amount) <= _EXACT * max(abs(value), abs(amount)):
        return True
    if ours.date:
        return False
    size = abs(value)
    if ours.hedge == "about" and abs(amount - value) <= ABOUT * size:
        return True
    if ours.hedge == "over" and size < abs(amount) <= size * (1 + OVER):
        return True
    if ours.hedge == "under" and size * (1 - UNDER) <= abs(amount) < size:
        return True
    factor = size / abs(ours.raw[0]) if ours.raw and ours.raw[0] else 1.0
    return abs(value - amount) <= _rounding(ours) * factor * 1.001


def _rounding(ours: Quantity) -> float:
    """Return by how much a number may miss that is not said to be approximate, in its unit."""
    raw = abs(ours.raw[0]) if ours.raw else 0.0
    if ours.words:
        if ours.readings[0][0] == "%" and not ours.unit:
            return ours.step  # a fraction: "a third"
        return min(ours.step / 2, ROUND * raw) if raw >= 100 else 0.0
    if ours.fine:
        return ours.step / 2
    zeros = len(f"{raw:.0f}") - len(f"{raw:.0f}".rstrip("0"))
    return 0.0 if not zeros or raw < 100 else min(10**zeros / 2, ROUND_DIGITS * raw)


def explained(ours: Quantity, sources: Sequence[Sequence[Quantity]], question: Iterable[Quantity] = ()) -> bool:
    """Whether a quantity is one of the sources', of the question's, or follows from two of one source.

    Args:
        ours: a sentence's quantity.
        sources: the quantities of each source.
        question: those of the question.
    """
    if any(same(ours, theirs) for source in sources for theirs in source):
        return True
    if any(same(ours, theirs) for theirs in question):
        return True
    if any(_scaled(ours, theirs) for source in sources for theirs in source):
        return True
    return _computed(ours, pooled(sources))


def pooled(sources: Sequence[Sequence[Quantity]]) -> list[Quantity]:
    """Return the different quantities of all sources, at most ``POOL``, those of the first sources first."""
    kept: dict[object, Quantity] = {}
    for each in (each for source in sources for each in source):
        kept.setdefault(each.date or each.readings, each)
        if len(kept) == POOL:
            break
    return list(kept.values())


def _scaled(ours: Quantity, theirs: Quantity) -> bool:
    """Whether a source's number is in thousands or millions, as in tables: 6,840 for 6.8 billion."""
    if theirs.date or ours.date or theirs.words or not theirs.raw or theirs.raw[0] < 100:
        return False
    if not any(value >= 1e5 for value in ours.raw):
        return False
    return any(_reaches(ours, value, amount * times) for value, amount in _alike(ours, theirs) for times in (1e3, 1e6))


def _computed(ours: Quantity, source: Sequence[Quantity]) -> bool:
    measured, _ = ours.readings[0]
    if ours.date:
        return _date_follows(ours.date, source)
    amounts = [
        (dimension, value, each) for each in source for dimension, value in each.readings if dimension != "ordinal"
    ]
    # "€87 for three months": what is measured is also a number.
    amounts += [("", each.raw[0], each) for each in source if each.raw and each.unit and each.unit != "%"]
    single = (result for dimension, value, _ in amounts for result in _of_one(measured, dimension, value))
    if any(_reaches(ours, ours.readings[0][1], result) for result in single):
        return True
    values = [value for _, value in ours.readings]
    return any(
        _reaches(ours, value, result)
        for (one, a, first), (other, b, second) in permutations(amounts, 2)
        if first is not second
        for result in _of_two(measured, (one, a, first), (other, b, second))
        for value in values
    )


def _date_follows(date: tuple[int, int, int], source: Sequence[Quantity]) -> bool:
    """Whether a date is another and a number of years or days: "two years later", "nine days before"."""
    spans = [value for each in source for dimension, value in each.readings if dimension == "time"]
    others = [each.date for each in source if each.date and each.date[0]]
    if not date[0]:
        return False
    if date[1]:
        days = (days for other in others if other[2] for days in _between(date, other))
        return bool(date[2]) and any(abs(day - span) < 0.5 for day in days for span in spans)
    years = (abs(date[0] - other[0]) for other in others)
    return any(year == round(span / _YEAR) for year in years for span in spans if span >= 0.9 * _YEAR)


def _of_one(measured: str, dimension: str, value: float) -> Iterator[float]:
    if measured == dimension == "%":
        yield 1 - value
    if measured == "%" and dimension == "times" and value:
        yield 1 / value
        yield value - 1


def _of_two(measured: str, first: tuple[str, float, Quantity], second: tuple[str, float, Quantity]) -> Iterator[float]:
    """Yield what can be computed of two amounts, in the dimension that is wanted."""
    (one, a, quantity), (other, b, behind) = first, second
    if measured == "time" and quantity.date and behind.date:
        yield from _between(quantity.date, behind.date)
    elif measured == "time" and one == other == "clock":
        yield abs(a - b) / (24 * 60)
    if one == other and (measured in (one, "")):
        yield a + b
        yield abs(a - b)
    if one == other and b and measured in ("%", "", "times"):
        yield a / b
        if measured == "%":
            yield abs(a - b) / b
    if "" in (one, other) and measured in (one, other):
        yield a * b
        if b and one == measured:
            yield a / b
    if "%" in (one, other) and one != other and measured in (one, other):
        share, amount = (a, b) if one == "%" else (b, a)
        yield share * amount
        yield (1 - share) * amount
        yield (1 + share) * amount


def _between(first: tuple[int, int, int], second: tuple[int, int, int]) -> Iterator[float]:
    """Yield the days between two dates, as exactly as they are given."""
    if first[0] and second[0]:
        years = abs(first[0] - second[0])
        yield years * _YEAR
        yield max(0, years - 1) * _YEAR  # "two years later" when the second has not come round
        if first[1] and second[1]:
            yield abs((first[0] - second[0]) * 12 + first[1] - second[1]) * _YEAR / 12
    elif first[1] and second[1]:
        yield abs(first[1] - second[1]) * _YEAR / 12
    try:
        one, other = (dt.date(date[0] or 2001, date[1], date[2]) for date in (first, second))
    except ValueError:
        return
    yield float(abs((one - other).days))
    yield float(abs((one - other).days) + 1)


def nearest(ours: Quantity, sources: Sequence[Sequence[Quantity]]) -> Quantity | None:
    """Return the quantity of the sources that measures the same and is nearest; None where none does."""
    found = [each for source in sources for each in source if comparable(ours, each)]
    return min(found, key=lambda each: abs(each.readings[0][1] - ours.readings[0][1]), default=None)


def comparable(ours: Quantity, theirs: Quantity) -> bool:
    """Whether two quantities measure the same, so that one can stand in the other's place."""
    if (ours.date or ours.span) and (theirs.date or theirs.span):
        return True
    return bool({dimension for dimension, _ in ours.readings} & {dimension for dimension, _ in theirs.readings})
