"""Servers on loopback for the tests of reading from the web."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import pytest
import trustme
from web_site import Site, serve


@pytest.fixture
def site() -> Iterator[Site]:
    yield from serve()


@pytest.fixture
def other_site() -> Iterator[Site]:
    yield from serve()


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls_site(authority: trustme.CA) -> Iterator[Site]:
    """A server with a certificate for docs.example alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("docs.example").configure_cert(context)
    yield from serve(context)


@pytest.fixture
def trust(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context
