"""Documents to summaries whose sentences cite what they rest on: in one go, or window by window and then together."""

from __future__ import annotations

import re
import time
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from langchain_core.runnables import Runnable, RunnableConfig

from ragkit.analysis import terms
from ragkit.chains.generator import weak
from ragkit.errors import ConfigError
from ragkit.generate.failures import provider_errors
from ragkit.ground.grounder import Grounder
from ragkit.ground.runnable import text_of, usage_of
from ragkit.places import passage_places
from ragkit.prompt.templates import summary_messages
from ragkit.text import sentences
from ragkit.types import Answer, Chunk, Evidence, Hit, content_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from langchain_core.documents import Document

    from ragkit.chains.generator import Generator

Method = Literal["auto", "stuff", "map_reduce", "extractive"]
METHODS = ("auto", "stuff", "map_reduce", "extractive")

REPLY_TOKENS = 300  # kept free for each summary
OVERHEAD_TOKENS = 150  # instructions and chat template
WINDOW_TOKENS = 2000  # of text in one call; small models lose the thread beyond
LEAD = 0.3  # bonus of a document's first sentences in the extractive ranking, fading out
SHORTEST = 5  # content words; shorter lines are headings and labels
_LABEL = re.compile(r"[#|]|[\w-]+(?: [\w-]+)?:\s")


