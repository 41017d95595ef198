"""What comes over the web is read by the loader of its format, whatever its address looks like."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web_site import Site, crawl_one

from ragkit.core.errors import MissingExtra
from ragkit.load.web import Crawl, WebOptions, WebPage, parse_address
from ragkit.load.web.client import Response
from ragkit.load.web.links import find_links
from ragkit.load.web.page import conditions

PDF = Path(__file__).parents[3] / "corpora/handbook/documents/people/parental-and-family-leave.pdf"
ARTICLE = "<p>" + "The tide turns twice a day, and every mooring line has to allow for it. " * 6 + "</p>"


@pytest.mark.parametrize(
    ("path", "content_type", "body", "media_type"),
    [
        ("/", "text/html; charset=utf-8", b"<p>Tide</p>", "text/html"),
        ("/index.php", "text/html", b"<p>Tide</p>", "text/html"),
        ("/page.aspx?id=1", "application/xhtml+xml", b"<p>Tide</p>", "text/html"),
        ("/a.md", "text/plain", b"# Tide", "text/markdown"),
        ("/a", "text/markdown", b"# Tide", "text/markdown"),
        ("/a.py", "text/plain", b"tide = 1", "text/x-python"),
        ("/a.html", "text/plain", b"<p>Tide</p>", "text/plain"),
        ("/api/tides", "application/json", b'{"tide": "noon"}', "application/json"),
        ("/rows", "text/csv", b"tide,hour\nhigh,12\n", "text/csv"),
        ("/download?id=5", "application/octet-stream", PDF.read_bytes(), "application/pdf"),
        ("/login.pdf", "text/html", b"<html><p>Tide</p></html>", "text/html"),
        ("/a.txt", "", b"Tide", "text/plain"),
    ],
)
def test_the_format_is_what_content_server_and_name_say(site: Site, path, content_type, body, media_type):
    loaded = crawl_one(site.put(path, body, Content_Type=content_type)).read()
    assert (loaded.outcome, loaded.media_type, loaded.source) == ("text", media_type, site.url(path))
    assert ("leave" if media_type == "application/pdf" else "tide") in loaded.documents[0].page_content.lower()


def test_a_name_that_the_server_gives_a_file_counts(site: Site):
    site.put("/get", "a;b\n1;2\n", Content_Type="application/octet-stream", Content_Disposition='x; filename="t.csv"')
    assert crawl_one(site.url("/get")).read().media_type == "text/csv"


@pytest.mark.parametrize(
    ("charset", "text"),
    [("windows-1251", "Прилив в полдень"), ("iso-2022-jp", "潮は正午に変わる"), ("utf-16-be", "Tide")],
)
def test_an_encoding_that_only_the_server_names_is_used(site: Site, charset: str, text: str):
    site.put("/", f"<p>{text}</p>".encode(charset), Content_Type=f"text/html; charset={charset}")
    assert text in crawl_one(site.url("/")).read().documents[0].page_content


def test_an_encoding_that_the_bytes_belie_is_not(site: Site):
    site.put("/", "<p>Ebbe für zwölf</p>".encode(), Content_Type="text/html; charset=iso-8859-1")
    assert "Ebbe für zwölf" in crawl_one(site.url("/")).read().documents[0].page_content
    site.put("/b", b"<p>Tide</p>", Content_Type="text/html; charset=nonsense")
    assert "Tide" in crawl_one(site.url("/b")).read().documents[0].page_content


def test_metadata_keep_title_and_version(site: Site):
    site.put(
        "/",
        "<title>Tides</title><p>Noon</p>",
        ETag='W/"5"',
        Last_Modified="Tue, 03 Feb 2026 09:12:40 GMT",
    )
    (document,) = crawl_one(site.url("/#part")).read().documents
    assert document.metadata == {
        "source": site.url("/"),
        "media_type": "text/html",
        "title": "Tides",
        "places": [{"start": 0, "section": "Tides"}],
        "etag": 'W/"5"',
        "last_modified": "2026-02-03T09:12:40+00:00",
    }


@pytest.mark.parametrize(
    "headers",
    [
        {"Last-Modified": "Fri, 31 Dec 9999 23:59:59 -1200", "ETag": "\u00e9"},
        {"Last-Modified": "yesterday", "ETag": '"a\tb"'},
        {"Content-Type": "text/html; charset=idna"},
        {"Content-Type": "text/html; charset*=nonsense''x; charset=unicode_escape"},
        {"Content-Type": ";;;", "Content-Disposition": "attachment; filename*=x'y'%ff%00.pdf"},
        {"Content-Type": "text", "Content-Disposition": 'inline; filename="../../etc/passwd"'},
    ],
)
def test_odd_headers_spoil_no_page_and_no_later_request(headers):
    address = parse_address("https://example.org/a")
    named = {"content-type": "text/html"} | {name.lower(): value for name, value in headers.items()}
    page = WebPage(address, response=Response(200, named, b"<p>Tide \x1b</p>"))
    (document,) = page.read().documents
    assert "Tide" in document.page_content
    assert all(value.isascii() and value.isprintable() for value in conditions(document.metadata).values())


@given(st.binary(max_size=300), st.sampled_from(["text/html", "text/plain; charset=utf-16", "application/json", ""]))
def test_any_content_is_read_or_a_typed_outcome_and_its_links_are_found(data: bytes, content_type: str):
    address = parse_address("https://example.org/a")
    page = WebPage(address, response=Response(200, {"content-type": content_type}, b"<html>" + data))
    assert page.read().outcome in ("text", "empty", "error")
    assert all(parse_address(link.url) == link for link in find_links(address, page.content))


def test_a_page_without_text_is_empty_and_one_that_is_no_text_an_error(site: Site):
    assert crawl_one(site.put("/", "<p></p>")).read().outcome == "empty"
    assert crawl_one(site.put("/none", status=204)).read().outcome == "empty"
    loaded = crawl_one(site.put("/bad.pdf", b"%PDF-1.4 broken", Content_Type="application/pdf")).read()
    assert (loaded.outcome, loaded.reason) == ("error", "corrupt")


def test_what_surrounds_the_text_is_left_out_when_asked(site: Site):
    menu = "<nav><ul>" + "".join(f'<li><a href="/{n}">Menu entry {n}</a></li>' for n in range(20)) + "</ul></nav>"
    table = "<table><tr><th>Port</th><th>Hour</th></tr><tr><td>Brest</td><td>12</td></tr></table>"
    body = f"<main><article><h1>Tides</h1>{ARTICLE}<h2>Ports</h2>{ARTICLE}{table}</article></main>"
    site.put("/", f"<title>Tides &amp; ports</title><body>{menu}{body}<footer>Imprint</footer></body>")
    whole, main = crawl_one(site.url("/")).read(), crawl_one(site.url("/"), main_content=True).read()
    assert "Menu entry 7" in whole.documents[0].page_content
    text = main.documents[0].page_content
    assert "Menu entry 7" not in text
    assert "Imprint" not in text
    assert "## Ports" in text
    assert "| Brest | 12 |" in text
    assert (main.media_type, main.documents[0].metadata["title"]) == ("text/html", "Tides & ports")


def test_a_page_in_which_no_main_content_is_found_is_read_whole(site: Site):
    assert "Tide" in crawl_one(site.put("/", "<b>Tide</b>"), main_content=True).read().documents[0].page_content


@pytest.mark.parametrize(
    ("package", "options", "extra"),
    [("protego", {}, "ragkit[web]"), ("trafilatura", {"main_content": True}, "ragkit[article]")],
)
def test_a_missing_package_is_said_before_anything_is_fetched(monkeypatch, package, options, extra):
    for module in ("crawl", "article"):
        monkeypatch.setattr(f"ragkit.load.web.{module}.find_spec", lambda name: None if name == package else object())
    with pytest.raises(MissingExtra, match="pip install") as missing:
        Crawl(["https://example.org/"], WebOptions(**options))
    assert extra in str(missing.value)
