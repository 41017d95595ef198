"""A task with examples, done by a generator: the examples chosen for each text, as many as fit."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ragkit.chains.base import PartsChain
from ragkit.chains.few_shot.result import Completion
from ragkit.core.errors import ConfigError
from ragkit.core.messages import cut_of, text_of, usage_of
from ragkit.generate.failures import provider_errors
from ragkit.prompt.few_shot import named
from ragkit.prompt.shown import Shown
from ragkit.text.sentences import text_given

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_core.runnables import RunnableConfig

    from ragkit.core.types import Example
    from ragkit.generate.generator import Generator
    from ragkit.prompt.few_shot import FewShot
    from ragkit.prompt.pool import Pool
    from ragkit.prompt.selecting import Order, Selector

REPLY_TOKENS = 300


class FewShotChain(PartsChain["str | Mapping[str, object]", Completion]):
    """Does a task with a generator, shown by examples; without examples by the instruction alone.

    The input is a text, or several by name, which :func:`ragkit.prompt.few_shot.named` writes under their names.

    Args:
        generator: its model is loaded at its first use.
        pool: the examples to choose from; None shows none.
        instruction: what to do; None takes one that says to go on as in the examples.
        k: how many examples to show.
        selector: how they are chosen, as :func:`ragkit.prompt.selecting.select` explains.
        balanced: whether no answer is shown twice before the others.
        order: of the examples.
        max_tokens: of the reply.
        after: what the text begins after, for example ``Answer:``; what a reply has before it is its reasoning. A reply
            that never says it is all text.
        seed: of the selector ``random``.

    Raises:
        ConfigError: an option is wrong, or there are neither instruction nor examples.
    """

    def __init__(
        self,
        generator: Generator,
        pool: Pool | None = None,
        *,
        instruction: str | None = None,
        k: int = 5,
        selector: Selector = "coverage",
        balanced: bool = False,
        order: Order = "best_last",
        max_tokens: int = REPLY_TOKENS,
        after: str = "",
        seed: int = 13,
    ) -> None:
        if max_tokens < 1:
            raise ConfigError("the length of a reply cannot be below 1 token")
        if instruction is None and (pool is None or not k):
            raise ConfigError("nothing says what to do: give an instruction, examples, or both")
        self.generator = generator
        self.shown = Shown(_GO_ON if instruction is None else instruction, pool, k, selector, balanced, order, seed)
        self.max_tokens = max_tokens
        self.after = after

    def choose(self, text: str) -> list[Example]:
        """Return the examples for a text, in their order."""
        return self.shown.choose(text)

    def prompt(self, text: str, generator: Generator) -> FewShot:
        """Return the prompt for a text, with as many of its examples as the generator's context holds.

        Raises:
            ContextOverflow: instruction and text alone are too long.
        """
        return self.shown.prompt(text, generator.context - self.max_tokens, generator.count)

    def parts(self, given: str | Mapping[str, object], config: RunnableConfig) -> Iterator[Completion]:
        """Write the reply as it comes."""
        started = time.perf_counter()
        text = named(given) if isinstance(given, Mapping) else given
        text_given(text, "text", blank=False)
        generator = self.generator
        prompt = self.prompt(text, generator)
        chosen = time.perf_counter()
        yield Completion("", prompt.examples, len(prompt.left_out), generator.spec)
        options: dict[str, Any] = {"max_tokens": self.max_tokens}
        reply = _Reply(self.after)
        with provider_errors(generator.spec):
            for message in generator.stream(prompt.messages, config, **options):
                cut = cut_of(message)
                yield replace(reply.add(text_of(message)), usage=usage_of(message), problems=(cut,) if cut else ())
        yield reply.rest()
        done = time.perf_counter()
        yield Completion(timings={"choose": chosen - started, "total": done - started})


class _Reply:
    """A reply as it streams, split into reasoning and text."""

    def __init__(self, after: str) -> None:
        self.after, self.pending, self.begun = after, "", not after

    def add(self, piece: str) -> Completion:
        """Return what is certain of the next piece and of what was held back."""
        if self.begun and not self.after:
            return Completion(piece)
        self.pending += piece
        if not self.begun:
            # The mark may be split over two pieces, so it is searched for in all that was held back.
            before, mark, rest = self.pending.partition(self.after)
            if not mark:
                return Completion()
            self.begun, self.pending = True, rest
            return replace(self._text(), reasoning=before.strip())
        return self._text()

    def _text(self) -> Completion:
        """Return the text so far, without the blanks it begins with."""
        # Blanks are held back until the text begins, then everything passes as it comes.
        text = self.pending.lstrip()
        if text:
            self.after = self.pending = ""
        return Completion(text)

    def rest(self) -> Completion:
        """Return what was held back to the end."""
        return Completion("" if self.begun else self.pending)


_GO_ON = "Answer the last message as the earlier ones were answered, in the same form and nothing else."
