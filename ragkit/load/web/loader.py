"""The LangChain document loader for web pages."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from langchain_core.document_loaders import BaseLoader

from ragkit.load.web.crawl import Crawl
from ragkit.load.web.options import WebOptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from langchain_core.documents import Document

    from ragkit.core.types import LoadedFile
    from ragkit.load.limits import Limits

logger = logging.getLogger(__name__)


class WebLoader(BaseLoader):
    """Load web pages, and the pages that they link to, as LangChain Documents.

    Args:
        urls: an address or several, http or https.
        options: how far links are followed, how politely, within which times and sizes.
        limits: what the content of one page may cost.
        include: patterns as in ``.gitignore`` over the path of an address: only links that match are followed.
        exclude: patterns of links that are not followed.

    Attributes:
        failures: pages of the last run that gave no text, errors and empty ones alike; each is logged too.
    """

    def __init__(
        self,
        urls: Iterable[str] | str,
        options: WebOptions | None = None,
        *,
        limits: Limits | None = None,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
    ) -> None:
        self.urls = [urls] if isinstance(urls, str) else list(urls)
        self.options, self.limits = options or WebOptions(), limits
        self.include, self.exclude = include, exclude
        self.failures: list[LoadedFile] = []

    def lazy_load(self) -> Iterator[Document]:
        """Yield the documents page by page.

        Raises:
            LoadError: an address is none that is read.
            MissingExtra: the packages for it are not installed.
        """
        self.failures = []
        crawl = Crawl(self.urls, self.options, limits=self.limits, include=self.include, exclude=self.exclude)
        for page in crawl.pages():
            loaded = page.read()
            if loaded.outcome != "text":
                self.failures.append(loaded)
                logger.warning("%s: %s: %s", loaded.source, loaded.reason, loaded.detail)
            yield from loaded.documents
