"""The embedded verifier: a small cross-encoder, in the package, that tells whether evidence supports a sentence."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ragkit.models.pairs import GRAPH, PairScorer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragkit.core.registry import Spec
    from ragkit.core.verdicts import Claim

FOLDER = Path(__file__).parent / "model"
MOST_TOKENS = 192  # of sentence and evidence, as in training
MOST_CLAIM = 96  # tokens of a sentence that are read

# Platt scaling (1999) of the logit, see docs/answers.md for what it was fitted on.
SLOPE, BIAS = 1.0, 0.0


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
        self._lock = threading.Lock()

    def logits(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        """Return the model's own scores of (sentence, evidence) pairs, float32 of shape (len(pairs),)."""
        with self._lock:
            if self._scorer is None:
                self._scorer = PairScorer(self._folder, threads=self._threads or _threads(), max_tokens=MOST_TOKENS)
            return self._scorer.score_pairs(pairs, most_first=MOST_CLAIM)

    def judge(self, claims: Sequence[Claim], /) -> list[float]:
        """Return the probability that its evidence supports each claim; 0 where there is no evidence."""
        told = [place for place, claim in enumerate(claims) if claim.evidence and claim.text.strip()]
        out = [0.0] * len(claims)
        if told:
            logits = self.logits([(claims[place].text, "\n".join(claims[place].evidence)) for place in told])
            for place, logit in zip(told, logits.tolist(), strict=True):
                out[place] = float(1 / (1 + np.exp(-(SLOPE * logit + BIAS))))
        return out


def available() -> bool:
    """Whether the package holds the model, as every release does."""
    return (FOLDER / GRAPH).is_file()


def from_spec(spec: Spec) -> EmbeddedVerifier:
    """Return the verifier of the spec ``embedded`` or ``embedded:FOLDER``."""
    return EmbeddedVerifier(Path(spec.model) if spec.model else FOLDER)


def _threads() -> int:
    from ragkit.core.settings import load_settings

    return load_settings().thread_count
