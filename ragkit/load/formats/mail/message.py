"""E-mail (.eml, .mbox): the headers people read, the body, and attachments as documents of their own."""

from __future__ import annotations

import email
import email.header
import email.policy
import re
from dataclasses import replace
from email.message import Message
from typing import TYPE_CHECKING, Final, cast

from ragkit.core.errors import LoadError
from ragkit.load.content import Content, Part, RawFile
from ragkit.load.detect import MAIL
from ragkit.load.encoding import decode, unicode_encoding
from ragkit.load.formats.html import html_page
from ragkit.load.formats.inside import Inside
from ragkit.load.formats.properties import properties

HEADERS: Final = ("Subject", "From", "To", "Cc", "Date")
_SEPARATOR = re.compile(rb"^From [^\n]*\n", re.MULTILINE)
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
# How many times longer the other version of a message is than a plain one that only refers to it.
_STUB = 8
_EXTENSIONS = {"text/calendar": ".ics", "text/vcard": ".vcf", "text/x-vcard": ".vcf", "text/csv": ".csv"}
_HEADER_LINE = re.compile(rb"[!-9;-~]+:")

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    _Message = Message[str, str]


def read(raw: RawFile) -> Content:
    """Read one message: a document for it and one for each attachment that holds text."""
    return Content(tuple(_message_parts(raw, raw.data)))


def read_mbox(raw: RawFile) -> Content:
    """Read a mailbox, message by message."""
    data = raw.data.replace(b"\r\n", b"\n")
    starts = [found for found in _SEPARATOR.finditer(data) if _begins_message(data, found.start(), found.end())]
    if not starts and _HEADER_LINE.match(data.lstrip()):
        return read(replace(raw, media_type=MAIL))  # a single message without the line before it
    if not starts:
        raise LoadError(raw.source, "corrupt", "is no mailbox (no line begins with 'From '): check what the file is")
    ends = [found.start() for found in starts[1:]] + [len(data)]
    parts: list[Part] = []
    raw = replace(raw, media_type=MAIL)
    for number, (found, end) in enumerate(zip(starts, ends, strict=True), 1):
        inner = _message_parts(raw, _QUOTED_FROM.sub(rb"\1", data[found.end() : end]))
        parts += [replace(part, metadata={**part.metadata, "message": number}) for part in inner]
    return Content(tuple(parts))


def _begins_message(data: bytes, start: int, end: int) -> bool:
    # A separator follows an empty line and is followed by a header; other lines may begin with 'From ' too.
    return (start == 0 or data[max(start - 2, 0) : start] == b"\n\n") and _HEADER_LINE.match(data, end) is not None


def _message_parts(raw: RawFile, data: bytes) -> Iterator[Part]:
    codec, skip = unicode_encoding(data)
    if codec is not None and codec != "utf-8":  # saved by a text editor; the mail format is bytes
        data, skip = data[skip:].decode(codec, "replace").encode(), 0
    # compat32, since the newer policy raises errors of its own on damaged headers, which are decoded below instead.
    message: _Message = email.message_from_bytes(data[skip:].lstrip(b"\r\n"), policy=email.policy.compat32)
    body, attachments = _split(message)
    headers = {name: header_text(message, name) for name in HEADERS}
    yield from message_parts(raw, headers, body, attachments)


def message_parts(
    raw: RawFile, headers: Mapping[str, str], body: str, attachments: Iterable[tuple[str, bytes | list[Part]]]
) -> Iterator[Part]:
    """Make the documents of a message: one for itself and one for each attachment that holds text.

    Args:
        raw: the file that the message is from.
        headers: those of ``HEADERS`` that it has.
        body: its text.
        attachments: name and content, or the documents of an attached message of the same format.
    """
    head = [f"{name}: {headers[name]}" for name in HEADERS if headers.get(name)]
    inside = Inside(raw, "attachment")
    for name, content in attachments:
        if isinstance(content, bytes):
            inside.read(name, content)
        else:
            inside.add(name, content)
    text = "\n".join(head) + "\n\n" + body.strip()
    about = properties(author=headers.get("From", ""), created=headers.get("Date", ""))
    metadata = {**about, **inside.metadata}
    yield Part(text.strip(), title=headers.get("Subject", ""), metadata=metadata, media_type=raw.media_type)
    yield from inside.parts


