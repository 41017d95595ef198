"""Office packages (a zip file with XML in it), read within limits and without trusting what is inside."""

from __future__ import annotations

import lzma
import posixpath
import struct
import zipfile
import zlib
from importlib import import_module
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any

from ragkit.core.errors import LoadError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ragkit.load.content import RawFile

ENCRYPTED_FLAG = 0x1  # bit 0 of the general purpose flags (APPNOTE.TXT, 4.4.4)
_FREE_BYTES = 5_000_000  # below this a high ratio is harmless and common (empty sheets, logs)
_STEP = 1 << 20
# What zipfile raises on damaged files, of which it documents only the first; found by damaging files at random.
UNZIP_ERRORS = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, ValueError, OverflowError),
    *(NotImplementedError, RuntimeError),
)


class Package:
    """A zip file whose members are read into memory, never written anywhere.

    Args:
        raw: the file.

    Raises:
        LoadError: it is no zip file (``corrupt``) or has too many members (``too-large``).
    """

    def __init__(self, raw: RawFile) -> None:
        self._raw = raw
        try:
            self._zip = zipfile.ZipFile(BytesIO(raw.data))
        except UNZIP_ERRORS as error:
            raise self.damaged(f"it cannot be unpacked: {error}") from error
        # Some programs write backslashes. References may differ from names in case, which Office Open XML ignores
        # (ECMA-376, part 2).
        self._members = {info.filename.replace("\\", "/").lstrip("/"): info for info in self._zip.infolist()}
        self._folded = {name.lower(): name for name in self._members}
        if len(self._members) > raw.limits.members:
            raise LoadError(raw.source, "too-large", f"holds {len(self._members)} members, more than Limits.members")

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._folded

    @property
    def names(self) -> list[str]:
        """Names of the members."""
        return list(self._members)

    def damaged(self, why: str) -> LoadError:
        """Make the error for damage, to be raised."""
        return LoadError(self._raw.source, "corrupt", f"is damaged ({why}): open it in its program and save it again")

    def read(self, name: str) -> bytes:
        """Unpack one member.

        Raises:
            LoadError: the member is missing or damaged (``corrupt``), ``encrypted``, or unpacks to too much.
        """
        info = self._members.get(self._folded.get(name.lower(), name))
        if info is None:
            raise self.damaged(f"{name} is missing")
        if info.flag_bits & ENCRYPTED_FLAG:
            raise LoadError(self._raw.source, "encrypted", "is protected by a password: save a copy without one")
        refuse_size(self._raw, info.file_size, info.compress_size)
        try:
            with self._zip.open(info) as member:
                return inflate(self._raw, member, info.compress_size)
        except UNZIP_ERRORS as error:
            raise self.damaged(f"{name} cannot be unpacked: {error}") from error

    def xml(self, name: str) -> Any:
        """Parse a member as XML and return its root element; entities are never expanded.

        Raises:
            LoadError: as for ``read``, and where it is no XML or has a document type declaration.
        """
        return parse_xml(self.read(name), self._raw.source, name)

    def relations(self, name: str) -> Mapping[str, tuple[str, str]]:
        """Read the relationships of a part of an Office Open XML package.

        Returns:
            Relationship id -> (last word of its type, member name of its target); external targets are left out.
        """
        folder, base = posixpath.split(name)
        part = posixpath.join(folder, "_rels", base + ".rels")
        if part not in self:
            return {}
        found: dict[str, tuple[str, str]] = {}
        for relation in self.xml(part):
            target = relation.get("Target")
            if local_name(relation) != "Relationship" or not target or relation.get("TargetMode") == "External":
                continue
            path = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            found[relation.get("Id", "")] = (relation.get("Type", "").rpartition("/")[2], path)
        return found

    def main_part(self, default: str) -> str:
        """Find the member that holds the document."""
        for kind, target in self.relations("").values():
            if kind == "officeDocument" and target in self:
                return target
        return default


def parse_xml(data: bytes, source: str, name: str, *, typed: bool = False) -> Any:
    """Parse XML from the member ``name`` of an untrusted file; see ``Package.xml``.

    ``typed`` allows a document type that declares nothing of its own.
    """
    etree: Any = import_module("lxml.etree")  # it has no type stubs

    # Neither entities nor anything outside of the file: no "billion laughs", no request, no file of this machine.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        detail = f"is damaged ({name}: {error.msg}): open it in its program and save it again"
        raise LoadError(source, "corrupt", detail) from error
    declaration = root.getroottree().docinfo
    internal = declaration.internalDTD
    harmless = typed and (internal is None or not any(True for _ in internal.iterentities()))
    if (internal is not None or declaration.doctype) and not harmless:
        detail = f"declares a document type in {name}, which its format forbids: check where it comes from"
        raise LoadError(source, "corrupt", detail)
    return root


def local_name(element: Any) -> str:
    """Return an element's name without its namespace; empty for comments and processing instructions."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Any, name: str) -> str | None:
    """Return an attribute by its name without namespace; Strict and Transitional files differ in theirs."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name:
            return value
    return None


def whole_number(value: str | None, default: int) -> int:
    """Read an attribute that is to be a whole number."""
    # str.isdigit() alone also accepts "²", which int() does not; 18 digits fit every use and bound the time.
    return int(value[:18]) if value and value.isascii() and value.isdigit() else default


def child(element: Any, *path: str) -> Any:
    """Follow a path of local names from an element; None where it ends early."""
    for name in path:
        element = next((inner for inner in element if local_name(inner) == name), None)
        if element is None:
            return None
    return element


def descendants(element: Any, name: str) -> Iterator[Any]:
    """All elements below ``element`` with this local name, in document order."""
    return element.iter("{*}" + name)


# Limits of unpacking, which archives and compressed files share with packages. Sizes in headers are only claims: they
# are checked before anything is unpacked, and what comes out is counted all the same.


def inflate(raw: RawFile, stream: IO[bytes], packed: int) -> bytes:
    """Read a stream that unpacks ``packed`` bytes to its end; what comes out counts for all files around ``raw``.

    Raises:
        LoadError: it unpacks to more than a limit allows (reason ``too-large``); raised as soon as it does.
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
        LoadError: with those counted before they are too many (reason ``too-large``).
    """
    raw.spent.members += count
    if raw.spent.members > raw.limits.members:
        detail = f"holds more than {raw.limits.members} files: split it or raise Limits.members"
        raise LoadError(raw.source, "too-large", detail)
