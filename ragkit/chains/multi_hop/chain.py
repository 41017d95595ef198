"""Questions of several steps: broken down, each step answered over the index that fits, and brought together."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ragkit.chains import events as steps
from ragkit.chains.base import PartsChain
from ragkit.chains.multi_hop.prompt import compared, decompose_messages, single_questions, split_question
from ragkit.core.errors import ConfigError
from ragkit.core.messages import cut_of, text_of, usage_of
from ragkit.core.types import Answer, Evidence
from ragkit.generate.failures import provider_errors
from ragkit.ground.grounder import Grounder
from ragkit.ground.rendering import said
from ragkit.ground.safety import flags
from ragkit.text.sentences import text_given

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_core.runnables import RunnableConfig

    from ragkit.chains.answer.chain import AnswerChain
    from ragkit.core.types import Citation

MOST = 4  # steps
REPLY_TOKENS = 120
_EARLIER = re.compile(r"#(\d)")


class StepsChain(PartsChain[str, Answer]):
    """Answers questions that take several answers to find.

    The question is broken down, by the generator where it follows instructions, else where it joins several questions;
    each step is answered, a later one with what earlier ones found; and the whole is answered from the sentences that
    the steps rest on. A step that the sources do not answer is named in the answer's reason.

    Args:
        answering: answers single questions; or several by name, of which each step is sent to the one whose
            retrieval is most confident.
        steps: at most.

    Raises:
        ConfigError: there is no chain, or no step is allowed.
    """

    def __init__(self, answering: AnswerChain | Mapping[str, AnswerChain], *, steps: int = MOST) -> None:
        chains = dict(answering) if isinstance(answering, Mapping) else {"": answering}
        if not chains or steps < 1:
            raise ConfigError("a question of several steps needs an index to ask, and one step at least")
        self.chains = chains
        self.first = next(iter(chains.values()))
        self.steps = steps

    def decompose(self, question: str, config: RunnableConfig | None = None) -> list[str]:
        """Return the steps of a question: at least one."""
        return self._decomposed(question, config)[0]

    def _decomposed(self, question: str, config: RunnableConfig | None) -> tuple[list[str], dict[str, int]]:
        if self.first.weak or self.first.mode == "quote":
            return split_question(question, self.steps), {}
        generator = self.first.generator
        reply, usage = generator.reply(decompose_messages(question, self.steps), config, max_tokens=REPLY_TOKENS)
        return single_questions(reply, self.steps) or [question], usage

    def route(self, question: str) -> str:
        """Return the name of the index that is surest to answer a question."""
        if len(self.chains) == 1:
            return next(iter(self.chains))
        # Retrieval alone decides: asking a generator about each index would cost a call for each step and index.
        return max(self.chains, key=lambda name: self.chains[name].signals(question).retrieval)

    def parts(self, given: str, config: RunnableConfig) -> Iterator[Answer]:
        """Answer step by step, then the whole."""
        started = time.perf_counter()
        questions, usage = self._decomposed(text_given(given, "question"), config)
        answers: list[Answer] = []
        unanswered: list[str] = []
        for number, step in enumerate(questions, 1):
            question = _resolved(step, answers)
            name = self.route(question)
            found = self.chains[name].invoke(question, config)
            answers.append(found)
            steps.tell([steps.stepped(number, question, name, found)], config)
            if found.abstained:
                unanswered.append(question)
        yield Answer(usage=usage) + Answer(usage=_spent(answers))
        if len(questions) == 1:
            yield from _again(given, answers[0])
        else:
            yield from self._together(given, answers, unanswered, config)
        yield Answer(timings={"total": time.perf_counter() - started})

    def _together(
        self, question: str, answers: list[Answer], unanswered: list[str], config: RunnableConfig
    ) -> Iterator[Answer]:
        """Answer from what the steps rest on, or quote it."""
        evidence = _cited(answers)
        hits = tuple({hit.chunk.id: hit for answer in answers for hit in answer.hits}.values())
        note = f"not in the sources: {'; '.join(unanswered)}" if unanswered else ""
        generator = None if self.first.weak or self.first.mode == "quote" else self.first.generator
        grounder = Grounder(
            question,
            evidence,
            hits,
            model=generator.spec if generator else "",
            note=note,
            flags=flags(hits),
            unsupported=self.first.unsupported,
            checker=self.first.checker,
        )
        yield grounder.start()
        if not evidence:
            yield grounder.refuse(note or "no step is answered by the sources")
            return
        # With a step unanswered, a generator may fill the gap from memory: the steps' own quotes are returned instead.
        if generator is not None and not unanswered:
            request = self.first.request(question, evidence)
            cited = False
            with provider_errors(generator.spec):
                for message in generator.stream(request.messages(), config, **request.limits):
                    part = grounder.feed(text_of(message))
                    cited = cited or bool(part.citations)
                    if why := cut_of(message):
                        grounder.cut(why)
                    yield part + Answer(usage=usage_of(message))
            part = grounder.finish()
            yield part
            if cited or part.citations:
                return
        # The first quote of each step, in the order of the steps.
        labels = compared(question)
        for number, answer in enumerate(answers):
            if answer.citations:
                best = answer.citations[0]
                before = f"{labels[number]}: " if len(labels) == len(answers) else ""
                place = next((place for place, each in enumerate(evidence) if _covers(each, best)), None)
                if place is not None:
                    yield grounder.quote_one(place, before)
        if unanswered:
            yield Answer(reason=note)


def _resolved(step: str, answers: list[Answer]) -> str:
    """Replace references to earlier steps (``#1``) by what these found."""

    def found(match: re.Match[str]) -> str:
        number = int(match[1]) - 1
        if not 0 <= number < len(answers) or answers[number].abstained:
            return match[0]
        return said(answers[number]).rstrip(".")

    return _EARLIER.sub(found, step)


def _cited(answers: list[Answer]) -> tuple[Evidence, ...]:
    """Return what answers cite, in their order, none twice: the sentence, where the citation is a part of one."""
    out: dict[tuple[str, int, int], Evidence] = {}
    for answer in answers:
        for citation in answer.citations:
            each = next((one for one in answer.evidence if _covers(one, citation)), None) or _quoted(answer, citation)
            if each is not None:
                out.setdefault((each.hit.chunk.source, each.start, each.end), each)
    return tuple(out.values())


def _covers(evidence: Evidence, citation: Citation) -> bool:
    same = evidence.hit.chunk.source == citation.document
    return same and evidence.start <= citation.start and citation.end <= evidence.end


def _quoted(answer: Answer, citation: Citation) -> Evidence | None:
    """Return a citation as evidence; None where its passage is not among those that were found."""
    for hit in answer.hits:
        chunk = hit.chunk
        if chunk.source == citation.document and chunk.start <= citation.start and citation.end <= chunk.end:
            return Evidence(hit, citation.start, citation.end, citation.quote, 0.0, context=chunk.heading)
    return None


def _again(question: str, answer: Answer) -> Iterator[Answer]:
    """Yield an answer that is complete already."""
    from dataclasses import replace

    yield replace(answer, question=question, usage={}, timings={})


def _spent(answers: list[Answer]) -> dict[str, int]:
    keys = {key for answer in answers for key in answer.usage}
    return {key: sum(answer.usage.get(key, 0) for answer in answers) for key in sorted(keys)}
