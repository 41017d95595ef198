"""The files, folders and web addresses of a run, checked before an index is made."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ragkit.core.errors import ConfigError, LoadError
from ragkit.core.types import LoadedFile
from ragkit.ingest.run import under
from ragkit.load.limits import Limits
from ragkit.load.walk import survey
from ragkit.load.web import is_url, split_urls

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ragkit.core.settings import Settings
    from ragkit.load.web import WebOptions
    from ragkit.load.web.page import WebPage
    from ragkit.store.sqlite.store import Store


class Sources:
    """The files and pages of one run.

    Args:
        paths: files and folders, and addresses of web pages as strings.
        settings: limits of what is read.
        include: globs; only files and links that match one are read.
        exclude: globs; files and links that match one are not read.
        web: how web pages are fetched.
        rehash: fetch pages again even when their server answers that they did not change.
        ocr: read words in pictures too.

    Raises:
        ConfigError: there is nothing to index.
        LoadError: a path does not exist, or an address is none that is read.
        MissingExtra: there is an address, and the packages for it are not installed.
    """

    def __init__(
        self,
        paths: Sequence[str | Path],
        settings: Settings,
        *,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        web: WebOptions | None = None,
        rehash: bool = False,
        ocr: bool = False,
    ) -> None:
        if not paths:
            raise ConfigError("nothing to index: give at least one file or folder")
        urls, local = split_urls(paths)
        self.roots = [Path(path).absolute() for path in local]
        for path, root in zip(local, self.roots, strict=True):
            if not root.exists():
                raise LoadError(str(path), "missing", "no such file or folder: check the path")
        self.include, self.exclude = include, exclude
        self._rehash = rehash
        self._store: Store | None = None
        self._crawl = None
        if urls:
            from ragkit.load.web import Crawl, WebOptions

            self._web = web or WebOptions()
            limits = Limits.configured(settings)
            self._crawl = Crawl(
                urls, self._web, limits=limits, include=include, exclude=exclude, known=self._known, ocr=ocr
            )

    @property
    def partial(self) -> bool:
        """Whether globs leave out some of what is below the roots."""
        return bool(self.include or self.exclude)

    def holds(self, source: str) -> bool:
        """Whether a file is one of the roots or lies below one."""
        return under(source, self.roots)

    def files(self, own: Path) -> list[str | LoadedFile]:
        """List what is below the roots, and what is left out; the index's own folder is never read.

        Args:
            own: the index folder.
        """
        return list(self._files(str(own.absolute())))

    def _files(self, own: str) -> Iterator[str | LoadedFile]:
        # An index often lies in the folder that it indexes. Its files are passed by, with one row for all of them.
        passed = False
        for each in survey(self.roots, include=self.include, exclude=self.exclude):
            name = each if isinstance(each, str) else each.source
            if not name.startswith(own + os.sep):
                yield each
            elif not passed:
                passed = True
                yield LoadedFile(own, "skipped", reason="ignored", detail="is this index: it is no document")

    def pages(self, store: Store, *, prune: bool) -> Iterable[WebPage]:
        """Fetch the web pages.

        Args:
            store: knows the pages of earlier runs.
            prune: ask again for all pages that are indexed, to find those that are gone.
        """
        if self._crawl is None:
            return ()
        self._store = store
        return self._crawl.pages(row.source for row in store.sources() if prune and is_url(row.source))

    def _known(self, url: str) -> dict[str, str]:
        """Return the conditions under which a page of an earlier run is as it was."""
        from ragkit.ingest.web import known_metadata
        from ragkit.load.web.page import conditions

        metadata = {} if self._rehash or self._store is None else known_metadata(self._store, url)
        # A page that was read with the menus around its text must be fetched again to be read without them.
        same_way = metadata.get("main_content", False) == self._web.main_content
        return conditions(metadata) if same_way else {}
