"""Outlook's own packing of a message (winmail.dat): attributes one after the other, as [MS-OXTNEF] describes them.

Behind a signature of 4 bytes and a key of 2, each attribute is: 1 byte of level, 4 of number, 4 of length, the data,
and 2 of checksum. Two of them hold a list of properties: a count, then for each 2 bytes of type, 2 of number, perhaps a
name, and the value, with its size before it where the type has none, padded to 4 bytes.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ragkit.core.errors import LoadError
from ragkit.load.content import Content, RawFile
from ragkit.load.encoding import decode
from ragkit.load.formats.mail.message import message_parts
from ragkit.load.formats.mail.outlook import body_text, codec_of_page

if TYPE_CHECKING:
    from collections.abc import Iterator

# Attributes (2.1.3.2), the first four of which are those of the message.
_SUBJECT, _BODY, _PROPERTIES, _CODE_PAGE = 0x00018004, 0x0002800C, 0x00069003, 0x00069007
_ATTACHMENT_BEGINS, _TITLE, _DATA, _ATTACHMENT = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
# Properties of [MS-OXPROPS], and their types.
_PLAIN, _RTF, _HTML, _SUBJECT_PROPERTY, _LONG_NAME, _CONTENT = 0x1000, 0x1009, 0x1013, 0x0037, 0x3707, 0x3701
_STRING, _WIDE, _OBJECT, _BINARY, _MANY = 0x001E, 0x001F, 0x000D, 0x0102, 0x1000
_SIZES: Final = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_IDENTIFIER = 16  # bytes before the content of an object
_NAMED = 0x8000  # numbers from here on are followed by a name


@dataclass(slots=True)
class _Attached:
    name: str = ""
    data: bytes = b""


@dataclass(slots=True)
class _Packed:
    codec: str = "cp1252"
    subject: str = ""
    plain: str = ""
    html: bytes = b""
    rtf: bytes = b""
    attachments: list[_Attached] = field(default_factory=list[_Attached])


def read(raw: RawFile) -> Content:
    """Read a packed message: a document for it, and one for each attachment that holds text.

    Raises:
        LoadError: nothing in it can be read (reason ``corrupt``).
    """
    packed = _Packed()
    try:
        for number, data in _attributes(raw.data):
            _take(packed, number, data)
    except (struct.error, IndexError) as error:
        if not (packed.subject or packed.plain or packed.attachments):
            detail = "is a damaged packed message (winmail.dat): ask for it as plain text or HTML"
            raise LoadError(raw.source, "corrupt", detail) from error
    body = body_text(raw, packed.plain, packed.html, packed.codec, packed.rtf)
    inner = [(each.name or "attachment", each.data) for each in packed.attachments]
    return Content(tuple(message_parts(raw, {"Subject": packed.subject}, body, inner)))


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    position = 6  # behind the signature and a key
    while position < len(data):
        _, number, length = struct.unpack_from("<BII", data, position)
        position += 9
        yield number, data[position : position + length]
        position += length + 2  # a checksum


def _take(packed: _Packed, number: int, data: bytes) -> None:
    """Put one attribute where it belongs; an attachment's follow the one that it begins with."""
    if number == _CODE_PAGE:
        packed.codec = codec_of_page(int.from_bytes(data[:4], "little"))
    elif number == _SUBJECT:
        packed.subject = packed.subject or _text(data, packed.codec)
    elif number == _BODY:
        packed.plain = packed.plain or _text(data, packed.codec)
    elif number == _PROPERTIES:
        found = dict(_properties(data))
        packed.subject = _string(found, _SUBJECT_PROPERTY, packed.codec) or packed.subject
        packed.plain = _string(found, _PLAIN, packed.codec) or packed.plain
        packed.html, packed.rtf = found.get(_HTML, (0, b""))[1], found.get(_RTF, (0, b""))[1]
    elif number == _ATTACHMENT_BEGINS:
        packed.attachments.append(_Attached())
    elif number in (_TITLE, _DATA, _ATTACHMENT) and packed.attachments:
        _take_attached(packed.attachments[-1], number, data, packed.codec)


def _take_attached(attached: _Attached, number: int, data: bytes, codec: str) -> None:
    if number == _TITLE:
        attached.name = attached.name or _text(data, codec)
    elif number == _DATA:
        attached.data = data
    else:
        found = dict(_properties(data))
        attached.name = _string(found, _LONG_NAME, codec) or attached.name
        kind, content = found.get(_CONTENT, (0, b""))
        attached.data = attached.data or (content[_IDENTIFIER:] if kind == _OBJECT else content)


def _properties(data: bytes) -> Iterator[tuple[int, tuple[int, bytes]]]:
    """Yield the number of each property with its type and the first of its values."""
    (count,), position = struct.unpack_from("<I", data), 4
    for _ in range(count):
        kind, number = struct.unpack_from("<HH", data, position)
        position += 4
        if number >= _NAMED:
            position = _behind_name(data, position)
        several, simple = kind & _MANY, kind & ~_MANY
        values = 1
        if several or simple not in _SIZES:
            (values,) = struct.unpack_from("<I", data, position)
            position += 4
        first = b""
        for index in range(values):
            size = _SIZES.get(simple)
            # Types without a fixed size have it before each value; all values are padded to 4 bytes.
            if size is None:
                (size,) = struct.unpack_from("<I", data, position)
                position += 4
            first = data[position : position + size] if not index else first
            position += size + -size % 4
            if position > len(data):
                raise IndexError("a value ends behind the data")
        yield number, (simple, first)


def _behind_name(data: bytes, position: int) -> int:
    """Skip what names a property: a GUID, and a number or a string."""
    kind, length = struct.unpack_from("<II", data, position + 16)
    return position + 24 + (length + -length % 4 if kind else 0)


def _string(found: dict[int, tuple[int, bytes]], number: int, codec: str) -> str:
    kind, data = found.get(number, (0, b""))
    if kind == _WIDE:
        return data.decode("utf-16-le", "replace").rstrip("\0")
    return _text(data, codec) if kind == _STRING else ""


def _text(data: bytes, codec: str) -> str:
    return decode(data.rstrip(b"\0"), codec) if data else ""
