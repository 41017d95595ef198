"""A real HTTP server on loopback whose pages a test writes, and crawls that may reach it."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ragkit.load.web import Crawl, WebOptions, WebPage


class Site:
    """What the server serves, and what it was asked."""

    def __init__(self, server: ThreadingHTTPServer, scheme: str = "http") -> None:
        self.server, self.scheme = server, scheme
        self.port = server.server_address[1]
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[str] = []  # paths but robots.txt
        self.headers: list[dict[str, str]] = []
        self.robots_asked = 0
        self.slow = threading.Event()  # a page that a test holds back is sent when this is set

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    def put(self, path: str, body: str | bytes = b"", status: int = 200, **headers: str) -> str:
        data = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = (status, {"Content-Type": "text/html"} | named, data)
        return self.url(path)

    def link(self, path: str, *targets: str) -> str:
        """Put a page that links to others."""
        return self.put(path, f"<h1>{path}</h1>" + "".join(f'<a href="{target}">x</a>' for target in targets))


def _handler(site_of: dict[int, Site]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site = site_of[id(self.server)]
            if self.path == "/robots.txt":
                site.robots_asked += 1
            else:
                site.asked.append(self.path)
                site.headers.append({name.lower(): value for name, value in self.headers.items()})
            status, headers, body = site.answers.get(self.path, (404, {}, b""))
            if status == 0:
                site.slow.wait(20)
                self.close_connection = True
                return
            if "ETag" in headers and headers["ETag"] == self.headers.get("If-None-Match"):
                status, body = 304, b""
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                self.close_connection = True  # a client that has enough hangs up

        def log_message(self, format: str, *args: object) -> None:
            pass

    return Handler


def serve(trust: ssl.SSLContext | None = None) -> Iterator[Site]:
    site_of: dict[int, Site] = {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(site_of))
    server.daemon_threads = True
    if trust:
        server.socket = trust.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda request, address: None  # handshakes that tests make fail
    site = site_of[id(server)] = Site(server, "https" if trust else "http")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield site
    site.slow.set()
    server.shutdown()
    server.server_close()
    thread.join()


def crawl(*urls: str, known=None, again=(), include=(), exclude=(), network=None, **options) -> list[WebPage]:
    """Crawl what is on this machine, without pauses."""
    ways = WebOptions(**{"allow_private": True, "delay": 0, **options})
    run = Crawl(urls, ways, include=include, exclude=exclude, known=known, **network or {})
    return list(run.pages(again))


def crawl_one(url: str, **ways) -> WebPage:
    (page,) = crawl(url, **ways)
    return page


def on_loopback(host: str, port: int) -> list[str]:
    """A resolver for which every name is this machine."""
    return ["127.0.0.1"]
