"""The links of a page, as far as its author lets programs follow them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ragkit.core.errors import LoadError
from ragkit.load.formats.html import decode_html

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from selectolax.lexbor import LexborNode

    from ragkit.load.web.address import Address

_OTHER_SCHEME = re.compile(r"(?!https?:)[A-Za-z][A-Za-z0-9+.-]*:")
# The content of <meta http-equiv="refresh">: "5; url=other.html".
_REFRESH = re.compile(r"(?i)^\s*[\d.]*\s*[;,]\s*(?:url\s*=\s*)?['\"]?([^'\"]+)")


def find_links(page: Address, data: bytes) -> Iterator[Address]:
    """Yield the addresses that a page links to, each once, in the order of the page.

    Links marked ``nofollow``, and all of a page that says so of itself, are left out; so is what is no http or https
    address, and links that are misspelled.
    """
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(decode_html(data))
    if _says_nofollow(tree.css("meta[name][content]")):
        return
    base = tree.css_first("base[href]")
    start = _address(page, base.attributes.get("href")) if base is not None else None
    seen: set[Address] = set()
    for node in tree.css("a[href], area[href], meta[http-equiv][content], frame[src], iframe[src]"):
        about = node.attributes
        if "nofollow" in (about.get("rel") or "").lower().split():
            continue
        address = _address(start or page, _reference(about))
        if address is not None and address not in seen:
            seen.add(address)
            yield address


def _says_nofollow(nodes: Sequence[LexborNode]) -> bool:
    for node in nodes:
        about = node.attributes
        if (about.get("name") or "").strip().lower() in ("robots", "ragkit"):
            words = re.split(r"[\s,]+", (about.get("content") or "").lower())
            if "nofollow" in words or "none" in words:
                return True
    return False


def _reference(about: dict[str, str | None]) -> str | None:
    if (about.get("http-equiv") or "").strip().lower() == "refresh":
        found = _REFRESH.match(about.get("content") or "")
        return found[1] if found else None
    return about.get("href") or about.get("src")


def _address(page: Address, reference: str | None) -> Address | None:
    # As browsers do: white space around a reference, and line ends within it, are no part of it.
    plain = re.sub(r"[\t\r\n]", "", reference or "").strip(" \f")
    if not plain or _OTHER_SCHEME.match(plain):
        return None
    try:
        return page.joined(plain)
    except LoadError:
        return None  # a link that leads nowhere is its author's mistake and no page that could be lost
