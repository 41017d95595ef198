"""Long texts to short ones that fit one call: cut to windows, planned beforehand, each window's summary grounded."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from ragkit.chains import events as steps
from ragkit.chains.summarize.prompt import length_words, refine_messages
from ragkit.ground.grounder import Grounder
from ragkit.prompt.summaries import summary_messages
from ragkit.retrieve.central import choose
from ragkit.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from langchain_core.messages import BaseMessage
    from langchain_core.runnables import RunnableConfig

    from ragkit.core.types import Evidence
    from ragkit.generate.generator import Generator
    from ragkit.ground.verify.cascade import Checker

WINDOW_TOKENS = 2000  # of text in one call; small models lose the thread beyond
PART_TOKENS = 160  # of the summary of a window, or of several summaries
PART_SENTENCES = 3
REPLY_TOKENS = 300  # of the last summary
OVERHEAD_TOKENS = 150  # instructions, title and chat template
BRANCHES = 6  # summaries that are summarised together in a tree
PARTS = "summaries of successive parts of a document"


@dataclass(frozen=True, slots=True)
class SummaryPart:
    """A stretch of a document, or a summary of one.

    Attributes:
        text: the stretch or summary.
        evidence: the document's sentences in it.
        title: of the document.
        summary: whether it is a summary.
    """

    text: str
    evidence: tuple[Evidence, ...]
    title: str = ""
    summary: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What a summary takes, known before it begins.

    Attributes:
        method: how the documents are summarised.
        windows: stretches that are read.
        calls: calls of the generator, the last one included.
        input_tokens: tokens it reads at most.
        output_tokens: tokens it writes at most.
    """

    method: str
    windows: int = 0
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    def line(self) -> str:
        """Return it in one line."""
        read = f"{self.windows} {'part' if self.windows == 1 else 'parts'}, {self.calls} calls"
        return f"{read}, at most {self.input_tokens} tokens to read and {self.output_tokens} to write ({self.method})"


def windows(text: str, budget: int, count: Callable[[str], int]) -> list[tuple[int, int]]:
    """Cut a text between sentences into stretches that fit a token budget; only longer sentences are cut themselves.

    Returns:
        Spans (start, end) in order that hold every character but white space between them.
    """
    out: list[tuple[int, int]] = []
    begin = end = used = 0
    for start, stop in _fitting(text, budget, count):
        tokens = count(text[start:stop]) + 1
        if used and used + tokens > budget:
            out.append((begin, end))
            used = 0
        if not used:
            begin = start
        end, used = stop, used + tokens
    return [*out, (begin, end)] if used else out


def _fitting(text: str, budget: int, count: Callable[[str], int]) -> Iterator[tuple[int, int]]:
    """Yield the sentences, those that do not fit the budget in halves."""
    waiting = sentences(text)[::-1]
    while waiting:
        start, stop = waiting.pop()
        if stop - start < 2 or count(text[start:stop]) < budget:
            yield start, stop
            continue
        middle = (start + stop) // 2
        # At the last blank before the middle, so that words stay whole; scripts without blanks are cut at the middle.
        cut = text.rfind(" ", start + 1, middle) + 1 or middle
        waiting += [(cut, stop), (start, cut)]


