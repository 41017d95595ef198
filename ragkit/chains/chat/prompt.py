"""Prompt for a question that can be understood alone, from a conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragkit.text.markers import defused, unmarked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import BaseMessage

_RULES = (
    "You rewrite the last question of a conversation so that it can be understood alone: put names and things in the "
    "place of words like it, they, there or that, and add what the question leaves out. Keep its meaning, its numbers "
    "and its language. Never answer it. Reply with the question alone; when it can be understood alone, repeat it."
)
# A pronoun, an ellipsis, and a change of topic, after which the question must stay as it is.
_EXAMPLES = (
    (("User: Who built the lighthouse on Elgin Point?\nAssistant: The engineer Ada Brandt built it.\n"
     "Last question: When did she finish it?"), "When did Ada Brandt finish the lighthouse on Elgin Point?"),
    ("User: Is rye bread sold at the harbour?\nAssistant: Yes, on Mondays.\nLast question: And what about cheese?",
     "Is cheese sold at the harbour?"),
    (("User: How long is the Velm?\nAssistant: It is 210 kilometres long.\n"
     "Last question: Which city is the capital of Norway?"), "Which city is the capital of Norway?"),
)  # fmt: skip


def conversation_text(turns: Sequence[tuple[str, str]], summary: str = "") -> str:
    """Write the turns of a conversation, behind a summary of what came before them."""
    lines = [f"Earlier: {defused(summary)}"] if summary else []
    for question, answer in turns:
        lines += [f"User: {defused(question)}", f"Assistant: {defused(answer)}"]
    return "\n".join(lines)


def standalone_messages(question: str, turns: Sequence[tuple[str, str]], summary: str = "") -> list[BaseMessage]:
    """Ask for the last question as one that stands alone.

    Args:
        question: the last question.
        turns: question and answer of each turn before it.
        summary: of the turns before those.
    """
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    messages: list[BaseMessage] = [SystemMessage(_RULES)]
    for asked, reply in _EXAMPLES:
        messages += [HumanMessage(asked), AIMessage(reply)]
    return [
        *messages,
        HumanMessage(f"{conversation_text(turns, summary)}\nLast question: {unmarked(' '.join(question.split()))}"),
    ]
