"""Documents to summaries whose sentences cite what they rest on: any length, one document or several."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ragkit.chains import events as steps
from ragkit.chains.base import PartsChain
from ragkit.chains.documents import Documentary, as_documents
from ragkit.chains.summarize.condense import (
    BRANCHES,
    OVERHEAD_TOKENS,
    PART_TOKENS,
    REPLY_TOKENS,
    WINDOW_TOKENS,
    Condenser,
    Plan,
    SummaryPart,
    messages_of,
    planned,
    windows,
)
from ragkit.chains.summarize.prompt import compare_messages, length_words, refine_messages
from ragkit.chains.summarize.unfinished import unfinished
from ragkit.chains.verifying import checker_of
from ragkit.core.errors import ConfigError
from ragkit.core.messages import cut_of, text_of, usage_of
from ragkit.core.types import Answer, content_id
from ragkit.generate.failures import provider_errors
from ragkit.generate.generator import fingerprint
from ragkit.ground.grounder import Grounder
from ragkit.retrieve.central import about, apart, central, choose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from langchain_core.documents import Document
    from langchain_core.messages import BaseMessage
    from langchain_core.runnables import RunnableConfig

    from ragkit.core.types import Evidence
    from ragkit.generate.generator import Generator
    from ragkit.retrieve.central import Encode

Method = Literal["auto", "stuff", "map_reduce", "refine", "tree", "extractive", "query", "compare"]
METHODS = ("auto", "stuff", "map_reduce", "refine", "tree", "extractive", "query", "compare")

LEAST_WINDOW = 2 * PART_TOKENS + 80  # tokens; less text in one call is too little to summarise anything


@dataclass(frozen=True, slots=True)
class _Work:
    """Documents as they are summarised."""

    method: str
    documents: tuple[Document, ...]
    evidence: tuple[tuple[Evidence, ...], ...]  # of each document

    @property
    def sentences(self) -> tuple[Evidence, ...]:
        return tuple(chain.from_iterable(self.evidence))


class SummaryChain(PartsChain[Documentary, Answer]):
    """Summarises documents; every sentence is supported by sentences of the documents and cites them.

    Args:
        generator: its model is loaded at its first use, never by ``extractive``.
        sentences: how many sentences are wanted at most.
        words: how many words are wanted at most; None sets no bound.
        method: ``stuff`` (the whole text in one call), ``map_reduce`` (part by part, then the summaries together),
            ``refine`` (part after part into one summary), ``tree`` (summaries of summaries, for any length),
            ``extractive`` (the most central sentences themselves, no generator), ``query`` (what the text says
            about a question), ``compare`` (several documents: what they share, in what they differ), or ``auto``.
        question: what the summary should be about; empty for all.
        weak: whether the generator follows instructions poorly; ``auto`` then takes the document's own sentences.
        encode: embeds texts, so that sentences about a question are found by their meaning too.
        window: tokens of text in one call.
        workers: calls at the same time; None takes what the generator works on at once.
        keep: folder that stores the replies of an interrupted run until a later one ends; None stores none.

    Raises:
        ConfigError: the method is unknown, a number too small, or there is no question to ``query``.
    """

    def __init__(
        self,
        generator: Generator,
        *,
        sentences: int = 4,
        words: int | None = None,
        method: Method = "auto",
        question: str = "",
        weak: bool | None = None,
        encode: Encode | None = None,
        window: int = WINDOW_TOKENS,
        workers: int | None = None,
        keep: Path | None = None,
    ) -> None:
        if method not in METHODS:
            raise ConfigError(f"unknown summary method {method!r}: choose {', '.join(METHODS)}")
        if sentences < 1 or (words is not None and words < 1):
            raise ConfigError("a summary needs at least 1 sentence and 1 word: ask for more")
        if window < LEAST_WINDOW:
            raise ConfigError(f"{window} tokens of text in one call are too few: give {LEAST_WINDOW} at least")
        if method == "query" and not question.strip():
            raise ConfigError("the method query summarises what a text says about a question: give one")
        self.generator = generator
        self.sentences = sentences
        self.words = words
        self.method = method
        self.question = question.strip()
        self.weak = generator.weak if weak is None else weak
        self.encode = encode
        self.checker = checker_of(embed=encode, strict=self.weak)
        self.window = window
        self.workers = workers
        self.keep = keep

    def plan(self, given: Documentary) -> Plan:
        """Return what a summary would take at most; nothing is generated."""
        work = self._work(given)
        if work.method == "extractive" or not work.sentences:
            return Plan("extractive")
        return self._planned(work, self.generator)[0]

    def parts(self, given: Documentary, config: RunnableConfig) -> Iterator[Answer]:
        """Summarise one document, or several together; the parts add up to the whole."""
        started = time.perf_counter()
        work = self._work(given)
        if work.method == "extractive" or not work.sentences:
            yield from self._quoted(work, Grounder(self.question, work.sentences, room=self._room()), start=True)
        else:
            generator = self.generator
            with contextlib.ExitStack() as stack:
                if self.keep is not None and generator.cache is None:
                    name = content_id(*(each.page_content for each in work.documents), fingerprint(generator))
                    generator = replace(generator, cache=stack.enter_context(unfinished(self.keep, name)))
                yield from self._generated(work, generator, config)
        yield Answer(timings={"total": time.perf_counter() - started})

    def _generated(self, work: _Work, generator: Generator, config: RunnableConfig) -> Iterator[Answer]:
        plan, parts = self._planned(work, generator)
        steps.tell([steps.planned(plan)], config)
        workers = self.workers or int(getattr(generator.chat, "parallel", 1))
        condenser = Condenser(generator, config, self.checker, workers=workers, total=plan.input_tokens)
        messages = self._last_messages(work, plan, parts, condenser)
        grounder = Grounder(
            self.question,
            work.sentences,
            model=generator.spec,
            unsupported="drop",
            checker=self.checker,
            room=self._room(),
            note=_unsupported(condenser.unsupported),
        )
        yield grounder.start() + Answer(usage=condenser.usage)
        cited = 0
        with provider_errors(generator.spec):
            for message in generator.stream(messages, config, max_tokens=REPLY_TOKENS):
                part = grounder.feed(text_of(message))
                cited += bool(part.citations)
                yield part
                if why := cut_of(message):
                    grounder.cut(why)
                yield Answer(usage=usage_of(message))
        part = grounder.finish()
        yield part
        if not cited and not part.citations:  # nothing that the generator wrote is supported
            yield from self._quoted(work, grounder)

    def _work(self, source: Documentary) -> _Work:
        documents = as_documents(source)
        method = self.method
        most = self.window // PART_TOKENS
        if method == "compare" and not 1 < len(documents) <= most:
            raise ConfigError(f"a comparison takes 2 to {most} documents, not {len(documents)}")
        evidence = tuple(central(document) for document in documents)
        if self.question:
            evidence = tuple(about(each, self.question, self.encode) for each in evidence)
        elif method == "compare":
            evidence = tuple(apart(evidence))
        # Of a model that follows instructions poorly, the check would remove most sentences and leave quotes anyway.
        if self.weak and method in ("auto", "query", "compare"):
            return _Work("extractive", documents, evidence)
        return _Work("query" if self.question and method == "auto" else method, documents, evidence)

    def _room(self) -> Callable[[str], bool]:
        """Return what admits sentences until the wanted number, or length, is reached."""
        lengths: list[int] = []
        full = False

        def room(sentence: str) -> bool:
            nonlocal full
            length = len(sentence.split())
            over = self.words is not None and bool(lengths) and sum(lengths) + length > self.words
            full = full or over or len(lengths) >= self.sentences  # nothing follows what was left out
            lengths.append(length)
            return not full

        return room

    def _quoted(self, work: _Work, grounder: Grounder, *, start: bool = False) -> Iterator[Answer]:
        """Quote the best sentences as they stand; each document its share where documents are compared."""
        if start:
            yield grounder.start()
        if self.method != "compare":
            chosen = choose(work.sentences, self.sentences, self.words)
            for place in chosen:
                yield grounder.quote_one(place)
            if not chosen:
                yield Answer(text="There is no text to summarise.", abstained=True, reason="no sentences")
            return
        first = 0
        count, words = len(work.documents), self.words
        for number, evidence in enumerate(work.evidence):
            share = self.sentences // count + (number < self.sentences % count)
            for place in choose(evidence, max(share, 1), None if words is None else words // count):
                yield grounder.quote_one(first + place, f"{title_of(work.documents[number])}: ")
            first += len(evidence)

    def _planned(self, work: _Work, generator: Generator) -> tuple[Plan, list[list[SummaryPart]]]:
        """Cut the documents to what single calls read, and count what all calls take at most.

        Returns:
            The plan, and the parts of each document; for a question, one part with all sentences about it.
        """
        window = self._window(generator)
        if work.method == "query":
            parts = [[self._bearing(work, window, generator)]]
        else:
            shares = window // len(work.documents) if work.method == "compare" else window
            parts = [
                _parts(document, evidence, window, generator, whole=shares)
                for document, evidence in zip(work.documents, work.evidence, strict=True)
            ]
        flat = list(chain.from_iterable(parts))
        if work.method == "stuff" and len(flat) > 1:
            raise ConfigError(
                f"the text has {sum(generator.count(part.text) for part in flat)} tokens and does not fit one call of "
                f"{window}: use the method tree"
            )
        method = work.method if work.method != "auto" else "stuff" if len(flat) == 1 else "tree"
        return planned(method, parts, generator, _branches(method, window), self.question), parts

    def _window(self, generator: Generator) -> int:
        """Return how many tokens of text one call reads."""
        # The context also holds the reply, the prompts' fixed text twice (with a title), and the summary so far.
        window = min(self.window, generator.context - REPLY_TOKENS - 2 * OVERHEAD_TOKENS - PART_TOKENS)
        if window < LEAST_WINDOW:
            raise ConfigError(
                f"the model holds {generator.context} tokens, too few to summarise a text: take one that holds more"
            )
        return window

    def _bearing(self, work: _Work, window: int, generator: Generator) -> SummaryPart:
        """Return the sentences that bear most on the question, in their order, as far as one call reads them."""
        sentences, left, selected = work.sentences, window, set[int]()
        for place in sorted(range(len(sentences)), key=lambda i: -sentences[i].score):
            needed = generator.count(sentences[place].text) + 1
            if needed <= left:
                selected.add(place)
                left -= needed
        chosen = tuple(sentences[place] for place in sorted(selected))
        title = title_of(work.documents[0]) if len(work.documents) == 1 else ""
        return SummaryPart("\n".join(each.text for each in chosen), chosen, title)

    def _last_messages(
        self, work: _Work, plan: Plan, parts: list[list[SummaryPart]], condenser: Condenser
    ) -> list[BaseMessage]:
        """Do all calls but the last, and return the messages of that one."""
        length = length_words(self.sentences, self.words)
        branches = _branches(plan.method, self._window(condenser.generator))
        if plan.method == "compare":
            texts = [
                (title_of(document), _whole(condenser.reduced(own, branches, plan.calls, to=1)))
                for document, own in zip(work.documents, parts, strict=True)
            ]
            return compare_messages(texts, length, question=self.question)
        flat = list(chain.from_iterable(parts))
        if plan.method == "refine" and len(flat) > 1:
            so_far = condenser.refined(flat, plan.calls)
            return refine_messages(so_far.text, flat[-1].text, length, title=flat[-1].title)
        return messages_of(condenser.reduced(flat, branches, plan.calls), length, question=self.question)


def title_of(document: Document) -> str:
    """Return what a document is called: its title, or the name of its file."""
    return str(document.metadata.get("title") or "") or Path(str(document.metadata.get("source", ""))).stem


def _parts(
    document: Document, evidence: Sequence[Evidence], window: int, generator: Generator, *, whole: int
) -> list[SummaryPart]:
    """Cut a document to parts that one call reads; one part where all of it is not longer than ``whole``."""
    # Documents that are compared share the last call. A long one is cut to whole windows, whose summaries stand for it;
    # one that fits a window may still exceed its share of that call, and is then cut to shares.
    text, title = document.page_content, title_of(document)
    spans = windows(text, window, generator.count)
    if len(spans) == 1 and whole < window:
        spans = windows(text, whole, generator.count)
    return [
        SummaryPart(text[start:end], tuple(each for each in evidence if start <= each.start < end), title)
        for start, end in spans
    ]


def _branches(method: str, window: int) -> int:
    """Return how many summaries are summarised together."""
    fitting = max(2, window // (PART_TOKENS + 1))
    return fitting if method == "map_reduce" else min(BRANCHES, fitting)


def _whole(parts: Sequence[SummaryPart]) -> str:
    return "\n".join(part.text for part in parts)


def _unsupported(count: int) -> str:
    if not count:
        return ""
    return f"of {count} {'part' if count == 1 else 'parts'} the document's own sentences stand for a summary"
