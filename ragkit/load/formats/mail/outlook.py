"""Outlook messages (.msg): property streams in an OLE container, as [MS-OXMSG] describes them.

Properties of fixed size lie together in the stream ``__properties_version1.0``: a header, then 16 bytes for each (type,
number, flags, value). Any other is a stream of its own, named by number and type: ``__substg1.0_0037001F`` is the
subject in UTF-16. Recipients, attachments and messages within are storages with streams like these.
"""

from __future__ import annotations

import codecs
import datetime as dt
import email
import email.policy
import struct
from dataclasses import replace
from email.utils import format_datetime, formataddr
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ragkit.core.errors import LoadError
from ragkit.load.content import Content, RawFile
from ragkit.load.detect import RTF
from ragkit.load.encoding import decode
from ragkit.load.formats.html import decode_html, html_page
from ragkit.load.formats.mail.message import HEADERS, header_text, message_parts
from ragkit.load.readers import find_reader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message

    from ragkit.load.content import Part

# Property numbers of [MS-OXPROPS].
_SUBJECT, _BODY, _RTF, _HTML, _HEADERS, _TO, _CC = 0x0037, 0x1000, 0x1009, 0x1013, 0x007D, 0x0E04, 0x0E03
_SENDER = ((0x0042, 0x5D02, 0x0065), (0x0C1A, 0x5D01, 0x0C1F))  # each: name, internet address, address
_TIMES = (0x0039, 0x0E06)  # sent, delivered
_CODE_PAGES = (0x3FFD, 0x3FDE)  # of the message's strings, of its HTML
_RECIPIENT_KIND, _RECIPIENT = 0x0C15, (0x3001, 0x39FE, 0x3003)
_FILE_NAMES, _FILE = (0x3707, 0x3704, 0x3001), 0x3701
_EMBEDDED = "__substg1.0_3701000D"
# Bytes before the entries of a property stream, by where it lies (2.4.1); 24 in a message within another.
_HEADER_BYTES = {"": 32, "__attach": 8, "__recip_": 8}
# What every window begins with ([MS-OXRTFCP], 2.1.2.1): the words that most such texts have.
_RTF_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans "
    rb"SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0" + b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_RTF_WINDOW = 4096
_RTF_HEADER = 16


def read(raw: RawFile) -> Content:
    """Read a message: a document for it, and one for each attachment or message in it that holds text.

    Raises:
        LoadError: the file is damaged (reason ``corrupt``).
    """
    import olefile

    try:
        with olefile.OleFileIO(BytesIO(raw.data)) as container:
            return Content(tuple(_Message(raw, container, []).parts()))
    except (OSError, struct.error, IndexError, ValueError, RecursionError) as error:  # a folder may hold itself
        detail = f"is a damaged Outlook message ({error}): open it in Outlook and save it again"
        raise LoadError(raw.source, "corrupt", detail) from error


