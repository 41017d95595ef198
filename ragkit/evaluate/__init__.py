"""Measuring retrieval, answers and summaries on sets with gold."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragkit.evaluate.answers import evaluate_answers as evaluate_answers
    from ragkit.evaluate.data import load_beir as load_beir
    from ragkit.evaluate.data import load_questions as load_questions
    from ragkit.evaluate.retrieval import evaluate_retrieval as evaluate_retrieval
else:
    from ragkit.core.lazy import lazy_exports

    __getattr__, __dir__, __all__ = lazy_exports(
        __name__,
        {
            "ragkit.evaluate.answers": "evaluate_answers",
            "ragkit.evaluate.data": "load_beir load_questions",
            "ragkit.evaluate.retrieval": "evaluate_retrieval",
        },
    )
