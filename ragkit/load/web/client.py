"""One request over HTTP: to a pinned address, within times and sizes, and without anything that names the user."""

from __future__ import annotations

import ssl
import time
import zlib
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING

import httpcore2

from ragkit.core.errors import LoadError
from ragkit.load.web.network import PinnedNetwork, Resolver, system_resolver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ragkit.load.web.address import Address
    from ragkit.load.web.options import WebOptions

AGENT = "ragkit"  # the name by which rules in a robots.txt are found
_WITH_BODY = (200, 203)
_GZIP_OR_ZLIB = 47  # window bits of zlib: 15, and 32 to recognise either header


@dataclass(frozen=True, slots=True)
class Response:
    """What a server answered."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])  # by lower-case name; the last of several
    body: bytes = b""  # unpacked; empty unless the status is 200 or 203


class Client:
    """Makes requests one after the other; connections, and nothing else, outlast a request.

    No cookies, no passwords, no ``.netrc``, no proxies, no referrer. Certificates are checked against the host's name,
    by the authorities that the system trusts.

    Args:
        options: times, sizes, and whether private addresses may be reached.
        resolver: looks names up.
        trust: TLS settings; the system's by default.
        clock: seconds that only go forward.
        sleep: waits that many seconds.
    """

    def __init__(
        self,
        options: WebOptions,
        *,
        resolver: Resolver = system_resolver,
        trust: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.options = options
        self._clock, self._sleep = clock, sleep
        self._network = PinnedNetwork(resolver, allow_private=options.allow_private, clock=clock)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=trust, network_backend=self._network, max_connections=8, keepalive_expiry=30
        )
        self._free_at: dict[str, float] = {}  # host -> when the next request to it may begin

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()

    def get(
        self, address: Address, headers: Mapping[str, str] | None = None, *, delay: float = 0, limit: int | None = None
    ) -> Response:
        """Ask for one address; redirects are not followed.

        Args:
            address: what to ask for.
            headers: further headers, for conditional requests.
            delay: seconds until the next request to this host.
            limit: bytes of the body; ``options.page_bytes`` by default.

        Raises:
            LoadError: it cannot be reached (``unreadable``), takes too long (``timeout``) or is too large
                (``too-large``).
        """
        self._network.pin(address)
        # Waiting for the host's turn comes before the clock of the request starts.
        self._sleep(max(0.0, self._free_at.get(address.host, 0.0) - self._clock()))
        self._network.deadline = self._clock() + self.options.total_seconds
        try:
            return self._ask(address, headers or {}, limit or self.options.page_bytes)
        except httpcore2.TimeoutException as error:
            detail = f"took too long ({error or type(error).__name__}): try again later or raise WebOptions' seconds"
            raise LoadError(address.url, "timeout", detail) from error
        except (httpcore2.NetworkError, httpcore2.ProtocolError, ssl.SSLError, OSError) as error:
            raise LoadError(address.url, "unreadable", _why(error)) from error
        finally:
            self._free_at[address.host] = self._clock() + delay

    def _ask(self, address: Address, headers: Mapping[str, str], limit: int) -> Response:
        sent = {
            "Host": address.authority,
            "User-Agent": f"{AGENT}/{version('ragkit')}",
            "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
            "Accept-Encoding": "gzip",
            **headers,
        }
        url = httpcore2.URL(
            scheme=address.scheme, host=address.host, port=address.port, target=address.target.encode("ascii")
        )
        options = self.options
        # Limits of single steps; the network sets the deadline of the whole request against servers that drip bytes.
        step = {"connect": options.connect_seconds, "pool": options.connect_seconds}
        step |= {"read": options.read_seconds, "write": options.read_seconds}
        with self._pool.stream("GET", url, headers=list(sent.items()), extensions={"timeout": step}) as answer:
            found = {name.decode("latin-1").lower(): _text(value) for name, value in answer.headers}
            body = b""
            if answer.status in _WITH_BODY:
                # An announced size is believed only where it is too large; what arrives is counted all the same.
                announced = found.get("content-length", "")
                if announced.isdigit() and len(announced) < 19 and int(announced) > limit:
                    raise _too_large(address, limit)
                body = _received(address, answer.iter_stream(), found.get("content-encoding", ""), limit)
            return Response(answer.status, found, body)


def _received(address: Address, blocks: Iterable[bytes], coding: str, limit: int) -> bytes:
    """Read a body; what is packed is unpacked as it comes, and never beyond the limit."""
    coding = coding.strip().lower()
    if coding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        detail = f"comes packed in a way that was not asked for ({coding[:40]}): save the page and load the file"
        raise LoadError(address.url, "unsupported", detail)
    packed = coding not in ("", "identity")
    inflate = zlib.decompressobj(_GZIP_OR_ZLIB)
    body, taken = bytearray(), 0
    for block in blocks:
        taken += len(block)
        rest = block
        # At most one byte more than allowed is unpacked, so that a bomb is noticed before it takes memory.
        while packed and rest:
            if inflate.eof:  # a gzip stream may have several members (RFC 1952, 2.2)
                inflate = zlib.decompressobj(_GZIP_OR_ZLIB)
            try:
                body += inflate.decompress(rest, limit + 1 - len(body))
            except zlib.error as error:
                detail = f"comes damaged ({error}): try again, or save the page and load the file"
                raise LoadError(address.url, "corrupt", detail) from error
            if len(body) > limit:
                break
            rest = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
        if not packed:
            body += block
        if max(taken, len(body)) > limit:
            raise _too_large(address, limit)
    if packed and taken and not inflate.eof:
        raise LoadError(address.url, "unreadable", "broke off before its end: try again later")
    return bytes(body)


def _too_large(address: Address, limit: int) -> LoadError:
    size = f"{limit / 1e6:.0f} MB" if limit >= 1_000_000 else f"{limit} bytes"
    detail = f"has more than {size}: save it and load the file, or raise WebOptions.page_bytes"
    return LoadError(address.url, "too-large", detail)


def _text(value: bytes) -> str:
    # Header values are Latin-1 by the standard and UTF-8 in what servers send.
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _why(error: BaseException) -> str:
    # The TLS error lies somewhere below those of the HTTP library.
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            why = cause.verify_message or str(cause)
            return f"has a certificate that is not trusted ({why}): check the address, or trust its authority"
        cause = cause.__cause__ or cause.__context__
    return f"cannot be reached ({str(error) or type(error).__name__}): check the address and the connection"
