"""Unpacking within limits: what archives, compressed files and office packages may grow to."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from ragkit.errors import LoadError

if TYPE_CHECKING:
    from ragkit.load.content import RawFile

_FREE_BYTES = 5_000_000  # below this a high ratio is harmless and common (empty sheets, logs)
_STEP = 1 << 20


def inflate(raw: RawFile, stream: IO[bytes], packed: int) -> bytes:
    """Read an unpacking stream to its end, stopping as soon as it goes beyond a limit.

    Args:
        raw: the file that is unpacked, or one that lies within it: they share what they have spent.
        stream: gives the unpacked bytes.
        packed: size of the packed bytes.

    Raises:
        LoadError: it unpacks to too much (reason ``too-large``).
    """
    pieces: list[bytes] = []
    size = 0
    while piece := stream.read(_STEP):
        size += len(piece)
        refuse_size(raw, size, packed)
        pieces.append(piece)
    raw.spent.inflated += size
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def refuse_size(raw: RawFile, size: int, packed: int) -> None:
    """Raise ``LoadError`` (reason ``too-large``) where ``size`` bytes out of ``packed`` are too many."""
    limits = raw.limits
    if raw.spent.inflated + size > limits.inflated_bytes:
        detail = f"unpacks to more than {limits.inflated_bytes / 1e6:.0f} MB: split it or raise Limits.inflated_bytes"
        raise LoadError(raw.source, "too-large", detail)
    ratio = size / max(packed, 1)
    if size > _FREE_BYTES and ratio > limits.inflation_ratio:
        detail = f"holds something that unpacks to {ratio:.0f} times its size, as archives made to do harm do"
        raise LoadError(raw.source, "too-large", detail + ": check where it comes from")


def count_members(raw: RawFile, count: int) -> None:
    """Count the entries of an archive.

    Raises:
        LoadError: with those met before they are too many (reason ``too-large``).
    """
    raw.spent.members += count
    if raw.spent.members > raw.limits.members:
        detail = f"holds more than {raw.limits.members} files: split it or raise Limits.members"
        raise LoadError(raw.source, "too-large", detail)
