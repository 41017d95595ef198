"""The words that ask for a sum to be solved step by step, and for one with wrong arithmetic to be solved again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragkit.text.markers import unmarked

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

_RULES = (
    "You solve sums step by step. Write each calculation on a line of its own as an equation of numbers, without "
    "letters or units, such as 3 * 4 = 12. End with a line that begins with Answer: and gives the result."
)
_EXAMPLES = (
    (
        "A ferry carries 40 cars a voyage and makes 6 voyages a day. How many cars does it carry in 3 days?",
        "40 * 6 = 240\n240 * 3 = 720\nAnswer: 720 cars",
    ),
    (
        "A coat costs 80 euros and is sold for 15 % less. What does it cost now?",
        "80 * 15 / 100 = 12\n80 - 12 = 68\nAnswer: 68 euros",
    ),
)


def sum_messages(question: str) -> list[BaseMessage]:
    """Ask for a sum to be solved.

    Args:
        question: the sum.
    """
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    messages: list[BaseMessage] = [SystemMessage(_RULES)]
    for asked, solved in _EXAMPLES:
        messages += [HumanMessage(asked), AIMessage(solved)]
    return [*messages, HumanMessage(unmarked(question.strip()))]
