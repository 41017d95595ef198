"""Questions put in other words by a chat model before the search: multi-query and HyDE; both are off by default."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np

from ragkit.core.errors import ConfigError
from ragkit.retrieve.search import standardise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langchain_core.language_models import BaseChatModel

    from ragkit.core.types import Embedder, Encoded, EncodedQuery, Hit, TokenEmbedder, Tokenizer, Vectors
    from ragkit.retrieve.search import Mode, Searcher

_NUMBERING = re.compile(r"^\s*(?:[-*•]|\(?\d{1,2}[.):])\s*")
LONGEST = 300  # characters of a rephrasing; a model that writes more is not rephrasing


class QueryTransform(Protocol):
    """Searches with more than the words of the question."""

    def search(
        self, searcher: Searcher, question: str, k: int, mode: Mode, *, filter: Mapping[str, Any] | None = None
    ) -> tuple[Hit, ...]:
        """Return the k best passages, best first."""
        ...


@dataclass(frozen=True, slots=True)
class MultiQuery:
    """Searches for the question and for rephrasings of it, and adds up their standardised scores.

    Calling it with a question gives the rephrasings.

    Attributes:
        model: a LangChain chat model that rephrases.
        n: rephrasings to ask for.
        weight: weight of all rephrasings together; the question's own is 1.

    Raises:
        ConfigError: ``n`` is below 1 or the weight negative.
    """

    model: BaseChatModel
    n: int = 3
    weight: float = 0.25

    def __post_init__(self) -> None:
        if self.n < 1 or self.weight < 0:
            raise ConfigError("MultiQuery needs n of at least 1 and a weight that is not negative")

    def __call__(self, question: str) -> list[str]:
        """Return up to n rephrasings; none when the model gives none that can be used."""
        reply = _reply(
            self.model,
            f"Rephrase the user's question in {self.n} different ways with other words, each on a line of its own. "
            "Write the questions only.",
            question,
        )
        known = {question.strip().casefold()}
        out: list[str] = []
        for line in reply.splitlines():
            other = _NUMBERING.sub("", line).strip()
            if other and len(other) <= LONGEST and other.casefold() not in known:
                known.add(other.casefold())
                out.append(other)
        return out[: self.n]

    def search(
        self, searcher: Searcher, question: str, k: int, mode: Mode, *, filter: Mapping[str, Any] | None = None
    ) -> tuple[Hit, ...]:
        """Return the k best passages over all questions, best first."""
        others = self(question) if question.strip() else []
        if not others:
            return searcher.search(question, k, mode, filter=filter)
        depth = max(k, searcher.candidates)
        with searcher.index.snapshot("dense", "lexical"):
            results = [searcher.search(each, depth, mode, filter=filter) for each in (question, *others)]
        return merge(results, [1.0, *[self.weight / len(others)] * len(others)])[:k]


@dataclass(frozen=True, slots=True)
class HyDE:
    """Searches with the vector of a made-up answer beside the question's (Gao et al., arXiv 2212.10496).

    The lexical search takes the question alone: its words are the user's, those of the made-up passage are not.
    Calling it with a question gives the passage.

    Attributes:
        model: a LangChain chat model that writes the passage.
        weight: share of the made-up passage in the vector, from 0 to 1.

    Raises:
        ConfigError: the weight is no share.
    """

    model: BaseChatModel
    weight: float = 0.25

    def __post_init__(self) -> None:
        if not 0 <= self.weight <= 1:
            raise ConfigError(f"the weight of HyDE's passage is a share from 0 to 1, not {self.weight}")

    def __call__(self, question: str) -> str:
        """Return a made-up passage; it may be wrong, only its likeness to real ones counts."""
        return _reply(self.model, "Write one short paragraph of a document that answers the question.", question)

    def search(
        self, searcher: Searcher, question: str, k: int, mode: Mode, *, filter: Mapping[str, Any] | None = None
    ) -> tuple[Hit, ...]:
        """Return the k best passages, best first."""
        passage = self(question).strip() if mode != "lexical" and question.strip() else ""
        if not passage:
            return searcher.search(question, k, mode, filter=filter)
        made = np.asarray(searcher.embedder.encode([passage])[0], np.float32)
        # Both vectors have length 1 before they are mixed, so that the weight is what it says.
        made = made / max(float(np.linalg.norm(made)), 1e-9)
        vector = (1 - self.weight) * searcher.query_vector(question) + self.weight * made
        elsewhere = searcher.with_embedder(_Elsewhere(searcher.embedder, vector.astype(np.float32)))
        return elsewhere.search(question, k, mode, filter=filter)


class _Elsewhere:
    """An embedder that gives every question one vector; the tokens of the question stay its own."""

    def __init__(self, embedder: Embedder, vector: Vectors) -> None:
        self._embedder = embedder
        self._vector = vector

    @property
    def dimension(self) -> int:
        return self._embedder.dimension

    @property
    def fingerprint(self) -> Mapping[str, Any]:
        return self._embedder.fingerprint

    @property
    def tokenizer(self) -> Tokenizer:
        return self._embedder.tokenizer

    @property
    def token_dimension(self) -> int:
        return getattr(self._embedder, "token_dimension", 0)

    def encode(self, texts: Sequence[str]) -> Vectors:
        return self._embedder.encode(texts)

    def encode_query(self, text: str) -> Vectors:
        return self._vector

    def encode_passages(self, texts: Sequence[str], *, tokens: bool) -> Encoded:
        return cast("TokenEmbedder", self._embedder).encode_passages(texts, tokens=tokens)

    def encode_question(self, text: str) -> EncodedQuery:
        return replace(cast("TokenEmbedder", self._embedder).encode_question(text), vector=self._vector)


def merge(results: Sequence[Sequence[Hit]], weights: Sequence[float]) -> tuple[Hit, ...]:
    """Merge results of several searches by the weighted sum of their standardised scores.

    Args:
        results: hits of each search, best first. What one did not find counts there as much as its last hit.
        weights: one for each.

    Returns:
        Each passage once, best first; with the cosine and BM25 score of the first search that found it.
    """
    total: dict[str, float] = {}
    first: dict[str, Hit] = {}
    for hits, weight in zip(results, weights, strict=True):
        scores = standardise(np.array([hit.score for hit in hits], np.float32)).tolist()
        # A passage that a search did not find is worth what its last hit is, not the mean of all.
        least = min(scores, default=0.0)
        for hit, score in zip(hits, scores, strict=True):
            first.setdefault(hit.chunk.id, hit)
            total[hit.chunk.id] = total.get(hit.chunk.id, 0.0) + weight * (score - least)
    order = sorted(total, key=lambda chunk: (-total[chunk], chunk))
    return tuple(
        replace(first[chunk], score=total[chunk], rank=rank, via="fused") for rank, chunk in enumerate(order, 1)
    )


def _reply(model: BaseChatModel, instruction: str, question: str) -> str:
    reply: Any = model.invoke([("system", instruction), ("human", question)])
    return str(reply.text)
