"""The words that ask a generator which of two routes a question takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragkit.text.markers import unmarked

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

_RULES = (
    "You decide how a question about a collection of documents is answered. A: by quoting the sentences that say it. "
    "B: {what}. Reply with one letter, A or B. Where you are not sure, reply A."
)
_WHAT = {
    "table": "by counting, adding up or comparing rows of a table",
    "steps": "by answering several single questions first",
    "list": "by listing every place in all documents that fits",
    "overview": "by summarising a document or the whole collection",
    "code": "by showing or writing program code",
}


def choice_messages(question: str, route: str) -> list[BaseMessage]:
    """Ask whether a question takes a route, or is answered from passages.

    Args:
        question: the question.
        route: the route.
    """
    from langchain_core.messages import HumanMessage, SystemMessage

    return [SystemMessage(_RULES.format(what=_WHAT[route])), HumanMessage(unmarked(" ".join(question.split())))]


def chosen(reply: str) -> bool:
    """Whether a reply takes the route; what is unclear does not."""
    return reply.strip(" *\"'“”().:\n").upper().startswith("B")
