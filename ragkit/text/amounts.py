"""Numbers and dates as people write them in cells."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ragkit.text.rules import all_rules
from ragkit.text.rules.english import RULES as ENGLISH

if TYPE_CHECKING:
    from collections.abc import Iterable

_CURRENCY = "$€£¥"
_NUMBER = re.compile(rf"^\(?[\s{_CURRENCY}+−-]*(\d[\d\s.,]*)\)?\s*(%|[{_CURRENCY}]|°?[^\W\d]{{1,4}}[²³]?\.?)?$")
_SCIENTIFIC = re.compile(r"[+−-]?\d+(?:\.\d+)?[eE][+-]?\d{1,2}")
# Numbers that tell which mark stands before decimals, and numbers with each of them.
_COMMA = re.compile(r"\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?|\d{1,3}(?:\.\d{3})+,\d+|\d+,(?:\d{1,2}|\d{4,})")
_POINT = re.compile(r"\d{1,3}(?:,\d{3}){2,}(?:\.\d+)?|\d{1,3}(?:,\d{3})+\.\d+|\d+\.(?:\d{1,2}|\d{4,})")
_WITH_COMMA = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:,\d+)?")
_WITH_POINT = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_TIMES = {name: times for each in all_rules() for name, times in each.tables.scales.items()}
_TIMES_MONEY = {name: times for each in all_rules() for name, times in each.tables.money_scales.items()}
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}\b")
_OTHER = re.compile(r"(\d{1,2})([./])(\d{1,2})\2(\d{4})\b")


def number(cell: str, mark: str = "") -> float | None:
    """Return the number that a cell is: with a currency, a unit or a percent sign, below zero in parentheses.

    Args:
        cell: the cell.
        mark: before decimals, ``.`` or ``,``; empty where it is not known. A comma before three digits is then one of
            thousands, a point one before decimals.
    """
    plain = cell.strip()
    if _SCIENTIFIC.fullmatch(plain):
        return float(plain.replace("−", "-"))
    found = _NUMBER.match(plain)
    if not found:
        return None
    digits = re.sub(r"\s", "", found[1]).rstrip(".,")
    if _WITH_POINT.fullmatch(digits) and not (mark == "," and _WITH_COMMA.fullmatch(digits)):
        digits = digits.replace(",", "")
    elif _WITH_COMMA.fullmatch(digits):
        digits = digits.replace(".", "").replace(",", ".")
    else:
        return None
    # Accounts write losses in parentheses; U+2212 is the minus of typeset tables.
    below = plain.startswith("(") or re.match(rf"[\s{_CURRENCY}]*[−-]", plain) is not None
    return (-1 if below else 1) * float(digits) * _times(plain, found[2])


def _times(cell: str, suffix: str | None) -> float:
    name = (suffix or "").casefold().rstrip(".")
    money = any(sign in cell for sign in _CURRENCY)
    return _TIMES.get(name) or (_TIMES_MONEY.get(name) if money else None) or 1.0


def unit(cell: str) -> str:
    """Return what a number counts, in small letters: a unit, a currency or the percent sign; empty for none."""
    found = _NUMBER.match(cell.strip())
    if not found:
        return ""
    name = (found[2] or "").casefold().rstrip(".")
    currency = "".join(sign for sign in _CURRENCY if sign in cell)
    if name in _TIMES or (currency and name in _TIMES_MONEY):
        return currency
    return currency or (name.removesuffix(ENGLISH.plural) if len(name) > 1 else name)


def decimal_mark(cells: Iterable[str]) -> str:
    """Return the mark before decimals that some cells have; empty where none tells, or they contradict each other."""
    marks = set[str]()
    for cell in cells:
        found = _NUMBER.match(cell.strip())
        digits = re.sub(r"\s", "", found[1]) if found else ""
        marks |= {mark for mark, pattern in ((",", _COMMA), (".", _POINT)) if pattern.fullmatch(digits)}
    return marks.pop() if len(marks) == 1 else ""


def date(cell: str, day_first: bool | None = None) -> str:
    """Return the date that a cell begins with, as ``YYYY-MM-DD``, with what follows it; empty where it is none.

    Args:
        cell: the cell: ``2024-04-15``, ``15.04.2024`` or ``15/04/2024``.
        day_first: whether the day stands first between slashes; None where that is not known, and such a date then none
            unless it can only be read one way.
    """
    plain = cell.strip()
    if _ISO.match(plain):
        return plain
    found = _OTHER.match(plain)
    if not found:
        return ""
    first, second = int(found[1]), int(found[3])
    if found[2] == "." or first > 12:
        day, month = first, second
    elif second > 12 or day_first is False:
        day, month = second, first
    elif day_first:
        day, month = first, second
    else:
        return ""
    return f"{found[4]}-{month:02}-{day:02}{plain[found.end() :]}" if 1 <= month <= 12 and 1 <= day <= 31 else ""


def day_first(cells: Iterable[str]) -> bool | None:
    """Tell from some cells whether the day stands first in dates with slashes; None where they do not tell."""
    orders = set[bool]()
    for cell in cells:
        found = _OTHER.match(cell.strip())
        if found and found[2] == "/" and (int(found[1]) > 12) != (int(found[3]) > 12):
            orders.add(int(found[1]) > 12)
    return orders.pop() if len(orders) == 1 else None
