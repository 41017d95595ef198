"""Single compressed files (``corpus.jsonl.gz``): inflated in memory within limits, then read as what they hold."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from dataclasses import replace
from pathlib import PurePath
from typing import IO, TYPE_CHECKING, cast

from ragkit.core.errors import LoadError
from ragkit.load.detect import TAR, detect
from ragkit.load.formats.package import inflate

if TYPE_CHECKING:
    from ragkit.load.content import Content, RawFile

# What remains of an extension when the file is unpacked: its name tells kinds of text apart.
_ENDINGS = {
    **dict.fromkeys((".gz", ".bz2", ".xz", ".zst"), ""),
    **dict.fromkeys((".tgz", ".tbz", ".tbz2", ".txz", ".tzst"), ".tar"),
    ".svgz": ".svg",
}


def read(raw: RawFile) -> Content:
    """Read a compressed file by what is inside; its places and offsets are those of the inflated text.

    Raises:
        LoadError: it is damaged, inflates beyond the limits, or holds something that is not read.
    """
    from ragkit.load.formats.archive.archive import read_tar
    from ragkit.load.readers import read_content

    if raw.depth >= raw.limits.depth:
        raise LoadError(raw.source, "too-large", f"is compressed more than {raw.limits.depth} times over: unpack it")
    path, data = PurePath(raw.name), _inflate(raw)
    ending = _ENDINGS.get(path.suffix.lower())
    name = path.name if ending is None else path.stem + ending
    inner = replace(raw, name=name, data=data)
    if detect(name, data) == TAR:  # an archive compressed as a whole counts as one level
        return read_tar(replace(inner, media_type=TAR))
    _, content = read_content(replace(inner, depth=raw.depth + 1))
    return content


def _inflate(raw: RawFile) -> bytes:
    import zstandard

    try:
        with _open(raw) as stream:
            return inflate(raw, stream, len(raw.data))
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, zstandard.ZstdError) as error:
        raise LoadError(raw.source, "corrupt", f"cannot be unpacked ({error}): get it again") from error


def _open(raw: RawFile) -> IO[bytes]:
    import zstandard

    # All four read files of several streams one after the other, as parallel packers write them.
    packed = io.BytesIO(raw.data)
    if raw.media_type == "application/x-bzip2":
        return bz2.open(packed)
    if raw.media_type == "application/x-xz":
        return lzma.open(packed)
    if raw.media_type == "application/zstd":
        return zstandard.ZstdDecompressor().stream_reader(packed, read_across_frames=True)
    return cast("IO[bytes]", gzip.open(packed))
