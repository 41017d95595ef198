"""The tokens of a text: counted and placed by the model's own tokenizer, and their vectors in few bits.

Comparing a question's tokens with a passage's one by one is Khattab and Zaharia's ColBERT (arXiv 2004.12832). Signs of
random projections keep angles (Charikar, STOC 2002): here 128 bits a token rank as well as 64 dimensions in 8 bits.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ragkit.core.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from tokenizers import Encoding

    from ragkit.core.types import Vectors

# Of a token: 16 bytes. PCA to 64 dimensions in 8 bits, four times the size, ranks no better.
BITS = 128
# Part of the format: another seed would make the token vectors of every index meaningless.
SEED = 0


class ModelTokenizer:
    """A ``tokenizer.json`` with its truncation and padding switched off (ragkit does both itself and counts).

    Args:
        folder: the model's folder.
        limit: tokens the model takes, special tokens included.
        prefix: text put before every passage; its tokens count against the limit.

    Attributes:
        max_tokens: content tokens a text may have.
    """

    def __init__(self, folder: Path, limit: int, prefix: str = "") -> None:
        from tokenizers import Tokenizer

        path = folder / "tokenizer.json"
        if not path.exists():
            raise ModelError(f"{folder} has no tokenizer.json: use runtime=torch for this model")
        self._tokenizer: Any = Tokenizer.from_file(str(path))
        # MiniLM's file truncates and pads to 128 tokens, half of what the model takes.
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self.specials: int = self._tokenizer.num_special_tokens_to_add(is_pair=False)
        self.limit = limit
        self.max_tokens: int = limit - self.specials - (self.count(prefix) if prefix else 0)

    def encode(self, texts: Sequence[str]) -> list[Encoding]:
        """Encode with special tokens, at full length; without offsets, which cost time."""
        return self._tokenizer.encode_batch_fast([_encodable(text) for text in texts])

    def encode_with_offsets(self, text: str) -> Encoding:
        """Encode one text with special tokens, at full length, and return where its tokens stand."""
        return self._tokenizer.encode(_encodable(text))

    def offsets(self, text: str) -> Sequence[tuple[int, int]]:
        """Character span of every content token of ``text``."""
        return self._tokenizer.encode(_encodable(text), add_special_tokens=False).offsets

    def count(self, text: str) -> int:
        """Content tokens of ``text``."""
        return len(self._tokenizer.encode_batch_fast([_encodable(text)], add_special_tokens=False)[0].ids)

    def tokens(self, text: str) -> list[str]:
        """The content tokens themselves, for explanations."""
        return self._tokenizer.encode(_encodable(text), add_special_tokens=False).tokens


def _encodable(text: str) -> str:
    """Replace lone surrogates, which UTF-8 cannot hold; the length stays the same."""
    return text if text.isascii() else re.sub("[\ud800-\udfff]", "\ufffd", text)


@lru_cache(maxsize=4)
def projection(width: int, bits: int = BITS) -> Vectors:
    """Return the projection of states whose signs are stored: orthonormal columns, the same on every machine.

    Args:
        width: length of a state.
        bits: numbers a token is projected to; at most ``width``.

    Returns:
        float32 array of shape (width, bits).
    """
    bits = min(bits, width)
    raw = np.random.PCG64(SEED).random_raw(width * bits)  # the bit stream is fixed; distributions may change
    signs = np.where(np.asarray(raw, np.uint64) >> np.uint64(63), 1.0, -1.0).reshape(width, bits)
    # A QR decomposition is unique but for the signs of its columns, which differ by LAPACK: those are fixed here.
    columns, upper = np.linalg.qr(signs)
    return np.ascontiguousarray(columns * np.sign(np.diag(upper)), np.float32)


def packed(projected: Vectors) -> NDArray[np.uint8]:
    """Return the signs of projected states, eight to a byte: uint8 of shape (tokens, bits / 8)."""
    return np.packbits(projected > 0, axis=1)


def unit_rows(vectors: Vectors) -> Vectors:
    """Return vectors scaled to length 1, row by row; rows of zeros stay zeros.

    Args:
        vectors: float32 array of shape (n, dimension).
    """
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(norms > 0, norms, 1), np.float32)
