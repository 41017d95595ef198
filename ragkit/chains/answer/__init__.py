"""Answer a question over an index, every sentence with its quote, or refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragkit.chains.registry import ANSWER_KEYS, RegisteredChain

if TYPE_CHECKING:
    from ragkit.chains.answer.chain import AnswerChain
    from ragkit.chains.context import Answering


def answer(index: Answering, **options: Any) -> AnswerChain:
    """Return a Runnable from a question to a grounded :class:`ragkit.Answer`.

    Args:
        index: what is asked.
        **options: of :meth:`ragkit.Index.chain`.
    """
    return index.chain(**options)


CHAINS = (
    RegisteredChain(
        "answer",
        "Answers questions over an index, every sentence with its quote.",
        "ragkit.chains.answer.options:AnswerOptions",
        input="question",
        takes="a question",
        result="Answer",
        keys=ANSWER_KEYS,
        function=answer,
        classes={"AnswerChain": "ragkit.chains.answer.chain"},
    ),
)
