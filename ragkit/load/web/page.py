"""One address that was requested: what came, and how it becomes documents."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.message import Message
from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from ragkit.core.types import LoadedFile
from ragkit.load.content import RawFile
from ragkit.load.detect import detect, extension_of, is_package, media_type_by_name
from ragkit.load.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ragkit.core.errors import LoadError
    from ragkit.load.web.address import Address
    from ragkit.load.web.client import Response

MOVED = (301, 302, 303, 307, 308)
NOT_MODIFIED = 304
GONE = (404, 410)
# Extensions for the media types that servers send, since the extension tells kinds of text apart
# (`ragkit.load.detect`).
_EXTENSIONS = {
    "text/html": "html",
    "application/xhtml+xml": "html",
    "text/markdown": "md",
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "application/json": "json",
    "application/ld+json": "json",
    "application/x-ndjson": "jsonl",
    "application/jsonl": "jsonl",
    "application/xml": "xml",
    "text/xml": "xml",
    "message/rfc822": "eml",
    "application/rtf": "rtf",
    "application/yaml": "yaml",
}


@dataclass(frozen=True, slots=True)
class WebPage:
    """An address with what became of it; its content is read by :meth:`read` only."""

    address: Address  # where the page was found, redirects followed
    hops: tuple[str, ...] = ()  # addresses that redirected there, in order
    response: Response | None = None  # None where the request failed
    error: LoadError | None = None  # why there is nothing to read
    limits: Limits = field(default_factory=Limits)  # bounds for the content
    main_content: bool = False  # leave out what surrounds the text
    linked: bool = False  # a link led to it, and nobody named it
    ocr: bool = False  # read words in pictures

    @property
    def source(self) -> str:
        """The address in its one spelling."""
        return self.address.url

    @property
    def not_modified(self) -> bool:
        """Whether the server answered that nothing changed since the time or version in the request."""
        return self.response is not None and self.response.status == NOT_MODIFIED

    @property
    def gone(self) -> bool:
        """Whether the server answered that there is no such page."""
        return self.response is not None and self.response.status in GONE

    @property
    def size(self) -> int:
        """Bytes of the content."""
        return len(self.response.body) if self.response else 0

    @property
    def content_hash(self) -> str:
        """Hash over the content and over how it is read."""
        body = self.response.body if self.response else b""
        return hashlib.blake2b(body, digest_size=16, key=b"main content" if self.main_content else b"").hexdigest()

    @property
    def is_html(self) -> bool:
        """Whether the content is a page that may hold links."""
        raw = self._raw()
        return bool(raw.data) and detect(raw.name, raw.data) == "text/html"

    @property
    def content(self) -> bytes:
        """The content as it is read: text in the encoding that its bytes show, or else the server names."""
        return self._raw().data

    def read(self) -> LoadedFile:
        """Read the content by the loader of its format."""
        from ragkit.load.files import load_content

        if self.error is not None:
            outcome = "skipped" if self.error.reason == "ignored" else "error"
            return LoadedFile(self.source, outcome, reason=self.error.reason, detail=self.error.detail)
        raw = self._raw()
        if self.main_content and self.is_html:
            from ragkit.load.web.article import main_content

            raw = replace(raw, data=main_content(raw.data))
        loaded = load_content(raw)
        for document in loaded.documents:
            document.metadata.update(self._facts())
        return loaded

    def _raw(self) -> RawFile:
        response = self.response
        headers = response.headers if response else {}
        # The header parser of the standard library knows parameters, quotes and the file names of RFC 2231.
        about = Message()
        about["Content-Type"] = _one_line(headers, "content-type")
        about["Content-Disposition"] = _one_line(headers, "content-disposition")
        data = _in_unicode(response.body if response else b"", about)
        return RawFile(self.source, _name(self.address, about), data, limits=self.limits, ocr=self.ocr)

    def _facts(self) -> dict[str, Any]:
        headers = self.response.headers if self.response else {}
        facts: dict[str, Any] = {"etag": headers["etag"]} if headers.get("etag") else {}
        if modified := _time(headers.get("last-modified")):
            facts["last_modified"] = modified.isoformat()
        return facts | ({"main_content": True} if self.main_content else {})


def conditions(metadata: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers that ask for a page only if it changed since its documents were made.

    Args:
        metadata: of one of its documents.
    """
    # Values come from an index, which may be anybody's: nothing that could end the header goes into a request.
    etag = str(metadata.get("etag", ""))
    asked = {"If-None-Match": etag} if etag and etag.isascii() and etag.isprintable() else {}
    if "last_modified" in metadata:
        time = datetime.fromisoformat(str(metadata["last_modified"]))
        asked["If-Modified-Since"] = format_datetime(time, usegmt=True)
    return asked


def _one_line(headers: Mapping[str, str], name: str) -> str:
    return " ".join(headers.get(name, "").split())


def _name(address: Address, about: Message) -> str:
    """Return a file name whose extension agrees with what the server says it sends."""
    name = address.path.rpartition("/")[2] or "index"
    sent = about.get_filename()
    if sent and extension_of(sent):
        name = sent.replace("\\", "/").rpartition("/")[2]
    media_type = about.get_content_type() if about["Content-Type"] else ""
    by_name = media_type_by_name(name)
    # Content decides between binary formats anyway, so a name that claims one is left alone.
    extension = _EXTENSIONS.get(media_type)
    if extension and not is_package(by_name) and by_name != media_type_by_name(f"x.{extension}"):
        return f"{name}.{extension}"
    if media_type == "text/plain" and by_name == "text/html":  # source to be read as it is, not as a page
        return f"{name}.txt"
    return name


def _in_unicode(data: bytes, about: Message) -> bytes:
    """Recode text to UTF-8 where only the server names its encoding."""
    from ragkit.load.encoding import decode, unicode_encoding

    # Bytes that show their encoding themselves are believed before the header is.
    charset = about.get_content_charset()
    if not charset or not data or about.get_content_maintype() != "text":
        return data
    seven_bits = data.isascii() and b"\x1b" in data  # ISO-2022: looks like plain ASCII
    if unicode_encoding(data)[0] is not None and not seven_bits:
        return data
    try:
        text = data.decode(charset, "replace") if seven_bits else decode(data, charset)
    except (LookupError, ValueError):  # no encoding of text
        return data
    return b"\xef\xbb\xbf" + text.encode("utf-8", "replace")


def _time(header: str | None) -> datetime | None:
    try:
        time = parsedate_to_datetime(header or "")
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        return None
