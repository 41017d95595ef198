"""Which links are followed, how far, and that each page is asked for once."""

from __future__ import annotations

import pytest
from web_site import Site, crawl

from ragkit.load.web import parse_address
from ragkit.load.web.links import find_links


def paths(site: Site, *urls: str, **options) -> list[str]:
    """The addresses that gave something, as paths."""
    pages = crawl(*urls, **options)
    return [page.source.removeprefix(site.url("")) for page in pages if page.error is None]


@pytest.fixture
def docs(site: Site) -> Site:
    site.link("/docs/", "a.html", "b.html#part", "/other/c.html", "a.html?x=1", "./b.html", "mailto:me@example.org")
    site.link("/docs/a.html", "deep/d.html", "/docs/")
    site.link("/docs/b.html", "a.html")
    site.link("/docs/a.html?x=1")
    site.link("/docs/deep/d.html", "e.html")
    site.link("/docs/deep/e.html")
    site.link("/other/c.html")
    return site


def test_the_page_given_alone_is_read_by_default(docs: Site):
    assert paths(docs, docs.url("/docs/")) == ["/docs/"]
    assert docs.asked == ["/docs/"]


@pytest.mark.parametrize(
    ("depth", "found"),
    [
        (1, ["/docs/", "/docs/a.html", "/docs/b.html", "/docs/a.html?x=1"]),
        (2, ["/docs/", "/docs/a.html", "/docs/b.html", "/docs/a.html?x=1", "/docs/deep/d.html"]),
    ],
)
def test_links_are_followed_breadth_first_and_each_page_is_asked_for_once(docs: Site, depth: int, found: list[str]):
    assert paths(docs, docs.url("/docs/"), depth=depth) == found
    assert docs.asked == found


def test_links_of_the_whole_host_are_followed_when_asked(docs: Site):
    assert "/other/c.html" in paths(docs, docs.url("/docs/"), depth=1, follow="host")


def test_links_to_other_hosts_are_followed_only_when_asked(site: Site, other_site: Site):
    target = other_site.put("/page", "elsewhere")
    site.link("/", target)
    assert [page.source for page in crawl(site.url("/"), depth=1, follow="host")] == [site.url("/")]
    assert [page.source for page in crawl(site.url("/"), depth=1, follow="any")] == [site.url("/"), target]


def test_a_followed_link_that_redirects_out_is_accounted_for(site: Site, other_site: Site):
    site.link("/", "/out")
    site.put("/out", status=302, Location=other_site.put("/page", "elsewhere"))
    _, page = crawl(site.url("/"), depth=1)
    assert page.error
    assert (page.error.reason, page.error.source) == ("ignored", other_site.url("/page"))
    assert not other_site.asked


def test_a_page_given_may_redirect_anywhere_and_its_links_count_from_there(site: Site, other_site: Site):
    other_site.link("/new/", "a", "/elsewhere")
    other_site.link("/new/a")
    start = site.put("/", status=301, Location=other_site.url("/new/"))
    assert [page.source for page in crawl(start, depth=1)] == [other_site.url("/new/"), other_site.url("/new/a")]


def test_the_page_limit_holds_and_what_is_left_is_said(docs: Site):
    said = []
    assert paths(docs, docs.url("/docs/"), depth=5, max_pages=2, tell=said.append) == ["/docs/", "/docs/a.html"]
    assert said == [
        "3 links were not followed, since the limit of 2 pages is reached: raise --max-pages (WebOptions.max_pages)"
    ]


def test_pages_given_are_read_whatever_the_limit(docs: Site):
    given = ["/docs/", "/docs/a.html", "/docs/b.html"]
    assert paths(docs, *map(docs.url, given), max_pages=1, tell=print) == given


def test_patterns_choose_among_links(docs: Site):
    assert paths(docs, docs.url("/docs/"), depth=1, include=["a.*"]) == ["/docs/", "/docs/a.html", "/docs/a.html?x=1"]
    assert "/docs/a.html" not in paths(docs, docs.url("/docs/"), depth=1, exclude=["a.html"])


def test_an_address_given_twice_is_read_once(docs: Site):
    assert paths(docs, docs.url("/docs/"), docs.url("/docs/#top"), docs.url("/docs/./")) == ["/docs/"]


def test_pages_from_an_earlier_run_that_no_link_leads_to_are_asked_for_again(docs: Site):
    docs.put("/docs/lost.html", "still there")
    again = [docs.url("/docs/a.html"), docs.url("/docs/lost.html"), docs.url("/docs/gone.html"), docs.url("/other/c")]
    pages = crawl(docs.url("/docs/"), again=again)
    assert [(page.source, page.gone) for page in pages] == [
        (docs.url("/docs/"), False),
        (docs.url("/docs/a.html"), False),
        (docs.url("/docs/lost.html"), False),
        (docs.url("/docs/gone.html"), True),
    ]


def test_a_page_is_asked_for_by_its_version_only_where_its_links_do_not_matter(site: Site):
    site.answers["/"] = (200, {"Content-Type": "text/html", "ETag": '"1"'}, b'<a href="/a">a</a>')
    site.answers["/a"] = (200, {"Content-Type": "text/html", "ETag": '"2"'}, b"a")
    versions = {site.url("/"): {"If-None-Match": '"1"'}, site.url("/a"): {"If-None-Match": '"2"'}}
    pages = crawl(site.url("/"), depth=1, known=lambda url: versions.get(url, {}))
    assert [page.not_modified for page in pages] == [False, True]


LINKS = """
<base href="/base/"><a href="a">1</a> <a href=" b
c ">2</a> <area href="//example.net/d"> <a href="/e" rel="external nofollow">no</a> <a href="javascript:alert(1)">no</a>
<a href="data:text/html,x">no</a> <a href="http://me@example.org/">no</a> <a>no</a> <a href="a#x">again</a>
<meta http-equiv="refresh" content="0; URL='f'"> <iframe src="g"></iframe>
<a href="mailto:a@b">no</a> <a href="\\\\h">no</a>
"""


def test_links_are_found_as_browsers_read_them():
    page = parse_address("https://example.org/dir/page")
    assert [link.url for link in find_links(page, LINKS.encode())] == [
        "https://example.org/base/a",
        "https://example.org/base/bc",
        "https://example.net/d",
        "https://example.org/base/f",
        "https://example.org/base/g",
    ]


@pytest.mark.parametrize("word", ["nofollow", "NOINDEX, NOFOLLOW", "none"])
def test_a_page_that_wants_none_of_its_links_followed_gives_none(word: str):
    page = parse_address("https://example.org/")
    markup = f'<meta name="Robots" content="{word}"><a href="a">a</a>'
    assert list(find_links(page, markup.encode())) == []
