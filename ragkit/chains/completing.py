"""A task with examples, done by a generator: the examples chosen for each text, as many as fit."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ragkit.chains.parts import PartsChain
from ragkit.errors import ConfigError
from ragkit.generate.failures import provider_errors
from ragkit.ground.runnable import text_of, usage_of
from ragkit.prompt.few_shot import FewShot, few_shot
from ragkit.prompt.selecting import ORDERS, SELECTORS, Order, Selector, select

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from langchain_core.runnables import RunnableConfig

    from ragkit.chains.generator import Generator
    from ragkit.prompt.pool import ExamplePool
    from ragkit.types import Example

REPLY_TOKENS = 300


@dataclass(frozen=True, slots=True)
class Completion:
    """What a generator made of a text.

    Attributes:
        text: what it wrote.
        examples: the examples it was shown.
        left_out: how many that were chosen did not fit its context.
        model: its spec.
        usage: tokens read and written.
        timings: seconds.
    """

    text: str = ""
    examples: tuple[Example, ...] = ()
    left_out: int = 0
    model: str = ""
    usage: Mapping[str, int] = field(default_factory=dict[str, int])
    timings: Mapping[str, float] = field(default_factory=dict[str, float])

    def __add__(self, part: Completion) -> Completion:
        """Append a part."""
        keys = {*self.usage, *part.usage}
        return Completion(
            self.text + part.text,
            self.examples + part.examples,
            self.left_out + part.left_out,
            self.model or part.model,
            {key: self.usage.get(key, 0) + part.usage.get(key, 0) for key in sorted(keys)},
            {**self.timings, **part.timings},
        )


class FewShotChain(PartsChain[str, Completion]):
    """Does a task with a generator, shown by examples; without examples it is told by the instruction alone.

    Args:
        generator: called for the generator when it is needed for the first time.
        pool: the examples to choose from; None shows none.
        instruction: what to do; None takes one that says to go on as in the examples.
        k: how many examples to show.
        selector: how they are chosen, as :func:`ragkit.prompt.selecting.select` explains.
        balanced: whether no answer is shown twice before the others.
        order: of the examples.
        max_tokens: of the reply.
        seed: of the selector ``random``.

    Raises:
        ConfigError: an option is wrong, or there are neither instruction nor examples.
    """

    def __init__(
        self,
        generator: Callable[[], Generator],
        pool: ExamplePool | None = None,
        *,
        instruction: str | None = None,
        k: int = 5,
        selector: Selector = "coverage",
        balanced: bool = False,
        order: Order = "best_last",
        max_tokens: int = REPLY_TOKENS,
        seed: int = 13,
    ) -> None:
        if selector not in SELECTORS:
            raise ConfigError(f"unknown selector {selector!r}: choose {', '.join(SELECTORS)}")
        if order not in ORDERS:
            raise ConfigError(f"unknown order {order!r}: choose {', '.join(ORDERS)}")
        if k < 0 or max_tokens < 1:
            raise ConfigError("the number of examples cannot be below 0, nor the length of a reply below 1 token")
        if instruction is None and (pool is None or not k):
            raise ConfigError("nothing says what to do: give an instruction, examples, or both")
        self.generator = generator
        self.pool = pool
        self.instruction = _GO_ON if instruction is None else instruction
        self.k = k
        self.selector: Selector = selector
        self.balanced = balanced
        self.order: Order = order
        self.max_tokens = max_tokens
        self.seed = seed

    def choose(self, text: str) -> list[Example]:
        """Return the examples for a text, in their order."""
        if self.pool is None or not self.k:
            return []
        return select(self.pool, text, self.k, self.selector, balanced=self.balanced, order=self.order, seed=self.seed)

    def prompt(self, text: str, generator: Generator) -> FewShot:
        """Return the prompt for a text, with as many of its examples as the generator's context holds.

        Raises:
            ContextOverflow: instruction and text alone are too long.
        """
        budget = generator.context - self.max_tokens
        return few_shot(self.instruction, self.choose(text), text, budget, generator.count)

    def parts(self, given: str, config: RunnableConfig) -> Iterator[Completion]:
        """Write the reply as it comes."""
        started = time.perf_counter()
        generator = self.generator()
        prompt = self.prompt(given, generator)
        chosen = time.perf_counter()
        yield Completion("", prompt.examples, len(prompt.left_out), generator.spec)
        options: dict[str, Any] = {"max_tokens": self.max_tokens}
        with provider_errors(generator.spec):
            for message in generator.stream(prompt.messages, config, **options):
                yield Completion(text_of(message), usage=usage_of(message))
        done = time.perf_counter()
        yield Completion(timings={"choose": chosen - started, "total": done - started})


_GO_ON = "Answer the last message as the earlier ones were answered, in the same form and nothing else."
