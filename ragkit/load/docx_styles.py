"""Styles and numbering of Word documents: what makes a paragraph a heading or a list item."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from ragkit.load.package import Package, attribute, child, local_name, whole_number

if TYPE_CHECKING:
    from collections.abc import Mapping

_DEEP = 20  # styles based on one another; files with a cycle exist


class Styles:
    """Answers what a paragraph is by its own properties, its style and the styles that one is based on.

    Args:
        styles: style id -> its element.
        numbering: (numbering id, level) -> number format, ``bullet`` among them.
    """

    def __init__(self, styles: Mapping[str, Any], numbering: Mapping[tuple[str, str], str]) -> None:
        self._styles = styles
        self._numbering = numbering
        self._counters: defaultdict[str, dict[int, int]] = defaultdict(dict)

    def heading_level(self, paragraph: Any) -> int | None:
        """Return 1 to 9 for a heading, 0 for the document's title, None for other paragraphs."""
        for properties, name in self._chain(paragraph):
            if name == "title":
                return 0
            if name.startswith("heading ") and (level := whole_number(name[8:], -1)) >= 0:
                return level
            outline = child(properties, "outlineLvl") if properties is not None else None
            if outline is not None:
                level = whole_number(attribute(outline, "val"), 9)
                return level + 1 if level < 9 else None
        return None

    def item_mark(self, paragraph: Any) -> str:
        """Return the mark of a list item (``- `` or its number, indented by depth); empty for other paragraphs."""
        number, level = "", 0
        for properties, _ in self._chain(paragraph):
            found = child(properties, "numPr") if properties is not None else None
            if found is not None:
                number = _value(child(found, "numId"))
                level = whole_number(_value(child(found, "ilvl")), 0)
                break
        form = self._numbering.get((number, str(level)))
        if form is None or number == "0":
            return ""
        indent = "  " * min(level, _DEEP)
        if form in ("bullet", "none"):
            return indent + "- "
        counters = self._counters[number]
        counters[level] = counters.get(level, 0) + 1
        for deeper in [key for key in counters if key > level]:
            del counters[deeper]
        return f"{indent}{counters[level]}. "

    def _chain(self, paragraph: Any) -> list[tuple[Any, str]]:
        """The paragraph's own properties, then those of its style and that style's ancestors, each with its name."""
        properties = child(paragraph, "pPr")
        chain: list[tuple[Any, str]] = [(properties, "")]
        style = child(properties, "pStyle") if properties is not None else None
        name = _value(style)
        while name in self._styles and len(chain) < _DEEP:
            element = self._styles[name]
            chain.append((child(element, "pPr"), _value(child(element, "name")).lower()))
            name = _value(child(element, "basedOn"))
        return chain


def read_styles(package: Package, relations: Mapping[str, tuple[str, str]]) -> Styles:
    """Read the style and numbering parts that a document part refers to."""
    parts = {kind: target for kind, target in relations.values() if target in package}
    styles: dict[str, Any] = {}
    if "styles" in parts:
        for element in package.xml(parts["styles"]):
            if local_name(element) == "style":
                styles[attribute(element, "styleId") or ""] = element
    return Styles(styles, _numbering(package.xml(parts["numbering"])) if "numbering" in parts else {})


def _numbering(root: Any) -> dict[tuple[str, str], str]:
    levels: dict[str, dict[str, str]] = {}
    found: dict[tuple[str, str], str] = {}
    for element in root:
        name = local_name(element)
        if name == "abstractNum":
            levels[attribute(element, "abstractNumId") or ""] = {
                attribute(level, "ilvl") or "": _value(child(level, "numFmt"))
                for level in element
                if local_name(level) == "lvl"
            }
        elif name == "num":
            for level, form in levels.get(_value(child(element, "abstractNumId")), {}).items():
                found[attribute(element, "numId") or "", level] = form
    return found


def _value(element: Any) -> str:
    return (attribute(element, "val") or "") if element is not None else ""
