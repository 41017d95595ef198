"""The index as its users hold it: sync paths into it, search it, ask it, build chains on it; and several as one."""

from __future__ import annotations

from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from ragkit.collection import Collection
from ragkit.core.errors import ConfigError, IndexMismatch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from langchain_core.language_models import BaseChatModel

    from ragkit.core.settings import Settings
    from ragkit.core.types import Chunk, Embedder, FileReport, IngestReport
    from ragkit.ground.abstain import Calibration
    from ragkit.ingest.run import Progress
    from ragkit.load.web import WebOptions
    from ragkit.retrieve.search import Searcher
    from ragkit.store.care.compact import CompactReport
    from ragkit.store.care.findings import VerifyReport
    from ragkit.store.search.reader import Reader
    from ragkit.store.sqlite.store import Store

CALIBRATIONS = "calibrations"  # the setting of an index that holds them


class Index(Collection):
    """A collection of documents in one folder, which can be updated, searched and asked.

    Nothing is opened or loaded before it is needed. Safe to use from several threads.

    Args:
        folder: the index folder; made by the first :meth:`sync`. None takes the settings'.
        embedder: spec or object; None takes the one the index was made with, else the settings'.
        model: generator spec or LangChain chat model; None takes the settings'.
        cache: file in which replies of the generator are stored; None takes the settings', which store none by default.
        settings: None reads environment and ``ragkit.toml``.
        **options: fields of :class:`ragkit.core.settings.Settings` that differ from ``settings``, for example
            ``chunk_tokens=50``.

    Raises:
        ConfigError: an option is unknown, or its value is wrong.
    """

    def __init__(
        self,
        folder: str | Path | None = None,
        *,
        embedder: str | Embedder | None = None,
        model: str | BaseChatModel | None = None,
        cache: str | Path | None = None,
        settings: Settings | None = None,
        **options: Any,
    ) -> None:
        super().__init__(str(folder or ""), model=model, cache=cache, settings=settings, **options)
        from ragkit.ingest.embedder import IndexEmbedder

        self.folder = self.settings.index if folder is None else Path(folder)
        self.name = str(self.folder)
        self._embedder = IndexEmbedder(self.folder, embedder, self.settings)
        self._store: Store | None = None

    # -- the parts, each opened or loaded when it is needed first ------------------------------------------------

    @property
    def store(self) -> Store:
        """The open database.

        Raises:
            IndexMissing: nothing was indexed yet.
        """
        return self._open(create=False)

    def _open(self, *, create: bool) -> Store:
        from ragkit.store.sqlite.store import Store

        # One connection an index: threads share it, the store serialises them.
        with self._lock:
            if self._store is None:
                self._store = Store(self.folder, create=create)
            return self._store

    @cached_property
    def reader(self) -> Reader:
        """Searches by row id over the open database."""
        from ragkit.store.search.reader import Reader

        return Reader(self.store)

    @property
    def embedder(self) -> Embedder:
        """The embedder, checked against the one the index was made with.

        Raises:
            IndexMismatch: the index was made with another embedder.
        """
        return self._embedder.load(self._store.embedder() if self._store is not None else None)

    def _make_searcher(self) -> Searcher:
        from ragkit.retrieve.search import Searcher

        # Checked again whenever the database changed: another process may have brought it to another embedder.
        reader, embedder = self.reader, self.embedder
        reader.check = partial(self._embedder.check, self.store, embedder)
        return Searcher(reader, embedder)

    def share_embedder(self, embedder: Embedder) -> None:
        """Use an embedder that is loaded already, of the model this index was made with."""
        self._embedder.use(embedder)

    def document(self, chunk: Chunk) -> tuple[str, dict[str, Any]] | None:
        """Return text and metadata of the document a passage was cut from; None where it is gone."""
        return self.store.document(chunk.document_id, chunk.source)

    def documents(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield (id, text, metadata) of all documents."""
        return self.store.documents()

    def state(self) -> str:
        """Return a token that changes whenever the documents do."""
        return self.store.last_token()

    def close(self) -> None:
        """Close the database; it is opened again when it is needed."""
        with self._lock:
            if self._store is not None:
                self._store.close()
                self._store = None
            self._forget(None)

    def _forget(self, embedder: Embedder | None) -> None:
        for name in ("reader", "searcher"):
            vars(self).pop(name, None)
        self._embedder.use(embedder)

    # -- updating ------------------------------------------------------------------------------------------------

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
            retry_failed: read what had no text at an earlier run again, even when it is as before: more may be
                installed now, or the limits may be others.
            include: globs; only files that match one are read, and only links that match one are followed.
            exclude: globs; files that match one are not read, links not followed.
            web: how web pages are fetched.
            ocr: read words in pictures and scanned pages too, with the extra ``ocr``; files that were without text
                before are then read again.
            progress: called as files are finished.

        Raises:
            LoadError: a path does not exist, or an address is none that is read.
            MissingExtra: there is an address, or ``ocr`` is set, and the packages for it are not installed.
            IndexLocked: another process is writing to this index.
            IndexMismatch: the index was made with another embedder.
        """
        from ragkit.ingest import ingest
        from ragkit.ingest.sources import Sources

        sources = Sources(paths, self.settings, include=include, exclude=exclude, web=web, rehash=rehash, ocr=ocr)
        store = self._open(create=True)
        with store.writing():
            report = ingest(
                store,
                sources,
                self._embedder,
                self.settings,
                prune=prune,
                rehash=rehash,
                retry_failed=retry_failed,
                ocr=ocr,
                progress=progress,
            )
            self.reader.update_caches()
        return report

    def reembed(self, *, progress: Callable[[Progress], None] | None = None) -> IngestReport:
        """Bring the whole index to this object's embedder, else the settings', from the texts it holds.

        Documents are split and embedded again; the files they came from are not needed. The old index answers until the
        new one is whole, then all is replaced at once; an interrupted run is taken up by the next one. Who has the
        index open with the old embedder gets :class:`IndexMismatch` from then on.

        Args:
            progress: called as documents are finished.

        Raises:
            IndexMissing: there is no index.
            IndexLocked: another process is writing to this index.
        """
        from ragkit.ingest import reembed

        store = self.store
        with store.writing():
            report, embedder = reembed(store, self._embedder, self.settings, progress=progress)
            # Readers hold row ids and vectors of the old passages: they are made again from the new ones.
            with self._lock:
                self._forget(embedder)
            self.reader.update_caches()
        return report

    # -- looking after it ----------------------------------------------------------------------------------------

    def verify(self, *, repair: bool = False) -> VerifyReport:
        """Check everything that the index holds: SQLite's structure, spans, vectors, sums, caches.

        Args:
            repair: remove what is damaged and mark its files to be read again by the next :meth:`sync`; of a database
                that SQLite cannot read any more, save the whole documents and leave the damaged file beside it.

        Raises:
            IndexMissing: there is no index.
            IndexLocked: another process is writing, and ``repair`` is set.
            IndexCorrupt: ``repair`` is set, and nothing can be read.
        """
        from ragkit.store.care.repair import repair as repair_folder
        from ragkit.store.care.verify import verify as verify_folder

        if not repair:
            return verify_folder(self.folder)
        self.close()  # repair may replace the database file, which must not be in use then
        return repair_folder(self.folder)

    def compact(self) -> CompactReport:
        """Give back the room that deleted rows left; checks the index first.

        Raises:
            IndexMissing: there is no index.
            IndexCorrupt: the index is damaged; it is left as it is.
            IndexLocked: another process is writing.
        """
        from ragkit.store.care.compact import compact as compact_store

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
        from ragkit.store.care.remove import remove as remove_sources

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
        from ragkit.store.care.backup import backup as backup_store

        return backup_store(self.store, Path(path))

    def calibrations(self) -> dict[str, Calibration]:
        """Return what `ragkit eval answers --calibrate` fitted to this index, by the generator it was fitted with.

        Raises:
            ConfigError: what is stored cannot be read.
        """
        from ragkit.ground.abstain import Calibration

        stored = self.store.setting(CALIBRATIONS) or {}
        return {name: Calibration.from_json(each) for name, each in stored.items()}

    def keep_calibrations(self, fitted: Mapping[str, Calibration]) -> None:
        """Store calibrations with the index, beside those of other generators.

        Raises:
            IndexLocked: another process is writing to this index.
        """
        store = self.store
        with store.writing():
            stored = store.setting(CALIBRATIONS) or {}
            store.set_setting(CALIBRATIONS, {**stored, **{name: each.to_json() for name, each in fitted.items()}})


class Indexes(Collection):
    """Several indexes, made with the same embedder, searched and asked as one; each is updated by its own ``Index``.

    Args:
        folders: the index folders.
        embedder: spec or object; None takes the one the indexes were made with.
        model: generator spec or LangChain chat model; None takes the settings'.
        cache: file in which replies of the generator are stored.
        settings: None reads environment and ``ragkit.toml``.
        **options: fields of :class:`ragkit.core.settings.Settings` that differ from ``settings``.

    Raises:
        ConfigError: no folder is given, one is given twice, or an option is wrong.
    """

    def __init__(
        self,
        *folders: str | Path,
        embedder: str | Embedder | None = None,
        model: str | BaseChatModel | None = None,
        cache: str | Path | None = None,
        settings: Settings | None = None,
        **options: Any,
    ) -> None:
        if not folders:
            raise ConfigError("no index to search: give at least one folder")
        name = ", ".join(map(str, folders))
        super().__init__(name, model=model, cache=cache, settings=settings, **options)
        self.parts = tuple(Index(folder, embedder=embedder, settings=self.settings) for folder in folders)
        if len({part.folder.resolve() for part in self.parts}) < len(folders):
            raise ConfigError("an index is given twice: name each folder once")

    def __getattr__(self, name: str) -> NoReturn:
        # Called only for names that are not found: those of Index that change one folder have no meaning for several.
        if name in Index.__dict__:
            raise ConfigError(
                "several indexes are searched as one but changed one by one: use Index(folder), "
                "or `ragkit index PATH --index DIR`"
            )
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @cached_property
    def embedder(self) -> Embedder:
        """The embedder of all the indexes.

        Raises:
            IndexMissing: one of them was not made yet.
            IndexMismatch: they were made with different embedders.
        """
        from ragkit.ingest.embedder import differences

        first, *others = self.parts
        for part in others:
            if differing := differences(_fingerprint(first.store), _fingerprint(part.store)):
                ours, theirs = differing
                raise IndexMismatch(
                    f"{first.folder} and {part.folder} were made with different embedders ({ours}; {theirs}) and "
                    "cannot be searched as one: bring one to the other's with "
                    f"`ragkit index --reembed --embedder SPEC --index {part.folder}`"
                )
        embedder = first.embedder
        for part in others:
            part.share_embedder(embedder)  # loaded once
        return embedder

    def _make_searcher(self) -> Searcher:
        from ragkit.retrieve.search import Searcher
        from ragkit.retrieve.union import Union

        embedder = self.embedder
        for part in self.parts:
            part.searcher  # noqa: B018 - it also watches for a change of embedder
        return Searcher(Union([part.reader for part in self.parts]), embedder)

    def document(self, chunk: Chunk) -> tuple[str, dict[str, Any]] | None:
        """Return text and metadata of the document a passage was cut from; None where it is gone."""
        # Two indexes may hold different versions of one file: the one that has the passage at its place is meant.
        found = (part.document(chunk) for part in self.parts)
        return next((each for each in found if each and each[0][chunk.start : chunk.end] == chunk.text), None)

    def documents(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield (id, text, metadata) of all documents."""
        return (document for part in self.parts for document in part.documents())

    def state(self) -> str:
        """Return a token that changes whenever one of the indexes does."""
        return " ".join(part.state() for part in self.parts)

    def calibrations(self) -> NoReturn:
        """Not available: what was fitted to one index does not hold for several together.

        Raises:
            ConfigError: always.
        """
        raise ConfigError(
            "several indexes have no calibration together: ask one of them with max_wrong, or set a threshold"
        )

    def close(self) -> None:
        """Close the databases; they are opened again when they are needed."""
        for part in self.parts:
            part.close()
        for name in ("embedder", "searcher"):
            vars(self).pop(name, None)


def _fingerprint(store: Store) -> dict[str, Any]:
    return dict((store.embedder() or {}).get("fingerprint", {}))
