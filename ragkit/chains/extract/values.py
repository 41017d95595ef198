"""Whether a text states a value, and a value in the type that was asked for."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from ragkit.ground.verify.support import numbers

_NUMBER = re.compile(r"^[^\d(-]*(\(?-?)\s*[^\d]{0,3}(\d[\d.,\s]*)\)?\s*(%?)")
_MONTHS = {
    name[:3]: place
    for place, name in enumerate(
        "january february march april may june july august september october november december".split(), 1
    )
}
_DATE = re.compile(r"\b(?:(\d{1,2})\.?\s+)?([A-Za-z]{3,9})\.?\s+(?:(\d{1,2})(?:st|nd|rd|th)?,?\s+)?(\d{4})\b")
_ISO = re.compile(r"^\d{4}-\d{2}-\d{2}$")


def states(text: str, value: str) -> bool:
    """Tell whether a text holds a value: word for word, or the same number or date written another way.

    Args:
        text: a sentence, or the row of a table.
        value: a name, number, date or phrase.
    """
    wanted, given = _plain(value), f" {_plain(text)} "
    if not wanted:
        return False
    if f" {wanted} " in given:
        return True
    if _ISO.match(value.strip()):
        return value.strip() in dates(text)
    if re.fullmatch(r"[^A-Za-z]*", value) and re.search(r"\d", value):
        return numbers(value) <= numbers(text)
    return False


def dates(text: str) -> set[str]:
    """Return the dates of a text that are written with the name of the month, as YYYY-MM-DD."""
    out: set[str] = set()
    for before, month, behind, year in _DATE.findall(text):
        day, number = before or behind, _MONTHS.get(month[:3].lower())
        if day and number and int(day) <= 31:
            out.add(f"{year}-{number:02}-{int(day):02}")
    return out


def as_kind(value: str, kind: str) -> Any:
    """Return a value as the JSON type that was asked for; as text where it cannot be that.

    Args:
        value: as it stands in a source; a number in parentheses is below zero, as in accounts.
        kind: ``string``, ``number``, ``integer`` or ``boolean``.
    """
    if kind == "boolean":
        return value.strip().lower() in ("true", "yes", "1")
    if kind not in ("number", "integer"):
        return value.strip()
    found = _NUMBER.match(value.strip())
    if not found:
        return value.strip()
    digits = re.sub(r"\s", "", found[2]).rstrip(".,")
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d+|\d+", digits):
        digits = digits.replace(",", "")
    elif re.fullmatch(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+,\d+", digits):
        digits = digits.replace(".", "").replace(",", ".")
    else:
        return value.strip()
    number = float(digits) * (-1 if found[1] else 1)
    return int(number) if number.is_integer() and (kind == "integer" or "." not in digits) else number


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.findall(r"\d[\d.,]*\d|\w+", folded))
