"""The main content of a page, without the menus, side bars and footers around it, by trafilatura.

In its fast mode trafilatura found the main content of real pages with an F1 of .946.
"""

from __future__ import annotations

import logging
from html import escape
from importlib.util import find_spec

from ragkit.core.errors import MissingExtra
from ragkit.load.formats.html import decode_html

logger = logging.getLogger(__name__)


def require() -> None:
    """Raise :class:`MissingExtra` where the package that finds the main content is not installed."""
    if find_spec("trafilatura") is None:
        raise MissingExtra("reading the main content of pages alone", "trafilatura", "article")


def main_content(data: bytes) -> bytes:
    """Return a page with its title and main content alone, as HTML in UTF-8.

    A page in which no main content is found is returned as it is, so that nothing is lost.
    """
    import trafilatura
    from selectolax.lexbor import LexborHTMLParser

    markup = decode_html(data)
    try:
        found = trafilatura.extract(
            markup, output_format="html", fast=True, include_tables=True, include_comments=False
        )
    except Exception:  # whatever it fails on, the whole page is still there to be read
        logger.debug("no main content could be found", exc_info=True)
        return data
    if not found:
        return data
    # The content comes without the head of its page. The byte-order mark says UTF-8 to whatever reads it next.
    title = LexborHTMLParser(markup).css_first("title")
    head = f"<head><title>{escape(title.text())}</title></head>" if title is not None else ""
    body = LexborHTMLParser(found).body
    inner = body.html if body is not None and body.html else found
    return f"\ufeff<!doctype html><html>{head}{inner}</html>".encode("utf-8", "replace")
