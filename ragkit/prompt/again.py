"""The words that ask once more for a reply that something is wrong in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import BaseMessage


def again_messages(
    messages: Sequence[BaseMessage], reply: str, problems: Sequence[str], wanted: str
) -> list[BaseMessage]:
    """Ask once more.

    Args:
        messages: what was asked.
        reply: the reply.
        problems: what is wrong in it.
        wanted: what is to be written again, for example ``query``.
    """
    from langchain_core.messages import AIMessage, HumanMessage

    listed = "\n".join(f"- {problem}" for problem in problems)
    told = f"This is wrong:\n{listed}\nWrite the whole {wanted} again, with this put right."
    return [*messages, AIMessage(reply), HumanMessage(told)]
