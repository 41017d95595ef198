"""Archives of files (zip, tar), read in memory: member names are text for people, never paths to write to."""

from __future__ import annotations

import tarfile
import zipfile
from io import BytesIO
from typing import TYPE_CHECKING

from ragkit.core.errors import LoadError
from ragkit.load.encoding import decode
from ragkit.load.formats.inside import Inside
from ragkit.load.formats.package import ENCRYPTED_FLAG, UNZIP_ERRORS, count_members, inflate, refuse_size

if TYPE_CHECKING:
    from ragkit.load.content import Content, RawFile

_UTF8_FLAG = 0x800  # bit 11 (APPNOTE.TXT, appendix D): the name is UTF-8
_LEFT_OUT = "is left out, as hidden files of a folder are"
_DAMAGED = (*UNZIP_ERRORS, tarfile.TarError)


def read_zip(raw: RawFile) -> Content:
    """Read the members of a zip archive, each as the file it is.

    Raises:
        LoadError: the archive is damaged, has too many members or lies too deep, or no member could be read.
    """
    _refuse_depth(raw)
    try:
        archive = zipfile.ZipFile(BytesIO(raw.data))
    except _DAMAGED as error:
        raise LoadError(raw.source, "corrupt", f"is a damaged archive ({error}): get it again") from error
    # Members are read one by one and never by path: a name such as "../../x" is only text.
    members = [info for info in archive.infolist() if not info.filename.endswith("/")]
    count_members(raw, len(members))
    inside = Inside(raw, "member")
    for info in members:
        _zip_member(raw, archive, info, inside)
    return inside.content()


def _zip_member(raw: RawFile, archive: zipfile.ZipFile, info: zipfile.ZipInfo, inside: Inside) -> None:
    name = _zip_name(info)
    if _hidden(name):
        inside.lose(name, "ignored", _LEFT_OUT)
        return
    if info.flag_bits & ENCRYPTED_FLAG:
        inside.lose(name, "encrypted", "is protected by a password")
        return
    try:
        refuse_size(raw, info.file_size, info.compress_size)
        with archive.open(info) as stream:
            data = inflate(raw, stream, info.compress_size)
    except LoadError as error:
        inside.lose(name, error.reason, error.detail)
    except NotImplementedError as error:
        inside.lose(name, "unsupported", f"is packed in a way that is not read ({error})")
    except _DAMAGED as error:
        inside.lose(name, "corrupt", f"cannot be unpacked ({error})")
    else:
        inside.read(name, data)


def _zip_name(info: zipfile.ZipInfo) -> str:
    """A member's name as its author wrote it."""
    # Programs write the code page of their country where the format asks for CP437 or UTF-8. zipfile decodes as CP437,
    # which every byte has a character in, so the bytes can be had back.
    if info.flag_bits & _UTF8_FLAG or info.filename.isascii():
        return info.filename
    try:
        return decode(info.filename.encode("cp437"))
    except UnicodeEncodeError:
        return info.filename


def read_tar(raw: RawFile) -> Content:
    """Read the files of a tar archive, each as the file it is; links and devices are named as not read.

    Raises:
        LoadError: as for ``read_zip``.
    """
    _refuse_depth(raw)
    inside = Inside(raw, "member")
    try:
        with tarfile.open(fileobj=BytesIO(raw.data), mode="r:", errors="surrogateescape") as archive:
            for info in archive:
                if not info.isdir():
                    count_members(raw, 1)
                    _tar_member(archive, info, inside)
    except _DAMAGED as error:
        # A tar archive has no list of members: what comes before the damage is read, the rest cannot be named.
        if not (inside.parts or inside.unread):
            raise LoadError(raw.source, "corrupt", f"is a damaged archive ({error}): get it again") from error
        inside.lose("(the rest of the archive)", "corrupt", f"cannot be unpacked ({error})")
    return inside.content()


def _tar_member(archive: tarfile.TarFile, info: tarfile.TarInfo, inside: Inside) -> None:
    name = decode(info.name.encode("utf-8", "surrogateescape"))
    # A sparse file of a few bytes may claim any size, and its holes are no text.
    if not info.isreg() or info.issparse():
        inside.lose(name, "unsupported", "is no regular file but a link or the like")
    elif _hidden(name):
        inside.lose(name, "ignored", _LEFT_OUT)
    else:
        stream = archive.extractfile(info)
        data = b"" if stream is None else stream.read()  # a slice of what is in memory already
        if len(data) < info.size:
            raise tarfile.ReadError(f"{name} is cut off")
        inside.read(name, data)


def _refuse_depth(raw: RawFile) -> None:
    if raw.depth >= raw.limits.depth:
        raise LoadError(raw.source, "too-large", f"lies {raw.depth} archives deep: unpack it or raise Limits.depth")


def _hidden(name: str) -> bool:
    """Whether a folder would leave this out: names that begin with a dot, and what macOS adds to archives."""
    parts = name.replace("\\", "/").split("/")
    return "__MACOSX" in parts or any(part.startswith(".") and part.strip(".") for part in parts)
