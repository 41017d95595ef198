"""The methods of :class:`ragkit.Index` and :class:`ragkit.Indexes`: search, chains, prompts and grounding."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ragkit import models
from ragkit.core.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from langchain_core.documents import BaseDocumentCompressor
    from langchain_core.language_models import BaseChatModel

    from ragkit.chains.chat.chain import ChatChain, Rewriting
    from ragkit.chains.code.chain import CodeChain, CodeMode
    from ragkit.chains.context import Context
    from ragkit.chains.examples import IndexedExamples
    from ragkit.chains.route.chain import RoutedChain
    from ragkit.chains.widen import Reading
    from ragkit.core.settings import Settings
    from ragkit.core.types import Answer, Chunk, Embedder, Hit
    from ragkit.generate.generator import Generator, Mode
    from ragkit.ground.abstain import Calibration
    from ragkit.ground.grounder import Unsupported
    from ragkit.ground.runnable import Grounding
    from ragkit.prompt.runnable import GroundedPrompt
    from ragkit.retrieve.retriever import Retriever
    from ragkit.retrieve.search import Mode as SearchMode
    from ragkit.retrieve.search import Searcher
    from ragkit.retrieve.transform import QueryTransform


class Collection(ABC):
    """Documents that can be searched and asked; :class:`ragkit.Index` and :class:`ragkit.Indexes` are the two kinds.

    Args:
        name: what messages call it.
        model: generator spec or LangChain chat model; None takes the settings'.
        cache: file in which replies of the generator are stored; None takes the settings', which store none by default.
        settings: None reads environment and ``ragkit.toml``.
        **options: fields of :class:`ragkit.core.settings.Settings` that differ from ``settings``.

    Raises:
        ConfigError: an option is unknown, or its value is wrong.
    """

    def __init__(
        self,
        name: str,
        *,
        model: str | BaseChatModel | None = None,
        cache: str | Path | None = None,
        settings: Settings | None = None,
        **options: Any,
    ) -> None:
        owner = type(self).__name__
        if settings is None:
            settings = load_settings(owner, **options)
        elif options:
            settings = load_settings(owner, **{**settings.model_dump(), **options})
        self.settings = settings
        self.name = name
        given = settings.model if model is None else model
        self._model = models.in_full(given) if isinstance(given, str) else given
        self._cache = settings.cache if cache is None else Path(cache)
        self._generator: Generator | None = None
        self._model_checked = False
        self._lock = threading.RLock()

    @cached_property
    def searcher(self) -> Searcher:
        """Dense, lexical and hybrid search.

        Raises:
            IndexMissing: nothing was indexed yet.
        """
        return self._make_searcher()

    @abstractmethod
    def _make_searcher(self) -> Searcher: ...

    @abstractmethod
    def document(self, chunk: Chunk) -> tuple[str, dict[str, Any]] | None:
        """Return text and metadata of the document a passage was cut from; None where it is gone."""

    @abstractmethod
    def documents(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield (id, text, metadata) of all documents."""

    @abstractmethod
    def state(self) -> str:
        """Return a token that changes whenever the documents do."""

    @abstractmethod
    def calibrations(self) -> dict[str, Calibration]:
        """Return what `ragkit eval answers --calibrate` fitted, by the generator it was fitted with."""

    @property
    def generator(self) -> Generator:
        """The generator; its model is loaded at its first use."""
        from ragkit.generate.generator import as_generator

        # Replies in the cache hang on the state of the documents: an answer from before an update is not used after it.
        with self._lock:
            if self._generator is None:
                made = as_generator(self._model, self._cache, settings=self.settings, check_spec=False)
                self._generator = replace(made, state=self.state)
            return self._generator

    @property
    def model_spec(self) -> str:
        """The generator's spec; empty for a model object."""
        return self._model if isinstance(self._model, str) else ""

    def expect_one_question(self) -> None:
        """Prepare for a process that asks one question and ends; only there is it quicker."""
        prepare = getattr(self.searcher.embedder, "expect_one_question", None)
        if prepare is not None:
            prepare()

    # -- search --------------------------------------------------------------------------------------------------

    def search(
        self,
        question: str,
        k: int | None = None,
        mode: SearchMode = "hybrid",
        *,
        filter: Mapping[str, Any] | None = None,
        within: str | Sequence[str] | None = None,
        since: str | date | None = None,
        diversity: float | None = None,
        rerank: BaseDocumentCompressor | str | Path | None = None,
        query_transform: QueryTransform | None = None,
        fetch_k: int | None = None,
        read: Reading | None = None,
    ) -> tuple[Hit, ...]:
        """Return the k best passages for a question, best first.

        Args:
            question: the question.
            k: how many; None takes the settings'.
            mode: ``hybrid``, ``dense`` or ``lexical``.
            filter: what the passages' metadata must be, in the language of ``ragkit.store.search.filters``.
            within: files, folders or globs that the passages must be from.
            since: date on or after which their documents were written or changed, as ISO 8601.
            diversity: weight of unlikeness to better passages, from 0 to 1; None is off.
            rerank: a LangChain document compressor, the folder of a cross-encoder, or the spec of a registered one.
            query_transform: puts the question in other words first: ``ragkit.retrieve.MultiQuery`` or ``HyDE``.
            fetch_k: passages to re-rank and to choose from; None takes 50, or k where that is more.
            read: how much text around a passage is returned with it; None takes the settings.

        Raises:
            IndexMissing: there is no index.
            ConfigError: an option is unknown or out of its range.
        """
        from ragkit.retrieve.narrow import narrowed_filter
        from ragkit.retrieve.pipeline import find

        return find(
            self._wide_searcher(read),
            question,
            k or self.settings.k,
            mode,
            filter=narrowed_filter(filter, within, since),
            diversity=diversity,
            fetch_k=fetch_k,
            compressor=_reranker(rerank),
            query_transform=query_transform,
        )

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
            searcher=self._wide_searcher(read),
            k=k or self.settings.k,
            mode=mode,
            filter=None if filter is None else dict(filter),
            diversity=diversity,
            fetch_k=FETCH_K if fetch_k is None else fetch_k,
            compressor=_reranker(rerank),
            query_transform=query_transform,
        )

    def _wide_searcher(self, read: Reading | None) -> Searcher:
        """Return the search, with the text around each passage where the settings or the caller want it."""
        if read is None and not (self.settings.read_window or self.settings.read_tokens):
            return self.searcher
        from ragkit.chains.widen import Reading, wide

        read = read or Reading(self.settings.read_window, self.settings.read_tokens)
        return wide(self.searcher, read, self.document)

    # -- chains --------------------------------------------------------------------------------------------------

    def context(self, read: Reading | None = None) -> Context:
        """Return the parts of the collection that chains use.

        Args:
            read: how much text around a passage is handed on with it; None takes the settings.
        """
        from ragkit.chains.context import Context

        return Context(self._wide_searcher(read), self.generator, self, self.name)

    def chain(
        self,
        *,
        mode: Mode = "auto",
        k: int | None = None,
        threshold: float | None = None,
        read: Reading | None = None,
        check: bool | None = None,
        unsupported: Unsupported = "mark",
        max_wrong: float | None = None,
        verifier: Any = None,
        strict: bool = False,
        guard: bool = True,
        filter: Mapping[str, Any] | None = None,
        within: str | Sequence[str] | None = None,
        since: str | date | None = None,
        rerank: BaseDocumentCompressor | str | Path | None = None,
        route: str = "auto",
    ) -> RoutedChain:
        """Return question to Answer as a LangChain Runnable.

        Args:
            mode: ``auto``, ``quote``, ``short`` or ``answer``.
            k: passages to retrieve.
            threshold: confidence, from 0 to 1, below which it refuses to answer.
            read: how much text around a passage is used with it; None takes the settings.
            check: whether the generator first judges if the passages answer at all; None does so with those that follow
                instructions and return probabilities of words.
            unsupported: what becomes of a sentence that the sources do not confirm: shown with a mark (``mark``), left
                out (``drop``), or shown as it is (``keep``). What they contradict is left out.
            max_wrong: share of the answers, from 0 to 1, that may be to questions which the documents do not answer, in
                place of ``threshold``; None takes the settings. The index must be calibrated for it.
            verifier: who judges whether the sources say what a sentence says: a spec (``embedded``, ``generator``,
                ``generator:MODEL``, ``local:FOLDER``, ``rules``, or of a package), an object with ``judge``, or a
                function (sentence, sources) to whether they say it; None takes the settings', or the embedded one.
            strict: whether a sentence needs nearly the words of one source to be shown; the others are dropped.
            guard: whether sentences of documents that order a model to drop its instructions, or ask, are no evidence;
                they are flagged anyway.
            filter: what the passages' metadata must be, in the language of ``ragkit.store.search.filters``.
            within: files, folders or globs that the passages must be from.
            since: date on or after which their documents were written or changed, as ISO 8601.
            rerank: what re-ranks the passages, as of :meth:`search`, or ``none``; None takes the settings', or else the
                catalogue's cross-encoder where it is on this machine. That one also chooses the sentences.
            route: what answers: ``passages``, ``table``, ``steps``, ``overview``, ``list``, ``code``, ``talk``; or
                ``auto``, the one for the question's kind, and passages where that has no answer. With ``max_wrong``,
                which is only known of answers from passages, ``auto`` takes these.

        Raises:
            ConfigError: an option is wrong, or the index is not calibrated for ``max_wrong``.
        """
        from ragkit.chains.answer.chain import THRESHOLD, AnswerChain
        from ragkit.chains.route.chain import RoutedChain
        from ragkit.chains.specialists import Specialists

        # A threshold of the caller's wins over the settings' share of wrong answers.
        if max_wrong is None and threshold is None:
            max_wrong = self.settings.max_wrong
        from ragkit.retrieve.narrow import narrowed, narrowed_filter

        self._check_model(mode)
        context = self.context(read)
        reranker = self._answers_reranker(rerank)
        searcher = narrowed(context.searcher, narrowed_filter(filter, within, since), reranker)
        context = replace(context, searcher=searcher)
        answering = AnswerChain(
            context,
            mode=mode,
            k=k or self.settings.k,
            threshold=THRESHOLD if threshold is None else threshold,
            check=check,
            unsupported=unsupported,
            max_wrong=max_wrong,
            verifier=verifier,
            strict=strict,
            guard=guard,
            language_rules=self.settings.language_rules,
            calibrations={} if max_wrong is None else self.calibrations(),
        )
        taken = "passages" if route == "auto" and max_wrong is not None else route
        return RoutedChain(answering, context.documents, Specialists(context), name=self.name, route=taken)

    def _answers_reranker(self, rerank: BaseDocumentCompressor | str | Path | None) -> BaseDocumentCompressor | None:
        """Return what re-ranks passages for answers: as given, as set, or the catalogue's where it is present."""
        from ragkit.retrieve.rerank import as_reranker, default_reranker

        given = self.settings.rerank if rerank is None else rerank
        return default_reranker(self.settings.models_dir) if given is None else as_reranker(given)

    def _check_model(self, mode: str) -> None:
        """Find out whether the generator's spec can be right before a question is searched for."""
        if isinstance(self._model, str) and mode != "quote" and not self._model_checked:
            from ragkit.generate.generator import check

            check(self._model, self.settings)
            self._model_checked = True

    def ask(
        self,
        question: str,
        *,
        mode: Mode = "auto",
        k: int | None = None,
        threshold: float | None = None,
        read: Reading | None = None,
        check: bool | None = None,
        unsupported: Unsupported = "mark",
        max_wrong: float | None = None,
        guard: bool = True,
        **narrowing: Any,
    ) -> Answer:
        """Answer a question from the documents, or refuse where they do not answer it; options as of :meth:`chain`."""
        chain = self.chain(
            mode=mode,
            k=k,
            threshold=threshold,
            read=read,
            check=check,
            unsupported=unsupported,
            max_wrong=max_wrong,
            guard=guard,
            **narrowing,
        )
        return chain.invoke(question)

    def chat(self, *, rewriting: Rewriting = "auto", **options: Any) -> ChatChain:
        """Return a conversation's question to Answer as a LangChain Runnable.

        Args:
            rewriting: how follow-up questions are made to stand alone: ``model``, ``words``, ``off`` or ``auto``.
            **options: of :meth:`chain`.
        """
        from ragkit.chains.chat.chain import ChatChain

        return ChatChain(cast("Any", self.chain(**options)), rewriting=rewriting)

    def code(self, *, mode: CodeMode = "auto", k: int | None = None, tries: int = 3) -> CodeChain:
        """Return what answers questions about an indexed code base, and writes code that fits it, as a Runnable.

        Args:
            mode: ``auto``, ``quote``, ``answer`` or ``write``.
            k: parts of the code base to show.
            tries: how often the generator may try to write code.

        Raises:
            ConfigError: an option is wrong.
        """
        from ragkit.chains.code.chain import CodeChain

        self._check_model(mode)
        # Passages of code are whole definitions: the sentences around one mean nothing here.
        context = replace(self.context(), searcher=self.searcher)
        return CodeChain(context, mode=mode, k=k or self.settings.k, tries=tries)

    def examples(self, embedder: Embedder | None = None) -> IndexedExamples:
        """Return the documents as examples to choose from, for `few_shot` and `classify` of :mod:`ragkit.chains`.

        Args:
            embedder: compares examples with a text; None takes the collection's.
        """
        from ragkit.chains.examples import IndexedExamples

        return IndexedExamples(replace(self.context(), searcher=self.searcher), embedder)

    def prompt(self, *, style: Any = "answer", budget: int = 1500) -> GroundedPrompt:
        """Return the step between retriever and model: passages to messages with numbered sources.

        Args:
            style: ``answer`` for prose, ``short`` for a phrase.
            budget: tokens for all sources together.
        """
        from ragkit.ground.safety import guard
        from ragkit.prompt.runnable import GroundedPrompt
        from ragkit.retrieve.evidence import select_evidence

        # Sentences that give orders are left out before the prompt is packed, so that they cost no tokens either.
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
        from ragkit.chains.verifying import checker_of
        from ragkit.ground.runnable import Grounding

        return Grounding(
            checker=checker_of(embed=self.searcher.embedder.encode, rules=self.settings.language_rules),
            confidence=partial(assess, self.searcher),
            threshold=THRESHOLD if threshold is None else threshold,
            short=short,
        )


def _reranker(rerank: BaseDocumentCompressor | str | Path | None) -> BaseDocumentCompressor | None:
    if rerank is None:  # most searches; re-rankers import LangChain
        return None
    from ragkit.retrieve.rerank import as_reranker

    return as_reranker(rerank)
