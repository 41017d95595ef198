"""Late interaction: the best candidates ranked again by how well single words of the question match single words there.

MaxSim as in ColBERT (Khattab and Zaharia, arXiv 2004.12832), on the embedder's own token vectors, each token of the
question weighed by how rare its word is in the index; without the weights, function words drown the others.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ragkit.text.terms import query_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from ragkit.core.types import EncodedQuery, Vectors
    from ragkit.retrieve.search import Searchable


SINGLE_THREADED = 1 << 18  # multiplications of one product that OpenBLAS leaves to one thread


def token_weights(index: Searchable, question: str, spans: Sequence[tuple[int, int]]) -> Vectors:
    """Weigh a question's tokens by how rare the word is that each is a part of (inverse document frequency, in nats).

    Args:
        index: where to count.
        question: the question.
        spans: character span of each token.

    Returns:
        float32 array of shape (tokens,); 0 for function words and punctuation.
    """
    spoken = index.languages()
    content = set(query_words(question, spoken))  # what a function word is depends on the language of the whole
    words = [_word(question, start, end) for start, end in spans]
    terms_of = {
        word: [found for found in query_words(word, spoken) if found in content] for word in dict.fromkeys(words)
    }
    every = {term for found in terms_of.values() for word in found for term in word}
    total, counts = index.frequencies(list(every))
    # A word that is cut into several tokens weighs as a whole: its parts are frequent where the word is rare.
    weights = {
        word: max((_rareness(total, sum(counts[term] for term in each)) for each in found), default=0.0)
        for word, found in terms_of.items()
    }
    return np.array([weights[word] for word in words], np.float32)


def max_similarity(query: EncodedQuery, weights: Vectors, passages: Mapping[int, bytes]) -> dict[int, float]:
    """Score passages by the weighted mean, over the question's tokens, of the most similar token in the passage.

    Args:
        query: the question's token vectors.
        weights: of its tokens.
        passages: for each row id, the packed signs of its tokens' vectors.

    Returns:
        A score for each row id, about in [-1, 1]; 0 for a passage without tokens.
    """
    used = weights > 0
    bits = query.tokens.shape[1]
    packed = [(row, np.frombuffer(blob, np.uint8)) for row, blob in passages.items() if blob]
    scores = dict.fromkeys(passages, 0.0)
    if not used.any() or not packed:
        return scores
    # A sign stands for a number of one size in every place, so that a token has length 1.
    signs = np.unpackbits(np.concatenate([blob for _, blob in packed]).reshape(-1, bits // 8), axis=1)
    similarity = _products(signs, query.tokens[used])
    firsts = np.cumsum([0, *(len(blob) // (bits // 8) for _, blob in packed)])[:-1]
    best = np.maximum.reduceat(similarity, firsts, axis=0)
    means = best @ weights[used] / weights[used].sum()
    scores.update(zip((row for row, _ in packed), means.tolist(), strict=True))
    return scores


def _products(signs: NDArray[np.uint8], tokens: Vectors) -> Vectors:
    """Inner products of (m, bits) signs, stored as 0 and 1, with (n, bits) vectors."""
    # In blocks too small for the linear algebra library to share out: waking its threads takes longer than the work.
    block = max(1, SINGLE_THREADED // tokens.size)
    ones = np.zeros((-(-len(signs) // block) * block, signs.shape[1]), np.float32)
    ones[: len(signs)] = signs
    products = (ones.reshape(-1, block, signs.shape[1]) @ tokens.T).reshape(len(ones), -1)[: len(signs)]
    return (2 * products - tokens.sum(axis=1)) / math.sqrt(tokens.shape[1])


def _rareness(total: int, count: int) -> float:
    count = min(total, count)
    # Robertson and Sparck Jones' weight, shifted by 1 as in Lucene so that no term counts against a passage.
    return math.log(1 + (total - count + 0.5) / (count + 0.5))


def _word(text: str, start: int, end: int) -> str:
    """Return the whole word that a token is a part of."""
    while start > 0 and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum():
        end += 1
    return text[start:end]
