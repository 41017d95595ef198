"""Web addresses as one strict parser sees them: later steps take its parts and never parse the string again.

Checks are evaded where two programs read an odd address differently: one checks a host, the other connects to another.
So what browsers would repair is refused here: backslashes, control characters, user names, numbers in odd notations.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit

from ragkit.core.errors import LoadError

if TYPE_CHECKING:
    from collections.abc import Iterable

DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_LENGTH = 8192
_SCHEME = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]*://")
_ODD = re.compile(r"[\x00-\x1f\x7f\\]")
_NETLOC = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:@]+)(?::([0-9]{1,5}))?")
# Labels of host names (RFC 1123, 2.1), and the underscore that some hosts have all the same.
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
# A last label that looks like a number makes the host an IPv4 address (WHATWG URL, 3.5): octal, hexadecimal and short
# notations, such as 0x7f.1, mean 127.0.0.1 to some programs and nothing to others.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
# Characters whose escapes mean the same as themselves (RFC 3986, 2.3 and 6.2.2.2).
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PATH_SAFE = "/%:@!$&'()*+,;=~"
_QUERY_SAFE = _PATH_SAFE + "?"


@dataclass(frozen=True, slots=True)
class Address:
    """A checked http or https address without a fragment; equal addresses are the same page.

    Attributes:
        scheme: ``http`` or ``https``.
        host: name in lower case and ASCII, or an IP address, without brackets.
        port: from 1 to 65535.
        path: begins with ``/``; dots resolved, escapes in one spelling.
        query: what follows the question mark; empty without one.
    """

    scheme: str
    host: str
    port: int
    path: str
    query: str = ""

    @property
    def authority(self) -> str:
        """Host and, where it is not the scheme's own, port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def target(self) -> str:
        """Path and query, as a request names them."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def url(self) -> str:
        """The whole address in its one spelling."""
        return f"{self.scheme}://{self.authority}{self.target}"

    def joined(self, reference: str) -> Address:
        """Return the address that a link or redirect on this page leads to.

        Raises:
            LoadError: it is no http or https address, or an odd one.
        """
        try:
            joined = urljoin(self.url, reference)
        except ValueError as error:
            raise _refused(reference, f"is no address ({error}): check its spelling") from error
        return parse_address(joined)


def is_url(path: str | Path) -> bool:
    """Tell whether a source is an address of any scheme rather than a path; a ``Path`` never is one."""
    return isinstance(path, str) and _SCHEME.match(path) is not None


def split_urls(paths: Iterable[str | Path] | str | Path) -> tuple[list[str], list[str | Path]]:
    """Split sources into addresses and paths, each in order."""
    sources = [paths] if isinstance(paths, str | Path) else list(paths)
    return [str(one) for one in sources if is_url(one)], [one for one in sources if not is_url(one)]


def parse_address(text: str) -> Address:
    """Check an address and normalise its spelling.

    Raises:
        LoadError: it is not http or https, names a user, or is spelled in a way that programs read differently
            (``unsupported``).
    """
    text = text.strip(" ")
    if _ODD.search(text) or len(text) > MAX_LENGTH:
        raise _refused(text, "has backslashes or control characters in it or is very long: write it out plainly")
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise _refused(text, f"is no address ({error}): check its spelling") from error
    if parts.scheme not in DEFAULT_PORTS:
        raise _refused(text, "is not read: only http:// and https:// addresses and paths of files are")
    if "@" in parts.netloc:
        raise _refused(text, "has a user name or password in it, which is never sent: leave it out")
    found = _NETLOC.fullmatch(parts.netloc)
    port = int(found[2] or DEFAULT_PORTS[parts.scheme]) if found else 0
    if not found or not 1 <= port <= 65535:
        raise _refused(text, "has no host, or no port from 1 to 65535: check its spelling")
    path = _without_dots(_respelled(parts.path, _PATH_SAFE) or "/")
    return Address(parts.scheme, _host(text, found[1]), port, path, _respelled(parts.query, _QUERY_SAFE))


def _host(text: str, host: str) -> str:
    if host.startswith("["):
        try:
            return ipaddress.IPv6Address(host[1:-1]).compressed
        except ValueError as error:
            raise _refused(text, f"has no IPv6 address in its brackets ({error}): check it") from error
    if not host.isascii():
        host = _ascii(text, host)
    host = host.lower().removesuffix(".")
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise _refused(text, f"has {host[:80]!r} for a host, which is no host name: check its spelling")
    if _NUMBER.fullmatch(labels[-1]):
        try:
            return str(ipaddress.IPv4Address(host))
        except ValueError as error:
            raise _refused(text, "writes an IP address in an odd way: write it as four numbers") from error
    return host


def _ascii(text: str, host: str) -> str:
    import idna

    try:
        return idna.encode(host, uts46=True, std3_rules=True).decode("ascii")
    except idna.IDNAError as error:
        raise _refused(text, f"has a host name that is not allowed ({error}): check its spelling") from error


def _respelled(part: str, safe: str) -> str:
    """Escape what must be and nothing else, in capitals, so that one page has one spelling."""
    quoted = quote(part, safe=safe, errors="replace")
    return re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", _ESCAPE.sub(_plain, quoted))


def _plain(escape: re.Match[str]) -> str:
    code = int(escape[0][1:], 16)
    return chr(code) if code in _UNRESERVED else escape[0].upper()


def _without_dots(path: str) -> str:
    # RFC 3986, 5.2.4; the first segment is empty, as a path begins with a slash, and ".." never removes it.
    segments: list[str] = []
    parts = path.split("/")
    for part in parts:
        if part == "..":
            del segments[max(1, len(segments) - 1) :]
        elif part != ".":
            segments.append(part)
    if parts[-1] in (".", ".."):
        segments.append("")
    return "/".join(segments)


def _refused(text: str, detail: str) -> LoadError:
    # What may be a password is not repeated.
    printable = re.sub(r"//[^/?#]*@", "//", _ODD.sub("?", text))[:300]
    return LoadError(printable, "unsupported", detail)
