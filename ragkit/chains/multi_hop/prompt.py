"""The words that ask which single questions a question is made of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ragkit.text.languages import recognised
from ragkit.text.markers import unmarked
from ragkit.text.rules import rules_for
from ragkit.text.terms import terms

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

_RULES = (
    "You break a question down into the single questions that must be answered first, each on a line of its own and "
    "understandable alone, at most {most}. Where one needs the answer to an earlier one, write #1, #2 in its place. "
    "Never answer. When the question is a single one already, repeat it."
)
_EXAMPLES = (
    (
        "Which of the two ships is longer, the Gannet or the Fulmar?",
        "How long is the Gannet?\nHow long is the Fulmar?",
    ),
    (
        "Where was the engineer born who built the lighthouse on Elgin Point?",
        "Who built the lighthouse on Elgin Point?\nWhere was #1 born?",
    ),
    ("How long is the Velm?", "How long is the Velm?"),
)
_NUMBERING = re.compile(r"^\s*(?:[-*•]|\(?\d{1,2}[.):])\s*")
_STOPS = re.compile(r"\?\s+(?!\()|;\s+")  # what follows in parentheses is the topic of a conversation


def decompose_messages(question: str, most: int) -> list[BaseMessage]:
    """Ask for the single questions that a question is made of.

    Args:
        question: the question.
        most: how many at most.
    """
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    messages: list[BaseMessage] = [SystemMessage(_RULES.format(most=most))]
    for asked, steps in _EXAMPLES:
        messages += [HumanMessage(asked), AIMessage(steps)]
    return [*messages, HumanMessage(unmarked(" ".join(question.split())))]


def single_questions(reply: str, most: int) -> list[str]:
    """Return the questions of a reply, without numbering, none twice."""
    lines = (_NUMBERING.sub("", line).strip() for line in reply.splitlines())
    return list(dict.fromkeys(line for line in lines if terms(line) or "#" in line))[:most]


def compared(question: str) -> list[str]:
    """Return the two sides of a comparison, each with what is compared; none where there is no comparison."""
    rules = rules_for(recognised(question))
    for pattern in rules.routing.sides if rules else ():
        if found := pattern.search(question):
            aspect = (found["aspect"] or "").strip() if "aspect" in found.re.groupindex else ""
            sides = [found[side].strip(" ,;:") for side in ("a", "b")]
            if all(terms(each) for each in sides):
                return [f"{each} {aspect}".strip() for each in sides]
    return []


def split_question(question: str, most: int) -> list[str]:
    """Cut a question where it joins several: at question marks, semicolons, and an "and" before a question word.

    A comparison is cut to its two sides, each with what is compared: "which is longer, A or B?".

    Args:
        question: the question.
        most: how many at most; what is beyond stays with the last one.
    """
    rules = rules_for(recognised(question))
    if rules is not None and most > 1 and (both := compared(question)):
        return both
    cut = _STOPS.split(question.strip())
    if rules is not None:
        cut = [part for each in cut for part in rules.questions.joints.split(each)]
    parts = [part.strip(" ,;") for part in cut if re.search(r"\w", part)]
    if len(parts) < 2:
        return [question.strip()]
    parts = [*parts[: most - 1], "; ".join(parts[most - 1 :])] if len(parts) > most else parts
    return [part if part.endswith("?") else f"{part}?" for part in parts]
