"""Question to grounded answer: retrieve, choose evidence, decide whether to answer, generate, ground."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from langchain_core.runnables import Runnable, RunnableConfig

from ragkit.chains.generator import MODES, Generator, Mode
from ragkit.errors import ConfigError
from ragkit.generate.failures import provider_errors
from ragkit.ground.abstention import THRESHOLD, confidence
from ragkit.ground.grounder import Grounder
from ragkit.ground.runnable import text_of, usage_of
from ragkit.prompt.packing import Packed, pack
from ragkit.prompt.phrases import phrase_grammar, phrase_messages, phrase_prompt
from ragkit.prompt.templates import answer_messages
from ragkit.retrieve.evidence import coverage, select_evidence, term_weights
from ragkit.types import Answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from langchain_core.messages import BaseMessage

    from ragkit.retrieve.search import Searcher
    from ragkit.types import Evidence, Hit

REPLY_TOKENS = 256  # longest reply; kept free when sources are packed
WEAK_REPLY_TOKENS = 48  # a model that follows instructions poorly rambles beyond its first sentence
OVERHEAD_TOKENS = 250  # instructions, question and chat template
LEAST_ROOM = 64  # tokens that must be left for sources
WEAK_EVIDENCE = 3  # sentences a model that follows instructions poorly gets to read
PHRASE_TOKENS = 40  # longest phrase
PHRASE_EVIDENCE = 3  # sentences that a phrase is taken from; more distract a small model


def assess(searcher: Searcher, question: str, evidence: Sequence[Evidence]) -> float:
    """Return how sure the evidence answers the question, from 0 to 1."""
    weights = term_weights(searcher, question)
    passages = {each.hit.rank: f"{each.hit.chunk.heading}\n{each.hit.chunk.text}" for each in evidence}
    return confidence(evidence, max((coverage(weights, text) for text in passages.values()), default=0.0))


@dataclass(slots=True)
class _Plan:
    grounder: Grounder
    messages: list[BaseMessage] | None
    refusal: str
    quote: bool
    started: float
    limits: dict[str, Any] = field(default_factory=dict[str, Any])
    timings: dict[str, float] = field(default_factory=dict[str, float])


class AnswerChain(Runnable[str, Answer]):
    """Answers questions over an index; invoke, stream, batch and their async twins give the same answer.

    Args:
        searcher: finds passages.
        generator: called for the generator when it is needed for the first time, never in ``quote`` mode.
        mode: ``quote`` (the sentences themselves), ``short`` (a phrase found in them), ``answer`` (prose, each sentence
            cited) or ``auto``.
        weak: whether the generator follows instructions poorly; ``auto`` then trusts quotes more than prose.
        k: passages to retrieve.
        threshold: confidence below which it says that the sources do not answer.

    Raises:
        ConfigError: the mode is unknown.
    """

    def __init__(
        self,
        searcher: Searcher,
        generator: Callable[[], Generator],
        *,
        mode: Mode = "auto",
        weak: bool = False,
        k: int = 5,
        threshold: float = THRESHOLD,
    ) -> None:
        if mode not in MODES:
            raise ConfigError(f"unknown answer mode {mode!r}: choose {', '.join(MODES)}")
        self.searcher = searcher
        self.generator = generator
        self.mode = mode
        self.weak = weak
        self.k = k
        self.threshold = threshold

    def invoke(self, input: str, config: RunnableConfig | None = None, **kwargs: Any) -> Answer:
        """Answer one question."""
        return self._call_with_config(self._answer, input, config)

    def stream(self, input: str, config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Answer]:
        """Answer one question; the parts add up to the whole."""
        yield from self._transform_stream_with_config(iter([input]), self._parts, config)

    async def astream(self, input: str, config: RunnableConfig | None = None, **kwargs: Any) -> AsyncIterator[Answer]:
        """Answer one question; the parts add up to the whole."""

        async def once() -> AsyncIterator[str]:
            yield input

        async for part in self._atransform_stream_with_config(once(), self._aparts, config):
            yield part

    async def ainvoke(self, input: str, config: RunnableConfig | None = None, **kwargs: Any) -> Answer:
        """Answer one question."""
        answer = Answer()
        async for part in self.astream(input, config):
            answer += part
        return answer

    def _answer(self, question: str, run_manager: Any, config: RunnableConfig) -> Answer:
        answer = Answer()
        for part in self._parts(iter([question]), run_manager, config):
            answer += part
        return answer

    def _parts(self, questions: Iterator[str], run_manager: Any, config: RunnableConfig) -> Iterator[Answer]:
        plan = self._plan(next(questions))
        yield plan.grounder.start()
        if plan.messages is None:
            yield self._without_generator(plan)
            return
        began = time.perf_counter()
        generator = self.generator()
        with provider_errors(generator.spec):
            for message in generator.chat.stream(plan.messages, config, **plan.limits):
                yield plan.grounder.feed(text_of(message))
                if usage := usage_of(message):
                    yield Answer(usage=usage)
        plan.timings["generate"] = time.perf_counter() - began
        yield self._close(plan)

    async def _aparts(
        self, questions: AsyncIterator[str], run_manager: Any, config: RunnableConfig
    ) -> AsyncIterator[Answer]:
        from langchain_core.runnables.config import run_in_executor

        question = await anext(questions)
        plan = await run_in_executor(config, self._plan, question)
        yield plan.grounder.start()
        if plan.messages is None:
            yield self._without_generator(plan)
            return
        began = time.perf_counter()
        generator = self.generator()
        with provider_errors(generator.spec):
            async for message in generator.chat.astream(plan.messages, config, **plan.limits):
                yield plan.grounder.feed(text_of(message))
                if usage := usage_of(message):
                    yield Answer(usage=usage)
        plan.timings["generate"] = time.perf_counter() - began
        yield self._close(plan)

    def _plan(self, question: str) -> _Plan:
        started = time.perf_counter()
        hits = self.searcher.search(question, self.k)
        retrieved = time.perf_counter()
        evidence = select_evidence(self.searcher, question, hits)
        sure = assess(self.searcher, question, evidence) if evidence else 0.0
        refusal = self._refusal(question, hits, sure)
        messages, packed, model, limits = None, None, "", dict[str, Any]()
        if not refusal and self.mode != "quote":
            generator = self.generator()
            model = generator.spec
            packed = self._pack(generator, question, evidence)
            messages, limits = self._asked(generator, question, packed.evidence)
        plan = _Plan(
            Grounder(
                question,
                packed.evidence if packed else evidence,
                hits,
                confidence=sure,
                model=model,
                short=self.mode == "short",
                strict=self.weak,
                prefer_quotes=self.weak and self.mode == "auto" and not refusal,
            ),
            messages,
            refusal,
            self.mode == "quote",
            started,
            limits,
        )
        done = time.perf_counter()
        plan.timings = {"retrieve": retrieved - started, "evidence": done - retrieved}
        return plan

    def _refusal(self, question: str, hits: Sequence[Hit], sure: float) -> str:
        if not question.strip():
            return "the question is empty"
        if not hits:
            return "the index holds no passage that bears on the question"
        if sure < self.threshold:
            return f"the passages found do not cover the question (confidence {sure:.2f}, needed {self.threshold:.2f})"
        return ""

    def _pack(self, generator: Generator, question: str, evidence: Sequence[Evidence]) -> Packed:
        if self.mode == "short":
            evidence = evidence[: 1 if self.weak else PHRASE_EVIDENCE]
        elif self.weak:
            evidence = evidence[:WEAK_EVIDENCE]
        asked = generator.count(question)
        room = generator.context - REPLY_TOKENS - OVERHEAD_TOKENS - asked
        if room < LEAST_ROOM:
            raise ConfigError(
                f"the question is too long: it has {asked} tokens and the model holds {generator.context} for it, the "
                "sources and reply together; ask in fewer words or use a model with a longer context"
            )
        return pack(evidence, room, generator.count)

    def _asked(
        self, generator: Generator, question: str, evidence: Sequence[Evidence]
    ) -> tuple[list[BaseMessage], dict[str, Any]]:
        """Return what the generator is asked, and how far it may go."""
        if self.mode != "short":
            limits = {"max_tokens": WEAK_REPLY_TOKENS, "stop": ["\n"]} if self.weak else {"max_tokens": REPLY_TOKENS}
            return answer_messages(question, evidence), limits
        grammar = phrase_grammar(evidence, question) if self.weak and generator.continues else ""
        if not grammar:
            return phrase_messages(question, evidence), {"max_tokens": PHRASE_TOKENS, "stop": ["\n"]}
        from langchain_core.messages import HumanMessage

        prompt: list[BaseMessage] = [HumanMessage(phrase_prompt(question, evidence))]
        return prompt, {"max_tokens": PHRASE_TOKENS, "plain": True, "grammar": grammar}

    def _without_generator(self, plan: _Plan) -> Answer:
        part = plan.grounder.refuse(plan.refusal) if plan.refusal else plan.grounder.quote()
        return part + self._timed(plan)

    def _close(self, plan: _Plan) -> Answer:
        return plan.grounder.close() + self._timed(plan)

    def _timed(self, plan: _Plan) -> Answer:
        return Answer(timings={**plan.timings, "total": time.perf_counter() - plan.started})
