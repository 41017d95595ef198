"""Instructions that a generator makes up from examples, for a search among prompts."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

from ragkit.markers import unmarked
from ragkit.prompt.few_shot import asked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import BaseMessage

    from ragkit.types import Example

SHOWN = 6  # examples that an instruction is made up from
EXAMPLE_CHARACTERS = 400  # of what is given and of what is wanted
TOKENS = 120  # of an instruction


def proposal_messages(examples: Sequence[Example], seed: int) -> list[BaseMessage]:
    """Ask for an instruction that leads from what a few examples give to what they want.

    Args:
        examples: to draw from.
        seed: of the draw; another one makes another instruction.
    """
    from langchain_core.messages import HumanMessage

    drawn = random.Random(seed).sample(list(examples), min(SHOWN, len(examples)))  # noqa: S311 - can be repeated
    shown = "\n\n".join(
        f"Input: {unmarked(asked(each))[:EXAMPLE_CHARACTERS]}\nOutput: {unmarked(each.answer)[:EXAMPLE_CHARACTERS]}"
        for each in drawn
    )
    return [
        HumanMessage(
            f"Someone was given one instruction, and wrote these outputs for these inputs.\n\n{shown}\n\nWrite that "
            "instruction: one or two sentences that say what to do with an input and in which form the output is. "
            "Write the instruction alone."
        )
    ]


def proposed(reply: str) -> str:
    """Return the instruction that a reply holds: its first paragraph, without a heading and quotation marks."""
    paragraph = next((each.strip() for each in re.split(r"\n\s*\n", reply) if each.strip()), "")
    paragraph = re.sub(r"^(?:\W*instruction\W*:)\s*", "", paragraph, flags=re.IGNORECASE)
    return " ".join(paragraph.strip("\"'“”*` \n").split())
