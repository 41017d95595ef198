"""Vectors of tokens in few bits, for late interaction: the signs of a fixed projection of the model's last states.

Comparing a question's tokens with a passage's one by one is Khattab and Zaharia's ColBERT (arXiv 2004.12832). Signs of
random projections keep angles (Charikar, STOC 2002): here 128 bits a token rank as well as 64 dimensions in 8 bits.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ragkit.core.types import Vectors

BITS = 128  # of a token
SEED = 0


@lru_cache(maxsize=4)
def projection(width: int, bits: int = BITS) -> Vectors:
    """Return the projection of states to what is kept: orthonormal columns, the same on every machine.

    Args:
        width: length of a state.
        bits: numbers a token is projected to; at most ``width``.

    Returns:
        float32 array of shape (width, bits).
    """
    bits = min(bits, width)
    raw = np.random.PCG64(SEED).random_raw(width * bits)  # the bit stream is fixed; distributions may change
    signs = np.where(np.asarray(raw, np.uint64) >> np.uint64(63), 1.0, -1.0).reshape(width, bits)
    columns, upper = np.linalg.qr(signs)
    return np.ascontiguousarray(columns * np.sign(np.diag(upper)), np.float32)


def packed(projected: Vectors) -> NDArray[np.uint8]:
    """Return the signs of projected states, eight to a byte: uint8 of shape (tokens, bits / 8)."""
    return np.packbits(projected > 0, axis=1)
