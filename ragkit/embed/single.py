"""A BERT encoder in plain NumPy, for a process that asks one question and ends: nothing is compiled, little is read.

Compiling the graph of :mod:`ragkit.embed.bert` takes far longer than one question does here; from the second question
on the compiled graph is quicker. The weights are mapped from their file, so only
the rows of the words in the question are read of the largest table.
"""

from __future__ import annotations

import json
import math
import mmap
from typing import TYPE_CHECKING, Any

import numpy as np

from ragkit.core.errors import ModelError
from ragkit.embed import bert
from ragkit.embed.tokens import projection, unit_rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ragkit.core.types import Vectors
    from ragkit.embed.card import ModelCard

# Bytes; the limit that the safetensors format sets.
MOST_HEADER = 100_000_000
# Abramowitz and Stegun, "Handbook of Mathematical Functions" (1964), 7.1.26: the error is below 1.5e-7.
_ERF = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)
_ERF_SCALE = 0.3275911


def mapped(path: Path) -> Mapping[str, Vectors]:
    """Map the float32 tensors of a safetensors file.

    Raises:
        ModelError: the file is damaged, or holds weights of another type.
    """
    try:
        # safetensors: a little-endian uint64, that many bytes of JSON, then the tensors one behind the other; offsets
        # count from the end of the JSON.
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            head = json.loads(file.read(min(length, MOST_HEADER)))
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return {
            name.removeprefix("bert."): _tensor(content, 8 + length, about)
            for name, about in head.items()
            if name != "__metadata__" and not name.endswith("position_ids")
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"the weights in {path} cannot be used ({error}): get the model again") from error


def _tensor(content: mmap.mmap, first: int, about: Mapping[str, Any]) -> Vectors:
    if about["dtype"] != "F32":
        raise ValueError(f"they are {about['dtype']}, not F32")
    start, end = about["data_offsets"]
    return np.frombuffer(content, "<f4", (end - start) // 4, first + start).reshape(about["shape"])


class SingleEncoder:
    """Encodes one sequence at a time, in single precision.

    Args:
        card: the model; :func:`ragkit.embed.bert.supported` must hold.

    Raises:
        ModelError: the weights cannot be used.
    """

    def __init__(self, card: ModelCard) -> None:
        self._weights = mapped(card.folder / bert.WEIGHTS)
        self._card = card
        self._heads = int(card.config["num_attention_heads"])
        self._epsilon = np.float32(card.config["layer_norm_eps"])

    def project(self, sequence: Sequence[int]) -> tuple[Vectors, Vectors]:
        """Encode token ids, special tokens included.

        Returns:
            The sequence's vector, float32 of shape (dimension,); and its content tokens' projections for late
            interaction, float32 of shape (tokens, bits), rows of length 1.

        Raises:
            ModelError: the weights do not fit the model's configuration.
        """
        try:
            states = self._states(np.asarray(sequence, np.int64))
        except (KeyError, ValueError, IndexError) as error:
            raise ModelError(f"the weights in {self._card.folder} are not a whole model ({error!r})") from error
        pooled = states[0] if self._card.pooling == "cls" else states.mean(axis=0)
        if self._card.normalize:
            pooled = pooled / max(float(np.linalg.norm(pooled)), 1e-12)
        return np.asarray(pooled, np.float32), unit_rows(states[1:-1] @ projection(states.shape[1]))

    def _states(self, ids: NDArray[np.int64]) -> Vectors:
        weights = self._weights
        words = weights["embeddings.word_embeddings.weight"][ids]
        places = weights["embeddings.position_embeddings.weight"][: len(ids)]
        kind = weights["embeddings.token_type_embeddings.weight"][0]
        states = self._norm(words + places + kind, "embeddings.LayerNorm")
        for layer in range(int(self._card.config["num_hidden_layers"])):
            name = f"encoder.layer.{layer}"
            mixed = self._dense(self._attention(states, f"{name}.attention.self"), f"{name}.attention.output.dense")
            states = self._norm(mixed + states, f"{name}.attention.output.LayerNorm")
            inner = _gelu(self._dense(states, f"{name}.intermediate.dense"))
            states = self._norm(self._dense(inner, f"{name}.output.dense") + states, f"{name}.output.LayerNorm")
        return states

    def _attention(self, states: Vectors, name: str) -> Vectors:
        count, width = states.shape
        query, key, value = (
            self._dense(states, f"{name}.{part}").reshape(count, self._heads, -1).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        # Arrays of shape (heads, tokens, width / heads); softmax is taken after the largest score, against overflow.
        scores = query @ key.transpose(0, 2, 1) / np.float32(math.sqrt(width // self._heads))
        shares = np.exp(scores - scores.max(axis=2, keepdims=True))
        shares /= shares.sum(axis=2, keepdims=True)
        return (shares @ value).transpose(1, 0, 2).reshape(count, width)

    def _dense(self, states: Vectors, name: str) -> Vectors:
        return states @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]

    def _norm(self, states: Vectors, name: str) -> Vectors:
        # Layer normalisation (Ba, Kiros and Hinton, arXiv 1607.06450), along the width.
        centred = states - states.mean(axis=1, keepdims=True)
        spread = np.sqrt((centred * centred).mean(axis=1, keepdims=True) + self._epsilon)
        return centred / spread * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]


def _gelu(x: Vectors) -> Vectors:
    """Return the Gaussian error linear unit (Hendrycks and Gimpel, arXiv 1606.08415), not its tanh approximation."""
    scaled = x * np.float32(math.sqrt(0.5))
    size = np.abs(scaled)
    step = 1 / (1 + np.float32(_ERF_SCALE) * size)
    # Horner's scheme over the five coefficients; erf is odd, so its sign is put back at the end.
    total = np.zeros_like(step)
    for factor in _ERF:
        total = (total + np.float32(factor)) * step
    error = np.copysign(1 - total * np.exp(-size * size), scaled)
    return np.float32(0.5) * x * (1 + error)
