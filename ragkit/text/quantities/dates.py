"""Dates, decades and times of day in a text."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from ragkit.text.quantities.quantity import Quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ragkit.text.rules.kinds import Amounts, LanguageRules

_ISO = re.compile(r"\b(\d{4})-(\d{2})(?:-(\d{2}))?\b(?!-)")
_NUMERIC = re.compile(r"(?<![\d.])(\d{1,2})([./])(\d{1,2})\2(\d{4}|\d{2})(?![\d.]*\d)")
_YEARS = re.compile(r"(?<![\d.,])(1\d|20)(\d\d)\s?[–/-]\s?(\d\d)(?![\d.,]*\d)")
_CLOCK = re.compile(
    r"(?<![\d.,:])(\d{1,2})(?:(?::|[.](?=\d\d\s?[ap]\.?m))(\d\d))?(?::\d\d)?\s?([ap])\.?\s?m\b\.?"
    r"|(?<![\d.,:])(\d{1,2}):(\d\d)(?::\d\d)?(?![\d:])|(?<![\d.,:])(\d{1,2})\s?h\s?(\d\d)\b",
    re.IGNORECASE,
)


def dates(text: str, rules: LanguageRules | None) -> Iterator[Quantity]:
    """Find what patterns find: dates, decades and times of day; none inside another."""
    taken: list[tuple[int, int]] = []
    for quantity in _patterns(text, rules):
        if not any(start < quantity.end and quantity.start < end for start, end in taken):
            taken.append((quantity.start, quantity.end))
            yield quantity


def _patterns(text: str, rules: LanguageRules | None) -> Iterator[Quantity]:
    if any(map(str.isdigit, text)):
        yield from _numeric_dates(text)
        for match in _CLOCK.finditer(text):
            hour, minute = int(match[1] or match[4] or match[6]), int(match[2] or match[5] or match[7] or 0)
            if hour < 25 and minute < 60:
                half = (match[3] or "").lower()
                hour = hour % 12 + 12 * (half == "p") if half else hour
                yield _clock(match, hour * 60 + minute)
        if rules is not None:
            yield from _hours_and_decades(text, rules.amounts)
    if rules is not None and rules.months:
        yield from _named_dates(text, rules)


def _hours_and_decades(text: str, amounts: Amounts) -> Iterator[Quantity]:
    for match in amounts.hour.finditer(text):
        hour, minute = next(each for each in match.groups() if each), match.groupdict().get("minute")
        if int(hour) < 25:
            yield _clock(match, int(hour) * 60 + int(minute or 0))
    for match in amounts.decade.finditer(text):
        digits = next((each for each in match.groups() if each), "")
        first = int(digits) if digits.isdigit() else 0
        first += 1900 if first < 100 else 0
        if first % 10 == 0:
            yield Quantity(
                *match.span(), match[0], (("span", first),), span=(first, first + (99 if digits.endswith("00") else 9))
            )


def _clock(match: re.Match[str], minutes: float) -> Quantity:
    return Quantity(*match.span(), match[0].strip(), (("clock", minutes),), raw=(minutes,))


def _numeric_dates(text: str) -> Iterator[Quantity]:
    for match in _ISO.finditer(text):
        if 1 <= int(match[2]) <= 12:
            yield _dated(match.span(), text, int(match[1]), int(match[2]), int(match[3] or 0))
    for match in _NUMERIC.finditer(text):
        year = int(match[4]) if len(match[4]) == 4 else 2000 + int(match[4])
        day, month = int(match[1]), int(match[3])
        if match[2] == "/" and month > 12:
            day, month = month, day
        if 1 <= month <= 12 and 1 <= day <= 31:
            yield _dated(match.span(), text, year, month, day)
    for match in _YEARS.finditer(text):
        if int(match[3]) > int(match[2]):
            yield _dated((match.start(), match.start(3) - 1), text, int(match[1] + match[2]))
            yield _dated(match.span(3), text, int(match[1] + match[3]))


def _dated(span: tuple[int, int], text: str, year: int, month: int = 0, day: int = 0) -> Quantity:
    plain = (("", float(year)),) if year and not month else (("date", float(year)),)
    return Quantity(*span, text[span[0] : span[1]], plain, raw=(float(year),), date=(year, month, day))


@cache
def _dates(rules: LanguageRules) -> tuple[Callable[[str], Iterator[re.Match[str]]], Mapping[str, int]]:
    """Return what finds dates with the name of a month, and the number of each name."""
    numbers = {name: number for number, name in enumerate(rules.months, 1)}
    short = {name[:length]: number for name, number in numbers.items() for length in (3, 4) if len(name) > length}
    names = "|".join(sorted({**numbers, **short}, key=len, reverse=True))
    joins = "".join(rf"(?:{word}\s+)?" for word in sorted(rules.amounts.of_date))
    ending = rules.amounts.ordinal_ending or r"\."
    pattern = re.compile(
        rf"(?:(?<![\d.,])(?:(?P<begin>\d{{1,2}})(?:{ending}|\.)?\s?[–-]\s?)?(?P<day>\d{{1,2}})(?:{ending}|\.)?\s+{joins})?"
        rf"\b(?P<month>{names})\b\.?"
        rf"(?:\s+(?P<second>\d{{1,2}})(?:{ending})?(?![\d.,:]*\d|\s?[%:h]))?"
        rf"(?:,?\s+{joins}(?P<year>\d{{4}})(?![\d.,]*\d))?",
        re.IGNORECASE,
    )
    return pattern.finditer, {**short, **numbers}


def _named_dates(text: str, rules: LanguageRules) -> Iterator[Quantity]:
    finditer, numbers = _dates(rules)
    folded = text.lower()
    if not any(name[:3] in folded for name in rules.months):
        return
    for match in finditer(text):
        name = match["month"]
        month, day, year = numbers[name.lower()], int(match["day"] or match["second"] or 0), int(match["year"] or 0)
        written = name.lower() in rules.months
        if not (day or year) and (not written or not _is_month(text, match.start("month"), name, rules)):
            continue
        if rules.code in ("en", "de") and not name[0].isupper():
            continue
        if day > 31:
            continue
        if match["begin"] and int(match["begin"]) <= 31:
            yield _dated(match.span("begin"), text, year, month, int(match["begin"]))
        start = match.start("day") if match["day"] else match.start("month")
        yield _dated((start, match.end()), text, year, month, day)


def _is_month(text: str, start: int, name: str, rules: LanguageRules) -> bool:
    """Whether a name without day and year is one of a month: capitals tell, except where a sentence begins."""
    if rules.code in ("en", "de"):
        return name[0].isupper() and start > 0 and text[:start].rstrip()[-1:] not in (".", "!", "?", ":", "")
    return name.islower()
