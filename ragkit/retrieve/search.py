"""Dense, lexical and hybrid search over an index, as plain functions of a question."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from ragkit.core.errors import ConfigError
from ragkit.core.types import EncodedQuery, Hit, TokenEmbedder, Via
from ragkit.retrieve.late import max_similarity, token_weights
from ragkit.retrieve.named import Singled, names_of
from ragkit.text.sentences import text_given

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from numpy.typing import NDArray

    from ragkit.core.types import Chunk, Embedder, Titled, Vectors

Mode = Literal["hybrid", "dense", "lexical"]
MODES = ("hybrid", "dense", "lexical")


class Searchable(Protocol):
    """What searching needs of an index."""

    def snapshot(self, *parts: Literal["dense", "lexical"]) -> AbstractContextManager[None]:
        """Let all searches and reads inside see one committed state."""
        ...

    def dense(
        self, vector: Vectors, k: int, allowed: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Row ids and cosines of the nearest chunks, best first; ``allowed`` are ascending rows to search among."""
        ...

    def lexical(
        self,
        text: str,
        k: int,
        allowed: NDArray[np.int64] | None = None,
        idf: Mapping[str, float] | None = None,
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Row ids and BM25 scores of the best chunks, best first; ``idf`` holds weights of terms to use instead."""
        ...

    def rows_where(self, filter: Mapping[str, Any]) -> NDArray[np.int64]:
        """Row ids, ascending, of the chunks whose metadata passes a filter."""
        ...

    def chunks(self, rows: Sequence[int]) -> dict[int, Chunk]:
        """Chunks by row id."""
        ...

    def vectors(self, rows: Sequence[int]) -> dict[int, Vectors]:
        """Vectors by row id."""
        ...

    def vectors_of(self, ids: Sequence[str]) -> dict[str, Vectors]:
        """Vectors by chunk id."""
        ...

    def languages(self) -> Sequence[str]:
        """Languages besides English that chunks are written in."""
        ...

    def token_bits(self) -> int:
        """Bits stored of each token's vector; 0 where the index stores none."""
        ...

    def token_vectors(self, rows: Sequence[int]) -> dict[int, bytes]:
        """Packed signs of the tokens' vectors by row id; rows without them are left out."""
        ...

    def frequencies(self, terms: Sequence[str]) -> tuple[int, dict[str, int]]:
        """Number of chunks, and of those that hold each term."""
        ...

    def titled(self) -> tuple[Titled, ...]:
        """The documents as they may be named, one a source; none where there are too many."""
        ...


@dataclass(frozen=True, slots=True)
class Searcher:
    """Searches one index with one embedder.

    Attributes:
        index: where to search.
        embedder: embeds the question.
        candidates: how many passages each search puts forward for fusion.
        dense_weight: share of the dense score in hybrid search, from 0 to 1.
        late_weight: weight of late interaction in hybrid search, beside 1 for the other two scores together; 0 is off.
        late_depth: how many of the best candidates are looked at token by token.
        named_weight: what the passages of a document that the question names gain in hybrid search; 0 is off.
    """

    index: Searchable
    embedder: Embedder
    candidates: int = 100
    dense_weight: float = 0.65
    late_weight: float = 0.45
    late_depth: int = 30
    named_weight: float = 2.0

    def with_embedder(self, embedder: Embedder) -> Searcher:
        """Return a searcher that is the same but for what embeds the question."""
        return replace(self, embedder=embedder)

    def search(
        self, question: str, k: int, mode: Mode = "hybrid", *, filter: Mapping[str, Any] | None = None
    ) -> tuple[Hit, ...]:
        """Return the k best passages, best first; fewer when the index holds fewer, none for a blank question.

        Args:
            question: the question.
            k: how many.
            mode: ``hybrid``, ``dense`` or ``lexical``.
            filter: what the passages' metadata must be, in the language of ``ragkit.store.search.filters``.

        Raises:
            ConfigError: the question is no text, ``mode`` or the filter is unknown or ``k`` is below 1.
        """
        if mode not in MODES:
            raise ConfigError(f"unknown search mode {mode!r}: choose {', '.join(MODES)}")
        if k < 1:
            raise ConfigError(f"k is the number of passages and must be at least 1, not {k}")
        if not text_given(question, "question").strip():
            return ()
        if mode == "lexical":
            with self.index.snapshot("lexical"):
                rows, scores = self.index.lexical(question, k, self._allowed(filter))
                return self._hits(rows, scores, "lexical", lexical=scores)
        if mode == "dense":
            vector = self.query_vector(question)
            with self.index.snapshot("dense"):
                rows, scores = self.index.dense(vector, k, self._allowed(filter))
                return self._hits(rows, scores, "dense", dense=scores)
        singled = self._singled(question) if filter is None else None
        query = self._question(question)
        with self.index.snapshot("dense", "lexical"):
            return self._hybrid(question, query, k, self._allowed(filter), singled)

    def _singled(self, question: str) -> Singled | None:
        """Return the documents that a question names; None where it names none."""
        names = names_of(self.index.titled()) if self.named_weight else None
        return names.single_out(question) if names else None

    def _allowed(self, filter: Mapping[str, Any] | None) -> NDArray[np.int64] | None:
        return None if filter is None else self.index.rows_where(filter)

    def query_vector(self, question: str) -> Vectors:
        """Embed a question: float32 of shape (dimension,) and length 1."""
        return _unit(self.embedder.encode_query(question))

    def _question(self, question: str) -> EncodedQuery:
        """Embed a question, with the vectors of its tokens where late interaction has a use for them."""
        embedder = self.embedder
        bits = self.index.token_bits() if self.late_weight else 0
        if bits and isinstance(embedder, TokenEmbedder) and embedder.token_dimension == bits:
            return embedder.encode_question(question)
        return EncodedQuery(self.embedder.encode_query(question), (), np.empty((0, 0), np.float32))

    def _hybrid(
        self, question: str, query: EncodedQuery, k: int, allowed: NDArray[np.int64] | None, singled: Singled | None
    ) -> tuple[Hit, ...]:
        depth = max(self.candidates, k)
        vector = _unit(query.vector)
        # A convex combination of standardised scores (Bruch et al., arXiv 2210.11934): better than reciprocal rank
        # fusion, because how far a passage is ahead counts.
        near, cosines = self.index.dense(vector, depth, allowed)
        matching, bm25 = self.index.lexical(question, depth, allowed)
        own = self.index.rows_where({"source": {"$in": list(singled.sources)}}) if singled else None
        if own is not None:
            near, cosines = _joined((near, cosines), self.index.dense(vector, self.candidates, own))
            matching, bm25 = _joined((matching, bm25), self.index.lexical(question, self.candidates, own))
        rows = np.union1d(near, matching)
        dense = self._complete(rows, near, cosines, vector)
        lexical = np.zeros(len(rows), np.float32)
        lexical[np.searchsorted(rows, matching)] = bm25
        # The scales come from as many candidates whatever k is, so that a larger k only adds hits.
        among = np.isin(rows, np.union1d(near[: self.candidates], matching[: self.candidates]))
        scores = fuse(dense, lexical, self.dense_weight, among)
        if singled and own is not None:
            scores += self.named_weight * singled.share * np.isin(rows, own)
        # Ties are broken by row, so that the same index answers alike on every machine.
        order = np.lexsort((rows, -scores))
        scores[order] += self._late(question, query, rows[order])
        order = np.lexsort((rows, -scores))[:k]
        return self._hits(rows[order], scores[order], "fused", dense=dense[order], lexical=lexical[order])

    def _late(self, question: str, query: EncodedQuery, ranked: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return what late interaction adds to the scores of candidates, best first; the least to those behind."""
        added = np.zeros(len(ranked), np.float32)
        if not len(query.tokens):
            return added
        best = ranked[: self.late_depth].tolist()
        weights = token_weights(self.index, question, query.spans)
        # nDCG@10 without and with it: SQuAD 2 .871 and .903, SciFact .732 and .758, Cranfield .418 and .413, NQ .947
        # and .955, XQuAD de .936 and .946 (docs/retrieval.md).
        found = max_similarity(query, weights, self.index.token_vectors(best))
        if not found:
            return added
        # A passage without token vectors gets the mean: an index that was partly made without them ranks it as before.
        mean = sum(found.values()) / len(found)
        likeness = standardise(np.array([found.get(row, mean) for row in best], np.float32))
        added[: len(best)] = self.late_weight * likeness
        added[len(best) :] = self.late_weight * likeness.min()
        return added

    def _complete(
        self, rows: NDArray[np.int64], near: NDArray[np.int64], cosines: NDArray[np.float32], vector: Vectors
    ) -> NDArray[np.float32]:
        """Give every candidate its exact cosine, those that only the lexical search found included."""
        # Without it, what the dense search missed would count as the least similar of all, however near it is.
        dense = np.full(len(rows), -1, np.float32)
        dense[np.searchsorted(rows, near)] = cosines
        missing = np.setdiff1d(rows, near, assume_unique=True)
        if len(missing):
            found = self.index.vectors(missing.tolist())
            if found:
                dense[np.searchsorted(rows, list(found))] = np.stack(list(found.values())) @ vector
        return dense

    def _hits(
        self,
        rows: NDArray[np.int64],
        scores: NDArray[np.float32],
        via: Via,
        *,
        dense: NDArray[np.float32] | None = None,
        lexical: NDArray[np.float32] | None = None,
    ) -> tuple[Hit, ...]:
        chunks = self.index.chunks(rows.tolist())
        return tuple(
            Hit(
                chunk=chunks[row],
                score=float(scores[place]),
                rank=place + 1,
                via=via,
                dense=None if dense is None else float(dense[place]),
                lexical=None if lexical is None else float(lexical[place]),
            )
            for place, row in enumerate(rows.tolist())
        )


def _joined(
    first: tuple[NDArray[np.int64], NDArray[np.float32]], second: tuple[NDArray[np.int64], NDArray[np.float32]]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Join what two searches found, each row once."""
    fresh = ~np.isin(second[0], first[0])
    return np.concatenate([first[0], second[0][fresh]]), np.concatenate([first[1], second[1][fresh]])


def _unit(vector: Vectors) -> Vectors:
    vector = np.asarray(vector, np.float32)
    norm = float(np.linalg.norm(vector))
    return vector / norm if norm else vector


def standardise(scores: NDArray[np.float32], among: NDArray[np.bool_] | None = None) -> NDArray[np.float32]:
    """Shift and scale scores to mean 0 and standard deviation 1; equal scores all become 0.

    Args:
        scores: shape (n,).
        among: boolean array of shape (n,): the scores that mean and deviation are taken from; None takes all.
    """
    if not len(scores):
        return scores
    exact = scores.astype(np.float64)  # in single precision, equal scores need not equal their mean
    taken = exact if among is None or not among.any() else exact[among]
    spread = float(taken.std())
    return ((exact - taken.mean()) / spread if spread > 1e-9 else np.zeros_like(exact)).astype(np.float32)


def fuse(
    dense: NDArray[np.float32],
    lexical: NDArray[np.float32],
    weight: float,
    among: NDArray[np.bool_] | None = None,
) -> NDArray[np.float32]:
    """Combine two scores of the same candidates: a weighted sum, each standardised over the candidates.

    Cosines and BM25 scores have no scale in common, and that of BM25 differs from question to question.

    Args:
        dense: cosines, shape (n,).
        lexical: BM25 scores, shape (n,); 0 where no term matched.
        weight: share of the dense score, from 0 to 1.
        among: candidates that the scales are taken from; None takes all.

    Returns:
        float32 array of shape (n,).
    """
    return (weight * standardise(dense, among) + (1 - weight) * standardise(lexical, among)).astype(np.float32)
