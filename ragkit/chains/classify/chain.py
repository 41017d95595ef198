"""Text to one of a closed set of labels: by nearest examples, or by a generator that is constrained to them."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from ragkit.chains.base import PartsChain
from ragkit.chains.classify.nearest import NearestLabels
from ragkit.chains.classify.prompt import label_grammar, label_instruction, named_label, unclear_messages
from ragkit.chains.classify.result import Classification
from ragkit.core.errors import ConfigError, UnclearReply
from ragkit.generate.failures import provider_errors
from ragkit.generate.scoring import Scores
from ragkit.prompt.shown import Shown
from ragkit.text.sentences import text_given

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from langchain_core.messages import BaseMessage
    from langchain_core.runnables import RunnableConfig

    from ragkit.generate.generator import Generator
    from ragkit.prompt.few_shot import FewShot
    from ragkit.prompt.pool import Pool
    from ragkit.prompt.selecting import Order, Selector

ClassifyMode = Literal["auto", "nearest", "likelihood", "constrained"]
CLASSIFY_MODES: tuple[str, ...] = get_args(ClassifyMode)
FEW = 8  # labels up to which each is scored by itself: the cost grows with their number, a constrained reply does not
LABEL_TOKENS = 40  # of a reply
LISTED = 20  # labels up to which the prompt names all, where it has examples; small models take the first of long lists


class Classifier(PartsChain[str, Classification]):
    """Classifies texts into a closed set of labels; no other label is ever returned.

    Args:
        labels: the labels; None takes the answers of the examples.
        pool: examples whose answers are labels.
        generator: its model is loaded at its first use, never by ``nearest``.
        mode: ``nearest`` (by the labels of the most similar examples, no generator), ``likelihood`` (each label is
            scored by the generator), ``constrained`` (a grammar lets the generator reply with labels only; the reply
            of a hosted one, which takes no grammar, must name one: it is asked once more, then that is an error), or
            ``auto``: nearest without a generator, likelihood for a few labels, else constrained.
        task: what is asked of the text, in a sentence.
        descriptions: what labels mean, where their names do not say it.
        k: examples in the prompt of a generator.
        selector: how they are chosen.
        balanced: whether no label has a second example in the prompt before every other has one.
        order: of the examples.
        seed: of the selector ``random``.

    Raises:
        ConfigError: an option is wrong, there are less than two labels, or an example has a label that is none.
    """

    def __init__(
        self,
        labels: Sequence[str] | None = None,
        *,
        pool: Pool | None = None,
        generator: Generator | None = None,
        mode: ClassifyMode = "auto",
        task: str = "",
        descriptions: Mapping[str, str] | None = None,
        k: int = 5,
        selector: Selector = "coverage",
        balanced: bool = False,
        order: Order = "best_last",
        seed: int = 13,
    ) -> None:
        answers = list(dict.fromkeys(each.answer for each in pool.whole().examples)) if pool is not None else []
        self.labels = tuple(dict.fromkeys(labels)) if labels is not None else tuple(sorted(answers))
        _check(self.labels, answers, descriptions or {}, mode)
        if generator is None and mode not in ("auto", "nearest"):
            raise ConfigError(f"the mode {mode} needs a generator: give one, or take nearest")
        if pool is None and (mode == "nearest" or generator is None):
            raise ConfigError("labels by nearest examples need examples: give some, or a generator")
        self.pool = pool
        self.generator = generator
        self.mode: ClassifyMode = mode
        by_examples = pool is not None and (mode == "nearest" or generator is None)
        self._nearest = NearestLabels(pool.whole()) if pool is not None and by_examples else None
        self._prompts = None
        # Where examples show the labels, a long list is left out of the instruction.
        if generator is not None and self._nearest is None:
            named = self.labels if pool is None or not k or len(self.labels) <= LISTED else ()
            instruction = label_instruction(task, named, descriptions or {})
            self._prompts = Shown(instruction, pool, k, selector, balanced, order, seed)

    def parts(self, given: str, config: RunnableConfig) -> Iterator[Classification]:
        """Yield the label, as one part."""
        started = time.perf_counter()
        text_given(given, "text", blank=False)
        if self._nearest is not None:
            yield _by_examples(self._nearest, given, started)
            return
        if self._prompts is None or self.generator is None:
            raise ConfigError("this classifier has neither examples nor a generator")
        generator = self.generator
        prompt = self._prompts.prompt(given, generator.context - LABEL_TOKENS, generator.count)
        scored = isinstance(generator.chat, Scores)
        by_likelihood = self.mode == "likelihood" or (self.mode == "auto" and len(self.labels) <= FEW)
        if by_likelihood and scored:
            yield self._by_likelihood(given, generator, prompt, started)
        elif self.mode == "likelihood":
            raise ConfigError(
                f"{generator.spec or 'this model'} does not tell how likely it finds a label: take the mode constrained"
            )
        else:
            yield self._by_reply(given, generator, prompt, config, started)

    def _by_likelihood(self, text: str, generator: Generator, prompt: FewShot, started: float) -> Classification:
        """Score every label as the reply, its tokens' log probabilities added up, and share one among them."""
        chat: Any = generator.chat
        with provider_errors(generator.spec):
            sums = {label: sum(chat.log_probabilities(prompt.messages, label)) for label in self.labels}
        # A softmax over the sums, the highest subtracted first: exp would underflow for long labels.
        best = max(sums.values())
        raised = {label: math.exp(value - best) for label, value in sums.items()}
        shares = {label: value / sum(raised.values()) for label, value in raised.items()}
        read = {"input_tokens": prompt.tokens}
        found = Classification(text, "", mode="likelihood", examples=prompt.examples, left_out=len(prompt.left_out))
        return _ranked(_with(found, generator, read, started), shares)

    def _by_reply(
        self, text: str, generator: Generator, prompt: FewShot, config: RunnableConfig, started: float
    ) -> Classification:
        constrained = hasattr(generator.chat, "grammar")
        options: dict[str, Any] = {"max_tokens": LABEL_TOKENS}
        # Only as many tokens as the longest label has, and two more for the end of the reply.
        if constrained:
            options["grammar"] = label_grammar(self.labels)
            options["max_tokens"] = max(generator.count(label) for label in self.labels) + 2
        spent: dict[str, int] = {}
        label = self._label(generator, prompt.messages, config, options, spent)
        mode = "constrained" if constrained else "reply"
        found = Classification(text, label, mode=mode, examples=prompt.examples, left_out=len(prompt.left_out))
        return _with(found, generator, spent, started)

    def _label(
        self,
        generator: Generator,
        messages: Sequence[BaseMessage],
        config: RunnableConfig,
        options: dict[str, Any],
        spent: dict[str, int],
    ) -> str:
        """Return the label that the generator replies with, asked once more where the first reply is unclear.

        Raises:
            UnclearReply: neither reply names one label.
        """
        asked, reply, cut = messages, "", ""
        for _ in range(2):
            reply, usage, cut = generator.full_reply(asked, config, **options)
            spent.update({key: spent.get(key, 0) + usage.get(key, 0) for key in {*spent, *usage}})
            if label := named_label(reply, self.labels):
                return label
            asked = unclear_messages(messages, reply, self.labels)
        why = f"{reply[:80]!r}" if reply else f"nothing{f' ({cut})' if cut else ''}"
        raise UnclearReply(
            f"{generator.spec or 'the model'} names no label, or several, in two replies, the last: {why}; try again "
            "later, describe the labels, or choose another model"
        )


