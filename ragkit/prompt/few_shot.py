"""A task with examples to messages: the examples as earlier turns, as many as fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragkit.core.errors import ContextOverflow
from ragkit.text.markers import unmarked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from langchain_core.messages import BaseMessage

    from ragkit.core.types import Example

# Marks of a chat template around a question and its answer, rather too many than too few.
TURN_TOKENS = 12


@dataclass(frozen=True, slots=True)
class FewShot:
    """A prompt with examples.

    Attributes:
        messages: the prompt.
        examples: the examples in it, in their order.
        left_out: those that did not fit.
        tokens: of the prompt, as near as they can be counted without the chat template.
    """

    messages: tuple[BaseMessage, ...]
    examples: tuple[Example, ...]
    left_out: tuple[Example, ...]
    tokens: int


def few_shot(
    instruction: str, examples: Sequence[Example], text: str, budget: int, count: Callable[[str], int]
) -> FewShot:
    """Put an instruction, examples and a text together.

    Args:
        instruction: what to do; empty where the examples are enough.
        examples: in their order; what does not fit is left out from the front, which is where the less helpful stand.
        text: what it is to be done with.
        budget: tokens for all of it.
        count: tokens of a text in the generator's own tokenizer.

    Raises:
        ContextOverflow: instruction and text alone are too long.
    """
    needed = count(instruction) + count(text) + 2 * TURN_TOKENS
    if needed > budget:
        raise ContextOverflow(needed, budget)
    packed: list[Example] = []
    for each in reversed(examples):
        size = count(asked(each)) + count(each.answer) + TURN_TOKENS
        # No shorter one from further in front is tried: the examples are ordered by use, and the order stays.
        if needed + size > budget:
            break
        needed += size
        packed.append(each)
    packed.reverse()
    left_out = tuple(examples[: len(examples) - len(packed)])
    return FewShot(tuple(_messages(instruction, packed, text)), tuple(packed), left_out, needed)


def asked(example: Example) -> str:
    """Return what an example asks, under its context where it has one."""
    return f"{example.context}\n\n{example.question}" if example.context else example.question


def named(values: Mapping[str, object]) -> str:
    """Put several texts below each other, each after its name: ``Context: ...``, a line, ``Question: ...``."""
    return "\n\n".join(f"{name.replace('_', ' ').capitalize()}: {value}" for name, value in values.items())


def _messages(instruction: str, examples: Sequence[Example], text: str) -> list[BaseMessage]:
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    # Examples and text may come from documents: marks of chat templates in them must not end a turn.
    turns: list[BaseMessage] = [SystemMessage(instruction)] if instruction else []
    for each in examples:
        turns += [HumanMessage(unmarked(asked(each))), AIMessage(unmarked(each.answer))]
    return [*turns, HumanMessage(unmarked(text))]
