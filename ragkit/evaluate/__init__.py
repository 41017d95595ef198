"""Measuring retrieval, answers, summaries and prompts on sets with gold, and choosing prompts by what is measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragkit.evaluate.answers import evaluate_answers as evaluate_answers
    from ragkit.evaluate.data import load_beir as load_beir
    from ragkit.evaluate.data import load_questions as load_questions
    from ragkit.evaluate.retrieval import evaluate_retrieval as evaluate_retrieval
    from ragkit.tune.prompts import compile_prompt as compile_prompt

_HOMES = {
    "compile_prompt": "ragkit.tune.prompts",
    "evaluate_answers": "ragkit.evaluate.answers",
    "evaluate_retrieval": "ragkit.evaluate.retrieval",
    "load_beir": "ragkit.evaluate.data",
    "load_questions": "ragkit.evaluate.data",
}
__all__ = ["compile_prompt", "evaluate_answers", "evaluate_retrieval", "load_beir", "load_questions"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
