"""Connections to checked addresses: a name is looked up once, its addresses are judged, the socket goes to these.

A check of the name alone would not do: a name server may answer with a public address first and, at the connection,
with one of the reader's own network (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING, Any

import httpcore2
from httpcore2 import NetworkBackend, NetworkStream

from ragkit.core.errors import LoadError

if TYPE_CHECKING:
    import ssl

    from ragkit.load.web.address import Address

Resolver = Callable[[str, int], Sequence[str]]

# Networks that the registry in the standard library of some Python version counts as public, or does not list.
_MORE_PRIVATE = tuple(
    ipaddress.ip_network(network)
    for network in (
        "168.63.129.16/32",  # the host of a virtual machine in one cloud, public by its number alone
        "192.0.0.0/24",
        "192.88.99.0/24",
        "64:ff9b:1::/48",
        "2001::/23",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
    )
)
# Prefix of IPv4 addresses within IPv6 (RFC 6052).
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NOT_PUBLIC = (
    ("is_unspecified", "stands for no machine"),
    ("is_loopback", "is this machine itself"),
    ("is_link_local", "is reached on the local link only, as cloud metadata services are"),
    ("is_multicast", "stands for a group of machines"),
    ("is_private", "belongs to a private network"),
    ("is_reserved", "is reserved"),
)


def system_resolver(host: str, port: int) -> Sequence[str]:
    """Look a name up as the operating system does.

    Raises:
        OSError: there is no such name, or no name server answers.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


def why_not_public(address: str) -> str:
    """Say why an IP address is not on the public internet; empty when it is.

    IPv4 addresses within IPv6 ones (mapped, NAT64, 6to4, ISATAP) are judged too.
    """
    ip = ipaddress.ip_address(address)
    inner = _embedded(ip) if isinstance(ip, IPv6Address) else None
    if inner is not None:
        reason = why_not_public(str(inner))
        if reason or ip in _NAT64 or (isinstance(ip, IPv6Address) and ip.ipv4_mapped):
            return reason  # these two are ways to write the IPv4 address, and nothing besides
    # The narrower reasons first; the last line catches all that is not globally reachable for any other one.
    for test, reason in _NOT_PUBLIC:
        if getattr(ip, test):
            return reason
    inside = any(ip.version == network.version and ip in network for network in _MORE_PRIVATE)
    return "" if ip.is_global and not inside else "is set aside for special use"


def _embedded(ip: IPv6Address) -> IPv4Address | None:
    # ISATAP (RFC 5214) writes the IPv4 address behind 0:5efe or 200:5efe.
    number = int(ip)
    if ip in _NAT64 or (number >> 32) & 0xFFFF_FFFF in (0x0000_5EFE, 0x0200_5EFE):
        return IPv4Address(number & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour


class PinnedNetwork(NetworkBackend):
    """Connects to addresses that were looked up and judged once, whatever the name means later."""

    def __init__(
        self,
        resolver: Resolver = system_resolver,
        *,
        allow_private: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.deadline = float("inf")  # of the request at hand, by the clock
        # Host -> its addresses, for the whole run: looked up once, so that later answers change nothing.
        self._resolver, self._allow_private, self._clock = resolver, allow_private, clock
        self._pins: dict[str, tuple[str, ...]] = {}
        self._sockets = httpcore2.SyncBackend()

    def pin(self, address: Address) -> None:
        """Look the host of an address up, unless that was done before; all connections go to what was found.

        Raises:
            LoadError: there is no such host, or one of its addresses is not on the public internet (``unreadable``).
        """
        host = address.host
        if host not in self._pins:
            found = self._look_up(address)
            for ip in () if self._allow_private else found:
                if reason := why_not_public(ip):
                    detail = f"is not read, since {ip} {reason}: add --allow-private (WebOptions.allow_private)"
                    raise LoadError(address.url, "unreadable", f"{detail} if you trust what it leads to")
            self._pins[host] = found

    def _look_up(self, address: Address) -> tuple[str, ...]:
        try:
            return (str(ipaddress.ip_address(address.host)),)
        except ValueError:
            pass
        try:
            found = tuple(self._resolver(address.host, address.port))
        except (OSError, UnicodeError) as error:
            detail = f"has a host that is not known ({error}): check its spelling and the connection"
            raise LoadError(address.url, "unreadable", detail) from error
        if not found:
            raise LoadError(address.url, "unreadable", "has a host without an address: check its spelling")
        return found

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> NetworkStream:
        """Connect to the first pinned address of a host that takes the connection."""
        # Never by name: only addresses that pin() judged, in the order of the resolver.
        last: Exception = httpcore2.ConnectError(f"{host} was not looked up")
        for ip in self._pins.get(host, ()):
            try:
                stream = self._sockets.connect_tcp(ip, port, self.left(timeout), local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                last = error
            else:
                return _TimedStream(stream, self)
        raise last

    def left(self, timeout: float | None) -> float:
        """Return the seconds a step may take.

        Raises:
            httpcore2.ReadTimeout: the time of the whole request is over.
        """
        left = self.deadline - self._clock()
        if left <= 0:
            raise httpcore2.ReadTimeout("the time for the whole request is over")
        return left if timeout is None else min(left, timeout)


class _TimedStream(NetworkStream):
    """A connection none of whose steps outlasts the request: a peer that drips bytes gains nothing by it."""

    def __init__(self, stream: NetworkStream, network: PinnedNetwork) -> None:
        self._stream, self._network = stream, network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._network.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._network.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._network.left(timeout))
        return _TimedStream(stream, self._network)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