def levels(count: int, branches: int) -> list[int]:
    """Return how many calls it takes, level by level, until so many summaries are left that one call takes them all."""
    out = [count] if count > 1 else []
    while count > branches:
        count = -(-count // branches)
        out.append(count)
    return out


class Condenser:
    """Summarises parts, at the same time where the generator can, and says how far it is.

    Args:
        generator: writes the summaries.
        config: of the run that the calls belong to.
        checker: gives verdicts on the sentences of summaries.
        workers: calls at the same time.
        total: tokens to read in all, for the time left.
    """

    def __init__(
        self, generator: Generator, config: RunnableConfig, checker: Checker, *, workers: int, total: int
    ) -> None:
        self.generator, self.config, self.checker = generator, config, checker
        self.workers, self.total = workers, total
        self.usage: dict[str, int] = {}
        self.unsupported = 0  # parts of whose summary nothing was supported
        self._done = 0
        self._read = 0
        self._began = time.perf_counter()

    def level(self, parts: Sequence[Sequence[SummaryPart]], calls: int) -> list[SummaryPart]:
        """Summarise groups of parts, each in one call.

        Args:
            parts: the groups.
            calls: in all, for the progress.
        """
        out: list[SummaryPart | None] = [None] * len(parts)
        with ThreadPoolExecutor(self.workers) as pool:
            running = {pool.submit(self._summary, group): place for place, group in enumerate(parts)}
            try:
                for future in as_completed(running):
                    out[running[future]] = self._counted(*future.result(), calls)
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        return [part for part in out if part is not None]

    def reduced(
        self, parts: Sequence[SummaryPart], branches: int, calls: int, *, to: int | None = None
    ) -> list[SummaryPart]:
        """Summarise parts, and the summaries in groups, level by level, until few are left.

        Args:
            parts: what is read; a single one stays as it is.
            branches: summaries that are summarised together.
            calls: in all, for the progress.
            to: how many may be left; None takes ``branches``.
        """
        if len(parts) <= 1:
            return list(parts)
        out = self.level([[part] for part in parts], calls)
        while len(out) > branches:
            out = self.level(grouped(out, -(-len(out) // branches)), calls)
        return self.level([out], calls) if to is not None and len(out) > to else out

    def refined(self, parts: Sequence[SummaryPart], calls: int) -> SummaryPart:
        """Take in one part after the other, all but the last, whose call gives the summary itself."""
        length = length_words(PART_SENTENCES)
        so_far = self._counted(*self._summary([parts[0]]), calls)
        for part in parts[1:-1]:
            messages = refine_messages(so_far.text, part.text, length, title=part.title)
            evidence = so_far.evidence + part.evidence
            so_far = self._counted(*self._call(messages, evidence, part.title), calls)
        return so_far

    def _summary(self, group: Sequence[SummaryPart]) -> tuple[SummaryPart, dict[str, int]]:
        evidence = tuple(chain.from_iterable(part.evidence for part in group))
        title = group[0].title if len({part.title for part in group}) == 1 else ""
        return self._call(messages_of(group, length_words(PART_SENTENCES)), evidence, title)

    def _call(
        self, messages: list[BaseMessage], evidence: tuple[Evidence, ...], title: str
    ) -> tuple[SummaryPart, dict[str, int]]:
        reply, usage, cut = self.generator.full_reply(messages, self.config, max_tokens=PART_TOKENS)
        return SummaryPart(self._supported(reply, evidence, cut), evidence, title, summary=True), usage

    def _supported(self, reply: str, evidence: Sequence[Evidence], cut: str) -> str:
        """Return what of a reply the document supports; where nothing is, the most central sentences."""
        # Checked at every level: an invented statement would otherwise be summarised further up as if it were text.
        grounder = Grounder("", evidence, unsupported="drop", checker=self.checker)
        answer = grounder.feed(reply)
        if cut:
            grounder.cut(cut)
        answer += grounder.finish()
        spans = dict.fromkeys((each.answer_start, each.answer_end) for each in answer.citations)
        if spans:
            return " ".join(answer.text[start:end] for start, end in spans)
        self.unsupported += 1
        own = " ".join(evidence[place].text for place in choose(evidence, 2, PART_TOKENS // 3))
        return own if self.generator.count(own) <= PART_TOKENS else ""

    def _counted(self, part: SummaryPart, usage: dict[str, int], calls: int) -> SummaryPart:
        for key, value in usage.items():
            self.usage[key] = self.usage.get(key, 0) + value
        self._done += 1
        self._read += usage.get("input_tokens", 0)
        took = time.perf_counter() - self._began
        # By tokens read, not by calls: the last window, and summaries of summaries, are shorter than others.
        left = took / self._read * max(self.total - self._read, 0) if self._read else None
        steps.tell([steps.summarised(self._done, calls, took, left)], self.config)
        return part


def messages_of(group: Sequence[SummaryPart], length: str, *, question: str = "") -> list[BaseMessage]:
    """Ask for one summary of parts."""
    summaries = group[0].summary and len(group) > 1
    text = "\n\n".join(part.text for part in group)
    title = group[0].title if len({part.title for part in group}) == 1 else ""
    return summary_messages(text, length, title=title, question=question, kind=PARTS if summaries else "text")


def grouped(parts: Sequence[SummaryPart], count: int) -> list[Sequence[SummaryPart]]:
    """Cut a row of parts into groups of nearly the same size."""
    # 7 in 2 groups are 4 and 3, not 6 and 1: a group of one would be summarised again for nothing.
    bounds = [round(number * len(parts) / count) for number in range(count + 1)]
    return [parts[first:last] for first, last in pairwise(bounds)]


def planned(
    method: str, parts: Sequence[Sequence[SummaryPart]], generator: Generator, branches: int, question: str
) -> Plan:
    """Count calls and tokens as they will be spent, replies at their longest: each summary is read once.

    Args:
        method: the method.
        parts: of each document.
        generator: counts tokens.
        branches: summaries that are summarised together.
        question: what the summary is about.
    """
    flat = list(chain.from_iterable(parts))
    if method == "refine":
        calls = len(flat)
    elif method == "compare":
        inner = (levels(len(own), branches) for own in parts)
        calls = sum(sum(counts) + (bool(counts) and counts[-1] > 1) for counts in inner) + 1
    else:
        calls = sum(levels(len(flat), branches)) + 1
    title = max((part.title for part in flat), key=len, default="")
    # The longest prompt of all methods stands for each, so that the estimate is an upper bound.
    longest = refine_messages("", question, length_words(10, 100), title=title)
    frame = sum(generator.count(str(message.content)) for message in longest) + OVERHEAD_TOKENS // 3
    summaries = calls - 1
    read = sum(generator.count(part.text) + 1 for part in flat) + calls * frame + summaries * (PART_TOKENS + 1)
    return Plan(method, len(flat), calls, read, summaries * PART_TOKENS + REPLY_TOKENS)
