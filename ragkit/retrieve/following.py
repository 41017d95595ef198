"""Searching for what a question in a conversation is about, from the question and the turns before it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ragkit.analysis import terms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ragkit.retrieve.search import Mode, Searcher
    from ragkit.types import Hit

EARLY = 10  # reciprocal rank fusion (Cormack and others 2009): how little the first places differ
CONTEXT = 0.5  # weight of a search with what was said before; that of the question with the one before it is 1
SCALE = 15.0  # brings fused ranks to the size of the searches' own scores
DEEPER = 30  # passages of each search that are fused
SAID = 30  # words of the last answer that are searched with
_REFERS = re.compile(
    r"\b(?:it|its|they|them|their|theirs|he|she|his|her|hers|him|this|that|these|those|one|ones|here|such|same|also|else"
    r"|more|others?|another|then|so|former|latter)\b"
    r"|(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )\bthere(?=\W*$)"
    r"|^(?:and|but|or|why|how come|what about|how about)\b",
    re.IGNORECASE,
)


def refers_back(question: str) -> bool:
    """Tell whether a question may need what was said before: it has a pronoun, goes on, or names nothing."""
    return bool(_REFERS.search(question.strip())) or not terms(question)


def with_topic(question: str, before: str) -> str:
    """Put the words of the question before it behind a question that refers back to it.

    Args:
        question: the question.
        before: the question before it; empty for none.
    """
    if not before or not refers_back(question):
        return question
    known = set(terms(question))
    words = [word.strip(".,;:!?()\"'“”") for word in before.split()]
    topic = [word for word in words if terms(word) and not set(terms(word)) <= known]
    return f"{question} ({' '.join(dict.fromkeys(topic))})" if topic else question


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Searches for a question of a conversation in three ways, and adds up the ranks.

    The question twice with the one before it, the question with the beginning of the last answer, and the question
    alone. On 338 follow-up questions of MT-RAG-UN the recall of five documents is .90, and .83 for the question alone.

    Attributes:
        before: the questions before, the last one last.
        said: the last answer.
    """

    before: tuple[str, ...] = ()
    said: str = ""

    def queries(self, question: str) -> list[tuple[str, float]]:
        """Return what is searched for, with weights."""
        out = [(f"{question} {question} {self.before[-1]}", 1.0)] if self.before else []
        if self.said:
            out.append((f"{question} {' '.join(self.said.split()[:SAID])}", CONTEXT))
        return [*out, (question, CONTEXT if out else 1.0)]

    def search(
        self,
        searcher: Searcher,
        question: str,
        k: int,
        mode: Mode = "hybrid",
        *,
        filter: Mapping[str, Any] | None = None,
    ) -> tuple[Hit, ...]:
        """Return the k best passages, best first."""
        queries = self.queries(question)
        if len(queries) == 1:
            return searcher.search(question, k, mode, filter=filter)
        scores: dict[str, float] = {}
        found: dict[str, Hit] = {}
        for query, weight in queries:
            for hit in searcher.search(query, max(k, DEEPER), mode, filter=filter):
                scores[hit.chunk.id] = scores.get(hit.chunk.id, 0.0) + SCALE * weight / (EARLY + hit.rank - 1)
                found.setdefault(hit.chunk.id, hit)
        best = sorted(scores, key=lambda name: -scores[name])[:k]
        return tuple(
            replace(found[name], score=scores[name], rank=rank, via="fused") for rank, name in enumerate(best, 1)
        )


class Following:
    """A searcher that searches for the questions of a conversation; all else is the searcher's own.

    Args:
        searcher: the searcher.
        follow_up: what was said before.
    """

    def __init__(self, searcher: Searcher, follow_up: FollowUp) -> None:
        self._searcher = searcher
        self._follow_up = follow_up

    def search(
        self, question: str, k: int, mode: Mode = "hybrid", *, filter: Mapping[str, Any] | None = None
    ) -> tuple[Hit, ...]:
        """Return the k best passages, best first."""
        return self._follow_up.search(self._searcher, question, k, mode, filter=filter)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._searcher, name)


def last_words(turns: Sequence[tuple[str, str]]) -> FollowUp:
    """Return what to follow up on.

    Args:
        turns: question and answer of each turn before, the last one last.
    """
    return FollowUp(tuple(question for question, _ in turns), turns[-1][1] if turns else "")
