"""The index as its users hold it: sync paths into it, search it, ask it, build chains on it."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragkit.core.errors import ConfigError, IndexMismatch, LoadError
from ragkit.core.settings import settings, shell_word
from ragkit.core.types import LoadedFile, TokenEmbedder
from ragkit.ingest.stages import Arrows, configured_splitting, kept_splitting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from langchain_core.documents import BaseDocumentCompressor
    from langchain_core.language_models import BaseChatModel

    from ragkit.chains.answer.chain import AnswerChain, Rule
    from ragkit.chains.chat.chain import ChatChain, Rewriting
    from ragkit.chains.code.chain import CodeChain, CodeMode
    from ragkit.chains.context import Context
    from ragkit.chains.examples import IndexedExamples
    from ragkit.chains.widen import Reading
    from ragkit.core.types import Answer, Chunk, Embedder, FileReport, Hit, IngestReport
    from ragkit.generate.generator import Generator, Mode
    from ragkit.ground.abstain import Calibration
    from ragkit.ground.grounder import Unsupported
    from ragkit.ground.runnable import Grounding
    from ragkit.ingest.run import Progress
    from ragkit.load.web import WebOptions, WebPage
    from ragkit.prompt.runnable import GroundedPrompt
    from ragkit.retrieve.retriever import Retriever
    from ragkit.retrieve.search import Mode as SearchMode
    from ragkit.retrieve.search import Searcher
    from ragkit.retrieve.transform import QueryTransform
    from ragkit.store.care.compact import CompactReport
    from ragkit.store.care.findings import VerifyReport
    from ragkit.store.search.reader import Reader
    from ragkit.store.sqlite.store import Store

# An index folder and what works on it, each opened or loaded when it is first needed.


class Opened:
    """The parts of an index: database, searches, embedder, generator.

    Args:
        folder: the index folder.
        embedder: spec or object; None takes the one the index was made with, else the configured default.
        model: generator spec or LangChain chat model; None takes the configured default.
        cache: file in which replies of the generator are kept; None takes the settings, which keep none.
    """

    def __init__(
        self,
        folder: str | Path | None = None,
        *,
        embedder: str | Embedder | None = None,
        model: str | BaseChatModel | None = None,
        cache: str | Path | None = None,
    ) -> None:
        self.folder = Path(folder) if folder is not None else settings().index
        self._embedder_given = embedder
        self._model_given = model if model is not None else settings().model
        self._cache_given = Path(cache) if cache is not None else settings().cache
        self._store: Store | None = None
        self._generator: Generator | None = None
        self._lock = threading.RLock()

    @property
    def store(self) -> Store:
        """The open database.

        Raises:
            IndexMissing: nothing was indexed yet.
        """
        return self._open(create=False)

    def _open(self, *, create: bool) -> Store:
        from ragkit.store.sqlite.store import Store

        with self._lock:
            if self._store is None:
                self._store = Store(self.folder, create=create)
            return self._store

    @cached_property
    def reader(self) -> Reader:
        """Searches by row id over the open database."""
        from ragkit.store.search.reader import Reader

        return Reader(self.store)

    @cached_property
    def embedder(self) -> Embedder:
        """The embedder, checked against the one the index was made with.

        Raises:
            IndexMismatch: the index was made with another embedder.
        """
        stored = self._store.embedder() if self._store is not None else None
        given = self._embedder_given
        if given is None:
            given = (stored or {}).get("spec") or settings().embedder
        made = load_embedder_of(given)
        if stored:
            self._check(stored["fingerprint"], made.fingerprint)
        return made

    def _recheck(self, store: Store, embedder: Embedder) -> None:
        """See whether the index was brought to another embedder since this one was loaded."""
        stored = store.embedder()
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
                f"`ragkit index --reembed --embedder {self._spec()} --index {shell_word(str(self.folder))}`"
            )

    def _spec(self) -> str:
        return shell_word(self._embedder_given) if isinstance(self._embedder_given, str) else "SPEC"

    @cached_property
    def searcher(self) -> Searcher:
        """Dense, lexical and hybrid search."""
        from ragkit.retrieve.search import Searcher

        reader, embedder, store = self.reader, self.embedder, self.store
        reader.check = lambda: self._recheck(store, embedder)
        return Searcher(reader, embedder)

    def expect_one_question(self) -> None:
        """Prepare for a process that asks one question and ends; only there is it quicker."""
        prepare = getattr(self.searcher.embedder, "expect_one_question", None)
        if prepare is not None:
            prepare()

    def document(self, chunk: Chunk) -> tuple[str, dict[str, Any]] | None:
        """Return text and metadata of the document a passage was cut from; None where it is gone."""
        return self.store.document(chunk.document_id, chunk.source)

    def documents(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield (id, text, metadata) of all documents."""
        return self.store.documents()

    @property
    def generator(self) -> Generator:
        """The generator; its model is loaded at its first use."""
        from ragkit.generate.generator import as_generator

        with self._lock:
            if self._generator is None:
                made = as_generator(self._model_given, self._cache_given, check_spec=False)
                self._generator = replace(made, state=self.state)
            return self._generator

    @property
    def model_spec(self) -> str:
        """The generator's spec; empty for a model object handed in."""
        return self._model_given if isinstance(self._model_given, str) else ""

    def state(self) -> str:
        """Return a token that changes whenever the documents do."""
        return self.store.last_token()

    def close(self) -> None:
        """Close the database; it is opened again when it is needed."""
        with self._lock:
            if self._store is not None:
                self._store.close()
                self._store = None
            for name in ("reader", "embedder", "searcher"):
                self.__dict__.pop(name, None)


