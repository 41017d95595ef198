"""Single compressed files (``corpus.jsonl.gz``): inflated in memory within limits, then read as what they hold."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING

from ragkit.errors import LoadError

if TYPE_CHECKING:
    from ragkit.load.content import Content, RawFile

_SUFFIXES = (".gz", ".bz2", ".xz", ".tgz")
_RATIO_FROM = 5_000_000  # bytes; small files may well shrink to a hundredth
_OPENERS = {"application/gzip": gzip.open, "application/x-bzip2": bz2.open, "application/x-xz": lzma.open}


def read(raw: RawFile) -> Content:
    """Read a compressed file by what is inside; its places and offsets are those of the inflated text.

    Raises:
        LoadError: it is damaged, inflates beyond the limits, or holds something that is not read.
    """
    from ragkit.load.readers import read_content

    if raw.depth >= raw.limits.depth:
        raise LoadError(raw.source, "too-large", f"is compressed more than {raw.limits.depth} times over: unpack it")
    name = PurePath(raw.name)
    inner = name.stem if name.suffix.lower() in _SUFFIXES else name.name
    _, content = read_content(replace(raw, name=inner, data=_inflate(raw), depth=raw.depth + 1))
    return content


def _inflate(raw: RawFile) -> bytes:
    limit = raw.limits.inflated_bytes
    try:
        with _OPENERS[raw.media_type](io.BytesIO(raw.data)) as stream:
            data = stream.read(limit + 1)
    except (OSError, EOFError, lzma.LZMAError, zlib.error, ValueError) as error:
        raise LoadError(raw.source, "corrupt", f"cannot be unpacked ({error}): get it again") from error
    if len(data) > limit:
        raise LoadError(raw.source, "too-large", f"inflates to more than {limit / 1e6:.0f} MB: unpack it and split it")
    if len(data) > _RATIO_FROM and len(data) > raw.limits.inflation_ratio * len(raw.data):
        raise LoadError(raw.source, "too-large", "inflates out of all proportion, like a bomb: unpack it by hand")
    return data