class _Properties:
    """The properties in one storage."""

    def __init__(self, container: Any, path: list[str]) -> None:
        self.container, self.path = container, path
        self._fixed: dict[int, bytes] = {}
        data = self._stream("__properties_version1.0") or b""
        last = path[-1][:8] if path else ""
        for start in range(_HEADER_BYTES.get(last, 24), len(data) - 15, 16):
            (tag,) = struct.unpack_from("<I", data, start)
            self._fixed[tag >> 16] = data[start + 8 : start + 16]

    def _stream(self, name: str) -> bytes | None:
        path = [*self.path, name]
        return self.container.openstream(path).read() if self.container.exists(path) else None

    def binary(self, number: int) -> bytes | None:
        return self._stream(f"__substg1.0_{number:04X}0102")

    def string(self, number: int, codec: str) -> str:
        wide = self._stream(f"__substg1.0_{number:04X}001F")
        if wide is not None:
            return wide.decode("utf-16-le", "replace").rstrip("\0")
        narrow = self._stream(f"__substg1.0_{number:04X}001E")
        return decode(narrow, codec).rstrip("\0") if narrow else ""

    def number(self, number: int) -> int:
        return int.from_bytes(self._fixed.get(number, b"")[:4], "little")

    def time(self, number: int) -> dt.datetime | None:
        ticks = int.from_bytes(self._fixed.get(number, b""), "little")  # of 100 ns since 1601
        if not 0 < ticks < 1 << 59:
            return None
        return dt.datetime(1601, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=ticks // 10)


class _Message:
    """One message of the container; those within it lie in storages of their attachments."""

    def __init__(self, raw: RawFile, container: Any, path: list[str]) -> None:
        self._raw, self._container, self._path = raw, container, path
        self._properties = _Properties(container, path)
        pages = [self._properties.number(number) for number in _CODE_PAGES]
        self._codec, self._html_codec = codec_of_page(pages[0] or pages[1]), codec_of_page(pages[1] or pages[0])

    def parts(self) -> Iterator[Part]:
        yield from message_parts(self._raw, self._headers(), self._body(), self._attachments())

    def _headers(self) -> dict[str, str]:
        # Received messages hold the headers as they came over the network; drafts and sent ones have properties only.
        sent: Message[str, str] = email.message_from_string(
            self._properties.string(_HEADERS, self._codec).lstrip(), policy=email.policy.compat32
        )
        found = {name: header_text(sent, name) for name in HEADERS}
        times = [time for time in map(self._properties.time, _TIMES) if time is not None]
        own = {
            "Subject": self._properties.string(_SUBJECT, self._codec),
            "From": next(filter(None, (self._address(self._properties, keys) for keys in _SENDER)), ""),
            "To": self._recipients(1) or self._properties.string(_TO, self._codec),
            "Cc": self._recipients(2) or self._properties.string(_CC, self._codec),
            "Date": format_datetime(times[0]) if times else "",
        }
        return {name: found[name] or " ".join(own[name].split()) for name in HEADERS}

    def _address(self, properties: _Properties, keys: tuple[int, int, int]) -> str:
        name, internet, other = (properties.string(key, self._codec) for key in keys)
        address = internet or (other if "@" in other else "")
        if not address or address == name:
            return name or address
        return formataddr((name, address)) if name.isascii() else f"{name} <{address}>"

    def _recipients(self, kind: int) -> str:
        found = (_Properties(self._container, path) for path in self._storages("__recip_"))
        return ", ".join(
            self._address(each, _RECIPIENT) for each in found if each.number(_RECIPIENT_KIND) & 0xF == kind
        )

    def _storages(self, prefix: str) -> list[list[str]]:
        depth = len(self._path)
        listed = self._container.listdir(streams=False, storages=True)
        return sorted(
            path for path in listed if len(path) == depth + 1 and path[:depth] == self._path
            and path[-1].startswith(prefix)
        )  # fmt: skip

    def _body(self) -> str:
        plain = self._properties.string(_BODY, self._codec)
        html = self._properties.binary(_HTML) or self._properties.string(_HTML, self._codec)
        return body_text(self._raw, plain, html, self._html_codec, self._properties.binary(_RTF) or b"")

    def _attachments(self) -> Iterator[tuple[str, bytes | list[Part]]]:
        for path in self._storages("__attach"):
            about = _Properties(self._container, path)
            names = (about.string(number, self._codec) for number in _FILE_NAMES)
            name = next(filter(None, names), "attachment")
            inner = [*path, _EMBEDDED]
            data = about.binary(_FILE)
            if data is not None:
                yield name, data
            elif self._container.exists([*inner, "__properties_version1.0"]):
                yield name, self._within(inner)
            else:
                yield name, b""  # a link to a file, or an object of another program

    def _within(self, path: list[str]) -> bytes | list[Part]:
        """The documents of a message attached to this one; nothing where it lies too deep, which is named as unread."""
        if self._raw.depth >= self._raw.limits.depth:
            return b""
        return list(_Message(replace(self._raw, depth=self._raw.depth + 1), self._container, path).parts())


def body_text(raw: RawFile, plain: str, html: bytes | str, codec: str, packed: bytes) -> str:
    """Return the text of a message: the plain one, else that of the HTML, else that of the compressed rich text.

    ``codec`` is the encoding of the HTML, where nothing in it says so.
    """
    if plain.strip():
        return plain.replace("\r\n", "\n")
    markup = decode_html(html, codec) if isinstance(html, bytes) else html
    if markup.strip():
        return html_page(markup).text
    read_rtf = find_reader(RTF) if packed else None
    if read_rtf is None:
        return ""
    return read_rtf(RawFile(raw.source, raw.name, decompress_rtf(packed), limits=raw.limits)).parts[0].text


def codec_of_page(page: int) -> str:
    """Python's name of a Windows code page."""
    special = {65001: "utf-8", 1200: "utf-16-le", 20127: "ascii", 28591: "cp1252", 20866: "koi8-r", 50220: "iso2022_jp"}
    name = special.get(page) or (f"iso8859-{page - 28590}" if 28591 < page <= 28605 else f"cp{page or 1252}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"


def decompress_rtf(data: bytes) -> bytes:
    """Unpack rich text ([MS-OXRTFCP]); of a text that is cut off, what there is."""
    # Header of 16 bytes: packed size, unpacked size, "LZFu" or "MELA" (not compressed), checksum. Then groups of a
    # control byte and 8 tokens, lowest bit first: 0 is a literal byte, 1 a reference of two bytes, 12 bits of offset
    # in a window of 4096 bytes and 4 bits of length less 2. A reference to the place of writing ends the text.
    if data[8:12] == b"MELA":
        return data[_RTF_HEADER : _RTF_HEADER + int.from_bytes(data[4:8], "little")]
    window, place = bytearray(_RTF_DICTIONARY.ljust(_RTF_WINDOW, b"\0")), len(_RTF_DICTIONARY)
    out = bytearray()
    position = _RTF_HEADER
    while position < len(data):
        control = data[position]
        position += 1
        for bit in range(8):
            if control >> bit & 1:
                token = int.from_bytes(data[position : position + 2], "big")
                position += 2
                start = token >> 4
                if start == place or position > len(data):
                    return bytes(out)
                for step in range(start, start + (token & 15) + 2):
                    byte = window[step % _RTF_WINDOW]  # byte by byte: it may be one that this loop has just written
                    window[place] = byte
                    place = (place + 1) % _RTF_WINDOW
                    out.append(byte)
            elif position < len(data):
                window[place] = data[position]
                place = (place + 1) % _RTF_WINDOW
                out.append(data[position])
                position += 1
    return bytes(out)
