"""Records that the index takes and returns, checksums of rows, and hashes of texts and files."""

from __future__ import annotations

import hashlib
import os
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ragkit.core.types import Chunk, Vectors


@dataclass(frozen=True, slots=True)
class SourceRow:
    """The ledger's row of one file; the last three are sums over its documents."""

    id: int
    source: str
    outcome: str
    reason: str
    detail: str
    size: int
    modified_ns: int
    content_hash: str
    whole: bool
    characters: int
    passages: int
    truncated: int


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document ready to be written: everything a search needs, made beforehand.

    Attributes:
        uid: its id within the source.
        text: the whole text.
        metadata: JSON-serialisable.
        content_hash: over text and metadata.
        chunks: its passages.
        text_hashes: for each passage, the hash of what was embedded.
        vectors: float32 of shape (len(chunks), dimension), rows of length 1.
        truncated: passages that the embedder cut.
        token_vectors: for each passage the vectors of its tokens, compressed; None where there are none.
    """

    uid: str
    text: str
    metadata: Mapping[str, Any]
    content_hash: str
    chunks: Sequence[Chunk]
    text_hashes: Sequence[bytes]
    vectors: Vectors
    truncated: int = 0
    token_vectors: Sequence[bytes] | None = None


def checksum(*values: str | bytes | int) -> int:
    """Return the CRC-32 over the values of a row, with a null byte between each two.

    A document's is over its uid, metadata, places and text, a passage's over what
    :data:`ragkit.store.sqlite.decoding.CHUNK_COLUMNS` lists, a vector's over its bytes.
    """
    # CRC-32 detects any burst of errors up to 32 bits long. It is against damage, not against people: who may write the
    # file can write a checksum too.
    value = 0
    for place, part in enumerate(values):
        data = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
        value = zlib.crc32(data, zlib.crc32(b"\0", value) if place else 0)
    return value


def numbered(row: int, *values: str | bytes | int) -> int:
    """Return the checksum of a passage's or vector's row: that of its values, plus its id.

    A row whose id was damaged would else be taken for another passage's.
    """
    return row + checksum(*values)


def is_sound(known: int | None, row: int, *values: str | bytes | int) -> bool:
    """Whether a row has the checksum that :func:`numbered` returns; rows of schema 1 have none."""
    if known is None:
        return True
    value = checksum(*values)
    return known in (value + row, value)  # the first rows of schema 2 left their ids out


def is_gone(source: str) -> bool:
    """Whether a path certainly does not exist any more; False where its folder may not be searched."""
    try:
        os.lstat(source)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False
    return False


def storable(text: str) -> str:
    """Replace lone surrogates, which UTF-8 cannot hold; the length stays the same."""
    return text if text.isascii() else re.sub("[\ud800-\udfff]", "\ufffd", text)


def storable_path(source: str) -> str:
    r"""Write bytes of a file's name that are no UTF-8 as ``\udcXX``, so that names stay apart."""
    return source if source.isascii() else source.encode("utf-8", "backslashreplace").decode("utf-8")


def unit(vectors: Vectors) -> Vectors:
    """Scale rows to length 1; rows of zeros stay zeros."""
    # With unit vectors the inner product is the cosine, which is all that searches compute.
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.ascontiguousarray(vectors / np.where(norms > 0, norms, 1), np.float32)


def text_hash(text: str) -> bytes:
    """Return the 16-byte hash of an embedded text: passages of equal text share their vectors by it."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def file_hash(path: Path) -> str:
    """Return the content hash of a file."""
    if not path.is_file():  # reading a pipe would wait for ever
        raise OSError("it is no regular file but a folder, device, pipe or socket")
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
