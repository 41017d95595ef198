"""How likely a model finds a text: the base of "why this answer", of label choices and of confidence."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from langchain_core.messages import BaseMessage

# Tokens whose probability is asked for where one of a few words comes next: " Yes", "yes", "Y" and so on of each.
ALTERNATIVES = 20


@runtime_checkable
class Scores(Protocol):
    """A chat model that returns how likely it finds a text; ragkit's local ones do."""

    def log_probabilities(self, messages: Sequence[BaseMessage], reply: str) -> list[float]:
        """Return the log probability of each token of a reply to the messages, in nats."""
        ...

    def choice_probabilities(self, messages: Sequence[BaseMessage], choices: Sequence[str]) -> list[float]:
        """Return how likely each of a few words begins the reply, from 0 to 1; what is left are other words."""
        ...


def exactly(text: str) -> str:
    """Write the GBNF grammar that allows one text only."""
    return f"root ::= {json.dumps(text, ensure_ascii=False)}"


def tokens(ids: Iterable[int]) -> str:
    """Write the GBNF grammar that allows certain tokens only, in their order."""
    # <[7]> is llama.cpp's own addition to GBNF: a token by its id.
    return f"root ::= {' '.join(f'<[{number}]>' for number in ids)}"


def shares(alternatives: Sequence[dict[str, Any]], choices: Sequence[str]) -> list[float]:
    """Share the probability of a reply's first tokens among the choices that begin with them.

    Args:
        alternatives: ``{"token", "logprob"}`` objects, log probabilities in nats.
        choices: words to choose from; upper and lower case count the same.
    """
    out = [0.0] * len(choices)
    for each in alternatives:
        token = str(each["token"]).strip().casefold()
        fitting = [place for place, choice in enumerate(choices) if token and choice.casefold().startswith(token)]
        # "s" may begin "sun" or "sea": nothing says which, so each gets an equal part.
        for place in fitting:
            out[place] += math.exp(each["logprob"]) / len(fitting)
    return out