def load_embedder_of(given: str | Embedder) -> Embedder:
    """Return the embedder that a spec names, or the one given."""
    if not isinstance(given, str):
        return given
    from ragkit.embed import load_encoder

    return load_encoder(given)


# Filling an index and looking after it: sync, re-embed, verify, compact, remove, back up.


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
        from ragkit.ingest.run import Synchroniser, under
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
        from ragkit.ingest.web import known_metadata
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
        from ragkit.ingest.reembed import Reembedding

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
        from ragkit.store.care.repair import repair as repair_folder
        from ragkit.store.care.verify import verify as verify_folder

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


CALIBRATIONS = "calibrations"  # the setting of an index that holds them


class Index(Filled):
    """A collection of documents that can be searched and asked.

    Nothing is opened or loaded before it is needed. Safe to use from several threads.

    Args:
        folder: the index folder; made by the first :meth:`sync`.
        embedder: spec or object; None takes the one the index was made with, else the configured default.
        model: generator spec or LangChain chat model; None takes the configured default.
    """

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
        read: Reading | None = None,
    ) -> tuple[Hit, ...]:
        """Return the k best passages for a question, best first.

        Args:
            question: the question.
            k: how many; None takes the configured number.
            mode: ``hybrid``, ``dense`` or ``lexical``.
            filter: what the passages' metadata must be, in the language of ``ragkit.store.search.filters``.
            diversity: weight of unlikeness to better passages, from 0 to 1; None is off.
            rerank: a LangChain document compressor, or the folder of a cross-encoder.
            query_transform: puts the question in other words first: ``ragkit.retrieve.MultiQuery`` or ``HyDE``.
            fetch_k: passages to re-rank and to choose from; None takes 50, or k where that is more.
            read: how much to read around what is found; None takes the settings.

        Raises:
            IndexMissing: there is no index.
            ConfigError: an option is unknown or out of its range.
        """
        from ragkit.retrieve.pipeline import find

        return find(
            self._reading(read),
            question,
            k or settings().k,
            mode,
            filter=filter,
            diversity=diversity,
            fetch_k=fetch_k,
            compressor=_compressor(rerank),
            query_transform=query_transform,
        )

    def _reading(self, read: Reading | None) -> Searcher:
        from ragkit.chains.widen import configured_reading, wide

        return wide(self.searcher, read or configured_reading(), self.document)

    def context(self, read: Reading | None = None) -> Context:
        """Return the parts of the index that chains use.

        Args:
            read: how much text around a passage is handed on with it; None takes the settings.
        """
        from ragkit.chains.context import Context

        return Context(self._reading(read), self.generator, self, str(self.folder))

    def chain(
        self,
        *,
        mode: Mode = "auto",
        k: int | None = None,
        threshold: float | None = None,
        read: Reading | None = None,
        check: bool | None = None,
        unsupported: Unsupported = "drop",
        max_wrong: float | None = None,
        judge: bool | Rule = False,
        guard: bool = True,
    ) -> AnswerChain:
        """Return question to Answer as a LangChain Runnable.

        Args:
            mode: ``auto``, ``quote``, ``short`` or ``answer``.
            k: passages to retrieve.
            threshold: confidence, from 0 to 1, below which it refuses to answer.
            read: how much to read around what is found; None takes the settings.
            check: whether the generator is asked first if the passages answer at all; None asks those that follow
                instructions and tell how likely they find a word.
            unsupported: whether a sentence that no source supports is left out (``drop``) or shown as such (``mark``).
            max_wrong: share of the answers given, from 0 to 1, that may be to questions which the documents do not
                answer, in place of ``threshold``; None takes the settings. The index must be calibrated for it.
            judge: whether a local generator also judges, sentence by sentence, if the sources say what its prose says;
                or a rule of your own, (sentence, sources) to whether they say it.
            guard: whether sentences of documents that give orders, or ask, are no evidence; they are flagged anyway.

        Raises:
            ConfigError: an option is wrong, or the index is not calibrated for ``max_wrong``.
        """
        from ragkit.chains.answer.chain import THRESHOLD, AnswerChain
        from ragkit.generate import generator

        if max_wrong is None and threshold is None:
            max_wrong = settings().max_wrong
        given = self._model_given
        if isinstance(given, str) and mode != "quote":
            generator.check(given)
        return AnswerChain(
            self.context(read),
            mode=mode,
            k=k or settings().k,
            threshold=THRESHOLD if threshold is None else threshold,
            check=check,
            unsupported=unsupported,
            max_wrong=max_wrong,
            judge=judge,
            guard=guard,
            calibrations={} if max_wrong is None else self.calibrations(),
        )

    def chat(self, *, rewriting: Rewriting = "auto", **options: Any) -> ChatChain:
        """Return a conversation's question to Answer as a LangChain Runnable.

        Args:
            rewriting: how follow-up questions are made to stand alone: ``model``, ``words``, ``off`` or ``auto``.
            **options: of :meth:`chain`.
        """
        from ragkit.chains.chat.chain import ChatChain

        return ChatChain(self.chain(**options), rewriting=rewriting)

    def code(self, *, mode: CodeMode = "auto", k: int | None = None, tries: int = 3) -> CodeChain:
        """Return what answers questions about an indexed code base, and writes code that fits it, as a Runnable.

        Args:
            mode: ``auto``, ``quote``, ``answer`` or ``write``.
            k: parts of the code base to show.
            tries: how often the generator is asked for code at most.

        Raises:
            ConfigError: an option is wrong.
        """
        from ragkit.chains.code.chain import CodeChain
        from ragkit.generate import generator

        given = self._model_given
        if isinstance(given, str) and mode != "quote":
            generator.check(given)
        return CodeChain(
            replace(self.context(), searcher=self.searcher),
            mode=mode,
            k=k or settings().k,
            tries=tries,
        )

    def examples(self, embedder: Embedder | None = None) -> IndexedExamples:
        """Return the documents as examples to choose from, for `few_shot` and `classify` of :mod:`ragkit.chains`.

        Args:
            embedder: tells which are like a text; None takes the index's.
        """
        from ragkit.chains.examples import IndexedExamples

        return IndexedExamples(replace(self.context(), searcher=self.searcher), embedder)

    def ask(
        self,
        question: str,
        *,
        mode: Mode = "auto",
        k: int | None = None,
        threshold: float | None = None,
        read: Reading | None = None,
        check: bool | None = None,
        unsupported: Unsupported = "drop",
        max_wrong: float | None = None,
    ) -> Answer:
        """Answer a question from the documents, or say that they do not answer it; the options are of :meth:`chain`."""
        chain = self.chain(
            mode=mode,
            k=k,
            threshold=threshold,
            read=read,
            check=check,
            unsupported=unsupported,
            max_wrong=max_wrong,
        )
        return chain.invoke(question)

    def calibrations(self) -> dict[str, Calibration]:
        """Return what `ragkit eval answers --calibrate` fitted to this index, by the generator it was fitted with.

        Raises:
            ConfigError: what is kept cannot be read.
        """
        from ragkit.ground.abstain import Calibration

        kept = self._open(create=False).setting(CALIBRATIONS) or {}
        return {name: Calibration.from_json(told) for name, told in kept.items()}

    def keep_calibrations(self, fitted: Mapping[str, Calibration]) -> None:
        """Keep calibrations with the index, beside those of other generators.

        Raises:
            IndexLocked: another process is writing to this index.
        """
        store = self.store
        with store.writing():
            kept = store.setting(CALIBRATIONS) or {}
            store.set_setting(CALIBRATIONS, {**kept, **{name: each.to_json() for name, each in fitted.items()}})

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
        read: Reading | None = None,
    ) -> Retriever:
        """Return the search as a LangChain retriever; the options are those of :meth:`search`."""
        from ragkit.retrieve.pipeline import FETCH_K
        from ragkit.retrieve.retriever import Retriever

        return Retriever(
            searcher=self._reading(read),
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
        from ragkit.ground.safety import guard
        from ragkit.prompt.runnable import GroundedPrompt
        from ragkit.retrieve.evidence import select_evidence

        searcher = self.searcher
        return GroundedPrompt(
            lambda question, hits: select_evidence(searcher, question, hits, skip=guard(hits)),
            style=style,
            budget=budget,
        )

    def grounding(self, *, threshold: float | None = None, short: bool = False) -> Grounding:
        """Return the step behind the model: reply to Answer, quotes checked.

        Args:
            threshold: confidence below which the answer is a refusal; None takes the default.
            short: whether replies are phrases, for ``prompt(style="short")``.
        """
        from ragkit.chains.answer.chain import THRESHOLD
        from ragkit.chains.answer.sufficiency import assess
        from ragkit.ground.runnable import Grounding

        searcher = self.searcher
        return Grounding(
            confidence=lambda question, evidence: assess(searcher, question, evidence),
            threshold=THRESHOLD if threshold is None else threshold,
            short=short,
        )


def _compressor(given: BaseDocumentCompressor | str | Path | None) -> BaseDocumentCompressor | None:
    if not isinstance(given, str | Path):
        return given
    from ragkit.retrieve.rerank import CrossEncoderReranker

    return CrossEncoderReranker(model=given)
