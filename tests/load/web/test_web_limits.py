"""What one page may cost in bytes and time; and what a server's answer means for a reader."""

from __future__ import annotations

import gzip
import zlib

import pytest
from web_site import Site, crawl, crawl_one

from ragkit.core.errors import ConfigError
from ragkit.load import Limits
from ragkit.load.web import Crawl, WebOptions


def failure(url: str, **options) -> tuple[str, str]:
    page = crawl_one(url, **options)
    assert page.error
    return page.error.reason, page.error.detail


def test_a_page_that_says_it_is_too_large_is_not_read(site: Site):
    reason, detail = failure(site.put("/", b"x" * 5000), page_bytes=1000)
    assert (reason, detail) == (
        "too-large",
        "has more than 1000 bytes: save it and load the file, or raise WebOptions.page_bytes",
    )


def test_a_page_that_grows_too_large_as_it_comes_is_cut_off(site: Site):
    chunked = b"".join(b"400\r\n" + b"x" * 1024 + b"\r\n" for _ in range(100)) + b"0\r\n\r\n"
    site.put("/", chunked, Transfer_Encoding="chunked")
    assert failure(site.url("/"), page_bytes=10_000)[0] == "too-large"
    assert len(crawl_one(site.url("/")).content) == 102_400


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_packed_pages_are_unpacked(site: Site, coding: str):
    text = b"The tide turns at noon. " * 1000
    packed = gzip.compress(text[:1200]) + gzip.compress(text[1200:]) if coding == "gzip" else zlib.compress(text)
    site.put("/", packed, Content_Encoding=coding)
    assert crawl_one(site.url("/")).content == text


def test_a_bomb_is_refused_when_it_passes_the_limit(site: Site):
    packed = gzip.compress(b"\0" * 40_000_000)
    assert len(packed) < 50_000
    site.put("/", packed, Content_Encoding="gzip")
    assert failure(site.url("/"), page_bytes=1_000_000) == (
        "too-large",
        "has more than 1 MB: save it and load the file, or raise WebOptions.page_bytes",
    )


def test_packed_pages_that_are_damaged_or_cut_off_are_no_text(site: Site):
    packed = gzip.compress(b"The tide turns at noon. " * 1000)
    site.put("/damaged", b"no gzip at all", Content_Encoding="gzip")
    site.put("/cut", packed[:-20], Content_Encoding="gzip")
    site.put("/odd", b"\x1b\x1b", Content_Encoding="br")
    assert failure(site.url("/damaged"))[0] == "corrupt"
    assert failure(site.url("/cut"))[0] == "unreadable"
    assert failure(site.url("/odd"))[0] == "unsupported"


def test_a_page_that_breaks_off_is_no_text(site: Site):
    site.put("/", b"half", Content_Length="1000", Connection="close")
    assert failure(site.url("/"), read_seconds=0.2)[0] in ("unreadable", "timeout")


def test_a_server_that_does_not_answer_is_a_timeout(site: Site):
    site.put("/", status=0)
    reason, detail = failure(site.url("/"), read_seconds=0.1)
    assert reason == "timeout"
    assert "try again later" in detail


def test_a_server_that_sends_byte_by_byte_runs_out_of_time(site: Site):
    """Every read is quick and moves the clock: the time for the whole request ends it."""
    site.put("/", b"x" * 2_000_000)
    ticks = iter(range(10_000))
    page = crawl_one(
        site.url("/"), total_seconds=15, network={"clock": lambda: float(next(ticks)), "sleep": lambda seconds: None}
    )
    assert page.error
    assert (page.error.reason, "whole request" in page.error.detail) == ("timeout", True)


@pytest.mark.parametrize(
    ("status", "reason", "advice"),
    [
        (401, "unreadable", "save the page"),
        (403, "unreadable", "save the page"),
        (404, "missing", "check the address"),
        (410, "missing", "check the address"),
        (429, "unreadable", "try again later"),
        (418, "unreadable", "open it in a browser"),
        (500, "unreadable", "try again later"),
        (206, "unreadable", "open it in a browser"),
    ],
)
def test_a_status_is_an_outcome_with_advice(site: Site, status: int, reason: str, advice: str):
    found = failure(site.put("/", "an error page", status=status))
    assert found[0] == reason
    assert advice in found[1]
    assert str(status) in found[1]


def test_redirects_are_followed_and_the_last_address_is_the_source(site: Site):
    site.put("/a", status=301, Location="/b")
    site.put("/b", status=307, Location=site.url("/c#part"))
    site.put("/c", "here")
    page = crawl_one(site.url("/a"))
    assert (page.source, page.hops, page.content) == (site.url("/c"), (site.url("/a"), site.url("/b")), b"here")
    assert page.read().documents[0].metadata["source"] == site.url("/c")


def test_redirects_have_an_end(site: Site):
    for number in range(20):
        site.put(f"/{number}", status=302, Location=f"/{number + 1}")
    assert "redirects too often" in failure(site.url("/0"), redirects=3)[1]
    assert len(site.asked) == 4


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/", "http://me:secret@127.0.0.1/"])
def test_redirects_lead_to_pages_of_the_web_only(site: Site, target: str):
    reason, detail = failure(site.put("/", status=302, Location=target))
    assert reason == "unsupported"
    assert "secret" not in detail


def test_redirects_in_a_circle_are_an_error_and_asked_once(site: Site):
    site.put("/a", status=302, Location="/b")
    site.put("/b", status=302, Location="/a")
    assert "in a circle" in failure(site.url("/a"))[1]
    assert site.asked == ["/a", "/b"]


def test_a_page_that_redirects_to_one_that_was_read_is_not_read_twice(site: Site):
    site.put("/old", status=302, Location="/new")
    pages = crawl(site.put("/new", "here"), site.url("/old"))
    assert [page.source for page in pages] == [site.url("/new")]


def test_the_limits_of_files_hold_for_pages_too(site: Site):
    (page,) = Crawl(
        [site.put("/", b"x" * 2000)], WebOptions(allow_private=True), limits=Limits(file_bytes=1000)
    ).pages()
    assert page.error
    assert page.error.reason == "too-large"


@pytest.mark.parametrize(
    "wrong", [{"depth": -1}, {"max_pages": 0}, {"follow": "everything"}, {"delay": -1}, {"read_seconds": 0}]
)
def test_options_out_of_range_are_refused(wrong):
    with pytest.raises(ConfigError):
        WebOptions(**wrong)
