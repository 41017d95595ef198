"""Sums in words, solved step by step by a generator, its arithmetic checked by an evaluator."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from ragkit.chains.base import PartsChain
from ragkit.chains.math.arithmetic import equations, evaluate, written
from ragkit.chains.math.prompt import sum_messages
from ragkit.chains.math.result import Calculation
from ragkit.core.errors import ConfigError
from ragkit.prompt.templates import again_messages
from ragkit.text.rules.english import RULES as ENGLISH
from ragkit.text.sentences import text_given

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_core.runnables import RunnableConfig

    from ragkit.generate.generator import Generator

REPLY_TOKENS = 400
TRIES = 3
_NUMBER = re.compile(r"[-−]?\d(?:[\d,]*\d)?(?:\.\d+)?")


class MathChain(PartsChain[str, Calculation]):
    """Solves sums in words. A wrong equation is reported to the generator, which then tries again.

    What is checked is the arithmetic, not whether it is the right one for the question.

    Args:
        generator: its model is loaded at its first use.
        tries: calls of the generator at most.

    Raises:
        ConfigError: no try is allowed.
    """

    def __init__(self, generator: Generator, *, tries: int = TRIES) -> None:
        if tries < 1:
            raise ConfigError("a sum needs one try at least")
        self.generator = generator
        self.tries = tries

    def parts(self, given: str, config: RunnableConfig) -> Iterator[Calculation]:
        """Solve the sum; there is one part, shown when its arithmetic is checked."""
        started = time.perf_counter()
        messages = sum_messages(text_given(given, "sum", blank=False))
        generator = self.generator
        spent: dict[str, int] = {}
        best: Calculation | None = None
        for number in range(1, self.tries + 1):
            text, usage, cut = generator.full_reply(messages, config, max_tokens=REPLY_TOKENS)
            spent = {key: spent.get(key, 0) + usage.get(key, 0) for key in sorted({*spent, *usage})}
            found = checked(given, text)
            if cut:
                found = replace(found, problems=(*found.problems, cut))
            # A later try may be worse than an earlier one: the one with the fewest problems is returned.
            if best is None or len(found.problems) < len(best.problems):
                best = found
            if not found.problems or number == self.tries:
                took = {"total": time.perf_counter() - started}
                yield Calculation(
                    best.answer, best.text, best.equations, best.problems, number, generator.spec, spent, took
                )
                return
            messages = again_messages(messages, text, found.problems, "solution")


def checked(question: str, text: str) -> Calculation:
    """Work out the equations of a solution, and look whether its answer comes from them.

    Args:
        question: the sum; numbers in it may be the answer.
        text: the solution.
    """
    found = equations(text)
    problems = [f"{each.expression} is {written(each.value)}, not {each.stated}" for each in found if not each.right]
    answers = ENGLISH.replies.answer.findall(text)
    answer = answers[-1].strip(" *.") if answers else ""
    if not answer and found:
        # The last equation is the result as a rule; it is worked out here, whatever the reply states.
        answer = written(found[-1].value)
        problems.append(f"there is no line that begins with `Answer:`; {found[-1].expression} is taken for it")
    elif not answer:
        problems.append("there is no line that begins with `Answer:`")
    elif stated := _NUMBER.search(answer):
        # An answer may be a computed value, its rounded form as the solution states it, or a number of the question.
        known = {each.value for each in found} | {evaluate(each.stated) for each in found if each.right}
        known |= {evaluate(number[0].replace("−", "-")) for number in _NUMBER.finditer(question)}
        if evaluate(stated[0].replace("−", "-")) not in known:
            problems.append(f"the answer {stated[0]} is the result of none of the equations")
    else:
        problems.append(f"the answer {answer[:60]!r} has no number")
    return Calculation(answer, text, tuple(found), tuple(problems))
