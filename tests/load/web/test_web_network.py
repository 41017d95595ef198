"""Where connections may go: public addresses alone, looked up once, whatever a name means a moment later."""

from __future__ import annotations

import pytest
from web_site import Site, crawl, crawl_one, on_loopback

from ragkit.load.web import Crawl, WebOptions
from ragkit.load.web.network import why_not_public

PUBLIC = ["93.184.216.34", "1.1.1.1", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"]
OTHER = """
0.0.0.0 0.1.2.3 10.0.0.1 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.255 168.63.129.16 169.254.169.254 172.16.0.1
172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1
239.255.255.255 240.0.0.1 255.255.255.255
:: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe
64:ff9b:1::1 100::1 2001::1 2001:db8::1 2002:7f00:1:: 2002:a00:1::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1
fe80::1%eth0 fec0::1 ff02::1 2606:4700::5efe:127.0.0.1 2606:4700::200:5efe:10.0.0.1
""".split()


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_of_the_public_internet_are_reached(address: str):
    assert why_not_public(address) == ""


@pytest.mark.parametrize("address", OTHER)
def test_other_addresses_are_not(address: str):
    assert why_not_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254"])
def test_a_private_host_is_refused_before_any_connection(host: str, site: Site):
    page = crawl_one(f"http://{host}:{site.port}/", allow_private=False)
    assert page.error
    assert page.error.reason == "unreadable"
    assert "--allow-private" in page.error.detail
    assert not site.asked
    assert not site.robots_asked


def test_a_name_with_one_private_address_is_refused():
    page = crawl_one(
        "http://docs.example/",
        allow_private=False,
        network={"resolver": lambda host, port: ["93.184.216.34", "10.0.0.7"]},
    )
    assert page.error
    assert "10.0.0.7 belongs to a private network" in page.error.detail


def test_a_name_that_changes_its_address_is_looked_up_once(site: Site):
    answers = iter([["127.0.0.1"], ["192.0.2.1"], ["10.0.0.1"]])
    site.link("/", "/a")
    site.put("/a", "second page", Connection="close")
    resolved = []

    def resolver(host: str, port: int) -> list[str]:
        resolved.append(host)
        return next(answers)

    pages = crawl(site.url("/", "docs.example"), depth=1, network={"resolver": resolver})
    assert [page.error for page in pages] == [None, None]
    assert resolved == ["docs.example"]


def test_every_hop_of_a_redirect_is_judged(site: Site, other_site: Site):
    site.put("/", status=302, Location=other_site.url("/secret", "inside.example"))
    other_site.put("/secret", "the secret")
    run = Crawl([site.url("/", "docs.example")], WebOptions(delay=0), resolver=on_loopback)
    run._client._network._pins["docs.example"] = ("127.0.0.1",)  # as if this machine were a public one
    (page,) = run.pages()
    assert page.source == other_site.url("/secret", "inside.example")
    assert page.hops == (site.url("/", "docs.example"),)
    assert page.error
    assert "127.0.0.1 is this machine itself" in page.error.detail
    assert not other_site.asked


def test_certificates_are_checked_against_the_name(tls_site: Site, trust):
    tls_site.put("/", "over TLS")
    network = {"resolver": on_loopback, "trust": trust}
    assert crawl_one(tls_site.url("/", "docs.example"), network=network).content == b"over TLS"
    for host in ("other.example", "127.0.0.1"):
        page = crawl_one(tls_site.url("/", host), network=network)
        assert page.error
        assert page.error.reason == "unreadable"
        assert "certificate" in page.error.detail
    page = crawl_one(tls_site.url("/", "docs.example"), network={"resolver": on_loopback})
    assert page.error
    assert "certificate that is not trusted" in page.error.detail
    assert tls_site.asked == ["/"]


def test_a_server_that_names_itself_differently_gets_the_name_that_was_asked(tls_site: Site, trust):
    names = []
    tls_site.server.socket.context.sni_callback = lambda connection, name, context: names.append(name)
    tls_site.put("/")
    crawl_one(tls_site.url("/", "docs.example"), network={"resolver": on_loopback, "trust": trust})
    assert set(names) == {"docs.example"}
    assert tls_site.headers[0]["host"] == f"docs.example:{tls_site.port}"


def test_a_host_that_is_not_known_is_an_outcome():
    def unknown(host: str, port: int) -> list[str]:
        raise OSError("Name or service not known")

    page = crawl_one("https://nowhere.example/", network={"resolver": unknown})
    assert page.error
    assert (page.error.reason, page.error.source) == ("unreadable", "https://nowhere.example/")
    assert "check its spelling" in page.error.detail


def test_the_next_address_of_a_host_is_tried_where_one_takes_no_connection(site: Site):
    site.put("/", "here")
    page = crawl_one(site.url("/", "docs.example"), network={"resolver": lambda host, port: ["127.0.0.2", "127.0.0.1"]})
    assert page.content == b"here"


def test_nothing_that_names_the_user_is_sent(site: Site, monkeypatch, tmp_path):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    site.put("/", '<a href="/b">b</a>', Set_Cookie="session=1")
    site.put("/b", "second")
    crawl(site.url("/"), depth=1)
    assert site.asked == ["/", "/b"]
    for headers in site.headers:
        assert set(headers) == {"host", "user-agent", "accept", "accept-encoding"}
        assert headers["user-agent"].startswith("ragkit/")
