"""Answer the questions of a conversation over an index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragkit.chains.registry import ANSWER_KEYS, RegisteredChain

if TYPE_CHECKING:
    from ragkit.chains.chat.chain import ChatChain, Rewriting
    from ragkit.chains.context import Answering


def chat(index: Answering, *, rewriting: Rewriting = "auto", **options: Any) -> ChatChain:
    """Return a Runnable from a :class:`ragkit.chains.Conversation` to a grounded :class:`ragkit.Answer`.

    Args:
        index: what is asked.
        rewriting: how follow-up questions are made to stand alone: ``model``, ``words``, ``off`` or ``auto``.
        **options: of :meth:`ragkit.Index.chain`.
    """
    from ragkit.chains.chat.chain import ChatChain

    return ChatChain(index.chain(**options), rewriting=rewriting)


CHAINS = (
    RegisteredChain(
        "chat",
        "Answers a question of a conversation over an index.",
        "ragkit.chains.chat.options:ChatOptions",
        input="conversation",
        takes="a question, or question, summary and turns, each with question and answer",
        result="Answer",
        keys=ANSWER_KEYS,
        function=chat,
        classes=dict.fromkeys(("ChatChain", "Conversation", "Turn"), "ragkit.chains.chat.chain"),
    ),
)
