"""LangChain document loaders: over files and folders, and over web pages."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from langchain_core.document_loaders import BaseLoader

from ragkit.load.files import load
from ragkit.load.web.crawl import Crawl
from ragkit.load.web.options import WebOptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from langchain_core.documents import Document

    from ragkit.core.types import LoadedFile
    from ragkit.load.limits import Limits

logger = logging.getLogger(__name__)


class FileLoader(BaseLoader):
    """Load files and folders of any format as LangChain Documents.

    Args:
        paths: a path or several; folders are walked.
        include: patterns of files to read, as in ``.gitignore``; all when empty.
        exclude: patterns of files and folders to leave out.
        limits: what one file may cost; None takes the configured ones.
        workers: files to read at once; None takes the configured number of threads.
        isolate: whether files are read in processes of their own; None takes the setting.
        ocr: read words in pictures and in scanned pages too, with the extra ``ocr``.

    Attributes:
        failures: files of the last run without text, errors and empty ones alike; each is logged too.
        skipped: paths of the last run that were left out, with the reason.
    """

    def __init__(
        self,
        paths: Iterable[str | Path] | str | Path,
        *,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        limits: Limits | None = None,
        workers: int | None = None,
        isolate: bool | None = None,
        ocr: bool = False,
    ) -> None:
        self.paths = [paths] if isinstance(paths, str | Path) else list(paths)
        self.include, self.exclude = include, exclude
        self.limits, self.workers, self.isolate = limits, workers, isolate
        self.ocr = ocr
        self.failures: list[LoadedFile] = []
        self.skipped: list[LoadedFile] = []

    def lazy_load(self) -> Iterator[Document]:
        """Yield the documents file by file.

        Raises:
            LoadError: a path does not exist.
        """
        self.failures, self.skipped = [], []
        files = load(
            self.paths,
            include=self.include,
            exclude=self.exclude,
            limits=self.limits,
            workers=self.workers,
            isolate=self.isolate,
            ocr=self.ocr,
        )
        for file in files:
            if file.outcome == "skipped":
                self.skipped.append(file)
            elif file.outcome != "text":
                _record(self.failures, file)
            yield from file.documents


class WebLoader(BaseLoader):
    """Load web pages, and the pages that they link to, as LangChain Documents.

    Args:
        urls: an address or several, http or https.
        options: how far links are followed, how politely, within which times and sizes.
        limits: what the content of one page may cost.
        include: patterns as in ``.gitignore`` over the path of an address: only links that match are followed.
        exclude: patterns of links that are not followed.

    Attributes:
        failures: pages of the last run without text, errors and empty ones alike; each is logged too.
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
                _record(self.failures, loaded)
            yield from loaded.documents


# A loader of LangChain returns documents only. What gave none must not vanish, so it is listed and logged.
def _record(failures: list[LoadedFile], file: LoadedFile) -> None:
    failures.append(file)
    logger.warning("%s: %s: %s", file.source, file.reason, file.detail)
