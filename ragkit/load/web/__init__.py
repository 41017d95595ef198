"""Web pages to ``LoadedFile``: addresses checked, robots.txt obeyed, links followed within bounds.

``crawl`` is the run over pages: each ``address`` is parsed once, checked by ``robots``, fetched by ``client`` over a
pinned ``network``, becomes a ``page``, and its ``links`` are followed. ``article`` cuts out the main content.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragkit.load.loaders import WebLoader as WebLoader
    from ragkit.load.web.address import Address as Address
    from ragkit.load.web.address import is_url as is_url
    from ragkit.load.web.address import parse_address as parse_address
    from ragkit.load.web.address import split_urls as split_urls
    from ragkit.load.web.crawl import Crawl as Crawl
    from ragkit.load.web.options import WebOptions as WebOptions
    from ragkit.load.web.page import WebPage as WebPage
else:
    from ragkit.core.lazy import lazy_exports

    __getattr__, __dir__, __all__ = lazy_exports(
        __name__,
        {
            "ragkit.load.loaders": "WebLoader",
            "ragkit.load.web.address": "Address is_url parse_address split_urls",
            "ragkit.load.web.crawl": "Crawl",
            "ragkit.load.web.options": "WebOptions",
            "ragkit.load.web.page": "WebPage",
        },
    )
