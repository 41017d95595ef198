"""robots.txt is obeyed: rules, wildcards, failures, pauses."""

from __future__ import annotations

import pytest
from web_site import Site, crawl, crawl_one


def reason(site: Site, path: str) -> str:
    page = crawl_one(site.put(path, "text"))
    return page.error.reason if page.error else ""


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        ("User-agent: *\nDisallow: /private", "/private/a", False),
        ("User-agent: *\nDisallow: /private", "/public", True),
        ("User-agent: *\nDisallow: /*.pdf$", "/a/b.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/a/b.pdf?page=1", True),
        ("User-agent: *\nDisallow: /a/*/c", "/a/b/c", False),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: ragkit\nDisallow: /no", "/yes", True),
        ("User-agent: *\nDisallow:\n\nUser-agent: RagKit\nDisallow: /no", "/no", False),
        ("User-agent: other\nDisallow: /", "/a", True),
        ("User-agent: other\nUser-agent: ragkit # us\nDisallow: /", "/a", False),
        ("User-agent: * # all\nDisallow: /", "/a", False),
        ("\ufeffUser-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow: /\u00e4", "/%C3%A4", False),
        ("User-agent: *\nDisallow: /q?", "/q?a=1", False),
        ("<html>not found</html>", "/a", True),
    ],
)
def test_rules_are_read_as_their_authors_mean_them(site: Site, rules: str, path: str, allowed: bool):
    site.put("/robots.txt", rules, Content_Type="text/plain")
    assert reason(site, path) == ("" if allowed else "ignored")
    assert site.asked == ([path] if allowed else [])


@pytest.mark.parametrize(("status", "expected"), [(404, ""), (403, ""), (500, "unreadable"), (503, "unreadable")])
def test_a_missing_robots_txt_allows_all_and_a_failing_one_nothing(site: Site, status: int, expected: str):
    site.put("/robots.txt", status=status)
    assert reason(site, "/a") == expected


def test_a_robots_txt_that_redirects_is_followed(site: Site):
    site.put("/robots.txt", status=301, Location="/rules.txt")
    site.put("/rules.txt", "User-agent: *\nDisallow: /a")
    assert reason(site, "/a") == "ignored"


def test_a_robots_txt_that_redirects_for_ever_allows_nothing(site: Site):
    site.put("/robots.txt", status=301, Location="/robots.txt")
    assert reason(site, "/a") == "unreadable"


def test_a_robots_txt_beyond_all_size_allows_nothing(site: Site):
    site.put("/robots.txt", b"#" * 600_000)
    assert reason(site, "/a") == "ignored"


def test_one_that_names_thousands_of_programs_is_read_all_the_same(site: Site):
    agents = "".join(f"User-agent: bot{number}\n" for number in range(12_000))
    site.put("/robots.txt", agents + "".join(f"Disallow: /{number}\n" for number in range(12_000)))
    assert reason(site, "/11999") == ""


def test_robots_txt_is_asked_for_once_a_host(site: Site, other_site: Site):
    site.link("/", "/a", "/b", other_site.url("/"))
    site.put("/a", "a")
    site.put("/b", "b")
    other_site.put("/", "c")
    assert len(crawl(site.url("/"), depth=1, follow="any")) == 4
    assert (site.robots_asked, other_site.robots_asked) == (1, 1)


def test_the_rules_hold_for_every_hop_of_a_redirect(site: Site):
    site.put("/robots.txt", "User-agent: *\nDisallow: /b")
    site.put("/a", status=302, Location="/b")
    page = crawl_one(site.url("/a"))
    assert page.error
    assert (page.error.reason, site.asked) == ("ignored", ["/a"])


@pytest.mark.parametrize(
    ("rules", "delay", "pause"),
    [
        ("", 2, 2),
        ("User-agent: *\nCrawl-delay: 5", 2, 5),
        ("User-agent: *\nCrawl-delay: 1", 2, 2),
        ("User-agent: *\nCrawl-delay: 86400", 2, 60),
        ("User-agent: *\nCrawl-delay: nan", 2, 2),
    ],
)
def test_requests_to_a_host_are_paused(site: Site, rules: str, delay: float, pause: float):
    site.put("/robots.txt", rules)
    site.link("/", "/a")
    site.put("/a", "a")
    now, slept = [0.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    crawl(site.url("/"), depth=1, delay=delay, network={"clock": lambda: now[0], "sleep": sleep})
    assert slept == [0, 0, pause]  # robots.txt, the page, its link
