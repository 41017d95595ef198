"""The index as its users hold it: sync paths into it, search it, ask it, build chains on it."""

from __future__ import annotations

import threading
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragkit.arrows import Arrows
from ragkit.config import settings
from ragkit.errors import ConfigError, IndexMismatch, LoadError
from ragkit.types import TokenEmbedder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from langchain_core.documents import BaseDocumentCompressor
    from langchain_core.language_models import BaseChatModel

    from ragkit.chains.answer import AnswerChain
    from ragkit.chains.generator import Generator, Mode
    from ragkit.ground.runnable import Grounding
    from ragkit.index.compact import CompactReport
    from ragkit.index.findings import VerifyReport
    from ragkit.index.reader import Reader
    from ragkit.index.store import Store
    from ragkit.index.sync import Progress
    from ragkit.prompt.runnable import GroundedPrompt
    from ragkit.retrieve.retriever import Retriever
    from ragkit.retrieve.search import Mode as SearchMode
    from ragkit.retrieve.search import Searcher
    from ragkit.retrieve.transform import QueryTransform
    from ragkit.types import Answer, Embedder, FileReport, Hit, IngestReport


class Index:
    """A collection of documents that can be searched and asked.

    Nothing is opened or loaded before it is needed. Safe to use from several threads.

    Args:
        folder: the index folder; made by the first :meth:`sync`.
        embedder: spec or object; None takes the one the index was made with, else the configured default.
        model: generator spec or LangChain chat model; None takes the configured default.
    """

    def __init__(
        self,
        folder: str | Path | None = None,
        *,
        embedder: str | Embedder | None = None,
        model: str | BaseChatModel | None = None,
    ) -> None:
        self.folder = Path(folder) if folder is not None else settings().index
        self._embedder_given = embedder
        self._model_given = model if model is not None else settings().model
        self._store: Store | None = None
        self._generator: Generator | None = None
        self._lock = threading.RLock()

    # -- parts ---------------------------------------------------------------------------------------------------

    @property
    def store(self) -> Store:
        """The open database.

        Raises:
            IndexMissing: nothing was indexed yet.
        """
        return self._open(create=False)

    def _open(self, *, create: bool) -> Store:
        from ragkit.index.store import Store

        with self._lock:
            if self._store is None:
                self._store = Store(self.folder, create=create)
            return self._store

    @cached_property
    def reader(self) -> Reader:
        """Searches by row id over the open database."""
        from ragkit.index.reader import Reader

        return Reader(self.store)

    @cached_property
    def embedder(self) -> Embedder:
        """The embedder, checked against the one the index was made with.

        Raises:
            IndexMismatch: the index was made with another embedder.
        """
        stored = self._store.setting("embedder") if self._store is not None else None
        given = self._embedder_given
        if given is None:
            given = (stored or {}).get("spec") or settings().embedder
        made = _loaded(given)
        if stored:
            self._check(stored["fingerprint"], made.fingerprint)
        return made

    def _recheck(self, store: Store, embedder: Embedder) -> None:
        """See whether the index was brought to another embedder since this one was loaded."""
        stored = store.setting("embedder")
        if stored:
            self._check(stored["fingerprint"], embedder.fingerprint)

    def _check(self, stored: Mapping[str, Any], given: Mapping[str, Any]) -> None:
        differing = [key for key in sorted({*stored, *given}) if stored.get(key) != given.get(key)]
        if differing:
            was = ", ".join(f"{key}={stored.get(key)!r}" for key in differing)
            now = ", ".join(f"{key}={given.get(key)!r}" for key in differing)
            raise IndexMismatch(
                f"{self.folder} was made with another embedder (index: {was}; now: {now}): leave --embedder out to use "
                "the index's own (and open the index again), or bring it to this one with "
                f"`ragkit index --reembed --embedder {self._spec()} --index {self.folder}`"
            )

    def _spec(self) -> str:
        return self._embedder_given if isinstance(self._embedder_given, str) else "SPEC"

    @cached_property
    def searcher(self) -> Searcher:
        """Dense, lexical and hybrid search."""
        from ragkit.retrieve.search import Searcher

        reader, embedder, store = self.reader, self.embedder, self.store
        reader.check = lambda: self._recheck(store, embedder)
        return Searcher(reader, embedder)

    @property
    def generator(self) -> Generator:
        """The generator; loaded on first use."""
        from ragkit.chains.generator import Generator, load

        with self._lock:
            if self._generator is None:
                given = self._model_given
                self._generator = load(given) if isinstance(given, str) else Generator("", given)
            return self._generator

    # -- filling -------------------------------------------------------------------------------------------------

    def sync(
        self,
        *paths: str | Path,
        prune: bool = False,
        rehash: bool = False,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        progress: Callable[[Progress], None] | None = None,
    ) -> IngestReport:
        """Bring the index to what files and folders now hold.

        Unchanged files are skipped, changed ones replaced, each whole or not at all; an interrupted run is taken up by
        the next one.

        Args:
            paths: files and folders.
            prune: remove what is indexed from below these paths but no longer exists there.
            rehash: read every file again, even when its size and modification time are as before.
            include: globs; only files that match one are read.
            exclude: globs; files that match one are not read.
            progress: called as files are finished.

        Raises:
            LoadError: a path does not exist.
            IndexLocked: another process is writing to this index.
            IndexMismatch: the index was made with another embedder.
        """
        from ragkit.index.sync import Synchroniser, under
        from ragkit.load import iter_files

        if not paths:
            raise ConfigError("nothing to index: give at least one file or folder")
        roots = [Path(path).absolute() for path in paths]
        for given, root in zip(paths, roots, strict=True):
            if not root.exists():
                raise LoadError(str(given), "missing", "no such file or folder: check the path")
        own = self.folder.absolute()
        files = [
            path for path in _normal(iter_files(roots, include=include, exclude=exclude)) if own not in path.parents
        ]
        store = self._open(create=True)
        known = store.setting("embedder")
        if known is None:
            self._remember()
        elif self._embedder_given not in (None, known["spec"]):
            self._rechecked(store)
        # Where nothing changed, the embedder is not even loaded.
        arrows = Arrows(lambda: self._rechecked(store))
        run = Synchroniser(store, arrows, rehash=rehash, tokens=store.setting("tokens") is not None, progress=progress)
        with store.writing():
            report = run.run(files, prune=(lambda source: under(source, roots)) if prune else None)
            self._note_runtime(store, report)
            self.reader.update_caches()
        return report

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
        if store.setting("embedder") is None:
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
        return {"embedder": about, "tokens": {"bits": bits} if bits and settings().late_interaction else None}

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
        from ragkit import __version__
        from ragkit.index.reembed import Reembedding

        store = self.store
        given = self._embedder_given
        embedder = _loaded(settings().embedder if given is None else given)
        described = self._described(embedder)
        run = Reembedding(store, Arrows(lambda: embedder), described, splitting=__version__, progress=progress)
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

    # -- using ---------------------------------------------------------------------------------------------------

    def search(
        self,
        question: str,
        k: int | None = None,
        mode: SearchMode = "hybrid",
        *,
        filter: Mapping[str, Any] | None = None,
        diversity: float | None = None,
        rerank: BaseDocumentCompressor | str | Path | None = None,
        query_transform: QueryTransform | None = None,
        fetch_k: int | None = None,
    ) -> tuple[Hit, ...]:
        """Return the k best passages for a question, best first.

        Args:
            question: the question.
            k: how many; None takes the configured number.
            mode: ``hybrid``, ``dense`` or ``lexical``.
            filter: what the passages' metadata must be, in the language of ``ragkit.index.filters``.
            diversity: weight of unlikeness to better passages, from 0 to 1; None is off.
            rerank: a LangChain document compressor, or the folder of a cross-encoder.
            query_transform: puts the question in other words first: ``ragkit.retrieve.MultiQuery`` or ``HyDE``.
            fetch_k: passages to re-rank and to choose from; None takes 50, or k where that is more.

        Raises:
            IndexMissing: there is no index.
            ConfigError: an option is unknown or out of its range.
        """
        from ragkit.retrieve.pipeline import find

        return find(
            self.searcher,
            question,
            k or settings().k,
            mode,
            filter=filter,
            diversity=diversity,
            fetch_k=fetch_k,
            compressor=_compressor(rerank),
            query_transform=query_transform,
        )

    def chain(self, *, mode: Mode = "auto", k: int | None = None, threshold: float | None = None) -> AnswerChain:
        """Return question to Answer as a LangChain Runnable.

        Args:
            mode: ``auto``, ``quote``, ``short`` or ``answer``.
            k: passages to retrieve.
            threshold: confidence, from 0 to 1, below which it refuses to answer.
        """
        from ragkit.chains.answer import THRESHOLD, AnswerChain
        from ragkit.chains.generator import check, weak

        given = self._model_given
        if isinstance(given, str) and mode != "quote":
            check(given)
        return AnswerChain(
            self.searcher,
            lambda: self.generator,
            mode=mode,
            weak=isinstance(given, str) and weak(given),
            k=k or settings().k,
            threshold=THRESHOLD if threshold is None else threshold,
        )

    def ask(
        self, question: str, *, mode: Mode = "auto", k: int | None = None, threshold: float | None = None
    ) -> Answer:
        """Answer a question from the documents, or say that they do not answer it."""
        return self.chain(mode=mode, k=k, threshold=threshold).invoke(question)

    def retriever(
        self,
        k: int | None = None,
        mode: SearchMode = "hybrid",
        *,
        filter: Mapping[str, Any] | None = None,
        diversity: float | None = None,
        rerank: BaseDocumentCompressor | str | Path | None = None,
        query_transform: QueryTransform | None = None,
        fetch_k: int | None = None,
    ) -> Retriever:
        """Return the search as a LangChain retriever; the options are those of :meth:`search`."""
        from ragkit.retrieve.pipeline import FETCH_K
        from ragkit.retrieve.retriever import Retriever

        return Retriever(
            searcher=self.searcher,
            k=k or settings().k,
            mode=mode,
            filter=None if filter is None else dict(filter),
            diversity=diversity,
            fetch_k=FETCH_K if fetch_k is None else fetch_k,
            compressor=_compressor(rerank),
            query_transform=query_transform,
        )

    def prompt(self, *, style: Any = "answer", budget: int = 1500) -> GroundedPrompt:
        """Return the step between retriever and model: passages to messages with numbered sources.

        Args:
            style: ``answer`` for prose, ``short`` for a phrase.
            budget: tokens for all sources together.
        """
        from ragkit.prompt.runnable import GroundedPrompt
        from ragkit.retrieve.evidence import select_evidence

        searcher = self.searcher
        return GroundedPrompt(
            lambda question, hits: select_evidence(searcher, question, hits), style=style, budget=budget
        )

    def grounding(self, *, threshold: float | None = None, short: bool = False) -> Grounding:
        """Return the step behind the model: reply to Answer, quotes checked.

        Args:
            threshold: confidence below which the answer is a refusal; None takes the default.
            short: whether replies are phrases, for ``prompt(style="short")``.
        """
        from ragkit.chains.answer import THRESHOLD, assess
        from ragkit.ground.runnable import Grounding

        searcher = self.searcher
        return Grounding(
            confidence=lambda question, evidence: assess(searcher, question, evidence),
            threshold=THRESHOLD if threshold is None else threshold,
            short=short,
        )

    def close(self) -> None:
        """Close the database; it is opened again when it is needed."""
        with self._lock:
            if self._store is not None:
                self._store.close()
                self._store = None
            for name in ("reader", "embedder", "searcher"):
                self.__dict__.pop(name, None)


def _compressor(given: BaseDocumentCompressor | str | Path | None) -> BaseDocumentCompressor | None:
    if not isinstance(given, str | Path):
        return given
    from ragkit.retrieve.rerank import CrossEncoderReranker

    return CrossEncoderReranker(model=given)


def _loaded(given: str | Embedder) -> Embedder:
    if not isinstance(given, str):
        return given
    from ragkit.embed import load_encoder

    return load_encoder(given)


def _normal(paths: Iterable[Any]) -> list[Path]:
    return [Path(path) for path in paths]
