"""The embedded verifier: a small cross-encoder, in the package, that tells whether evidence supports a sentence."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ragkit import models
from ragkit.core.settings import load_settings
from ragkit.models.pairs import PairScorer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragkit.core.registry import Spec
    from ragkit.core.verdicts import Claim

FOLDER = Path(__file__).parent / "model"
MOST_TOKENS = 192  # of sentence and evidence, as in training
MOST_CLAIM = 96  # tokens of a sentence that are read

RELEVANCE = "ms-marco-MiniLM-L12-v2"  # of the catalogue: the model that this one was trained from
# Platt scaling (1999) of the logit, fitted on replies that nothing was trained on. The logit grows with how near
# evidence is to a sentence, not only with whether it says the same, since it was trained from a model of relevance: of
# two sentences with one logit the more relevant is likelier false. So the log odds are SLOPE * logit + LESS * relevance
# + BIAS where the model of relevance is on this machine (fitted on half of the replies, the area under the curve is .73
# on the other half and .64 on its own), and ALONE * logit + ALONE_BIAS where it is not (.64). Below LEAST, relevance
# tells no more.
SLOPE, LESS, BIAS, LEAST = 0.51, -0.187, 0.391, -4.0
ALONE, ALONE_BIAS = 0.176, 0.194


class EmbeddedVerifier:
    """Judges sentences by a cross-encoder of 33 million parameters at 8 bits, offline, in milliseconds.

    Trained by ``benchmarks/train_verifier.py`` from ms-marco-MiniLM-L12-v2 (Apache-2.0). It reads English; of other
    languages it knows what words they share with English.

    Args:
        folder: has ``model.onnx`` and ``tokenizer.json``; the package's own by default.
        threads: processor threads; None takes the settings'.

    Raises:
        ModelError: a file is damaged.
    """

    def __init__(self, folder: Path = FOLDER, *, threads: int | None = None) -> None:
        self._folder = folder
        self._threads = threads
        self._scorer: PairScorer | None = None
        self._relevance: PairScorer | None = None
        self._lock = threading.Lock()

    def logits(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        """Return the model's own scores of (sentence, evidence) pairs, float32 of shape (len(pairs),)."""
        with self._lock:
            return self._loaded().score_pairs(pairs, most_first=MOST_CLAIM)

    def relevance(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray[tuple[int], np.dtype[np.float32]] | None:
        """Return how relevant evidence is to each sentence, as :meth:`logits`; None where that model is not here."""
        with self._lock:
            self._loaded()
            return None if self._relevance is None else self._relevance.score_pairs(pairs, most_first=MOST_CLAIM)

    def _loaded(self) -> PairScorer:
        if self._scorer is None:
            settings = load_settings()
            threads = self._threads or settings.thread_count
            if (folder := models.locate(RELEVANCE, settings.models_dir)) is not None:
                self._relevance = PairScorer(folder, threads=threads, max_tokens=MOST_TOKENS)
            self._scorer = PairScorer(self._folder, threads=threads, max_tokens=MOST_TOKENS)
        return self._scorer

    def judge(self, claims: Sequence[Claim], /) -> list[float]:
        """Return the probability that its evidence supports each claim; 0 where there is no evidence."""
        told = [place for place, claim in enumerate(claims) if claim.evidence and claim.text.strip()]
        out = [0.0] * len(claims)
        if told:
            pairs = [(claims[place].text, "\n".join(claims[place].evidence)) for place in told]
            logits, relevance = self.logits(pairs), self.relevance(pairs)
            odds = (
                ALONE * logits + ALONE_BIAS
                if relevance is None
                else SLOPE * logits + LESS * np.maximum(relevance, LEAST) + BIAS
            )
            for place, each in zip(told, odds.tolist(), strict=True):
                out[place] = float(1 / (1 + np.exp(-each)))
        return out


def from_spec(spec: Spec) -> EmbeddedVerifier:
    """Return the verifier of the spec ``embedded`` or ``embedded:FOLDER``."""
    return EmbeddedVerifier(Path(spec.model) if spec.model else FOLDER)
