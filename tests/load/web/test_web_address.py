"""Addresses: one spelling for each page, and nothing that two programs could read differently."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ragkit.core.errors import LoadError
from ragkit.load.web import is_url, parse_address, split_urls


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("HTTP://Example.ORG", "http://example.org/"),
        ("https://example.org:443/a#part", "https://example.org/a"),
        ("https://example.org:8443/a?", "https://example.org:8443/a"),
        ("https://example.org./a", "https://example.org/a"),
        ("https://example.org/a/./b/../c", "https://example.org/a/c"),
        ("https://example.org/../../a/..", "https://example.org/"),
        ("https://example.org/%7euser/%e2%82%ac", "https://example.org/~user/%E2%82%AC"),
        ("https://example.org/%2e%2e/a", "https://example.org/a"),
        ("https://example.org/ä b?q=ü", "https://example.org/%C3%A4%20b?q=%C3%BC"),
        ("https://example.org/100%", "https://example.org/100%25"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://[2001:DB8:0:0::1]:8080/", "https://[2001:db8::1]:8080/"),
        ("http://192.0.2.1/", "http://192.0.2.1/"),
        ("http://１２７.0.0.1/", "http://127.0.0.1/"),
    ],
)
def test_a_page_has_one_spelling(written: str, read: str):
    assert parse_address(written).url == read
    assert parse_address(read).url == read


@pytest.mark.parametrize(
    "text",
    [
        "ftp://example.org/a",
        "file:///etc/passwd",
        "gopher://example.org/",
        "http://",
        "http:///path",
        "http://user@example.org/",
        "http://user:secret@example.org/",
        "http://example.org\\@127.0.0.1/",
        "http:\\\\example.org/",
        "http://exa\tmple.org/",
        "http://example.org/\r\nHost: evil",
        "http://example.org/\x00",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0x7f000001/",
        "http://127.1/",
        "http://0177.0.0.1/",
        "http://127.0.0.01/",
        "http://1.2.3.4.5/",
        "http://[::1%25eth0]/",
        "http://[::1/",
        "http://[127.0.0.1]/",
        "http://::1/",
        "http://example.org:0/",
        "http://example.org:65536/",
        "http://example.org:80:80/",
        "http://example.org:http/",
        "http://exa%6dple.org/",
        "http://exa mple.org/",
        "http://-example.org/",
        "http://a..b/",
        "http://.../",
        f"http://{'a' * 64}.org/",
        "http://\u2100.example/",
        "https://example.org/" + "a" * 9000,
    ],
)
def test_odd_addresses_are_refused_with_advice(text: str):
    with pytest.raises(LoadError) as refused:
        parse_address(text)
    assert refused.value.reason == "unsupported"
    assert ": " in refused.value.detail


def test_a_password_in_an_address_is_not_repeated():
    with pytest.raises(LoadError) as refused:
        parse_address("https://me:secret@example.org/a")
    assert "secret" not in str(refused.value)
    assert "me" not in refused.value.source.replace("example", "")


@pytest.mark.parametrize(
    ("reference", "read"),
    [
        ("b", "https://example.org/a/b"),
        ("/b?c=d#e", "https://example.org/b?c=d"),
        ("//example.net/b", "https://example.net/b"),
        ("?q=1", "https://example.org/a/page?q=1"),
        ("#top", "https://example.org/a/page"),
        ("../../../b", "https://example.org/b"),
    ],
)
def test_links_are_resolved_from_their_page(reference: str, read: str):
    assert parse_address("https://example.org/a/page").joined(reference).url == read


def test_addresses_are_told_from_paths():
    assert is_url("https://example.org")
    assert is_url("ftp://example.org")
    assert not is_url("a/b.txt")
    assert not is_url("C:\\notes.txt")
    assert not is_url(Path("https://example.org"))
    assert split_urls(["b", "https://example.org/", Path("a")]) == (["https://example.org/"], ["b", Path("a")])
    assert split_urls("b") == ([], ["b"])


@given(st.text(max_size=60), st.sampled_from(["http://", "https://", "http://example.org/", "https://h:80", ""]))
def test_any_text_is_an_address_with_a_stable_spelling_or_a_typed_error(text: str, start: str):
    try:
        address = parse_address(start + text)
    except LoadError:
        return
    assert parse_address(address.url) == address
    assert address.url.isascii()
