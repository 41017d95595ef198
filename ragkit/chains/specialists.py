"""The chains that questions over an index are sent to, each made when a question needs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.documents import Document
    from langchain_core.runnables import Runnable

    from ragkit.chains.answer.chain import AnswerChain
    from ragkit.chains.context import Context
    from ragkit.core.types import Answer

SENTENCES = 6  # of an overview


@dataclass(frozen=True, slots=True)
class Specialists:
    """Makes the chains beside the one that answers from passages; nothing is imported before.

    Attributes:
        context: the parts of the index.
    """

    context: Context

    def table(self, answering: AnswerChain, documents: Sequence[Document]) -> Runnable[str, Any]:
        """Return what answers over the tables of documents."""
        from ragkit.chains.table.chain import TableChain

        mode = "words" if answering.mode == "quote" else "auto"
        return TableChain(lambda: documents, answering.generator, mode=mode, weak=answering.weak)

    def steps(self, answering: AnswerChain) -> Runnable[str, Answer]:
        """Return what answers step by step."""
        from ragkit.chains.multi_hop.chain import StepsChain

        return StepsChain(answering)

    def split(self, question: str) -> list[str]:
        """Return the single questions that a question is made of, as its words show them."""
        from ragkit.chains.multi_hop.prompt import split_question

        return split_question(question, 4)

    def summary(self, answering: AnswerChain, about: str = "") -> Runnable[Any, Answer]:
        """Return what summarises documents.

        Args:
            answering: the chain that would answer from passages.
            about: what the summary is about; empty for all.
        """
        from ragkit.chains.summarize.chain import SummaryChain

        return SummaryChain(
            answering.generator,
            sentences=SENTENCES,
            method="extractive" if answering.mode == "quote" else "auto",
            question=about,
            weak=answering.weak,
            encode=answering.searcher.embedder.encode if about else None,
        )

    def code(self, answering: AnswerChain) -> Runnable[str, Any]:
        """Return what answers questions about code."""
        from ragkit.chains.code.chain import CodeChain

        mode = "quote" if answering.mode == "quote" else "auto"
        return CodeChain(self.context, mode=mode, weak=answering.weak, k=answering.k)
