"""Whether a text states a value, and a value in the type that is wanted."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from ragkit.ground.verify.support import numbers
from ragkit.text.languages import recognised
from ragkit.text.rules import all_rules, rules_for
from ragkit.text.rules.english import RULES as ENGLISH

_NUMBER = re.compile(r"^[^\d(-]*(\(?-?)\s*[^\d]{0,3}(\d[\d.,\s]*)\)?\s*(%?)")
_MONTHS = {name[:3]: place for place, name in enumerate(ENGLISH.months, 1)}
_MARKS = "|".join(ENGLISH.ordinal_marks)
_DATE = re.compile(rf"\b(?:(\d{{1,2}})\.?\s+)?([A-Za-z]{{3,9}})\.?\s+(?:(\d{{1,2}})(?:{_MARKS})?,?\s+)?(\d{{4}})\b")
# "y" and "x" may be values of their own; in a cell of a table they say yes.
_TRUE = {"1", *(word for rules in all_rules() for word in rules.tables.yes if len(word) > 1)}
_ISO = re.compile(r"^\d{4}-\d{2}-\d{2}$")


def states(text: str, value: str) -> bool:
    """Return whether a text holds a value: word for word, or the same number or date written another way.

    Args:
        text: a sentence, or the row of a table.
        value: a name, number, date or phrase.
    """
    wanted, stated = _plain(value), f" {_plain(text)} "
    if not wanted:
        return False
    if f" {wanted} " in stated:
        return True
    if _ISO.match(value.strip()):
        return value.strip() in dates(text)
    if re.fullmatch(r"[^A-Za-z]*", value) and re.search(r"\d", value):
        rules = rules_for(recognised(text)) or ENGLISH
        return numbers(value, rules) <= numbers(text, rules)
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
    """Return a value as the JSON type that is wanted; as text where it cannot be that.

    Args:
        value: as it stands in a source; a number in parentheses is below zero, as in accounts.
        kind: ``string``, ``number``, ``integer`` or ``boolean``.
    """
    if kind == "boolean":
        return value.strip().lower() in _TRUE
    if kind not in ("number", "integer"):
        return value.strip()
    found = _NUMBER.match(value.strip())
    if not found:
        return value.strip()
    digits = re.sub(r"\s", "", found[2]).rstrip(".,")
    # 1,234.56 and 1234.56 first: "1,234" is read the English way, and "1.234" as a decimal.
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
