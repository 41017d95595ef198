"""Whether the passages answer the question at all, as the generator sees it, and what that makes of the confidence."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ragkit.generate.scoring import Scores
from ragkit.prompt.checking import CHOICES, check_messages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragkit.chains.generator import Generator
    from ragkit.types import Evidence

SENTENCES = 3  # that are checked; more cost time and tell little
# Weights of the two log odds and their bias, set on SQuAD 2 questions with Qwen2.5-Coder-1.5B: one in twenty of the
# answerable ones falls below one half, six in ten of the others do.
RETRIEVAL, CHECK, BIAS = 0.5, 1.0, -1.0
_LEAST = 1e-4  # probability; what is below is noise


def tells(generator: Generator) -> bool:
    """Whether a generator tells how likely it finds a word."""
    return isinstance(generator.chat, Scores)


def sufficiency(generator: Generator, question: str, evidence: Sequence[Evidence]) -> float:
    """Return how likely the generator finds it that the evidence states what is asked, from 0 to 1.

    Args:
        generator: one that :func:`tells`.
        question: the question.
        evidence: by falling score.
    """
    chat = generator.chat
    if not isinstance(chat, Scores):
        raise TypeError(f"{type(chat).__name__} does not tell probabilities")
    yes, no = chat.choice_probabilities(check_messages(question, evidence[:SENTENCES]), CHOICES)
    return yes / (yes + no) if yes + no else 0.5


def combined(retrieval: float, check: float) -> float:
    """Return the confidence that retrieval and the generator's check give together, from 0 to 1."""
    return 1 / (1 + math.exp(-(RETRIEVAL * _log_odds(retrieval) + CHECK * _log_odds(check) + BIAS)))


def _log_odds(probability: float) -> float:
    bounded = min(max(probability, _LEAST), 1 - _LEAST)
    return math.log(bounded / (1 - bounded))