def header_text(message: Message[str, str], name: str) -> str:
    """Return a header decoded to one line; empty where the message has none."""
    return " ".join(_decoded_words(message.get(name) or "").split())


def _decoded_words(value: str) -> str:
    """Decode the encoded words of a header; a header in which one is broken stays as it is."""
    try:
        parts = email.header.decode_header(value)
    except (ValueError, LookupError, email.header.HeaderParseError):  # pyright: ignore[reportAttributeAccessIssue]
        return str(value)
    return "".join(_decoded(part, charset) for part, charset in parts)


def _decoded(part: bytes | str, charset: str | None) -> str:
    if isinstance(part, str):
        return part
    return decode(part, None if charset in (None, "unknown-8bit") else charset)


def _split(message: _Message) -> tuple[str, list[tuple[str, bytes]]]:
    """Split a message into the text of its body and its attachments (name, content)."""
    kind = message.get_content_type()
    if kind == "message/rfc822" or (message.get_filename() and not message.is_multipart()):
        return "", [_attached(message)]
    if message.is_multipart():
        # Reports of delivery: their parts are nothing but headers.
        if kind == "message/delivery-status":
            return "\n\n".join(
                "\n".join(f"{key}: {value}" for key, value in part.items()) for part in _inner(message)
            ), []
        inner = _inner(message)
        if kind == "multipart/alternative":
            return _best_alternative(inner)
        found = [_split(part) for part in inner]
        return "\n\n".join(text for text, _ in found if text.strip()), [item for _, items in found for item in items]
    # A multipart message without parts is the text of a damaged one.
    is_body = message.get_content_maintype() in ("text", "multipart") and kind not in _EXTENSIONS
    if message.get_content_disposition() == "attachment" or not is_body:
        return "", [_attached(message)]
    text = decode(_payload(message), message.get_content_charset())
    return (html_page(text).text if kind == "text/html" else text), []


def _inner(message: _Message) -> list[_Message]:
    return [part for part in message.get_payload() if isinstance(part, Message)]


def _best_alternative(inner: list[_Message]) -> tuple[str, list[tuple[str, bytes]]]:
    """The plain version where it says anything, else the richest; attachments of every version."""
    plain = [part for part in inner if part.get_content_type() == "text/plain"]
    rich = [part for part in inner if part.get_content_type() != "text/plain"]
    found = [_split(part) for part in [*plain, *reversed(rich)]]
    attachments = {item: None for _, items in found for item in items}
    texts = [text for text, _ in found if text.strip()]
    longest = max(texts, key=len, default="")
    # Some programs put no more into the plain version than that one should read the other.
    chosen = longest if texts and _STUB * len(texts[0].strip()) < len(longest) else "".join(texts[:1])
    return chosen, list(attachments)


def _attached(message: _Message) -> tuple[str, bytes]:
    name = message.get_filename() or ""
    inner = message.get_payload()
    if message.get_content_type() == "message/rfc822" and isinstance(inner, list) and inner:
        return name or "message.eml", cast("_Message", inner[0]).as_bytes()
    extension = _EXTENSIONS.get(
        message.get_content_type(), ".html" if message.get_content_subtype() == "html" else ".txt"
    )
    fallback = "attachment" + (extension if message.get_content_maintype() == "text" else "")
    return _decoded_words(name) or fallback, _payload(message)


def _payload(message: _Message) -> bytes:
    try:
        data = message.get_payload(decode=True)
    except ValueError:  # the charset has a zero byte or the like, which the standard library does not foresee
        message.del_param("charset")
        data = message.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""
