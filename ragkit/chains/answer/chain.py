"""Question to grounded answer: retrieve, choose evidence, decide whether to answer, generate, ground."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from langchain_core.runnables import Runnable, RunnableConfig

from ragkit.chains import events as steps
from ragkit.chains.answer.prompt import Asked, asked, repair_messages
from ragkit.chains.answer.sufficiency import RETRIEVAL_ALONE, WITH_CHECK, Signals, assess, says, sufficiency, tells
from ragkit.chains.answer.why import explain
from ragkit.chains.base import held
from ragkit.core.errors import BudgetExceeded, ConfigError
from ragkit.core.messages import cut_of, text_of, usage_of
from ragkit.core.types import Answer
from ragkit.generate.failures import provider_errors
from ragkit.generate.generator import MODES, Generator, Mode
from ragkit.ground.abstain import THRESHOLD
from ragkit.ground.grounder import Grounder, Unsupported
from ragkit.ground.safety import flags, guard
from ragkit.ground.verify.choose import load_verifier
from ragkit.retrieve.evidence import select_evidence
from ragkit.retrieve.narrow import relevance_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping
    from collections.abc import Generator as Generated

    from langchain_core.messages import BaseMessage

    from ragkit.chains.context import Context
    from ragkit.core.types import Evidence, Hit
    from ragkit.ground.abstain import Calibration

Rule = Callable[[str, Sequence[str]], bool]  # (sentence, sources) to whether they support it
LEFT_OUT = 10  # passages found beyond k where some are to be left out


@dataclass(slots=True)
class _Plan:
    """What is decided about an answer before the generator runs."""

    grounder: Grounder
    refusal: str
    started: float
    asked: Asked | None = None
    generator: Generator | None = None
    events: list[steps.Event] = field(default_factory=list[steps.Event])
    timings: dict[str, float] = field(default_factory=dict[str, float])
    repaired: bool = False


class AnswerChain(Runnable[str, Answer]):
    """Answers questions over an index; invoke, stream, batch and their async twins give the same answer.

    Args:
        context: the parts of the index; its generator is not loaded in ``quote`` mode.
        mode: ``quote`` (the sentences themselves), ``short`` (a phrase found in them), ``answer`` (prose, each sentence
            cited) or ``auto``.
        weak: whether the generator follows instructions poorly; ``auto`` then trusts quotes more than prose. None takes
            what the catalogue of models records.
        k: passages to retrieve.
        threshold: confidence below which the answer is a refusal.
        check: whether the generator is asked first if the passages answer at all; None asks those that follow
            instructions and report how likely they find a word.
        unsupported: what becomes of a sentence that no source supports even after the generator was asked once to put
            it right: ``drop`` or ``mark``.
        judge: a grounding rule of your own, (sentence, sources) to whether they support it, which sentences of prose
            must pass too; the spec of a verifier, for :func:`ragkit.ground.verify.choose.load_verifier`; or whether the
            generator also judges if the sources say what its prose says, a second opinion beside the rules, at the
            price of one short call a sentence.
        max_wrong: share of the answers, from 0 to 1, that may be to questions which the sources do not answer;
            takes the place of ``threshold``, and a calibration that was fitted to the index.
        guard: whether sentences that order a model to drop its instructions, or ask, are no evidence; what speaks to a
            model is flagged in either case.
        language_rules: whether the check of support uses the rules of the sources' language.
        calibrations: as :func:`ragkit.evaluate.calibrate.calibrate` makes them.

    Raises:
        ConfigError: an option is wrong, or nothing was calibrated for ``max_wrong``.
    """

    def __init__(
        self,
        context: Context,
        *,
        mode: Mode = "auto",
        weak: bool | None = None,
        k: int = 5,
        threshold: float = THRESHOLD,
        check: bool | None = None,
        unsupported: Unsupported = "drop",
        judge: bool | str | Rule = False,
        max_wrong: float | None = None,
        guard: bool = True,
        language_rules: bool = True,
        calibrations: Mapping[str, Calibration] | None = None,
    ) -> None:
        if mode not in MODES:
            raise ConfigError(f"unknown answer mode {mode!r}: choose {', '.join(MODES)}")
        if unsupported not in ("drop", "mark"):
            raise ConfigError(f"unsupported sentences can be dropped or marked, not {unsupported!r}: take drop or mark")
        if max_wrong is not None and not calibrations:
            raise ConfigError(
                "nothing is known of how often answers over this index are wrong: calibrate it once with "
                "`ragkit eval answers --calibrate`, or set a threshold of confidence instead"
            )
        self.searcher = context.searcher
        self.generator = context.generator
        self.mode: Mode = mode
        self.weak = self.generator.weak if weak is None else weak
        self.k = k
        self.threshold = threshold
        self.check = check
        self.unsupported: Unsupported = unsupported
        self.judge = load_verifier(judge) if isinstance(judge, str) else judge
        self.max_wrong = max_wrong
        self.guard = guard
        self.language_rules = language_rules
        self.calibrations = dict(calibrations or {})

    def request(self, question: str, evidence: Sequence[Evidence]) -> Asked:
        """Return what its generator is asked for prose from evidence that was found elsewhere."""
        return asked(self.generator, question, evidence, short=False, weak=False)

    def invoke(self, input: str, config: RunnableConfig | None = None, **kwargs: Any) -> Answer:
        """Answer one question."""
        return self._call_with_config(self._answer, input, config)

    def stream(self, input: str, config: RunnableConfig | None = None, **kwargs: Any) -> Iterator[Answer]:
        """Answer one question; the parts add up to the whole."""
        yield from self._transform_stream_with_config(iter([input]), self._held, config)

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

    def _held(self, questions: Iterator[str], run_manager: Any, config: RunnableConfig) -> Iterator[Answer]:
        yield from held(self._parts(questions, run_manager, config))

    def _answer(self, question: str, run_manager: Any, config: RunnableConfig) -> Answer:
        answer = Answer()
        for part in self._parts(iter([question]), run_manager, config, whole=True):
            answer += part
        return answer

    def _parts(
        self, questions: Iterator[str], run_manager: Any, config: RunnableConfig, *, whole: bool = False
    ) -> Iterator[Answer]:
        """Yield the parts of an answer; with ``whole`` a reply is grounded when it is complete, not as it arrives."""
        plan = self._plan(next(questions))
        steps.tell(plan.events, config)
        yield plan.grounder.start()
        if plan.generator and plan.asked:
            began = time.perf_counter()
            messages, limits = plan.asked.messages(), plan.asked.limits
            while messages:
                reply = ""
                with _within_budget(plan), provider_errors(plan.generator.spec):
                    for message in plan.generator.stream(messages, config, whole=whole, **limits):
                        reply += text_of(message)
                        if not whole:
                            yield plan.grounder.feed(text_of(message))
                        yield _ended(plan, message)
                if whole:
                    yield plan.grounder.feed(reply)
                part, messages = self._again(plan, messages, reply)
                yield part
            plan.timings["generate"] = time.perf_counter() - began
        yield self._last(plan)

    async def _aparts(
        self, questions: AsyncIterator[str], run_manager: Any, config: RunnableConfig
    ) -> AsyncIterator[Answer]:
        from langchain_core.runnables.config import run_in_executor

        # Search and grounding are computation, not waiting: they run in an executor so that the event loop stays free.
        question = await anext(questions)
        plan = await run_in_executor(config, self._plan, question)
        await steps.atell(plan.events, config)
        # Held back, where it says nothing yet, until the model's first piece came: see `held`.
        first = plan.grounder.start()
        if first.text:
            yield first
            first = Answer()
        if plan.generator and plan.asked:
            began = time.perf_counter()
            messages, limits = plan.asked.messages(), plan.asked.limits
            while messages:
                reply = ""
                with _within_budget(plan), provider_errors(plan.generator.spec):
                    async for message in plan.generator.astream(messages, config, **limits):
                        reply += text_of(message)
                        yield first + await run_in_executor(config, plan.grounder.feed, text_of(message))
                        first = Answer()
                        yield _ended(plan, message)
                part, messages = await run_in_executor(config, self._again, plan, messages, reply)
                yield part
            plan.timings["generate"] = time.perf_counter() - began
        yield first + await run_in_executor(config, self._last, plan)

    def _again(self, plan: _Plan, messages: list[BaseMessage], reply: str) -> tuple[Answer, list[BaseMessage]]:
        """Return the part that ends a reply and, where it holds something wrong, what to ask once more."""
        if self.weak or self._short or plan.repaired:
            return Answer(), []
        # Set before the second call, so that it is the last one, and so that the budget may refuse it.
        plan.repaired = True
        part, wrong = plan.grounder.wrong()
        # A line between the two replies, which are both recorded.
        return (part + Answer(raw_text="\n"), repair_messages(messages, reply, wrong)) if wrong else (part, [])

    def signals(self, question: str, *, without: Callable[[Hit], bool] | None = None) -> Signals:
        """Return the signals for whether the sources answer a question, as calibration needs them.

        Args:
            question: the question.
            without: passages to leave out, as if the index did not hold them.
        """
        # More are searched for, so that k passages remain after some are left out.
        hits = self.searcher.search(question, self.k if without is None else self.k + LEFT_OUT)
        remaining = [hit for hit in hits if without is None or not without(hit)][: self.k]
        evidence, retrieval = self._evidence(question, remaining)
        if not self._checks():
            return Signals(retrieval)
        return Signals(retrieval, sufficiency(self.generator, question, evidence))

    def _evidence(self, question: str, hits: Sequence[Hit]) -> tuple[tuple[Evidence, ...], float]:
        """Return the sentences that bear on a question, and how sure retrieval is of them, from 0 to 1."""
        if not hits:
            return (), 0.0
        # The words are weighed once for both: it is a look-up in the index.
        weights = self.searcher.index.query_terms(question).weights
        skip = guard(hits) if self.guard else None
        relevance = relevance_of(self.searcher)
        evidence = select_evidence(self.searcher, question, hits, skip=skip, weights=weights, relevance=relevance)
        return evidence, assess(self.searcher, question, evidence, weights)

    def estimate(self, question: str) -> tuple[int, int]:
        """Return the tokens that an answer would have the generator read, and at most write; nothing is generated.

        What may be asked a second time, for a repair, is not counted.
        """
        if self.mode == "quote" or not question.strip():
            return 0, 0
        hits = self.searcher.search(question, self.k)
        evidence, retrieval = self._evidence(question, hits)
        if not self._judged(question, hits, Signals(retrieval))[1] and evidence:
            generator = self.generator
            request = asked(generator, question, evidence, short=self._short, weak=self.weak)
            read = sum(generator.count(str(message.content)) for message in request.messages())
            return read, generator.limit(int(request.limits["max_tokens"]))
        return 0, 0

    def uncalibrated(self) -> dict[str, Calibration]:
        """Return what calibration starts from, by the name that the fitted one is stored under."""
        checked = {self.generator.name: WITH_CHECK} if self._checks() else {}
        return {"": RETRIEVAL_ALONE, **checked}

    @property
    def _short(self) -> bool:
        """Whether the generator is asked for a phrase; prose of one that follows instructions poorly seldom holds."""
        return self.mode == "short" or (self.weak and self.mode == "auto")

    def _checks(self) -> bool:
        """Whether the generator is asked first if the passages answer."""
        if self.mode == "quote":
            return False
        return not self.weak and tells(self.generator) if self.check is None else self.check

    def _plan(self, question: str) -> _Plan:
        started = time.perf_counter()
        hits = self.searcher.search(question, self.k)
        retrieved = time.perf_counter()
        evidence, retrieval = self._evidence(question, hits)
        signals = Signals(retrieval)
        chosen = time.perf_counter()
        timings = {"retrieve": retrieved - started, "evidence": chosen - retrieved}
        events = [
            steps.retrieved(question, hits, retrieved - started),
            steps.chosen(evidence, signals.retrieval, chosen - retrieved),
        ]
        # Retrieval alone decides first, and a refusal by threshold loads no model. A calibrated bound is different: its
        # confidence needs the check of the generator, which can raise it, so the generator is asked in any case.
        sure, refusal = self._judged(question, hits, signals)
        generator, request = None, None
        if self.mode != "quote" and hits and question.strip() and (self.max_wrong is not None or not refusal):
            generator = self.generator
            if self._checks():
                signals = Signals(signals.retrieval, sufficiency(generator, question, evidence))
                timings["check"] = time.perf_counter() - chosen
                events.append(steps.checked(signals))
                sure, refusal = self._judged(question, hits, signals)
        if generator and not refusal:
            checked = signals.check is not None
            request = asked(generator, question, evidence, short=self._short, weak=self.weak, checked=checked)
        events.append(steps.decided(self.mode, generator.spec if generator else "", sure, refusal))
        quotes_first = self.weak and self.mode == "auto" and not refusal
        # Quotes come from all evidence, prose only from the sentences that the generator has read.
        grounder = Grounder(
            question,
            request.evidence if request and not quotes_first else evidence,
            hits,
            confidence=sure,
            model=generator.spec if generator else "",
            short=self._short,
            prefer_quotes=quotes_first,
            unsupported=self.unsupported,
            note=_not_read(request),
            flags=flags(hits),
            judge=self._rule(generator),
            language_rules=self.language_rules,
        )
        return _Plan(grounder, refusal, started, request, generator, events, timings)

    def _rule(self, generator: Generator | None) -> Rule | None:
        """Return the second opinion on sentences of prose, if there is to be one."""
        if not isinstance(self.judge, bool):
            return self.judge
        return partial(says, generator) if generator and self.judge else None

    def _judged(self, question: str, hits: Sequence[Hit], signals: Signals) -> tuple[float, str]:
        """Return how sure it is that the sources answer and, where that is not enough, why it refuses."""
        if not question.strip():
            return 0.0, "the question is empty"
        if not hits:
            return 0.0, "the index holds no passage that bears on the question"
        if self.max_wrong is None:
            sure, needed, risk = signals.confidence(), self.threshold, ""
        else:
            calibration = self._calibration(signals)
            sure, limit = calibration.confidence(*signals.values), calibration.bound(self.max_wrong)
            needed = limit.threshold
            risk = f" for {self.max_wrong:.0%} wrong answers, which {limit.coverage:.0%} of what is answered passes"
        if sure >= needed:
            return sure, ""
        return sure, f"the passages found do not cover the question (confidence {sure:.2f}, needed {needed:.2f}{risk})"

    def _calibration(self, signals: Signals) -> Calibration:
        name = self.generator.name if signals.check is not None else ""
        if name not in self.calibrations:
            raise ConfigError(
                f"this index was not calibrated for {name or 'answers without a check'}: run "
                f"`ragkit eval answers --calibrate{f' -m {name}' if name else ''}`"
            )
        return self.calibrations[name]

    def _last(self, plan: _Plan) -> Answer:
        """Return the part that ends the answer."""
        if plan.refusal:
            part = plan.grounder.refuse(plan.refusal)
        elif plan.asked and plan.generator:
            part = plan.grounder.close() + Answer(explain=partial(explain, plan.generator, plan.asked))
        else:
            part = plan.grounder.quote()
        return part + Answer(timings={**plan.timings, "total": time.perf_counter() - plan.started})


@contextmanager
def _within_budget(plan: _Plan) -> Generated[None]:
    """Skip a repair that the budget does not allow; a first reply that it does not allow is an error."""
    try:
        yield
    except BudgetExceeded:
        if not plan.repaired:
            raise


def _ended(plan: _Plan, message: Any) -> Answer:
    """Return the part with what a message says of its reply: the tokens, and for the grounder, whether it was cut."""
    if why := cut_of(message):
        plan.grounder.cut(why)
    return Answer(usage=usage_of(message))


def _not_read(request: Asked | None) -> str:
    """Return a note on how much of the evidence did not fit the generator's context."""
    count = len(request.left_out) if request else 0
    if not count:
        return ""
    return f"{count} {'sentence' if count == 1 else 'sentences'} found did not fit the model's context"
