"""Web pages to ``LoadedFile``: addresses checked, robots.txt obeyed, links followed within bounds.

``crawl`` is the run over pages: each ``address`` is parsed once, checked by ``robots``, fetched by ``client`` over a
pinned ``network``, becomes a ``page``, and its ``links`` are followed. ``article`` cuts out the main content.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragkit.load.loaders import WebLoader
    from ragkit.load.web.address import Address, is_url, parse_address, split_urls
    from ragkit.load.web.crawl import Crawl
    from ragkit.load.web.options import WebOptions
    from ragkit.load.web.page import WebPage

__all__ = ["Address", "Crawl", "WebLoader", "WebOptions", "WebPage", "is_url", "parse_address", "split_urls"]

_HOMES = {
    "Address": "ragkit.load.web.address",
    "Crawl": "ragkit.load.web.crawl",
    "WebLoader": "ragkit.load.loaders",
    "WebOptions": "ragkit.load.web.options",
    "WebPage": "ragkit.load.web.page",
    "is_url": "ragkit.load.web.address",
    "parse_address": "ragkit.load.web.address",
    "split_urls": "ragkit.load.web.address",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
