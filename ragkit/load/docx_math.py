"""Equations of Word on one line: ``(a + 1)/b``, ``x^2``, ``√(y)``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from ragkit.load.package import attribute, child, local_name

if TYPE_CHECKING:
    from collections.abc import Callable

_SIMPLE = re.compile(r"\w+|\(.*\)|")
_BUILT: Final = frozenset(("f", "sSup", "sSub", "sSubSup", "rad", "nary", "d", "limLow", "limUpp"))
_INTEGRAL: Final = "∫"  # the operator where none is named


def is_built(element: Any) -> bool:
    """Tell whether an element puts parts of an equation over, under or around one another."""
    return local_name(element) in _BUILT and element.tag.endswith(f"/math}}{local_name(element)}")


def on_one_line(element: Any, text_of: Callable[[Any], str]) -> str:
    """Write such an element on one line.

    Args:
        element: one for which ``is_built`` holds.
        text_of: gives the text of a part of it.
    """

    def part(name: str) -> str:
        found = child(element, name)
        return text_of(found).strip() if found is not None else ""

    match local_name(element):
        case "f":
            return f"{_grouped(part('num'))}/{_grouped(part('den'))}"
        case "rad":
            return f"{part('deg')}√{_grouped(part('e'))}"
        case "nary":
            return f"{_property(element, 'chr', _INTEGRAL)}{_raised(part('sub'), part('sup'))} {part('e')}"
        case "d":
            inner = [text_of(each).strip() for each in element if local_name(each) == "e"]
            begin, between, end = (
                _property(element, name, usual) for name, usual in (("begChr", "("), ("sepChr", "|"), ("endChr", ")"))
            )
            return begin + between.join(inner) + end
        case _:
            return part("e") + _raised(part("sub"), part("sup")) + _raised("", part("lim"))


def _raised(below: str, above: str) -> str:
    return ("_" + _grouped(below) if below else "") + ("^" + _grouped(above) if above else "")


def _grouped(text: str) -> str:
    return text if _SIMPLE.fullmatch(text) else f"({text})"


def _property(element: Any, name: str, usual: str) -> str:
    found = child(element, local_name(element) + "Pr", name)
    value = attribute(found, "val") if found is not None else None
    return usual if value is None else value
