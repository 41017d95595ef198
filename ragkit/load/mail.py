"""E-mail (.eml, .mbox): the headers people read, the body, and attachments as documents of their own."""

from __future__ import annotations

import email
import email.header
import email.policy
import logging
import re
from dataclasses import replace
from email.message import Message
from typing import TYPE_CHECKING, Any, cast

from ragkit.errors import LoadError
from ragkit.load.content import Content, Part, RawFile
from ragkit.load.encoding import decode, unicode_encoding
from ragkit.load.markup import html_page
from ragkit.load.properties import properties

logger = logging.getLogger(__name__)

_HEADERS = ("Subject", "From", "To", "Cc", "Date")
_SEPARATOR = re.compile(rb"^From [^\n]*\n", re.MULTILINE)
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
_HEADER_LINE = re.compile(rb"[!-9;-~]+:")

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_core.documents import Document

    _Message = Message[str, str]


def read(raw: RawFile) -> Content:
    """Read one message: a document for it and one for each attachment that holds text."""
    return Content(tuple(_message_parts(raw, raw.data)))


def read_mbox(raw: RawFile) -> Content:
    """Read a mailbox, message by message."""
    data = raw.data.replace(b"\r\n", b"\n")
    starts = [found for found in _SEPARATOR.finditer(data) if _begins_message(data, found.start(), found.end())]
    if not starts:
        raise LoadError(raw.source, "corrupt", "is no mailbox (no line begins with 'From '): check what the file is")
    ends = [found.start() for found in starts[1:]] + [len(data)]
    parts: list[Part] = []
    for number, (found, end) in enumerate(zip(starts, ends, strict=True), 1):
        inner = _message_parts(raw, _QUOTED_FROM.sub(rb"\1", data[found.end() : end]))
        parts += [replace(part, metadata={**part.metadata, "message": number}) for part in inner]
    return Content(tuple(parts))


def _begins_message(data: bytes, start: int, end: int) -> bool:
    """A separator follows an empty line and is followed by a header; other lines may begin with 'From ' too."""
    return (start == 0 or data[max(start - 2, 0) : start] == b"\n\n") and _HEADER_LINE.match(data, end) is not None


def _message_parts(raw: RawFile, data: bytes) -> Iterator[Part]:
    codec, skip = unicode_encoding(data)
    if codec is not None and codec != "utf-8":  # saved by a text editor; the mail format is bytes
        data, skip = data[skip:].decode(codec, "replace").encode(), 0
    message: _Message = email.message_from_bytes(data[skip:].lstrip(b"\r\n"), policy=email.policy.compat32)
    head = [f"{name}: {value}" for name in _HEADERS if (value := _header(message, name))]
    body, attachments = _split(message)
    text = "\n".join(head) + "\n\n" + body.strip()
    lost: list[dict[str, str]] = []
    further: list[Part] = []
    for name, content in attachments:
        parts, reason = _attachment(raw, name, content)
        further += parts
        if reason:
            lost.append({"name": name, "reason": reason})
    about = properties(author=_header(message, "From"), created=_header(message, "Date"))
    metadata: dict[str, Any] = {**about, "unread_attachments": lost} if lost else {**about}
    yield Part(text.strip(), title=_header(message, "Subject"), metadata=metadata, media_type="message/rfc822")
    yield from further


def _header(message: _Message, name: str) -> str:
    value = message.get(name)
    if value is None:
        return ""
    try:
        parts = email.header.decode_header(value)
    except (ValueError, LookupError, email.header.HeaderParseError):  # pyright: ignore[reportAttributeAccessIssue]
        return " ".join(str(value).split())
    decoded = [_header_text(part, charset) for part, charset in parts]
    return " ".join("".join(decoded).split())


def _header_text(part: bytes | str, charset: str | None) -> str:
    if isinstance(part, str):
        return part
    return decode(part, None if charset in (None, "unknown-8bit") else charset)


def _split(message: _Message) -> tuple[str, list[tuple[str, bytes]]]:
    """Part a message into the text of its body and its attachments (name, content)."""
    kind = message.get_content_type()
    if kind == "message/rfc822" or (message.get_filename() and not message.is_multipart()):
        return "", [_attached(message)]
    if message.is_multipart():
        inner = [part for part in message.get_payload() if isinstance(part, Message)]
        if kind == "multipart/alternative":
            return _best_alternative(inner)
        found = [_split(part) for part in inner]
        return "\n\n".join(text for text, _ in found if text.strip()), [item for _, items in found for item in items]
    if message.get_content_disposition() == "attachment" or message.get_content_maintype() != "text":
        return "", [_attached(message)]
    text = decode(_payload(message), message.get_content_charset())
    return (html_page(text).text if kind == "text/html" else text), []


def _best_alternative(inner: list[_Message]) -> tuple[str, list[tuple[str, bytes]]]:
    """The plain version where it says anything, else the richest."""
    plain = [part for part in inner if part.get_content_type() == "text/plain"]
    rich = [part for part in inner if part.get_content_type() != "text/plain"]
    for part in [*plain, *reversed(rich)]:
        text, attachments = _split(part)
        if text.strip():
            return text, attachments
    return "", []


def _attached(message: _Message) -> tuple[str, bytes]:
    name = message.get_filename() or ""
    inner = message.get_payload()
    if message.get_content_type() == "message/rfc822" and isinstance(inner, list) and inner:
        return name or "message.eml", cast("_Message", inner[0]).as_bytes()
    extension = ".html" if message.get_content_type() == "text/html" else ".txt"
    fallback = "attachment" + (extension if message.get_content_maintype() == "text" else "")
    return _header_name(name) or fallback, _payload(message)


def _header_name(name: str) -> str:
    parts = email.header.decode_header(name)
    return "".join(_header_text(part, charset) for part, charset in parts)


def _payload(message: _Message) -> bytes:
    data = message.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _attachment(raw: RawFile, name: str, data: bytes) -> tuple[list[Part], str]:
    """Read an attachment as the file it is: its documents, and the reason where it cannot be read."""
    from ragkit.load.files import load_bytes

    if raw.depth >= raw.limits.depth:
        return [], "too-large"
    loaded = load_bytes(replace(raw, name=name, data=data, media_type="", depth=raw.depth + 1))
    if loaded.outcome != "text":
        logger.warning("%s: the attachment %s %s", raw.source, name, loaded.detail)
    return [_part_of(name, document) for document in loaded.documents], loaded.reason


def _part_of(name: str, document: Document) -> Part:
    facts = {key: value for key, value in document.metadata.items() if key not in ("source", "part")}
    places, title = facts.pop("places", ()), facts.pop("title", "")
    media_type = facts.pop("media_type")
    facts.setdefault("attachment", name)
    return Part(document.page_content, title or name, tuple(places), document.id, facts, media_type)
