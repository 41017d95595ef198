"""Filling an index and looking after it: sync, re-embed, verify, compact, remove, back up."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragkit.arrows import Arrows, configured_splitting, kept_splitting
from ragkit.config import settings
from ragkit.errors import ConfigError, LoadError
from ragkit.opened import Opened, load_embedder_of
from ragkit.types import LoadedFile, TokenEmbedder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ragkit.index.compact import CompactReport
    from ragkit.index.findings import VerifyReport
    from ragkit.index.store import Store
    from ragkit.index.sync import Progress
    from ragkit.load.web import WebOptions, WebPage
    from ragkit.types import Embedder, FileReport, IngestReport


class Filled(Opened):
    """An index as its writer sees it."""

    def sync(
        self,
        *paths: str | Path,
        prune: bool = False,
        rehash: bool = False,
        retry_failed: bool = False,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        web: WebOptions | None = None,
        ocr: bool = False,
        progress: Callable[[Progress], None] | None = None,
    ) -> IngestReport:
        """Bring the index to what files, folders and web pages now hold.

        Unchanged files are skipped, changed ones replaced, each whole or not at all; an interrupted run is taken up by
        the next one.

        Args:
            paths: files and folders, and addresses of web pages (``https://...``) as strings.
            prune: remove what is indexed from below these paths but no longer exists there; of web pages, those that
                their server says are gone.
            rehash: read every file again, even when its size and modification time are as before.
            retry_failed: read what gave no text at an earlier run again, even when it is as before: more may be
                installed now, or the limits may be others.
            include: globs; only files that match one are read, and only links that match one are followed.
            exclude: globs; files that match one are not read, links not followed.
            web: how web pages are fetched.
            ocr: read words in pictures and scanned pages too, with the extra ``ocr``; files that were without text
                before are then read again.
            progress: called as files are finished.

        Raises:
            LoadError: a path does not exist, or an address is none that is read.
            MissingExtra: an address is given, or ``ocr`` is asked for, and the packages for it are not installed.
            IndexLocked: another process is writing to this index.
            IndexMismatch: the index was made with another embedder.
        """
        from ragkit.index.sync import Synchroniser, under
        from ragkit.load.web import split_urls

        if not paths:
            raise ConfigError("nothing to index: give at least one file or folder")
        urls, local = split_urls(paths)
        roots = [Path(path).absolute() for path in local]
        for given, root in zip(local, roots, strict=True):
            if not root.exists():
                raise LoadError(str(given), "missing", "no such file or folder: check the path")
        found = list(self._found(roots, include, exclude))
        fetch = self._pages(urls, web, prune=prune, rehash=rehash, include=include, exclude=exclude, ocr=ocr)
        store = self._open(create=True)
        known = store.embedder()
        if known is None:
            self._remember()
        elif self._embedder_given not in (None, known.get("spec")):
            self._rechecked(store)
        # Where nothing changed, the embedder is not even loaded.
        arrows = Arrows(
            lambda: self._rechecked(store), kept_splitting(store.setting("splitting"), self.folder), ocr=ocr
        )
        tokens = store.setting("tokens") is not None
        run = Synchroniser(store, arrows, rehash=rehash, retry=retry_failed, tokens=tokens, ocr=ocr, progress=progress)

        def below(source: str) -> bool:
            return under(source, roots)

        with store.writing():
            report = run.run(
                found, fetch(store), prune=below if prune else None, within=None if include or exclude else below
            )
            self._note_runtime(store, report)
            self.reader.update_caches()
        return report

    def _found(
        self, roots: Sequence[Path], include: Sequence[str], exclude: Sequence[str]
    ) -> Iterator[str | LoadedFile]:
        """List what is below the roots; the index itself is not read, wherever it is."""
        from ragkit.load.walk import survey

        own = str(self.folder.absolute())
        inside = own + os.sep
        met = False
        for each in survey(roots, include=include, exclude=exclude):
            name = each if isinstance(each, str) else each.source
            if not name.startswith(inside):
                yield each
            elif not met:
                met = True
                yield LoadedFile(own, "skipped", reason="ignored", detail="is this index: it is no document")

    def _pages(
        self,
        urls: Sequence[str],
        web: WebOptions | None,
        *,
        prune: bool,
        rehash: bool,
        include: Sequence[str],
        exclude: Sequence[str],
        ocr: bool,
    ) -> Callable[[Store], Iterable[WebPage]]:
        """Check the addresses, and return what fetches them, once there is a store that knows the pages of before."""
        if not urls:
            return lambda _: ()
        from ragkit.index.fetched import known_metadata
        from ragkit.load.web import Crawl, WebOptions, is_url
        from ragkit.load.web.page import conditions

        options = web or WebOptions()

        def known(url: str) -> dict[str, str]:
            metadata = {} if rehash else known_metadata(self.store, url)
            same_way = metadata.get("main_content", False) == options.main_content
            return conditions(metadata) if same_way else {}

        crawl = Crawl(urls, options, include=include, exclude=exclude, known=known, ocr=ocr)

        def fetch(store: Store) -> Iterable[WebPage]:
            return crawl.pages(row.source for row in store.sources() if prune and is_url(row.source))

        return fetch

    def _note_runtime(self, store: Store, report: IngestReport) -> None:
        """Keep what embedded last, for ``ragkit status``: a model that fell back to a slower runtime is to be seen."""
        describe = getattr(self.embedder, "describe", None) if report.embedded else None
        if describe is not None:
            how = describe()
            said = f"{how['runtime']} at {how['precision']}"
            if store.setting("runtime") != said:
                store.set_setting("runtime", said)
                store.checkpoint()

    def _remember(self) -> None:
        """Keep in a new index what its embedder is."""
        store, embedder = self.store, self.embedder
        if store.embedder() is None:
            with store.transaction():
                for key, value in self._described(embedder).items():
                    store.set_setting(key, value)

    def _rechecked(self, store: Store) -> Embedder:
        self._recheck(store, self.embedder)
        return self.embedder

    def _described(self, embedder: Embedder) -> dict[str, Any]:
        """Return the settings of an index that this embedder fills."""
        spec = self._embedder_given if isinstance(self._embedder_given, str) else settings().embedder
        about = {"spec": spec, "dimension": embedder.dimension, "fingerprint": dict(embedder.fingerprint)}
        bits = embedder.token_dimension if isinstance(embedder, TokenEmbedder) else 0
        tokens = {"bits": bits} if bits and settings().late_interaction else None
        return {"embedder": about, "tokens": tokens, "splitting": configured_splitting()}

    def reembed(self, *, progress: Callable[[Progress], None] | None = None) -> IngestReport:
        """Bring the whole index to the embedder given, else the configured default, from the texts it holds.

        Documents are split and embedded anew; the files they came from are not needed. The old index answers until the
        new one is whole, then all is replaced at once; an interrupted run is taken up by the next one. Who has the
        index open with the old embedder gets :class:`IndexMismatch` from then on.

        Args:
            progress: called as documents are finished.

        Raises:
            IndexMissing: there is no index.
            IndexLocked: another process is writing to this index.
        """
        from ragkit.index.reembed import Reembedding

        store = self.store
        given = self._embedder_given
        embedder = load_embedder_of(settings().embedder if given is None else given)
        described = self._described(embedder)
        arrows = Arrows(lambda: embedder)
        run = Reembedding(store, arrows, described, splitting=arrows.splitting, progress=progress)
        with store.writing():
            report = run.run()
            with self._lock:
                for name in ("reader", "embedder", "searcher"):
                    self.__dict__.pop(name, None)
                self.__dict__["embedder"] = embedder
            self._note_runtime(store, report)
            self.reader.update_caches()
        return report

    # -- keeping -------------------------------------------------------------------------------------------------

    def verify(self, *, repair: bool = False) -> VerifyReport:
        """Check everything that the index holds: SQLite's structure, spans, vectors, sums, caches.

        Args:
            repair: remove what is damaged and mark its files to be read again by the next :meth:`sync`; of a database
                that SQLite cannot read any more, save the whole documents and keep the damaged file beside it.

        Raises:
            IndexMissing: there is no index.
            IndexLocked: another process is writing, and a repair was asked for.
            IndexCorrupt: a repair was asked for, and nothing can be read.
        """
        from ragkit.index.repair import repair as repair_folder
        from ragkit.index.verify import verify as verify_folder

        if not repair:
            return verify_folder(self.folder)
        self.close()
        return repair_folder(self.folder)

    def compact(self) -> CompactReport:
        """Give back the room that deleted rows left; checks the index first.

        Raises:
            IndexMissing: there is no index.
            IndexCorrupt: the index is damaged; it is left as it is.
            IndexLocked: another process is writing.
        """
        from ragkit.index.compact import compact as compact_store

        return compact_store(self.store)

    def remove(self, *sources: str | Path) -> tuple[FileReport, ...]:
        """Take files out of the index, all in one transaction; no search finds them from then on.

        Args:
            sources: each a source as the index names it, a path, a folder, or a glob (``*`` within a folder, ``**``
                across folders; one without ``/`` is matched with names of files).

        Raises:
            IndexMissing: there is no index.
            IndexFolderError: one of them is not in the index; nothing is removed then.
            IndexLocked: another process is writing.
        """
        from ragkit.index.remove import remove as remove_sources

        store = self.store
        with store.writing():
            removed = remove_sources(store, sources)
            self.reader.update_caches()
            store.checkpoint()
        return removed

    def backup(self, path: str | Path) -> int:
        """Write the index as it is now to one file, also while somebody writes; returns its size in bytes.

        The file, copied into an empty folder as ``ragkit.sqlite3``, is the index again.

        Raises:
            IndexMissing: there is no index.
            IndexFolderError: the file cannot be written.
        """
        from ragkit.index.backup import backup as backup_store

        return backup_store(self.store, Path(path))