class SummaryChain(Runnable[Any, Answer]):
    """Summarises documents; every sentence is supported by sentences of the document and cites them.

    Args:
        generator: called for the generator when it is needed for the first time; never by ``extractive``.
        sentences: how many sentences are wanted.
        method: ``stuff`` (the whole text in one call), ``map_reduce`` (window by window, then the summaries together),
            ``extractive`` (the document's own most central sentences, no model) or ``auto``.

    Raises:
        ConfigError: the method is unknown, or ``sentences`` is below 1.
    """

    def __init__(self, generator: Callable[[], Generator], *, sentences: int = 4, method: Method = "auto") -> None:
        if method not in METHODS:
            raise ConfigError(f"unknown summary method {method!r}: choose {', '.join(METHODS)}")
        if sentences < 1:
            raise ConfigError(f"a summary needs at least 1 sentence, not {sentences}")
        self.generator = generator
        self.sentences = sentences
        self.method = method

    def invoke(self, input: Document, config: RunnableConfig | None = None, **kwargs: Any) -> Answer:
        """Summarise one document."""
        return self._call_with_config(self._summarise, input, config)

    def stream(self, input: Document, config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Answer]:
        """Summarise one document; the parts add up to the whole."""
        yield from self._transform_stream_with_config(iter([input]), self._parts, config)

    def _summarise(self, document: Document, run_manager: Any, config: RunnableConfig) -> Answer:
        answer = Answer()
        for part in self._parts(iter([document]), run_manager, config):
            answer += part
        return answer

    def _parts(self, documents: Iterator[Document], run_manager: Any, config: RunnableConfig) -> Iterator[Answer]:
        started = time.perf_counter()
        document = next(documents)
        evidence = ranked_sentences(document)
        if self.method == "extractive" or not evidence:
            grounder = Grounder("", evidence)
            yield grounder.start()
            yield central(grounder, evidence, self.sentences)
            yield Answer(timings={"total": time.perf_counter() - started})
            return
        generator = self.generator()
        grounder = Grounder("", evidence, model=generator.spec, strict=weak(generator.spec))
        yield grounder.start()
        text, usage = self._condensed(generator, document, config)
        yield Answer(usage=usage)
        said = 0
        messages = summary_messages(text, self.sentences, str(document.metadata.get("title", "")))
        with provider_errors(generator.spec):
            for message in generator.chat.stream(messages, config, max_tokens=REPLY_TOKENS):
                part = grounder.feed(text_of(message))
                said += bool(part.citations)
                yield part
                if spent := usage_of(message):
                    yield Answer(usage=spent)
        part = grounder.finish()
        said += bool(part.citations)
        yield part
        if not said:  # nothing of the model's words held
            yield central(grounder, evidence, self.sentences)
        yield Answer(timings={"total": time.perf_counter() - started})

    def _condensed(
        self, generator: Generator, document: Document, config: RunnableConfig
    ) -> tuple[str, dict[str, int]]:
        """Shorten the text, window by window, until it fits one call."""
        window = min(WINDOW_TOKENS, generator.context - REPLY_TOKENS - OVERHEAD_TOKENS)
        text = document.page_content
        spent: Counter[str] = Counter()
        while len(parts := windows(text, window, generator.count)) > 1:
            if self.method == "stuff":
                raise ConfigError(
                    f"the text has {generator.count(text)} tokens and does not fit one call of {window}: "
                    "use the method map_reduce"
                )
            shorter: list[str] = []
            for part in parts:
                with provider_errors(generator.spec):
                    reply = generator.chat.invoke(summary_messages(part, 3), config, max_tokens=REPLY_TOKENS)
                spent.update(usage_of(reply))
                shorter.append(text_of(reply).strip())
            joined = "\n".join(shorter)
            if len(joined) >= len(text):  # a model that does not shorten would go on for ever
                joined = joined[: len(text) // 2]
            text = joined
        return text, dict(spent)


def windows(text: str, budget: int, count: Callable[[str], int]) -> list[str]:
    """Cut a text between sentences into stretches that fit a token budget."""
    out: list[str] = []
    begin = end = used = 0
    for start, stop in sentences(text):
        tokens = count(text[start:stop]) + 1
        if used and used + tokens > budget:
            out.append(text[begin:end].strip())
            begin, used = start, 0
        end, used = stop, used + tokens
    return [*out, text[begin:end].strip()] if text[begin:end].strip() else out


def ranked_sentences(document: Document) -> tuple[Evidence, ...]:
    """Return the document's sentences in order, each scored by how central its words are to the document.

    The score is the mean document frequency of its content words among the sentences (SumBasic, Nenkova and
    Vanderwende 2005), with a bonus for the opening.
    """
    text = document.page_content
    spans = [(a, b) for a, b in sentences(text) if _says_something(text[a:b])]
    counts = Counter(term for a, b in spans for term in set(terms(text[a:b])))
    out: list[Evidence] = []
    for number, (start, end) in enumerate(spans):
        words = set(terms(text[start:end]))
        score = sum(counts[word] for word in words) / (len(words) * max(len(spans), 1)) + LEAD / (number + 1)
        out.append(Evidence(_sentence_hit(document, start, end, number), start, end, text[start:end], score))
    return tuple(out)


def _says_something(sentence: str) -> bool:
    """Tell sentences from headings, table rows and label lines ("From: ...", "Owner: ...")."""
    return len(terms(sentence)) >= SHORTEST and not _LABEL.match(sentence)


def _sentence_hit(document: Document, start: int, end: int, number: int) -> Hit:
    source = str(document.metadata.get("source", ""))
    own: dict[str, Any] = {"source": source, **passage_places(document.metadata, document.page_content, start, end)}
    chunk = Chunk(
        id=content_id(source, start, end),
        document_id=document.id or source,
        text=document.page_content[start:end],
        start=start,
        end=end,
        ordinal=number,
        metadata=own,
    )
    return Hit(chunk, 0.0, number + 1, "lexical")


def central(grounder: Grounder, evidence: Sequence[Evidence], count: int) -> Answer:
    """Return the part that quotes the most central sentences, in the document's order, none saying the same twice."""
    chosen: list[Evidence] = []
    said: set[str] = set()
    for each in sorted(evidence, key=lambda each: -each.score):
        words = set(terms(each.text))
        if len(words & said) <= 0.6 * len(words):
            chosen.append(each)
            said |= words
        if len(chosen) == count:
            break
    part = Answer()
    for each in sorted(chosen, key=lambda each: each.start):
        part += grounder.quote_one(evidence.index(each))
    return (
        part if chosen else replace(part, text="There is no text to summarise.", abstained=True, reason="no sentences")
    )
