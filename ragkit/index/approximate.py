"""Approximate search over many vectors: inverted lists of 8-bit codes, mapped from a file.

Vectors are grouped by the nearest of some centroids (Jégou, Douze and Schmid, "Product quantization for nearest
neighbor search", 2011, section 4) and a search looks into the ``probes`` lists whose centroids are nearest. Codes give
scores good enough to choose candidates; the caller scores these again from the exact vectors.
"""

from __future__ import annotations

import math
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from ragkit.index.vector_file import VectorFile
    from ragkit.types import Vectors

SPREAD = 4  # candidates looked at for one that is wanted, at the least


class DamagedLists(ValueError):
    """A part of the file that was not looked at before is not as it was written."""


class ApproximateRows:
    """Rows in inverted lists.

    Args:
        file: its file, as :mod:`ragkit.index.training` makes it.

    Raises:
        ValueError: the file holds something else.
    """

    def __init__(self, file: VectorFile) -> None:
        import faiss

        self.file = file
        self._index = file.index
        self._lists = faiss.downcast_InvertedLists(self._index.invlists)
        self._lists.prefetch_nthread = 0  # FAISS would start threads for every search
        self._unchecked = np.ones(self._index.nlist, bool)
        self.newest = int(file.notes["newest"])
        self.probes = int(file.notes["probes"])
        if len(file.array) != self._index.nlist:
            raise ValueError("it does not hold a checksum for each list")

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def exhausted_at(self) -> int:
        """The number of probes that looks at everything."""
        return int(self._index.nlist)

    def search(
        self, vector: Vectors, k: int, widen: float = 1, allowed: NDArray[np.int64] | None = None
    ) -> NDArray[np.int64]:
        """Return row ids of about the k nearest, best first; fewer when the lists looked into hold fewer.

        Args:
            vector: float32 of shape (dimension,).
            k: how many.
            widen: how many times as many lists to look into.
            allowed: row ids to keep to; None searches all.

        Raises:
            DamagedLists: the file is damaged.
        """
        import faiss

        probes = self._probes(k, widen)
        nearest, lists = self._index.quantizer.search(vector[None, :], probes)
        self._check(lists[0])
        if allowed is None:
            self._index.nprobe = probes
            _, rows = self._index.search_preassigned(vector[None, :], k, lists, nearest)
        else:
            chosen = np.zeros(self.newest + 1, bool)
            chosen[allowed[: np.searchsorted(allowed, self.newest, "right")]] = True
            selector = faiss.IDSelectorBitmap(np.packbits(chosen, bitorder="little"))
            parameters = faiss.SearchParametersIVF(sel=selector, nprobe=probes)
            _, rows = self._index.search(vector[None, :], k, params=parameters)
        return rows[0][rows[0] >= 0]

    def _probes(self, k: int, widen: float) -> int:
        """Return into how many lists to look: as many as were found to be enough, more for unusually many rows."""
        enough = SPREAD * k * self._index.nlist / max(len(self), 1)
        return min(math.ceil(max(self.probes, enough) * widen), int(self._index.nlist))

    def _check(self, lists: NDArray[np.int64]) -> None:
        for number in lists[self._unchecked[lists]].tolist():
            if list_checksum(self._lists, number) != self.file.array[number]:
                raise DamagedLists(f"inverted list {number} is not as it was written")
            self._unchecked[number] = False

    def check(self) -> None:
        """Check every list.

        Raises:
            DamagedLists: the file is damaged.
        """
        self._check(np.arange(self._index.nlist))


def list_checksum(lists: Any, number: int) -> int:
    """Return the CRC-32 of the row ids and codes of one of FAISS's inverted lists."""
    import faiss

    size = lists.list_size(number)
    if not size:
        return 0
    ids: Any = faiss.rev_swig_ptr(lists.get_ids(number), size)
    codes: Any = faiss.rev_swig_ptr(lists.get_codes(number), size * lists.code_size)
    return zlib.crc32(codes, zlib.crc32(ids))


def list_bytes(lists: Any, numbers: Iterable[int]) -> int:
    """Return the bytes that FAISS's inverted lists take in a file."""
    return sum(lists.list_size(number) for number in numbers) * (lists.code_size + 8)
