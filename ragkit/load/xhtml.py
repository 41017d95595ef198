"""XHTML for a parser of HTML, to which an element that ends itself has merely begun."""

from __future__ import annotations

import re
from typing import Final

_HEAD: Final = 4096
_XHTML = re.compile(r"\A\s*<\?xml\s|<html\b[^<>]*\sxmlns\s*=", re.IGNORECASE)
# No part may match what follows it, so that time stays linear: neither names nor attributes hold < or >.
_ENDS_ITSELF = re.compile(r"<([A-Za-z][\w.-]*)((?:\s[^<>]*)?)/>")
_LITERALLY: Final = "<![CDATA["
_VOID: Final = frozenset("area base br col embed hr img input link meta param source track wbr".split())


def spelled_out(markup: str) -> str:
    """Write the end of elements such as ``<title/>``, behind which HTML would take all the page for a title.

    Args:
        markup: a page; one that is no XHTML comes back as it is.
    """
    if not _XHTML.search(markup[:_HEAD]):
        return markup
    before, *sections = markup.split(_LITERALLY)
    return _ENDS_ITSELF.sub(_with_end, before + "".join(map(_escaped, sections)))


def _escaped(section: str) -> str:
    """What follows the beginning of a literal section, with that section written as markup is."""
    literal, end, behind = section.partition("]]>")
    return literal.replace("&", "&amp;").replace("<", "&lt;") + behind if end else _LITERALLY + section


def _with_end(found: re.Match[str]) -> str:
    name = found[1]
    return found[0] if name.lower() in _VOID else f"<{name}{found[2]}></{name}>"
