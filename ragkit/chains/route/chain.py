"""One question to the chain that answers its kind; what that does not answer, passages do."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.config import run_in_executor

from ragkit.chains import events
from ragkit.chains.base import held
from ragkit.chains.route.holdings import Holdings
from ragkit.chains.route.router import ROUTES, Decision, Router
from ragkit.core.errors import BudgetExceeded, ConfigError, GenerationError, RagkitError
from ragkit.core.types import Answer
from ragkit.text.sentences import text_given

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from langchain_core.documents import Document

    from ragkit.chains.answer.chain import AnswerChain
    from ragkit.chains.code.result import CodeAnswer
    from ragkit.chains.context import Documents
    from ragkit.chains.specialists import Specialists
    from ragkit.chains.table.result import TableAnswer
    from ragkit.core.types import Citation, Hit
    from ragkit.retrieve.search import Mode as SearchMode
    from ragkit.retrieve.search import Searcher

_NOTHING = "found nothing"


class RoutedChain(Runnable[str, Answer]):
    """Answers questions over an index, each by the chain of its kind; invoke, stream and their twins answer alike.

    What it does not define itself is that of the chain that answers from passages.

    Args:
        answering: answers from passages.
        documents: the documents of the index.
        specialists: makes the other chains.
        name: what the index is called.
        route: ``auto``, or one of ``ROUTES`` that every question takes. What an automatic route does not answer is
            answered from passages, and the answer's reason says so; a route that was asked for refuses itself.

    Raises:
        ConfigError: there is no such route.
    """

    def __init__(
        self,
        answering: AnswerChain,
        documents: Documents,
        specialists: Specialists,
        *,
        name: str = "",
        route: str = "auto",
    ) -> None:
        if route not in ROUTES:
            raise ConfigError(f"unknown route {route!r}: choose {', '.join(ROUTES)}")
        self.answering = answering
        self.documents = documents
        self.specialists = specialists
        self.index_name = name
        self.route = route

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "answering" not in vars(self):
            raise AttributeError(name)
        return getattr(self.answering, name)

    @property
    def searcher(self) -> Searcher:
        """What finds passages for all routes; setting it leaves other copies of this chain as they are."""
        return self.answering.searcher

    @searcher.setter
    def searcher(self, searcher: Searcher) -> None:
        self.answering = copy.copy(self.answering)
        self.answering.searcher = searcher

    def decide(self, question: str, config: RunnableConfig | None = None) -> Decision:
        """Return the route of a question, and why; nothing is answered.

        Args:
            question: the question.
            config: of the run that a call of the generator belongs to.
        """
        router = Router(self.answering, self.documents, self.specialists)
        if self.route == "auto":
            return router.decide(question, config)
        return router.forced(question, self.route)  # pyright: ignore[reportArgumentType] - checked when it was made

    def invoke(self, input: str, config: RunnableConfig | None = None, **kwargs: Any) -> Answer:
        """Answer one question."""
        return self._call_with_config(self._whole, input, config)

    def stream(self, input: str, config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Answer]:
        """Answer one question; the parts add up to the whole."""
        yield from self._transform_stream_with_config(iter([input]), self._streamed, config)

    async def ainvoke(self, input: str, config: RunnableConfig | None = None, **kwargs: Any) -> Answer:
        """Answer one question."""
        answer = Answer()
        async for part in self.astream(input, config):
            answer += part
        return answer

    async def astream(self, input: str, config: RunnableConfig | None = None, **kwargs: Any) -> AsyncIterator[Answer]:
        """Answer one question; the parts add up to the whole."""

        async def once() -> AsyncIterator[str]:
            yield input

        async for part in self._atransform_stream_with_config(once(), self._astreamed, config):
            yield part

    def _whole(self, question: str, run_manager: Any, config: RunnableConfig) -> Answer:
        decision = self._decided(question, config)
        answer, note = self._special(question, decision, config)
        if answer is not None:
            return answer
        answer = self._passages(question, decision).invoke(question, config)
        return _noted(answer, note) + _spent(decision)

    def _streamed(self, questions: Iterator[str], run_manager: Any, config: RunnableConfig) -> Iterator[Answer]:
        yield from held(self._parts(next(questions), config))

    def _parts(self, question: str, config: RunnableConfig) -> Iterator[Answer]:
        decision = self._decided(question, config)
        answer, note = self._special(question, decision, config)
        if answer is not None:
            yield answer
            return
        reason = ""
        for part in self._passages(question, decision).stream(question, config):
            reason = part.reason or reason
            yield replace(part, route="passages")
        yield _last(reason, note) + _spent(decision)

    async def _astreamed(
        self, questions: AsyncIterator[str], run_manager: Any, config: RunnableConfig
    ) -> AsyncIterator[Answer]:
        question = await anext(questions)
        # Deciding searches, and the chains of other routes compute: both are done in a thread.
        decision = await run_in_executor(config, self._decided, question, config)
        answer, note = await run_in_executor(config, self._special, question, decision, config)
        if answer is not None:
            yield answer
            return
        reason = ""
        async for part in self._passages(question, decision).astream(question, config):
            reason = part.reason or reason
            yield replace(part, route="passages")
        if note or decision.usage:
            yield _last(reason, note) + _spent(decision)

    def _decided(self, question: str, config: RunnableConfig) -> Decision:
        text_given(question, "question")
        decision = self.decide(question, config)
        events.tell([events.routed(decision.route, decision.why, asked=decision.model)], config)
        return decision

    def _passages(self, question: str, decision: Decision) -> AnswerChain:
        """Return the chain that answers from passages, with those that were searched for already."""
        if not decision.hits:
            return self.answering
        chain = copy.copy(self.answering)
        found: Any = SearchedOnce(self.answering.searcher, question, self.answering.k, decision.hits)
        chain.searcher = found
        return chain

    def _special(self, question: str, decision: Decision, config: RunnableConfig) -> tuple[Answer | None, str]:
        """Return the answer of a route beside passages; or none, and why, where passages are to answer."""
        if decision.route == "passages":
            return None, ""
        failed = False
        try:
            answer = self._answered(question, decision, config)
        except (BudgetExceeded, GenerationError):
            raise
        except RagkitError as error:
            if self.route != "auto":
                raise
            answer, why, failed = None, str(error), True
        else:
            why = answer.reason if answer is not None and answer.abstained else _NOTHING
        if answer is None or (answer.abstained and self.route == "auto"):
            if self.route == "auto":
                note = f"answered from passages; as {_KINDS[decision.route]} it had no answer: {why}"
                events.tell([events.routed("passages", note, asked=False)], config)
                return None, note if failed else ""  # to who asked, that it was tried is no news; the record has it
            answer = Answer(question, text=_REFUSED, abstained=True, reason=why)
        return replace(answer, question=question, route=decision.route) + _spent(decision), ""

    def _answered(self, question: str, decision: Decision, config: RunnableConfig) -> Answer | None:
        """Return what the chain of a route answers; None where there was nothing to hand to it."""
        route = decision.route
        if route == "talk":
            return self._talk(question, decision)
        if route == "steps":
            return self.specialists.steps(self._passages(question, decision)).invoke(question, config)
        if route == "code":
            return as_answer(self.specialists.code(self.answering).invoke(question, config), decision.hits)
        holdings = Holdings(self.answering.searcher, self.documents)
        if route == "list":
            from ragkit.chains.route.listing import everything

            return everything(question, decision.subject or question, holdings)
        if route == "overview":
            return self._overview(question, decision, holdings, config)
        return self._from_sheets(question, decision, holdings, config)

    def _from_sheets(
        self, question: str, decision: Decision, holdings: Holdings, config: RunnableConfig
    ) -> Answer | None:
        from ragkit.chains.route.overview import as_document

        documents = [as_document(*each) for each in holdings.all_of(decision.sources)]
        if not documents:
            return None
        result = self.specialists.table(self.answering, documents).invoke(question, config)
        return _in_index(as_answer(result, decision.hits), documents)

    def _talk(self, question: str, decision: Decision) -> Answer:
        from ragkit.chains.route.program import about_itself

        holdings = Holdings(self.answering.searcher, self.documents)
        spec = "" if self.answering.mode == "quote" else self.answering.generator.spec
        return about_itself(question, holdings, self.index_name, spec, small_talk=decision.small_talk)

    def _overview(self, question: str, decision: Decision, holdings: Holdings, config: RunnableConfig) -> Answer | None:
        from ragkit.chains.route.overview import TOPIC_DOCUMENTS, TOPIC_PASSAGES, as_document, collection_overview

        sources = decision.sources
        if not sources and not decision.subject:
            return collection_overview(question, holdings)
        if not sources:
            # What is not there cannot be summarised: the bound of confidence is that of answers.
            if self.answering.signals(decision.subject).confidence() < self.answering.threshold:
                return None
            hits = self.answering.searcher.search(decision.subject, TOPIC_PASSAGES)
            sources = tuple(dict.fromkeys(hit.chunk.source for hit in hits))[:TOPIC_DOCUMENTS]
        documents = [as_document(*each) for each in holdings.all_of(sources)]
        if not documents:
            return None
        return self.specialists.summary(self.answering, decision.subject).invoke(documents, config)


_REFUSED = "The sources do not answer this question."
_KINDS = {
    "table": "a question over tables",
    "steps": "a question of several steps",
    "overview": "a question for an overview",
    "list": "a question for a list",
    "code": "a question about code",
    "talk": "small talk",
}


class SearchedOnce:
    """A searcher that knows the result of one search; all else is that of the searcher inside.

    Args:
        searcher: the searcher.
        question: what was searched for.
        k: how many passages were wanted.
        hits: what was found.
    """

    def __init__(self, searcher: Searcher, question: str, k: int, hits: tuple[Hit, ...]) -> None:
        self._searcher = searcher
        self._asked = (question, k, "hybrid", None)
        self._hits = hits

    def search(self, question: str, k: int, mode: SearchMode = "hybrid", *, filter: Any = None) -> tuple[Hit, ...]:
        """Return the k best passages, best first."""
        if (question, k, mode, filter) == self._asked:
            return self._hits
        return self._searcher.search(question, k, mode, filter=filter)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "_searcher" not in vars(self):
            raise AttributeError(name)
        return getattr(self._searcher, name)


def as_answer(result: TableAnswer | CodeAnswer, hits: tuple[Hit, ...]) -> Answer:
    """Return the result of a chain over tables or code as an answer, its rows or definitions as citations."""
    text, reasons = result.text, [result.reason, *result.problems]
    sql = getattr(result, "sql", "")
    if sql and result.citations:  # the rows support the whole text, whose markers stand at its end
        text += "".join(f" [{marker}]" for marker in dict.fromkeys(each.marker for each in result.citations))
    if sql and not result.abstained:
        reasons.append(f"worked out by {sql}")
    return Answer(
        result.question,
        text,
        result.citations,
        hits,
        abstained=result.abstained,
        reason="; ".join(filter(None, reasons)),
        usage=result.usage,
        timings=result.timings,
        raw_text=sql,
        model=result.model,
        flags=getattr(result, "flags", ()),
    )


def _in_index(answer: Answer, documents: list[Document]) -> Answer:
    """Return an answer whose citations name documents as the index does."""

    def found(citation: Citation) -> Citation:
        for each in documents:
            here = each.page_content[citation.start : citation.end] == citation.quote
            if here and each.metadata.get("source") == citation.document:
                return replace(citation, document_id=each.id or "")
        return citation

    return replace(answer, citations=tuple(map(found, answer.citations)))


def _noted(answer: Answer, note: str) -> Answer:
    return replace(answer, route="passages", reason="; ".join(filter(None, [answer.reason, note])))


def _last(reason: str, note: str) -> Answer:
    return Answer(reason="; ".join(filter(None, [reason, note])) if note else "")


def _spent(decision: Decision) -> Answer:
    return Answer(usage=decision.usage)
