"""The index as its users hold it: sync paths into it, search it, ask it, build chains on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragkit.config import settings
from ragkit.filled import Filled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from langchain_core.documents import BaseDocumentCompressor

    from ragkit.chains.answering import AnswerChain, Rule
    from ragkit.chains.chatting import ChatChain, Rewriting
    from ragkit.chains.coding import CodeChain, CodeMode
    from ragkit.chains.generator import Mode
    from ragkit.chains.indexed import IndexedExamples
    from ragkit.chains.widen import Reading
    from ragkit.ground.calibration import Calibration
    from ragkit.ground.grounder import Unsupported
    from ragkit.ground.runnable import Grounding
    from ragkit.prompt.runnable import GroundedPrompt
    from ragkit.retrieve.retriever import Retriever
    from ragkit.retrieve.search import Mode as SearchMode
    from ragkit.retrieve.search import Searcher
    from ragkit.retrieve.transform import QueryTransform
    from ragkit.types import Answer, Embedder, Hit

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
            filter: what the passages' metadata must be, in the language of ``ragkit.index.filters``.
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

        return wide(self.searcher, read or configured_reading(), self._original)

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
        from ragkit.chains import generator
        from ragkit.chains.answering import THRESHOLD, AnswerChain

        if max_wrong is None and threshold is None:
            max_wrong = settings().max_wrong
        given = self._model_given
        if isinstance(given, str) and mode != "quote":
            generator.check(given)
        return AnswerChain(
            self._reading(read),
            lambda: self.generator,
            mode=mode,
            weak=isinstance(given, str) and generator.weak(given),
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
        from ragkit.chains.chatting import ChatChain

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
        from ragkit.chains import generator
        from ragkit.chains.coding import CodeChain

        given = self._model_given
        if isinstance(given, str) and mode != "quote":
            generator.check(given)
        return CodeChain(
            self.searcher,
            lambda: self.generator,
            self._original,
            self._state,
            mode=mode,
            weak=isinstance(given, str) and generator.weak(given),
            k=k or settings().k,
            tries=tries,
        )

    def examples(self, embedder: Embedder | None = None) -> IndexedExamples:
        """Return the documents as examples to choose from, for `few_shot` and `classify` of :mod:`ragkit.chains`.

        Args:
            embedder: tells which are like a text; None takes the index's.
        """
        from ragkit.chains.indexed import IndexedExamples

        return IndexedExamples(
            self.folder, lambda: self.searcher, self._documents, self._original, self._state, embedder
        )

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
        from ragkit.ground.calibration import Calibration

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
        from ragkit.ground.injection import guard
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
        from ragkit.chains.answering import THRESHOLD
        from ragkit.chains.sufficiency import assess
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