def _by_examples(nearest: NearestLabels, text: str, started: float) -> Classification:
    shares = dict(zip(nearest.labels, nearest.probabilities(text).tolist(), strict=True))
    return _ranked(Classification(text, "", mode="nearest", timings=_took(started)), shares)


def _check(labels: Sequence[str], answers: Sequence[str], descriptions: Mapping[str, str], mode: str) -> None:
    if mode not in CLASSIFY_MODES:
        raise ConfigError(f"unknown mode {mode!r}: choose {', '.join(CLASSIFY_MODES)}")
    if len(labels) < 2 or not all(label.strip() for label in labels):
        raise ConfigError("a classifier needs two labels at least, none of them empty: give labels, or examples")
    if strange := sorted({*answers, *descriptions} - set(labels)):
        raise ConfigError(f"{strange[0]!r} is no label: known are {', '.join(labels)}")


def _ranked(found: Classification, shares: Mapping[str, float]) -> Classification:
    ranked = dict(sorted(shares.items(), key=lambda each: -each[1]))
    label = next(iter(ranked))
    return replace(found, label=label, probability=ranked[label], probabilities=ranked)


def _with(found: Classification, generator: Generator, usage: Mapping[str, int], started: float) -> Classification:
    return replace(found, model=generator.spec, usage=usage, timings=_took(started))


def _took(started: float) -> dict[str, float]:
    return {"total": time.perf_counter() - started}
