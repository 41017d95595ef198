"""A server on this machine that stands before a real OpenAI-style one and does what servers do on bad days."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, cast
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import TracebackType

Kind = Literal["status", "drop", "cut", "end", "malformed", "hang"]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is to go wrong with one request.

    Attributes:
        kind: ``status`` (an error reply), ``drop`` (the connection closes before any reply), ``cut`` (the reply breaks
            off), ``end`` (a stream ends properly but too early), ``malformed`` (JSON that is none) or ``hang`` (no
            reply as long as the client waits).
        status: HTTP status of a ``status``.
        headers: headers of a ``status``, such as ``Retry-After``.
        events: events of a stream that are passed on before it breaks off.
    """

    kind: Kind
    status: int = 503
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    events: int = 3


class FaultyServer:
    """Pass requests on to a real server, but for those that a fault was planned for.

    Use it as a context manager. It listens on a free port of 127.0.0.1.

    Args:
        upstream: base URL of the real server.

    Attributes:
        seen: the fault of each request so far, None for those that were passed on whole.
        most: most requests that were worked on at the same time.
    """

    def __init__(self, upstream: str) -> None:
        self.upstream = urlsplit(upstream)
        self.seen: list[Fault | None] = []
        self.most = 0
        self._running = 0
        self._planned: deque[Fault] = deque()
        self._lock = Lock()
        self._server = _Server(self)

    @property
    def base_url(self) -> str:
        """As the option ``base_url=`` of an ``openai:`` spec takes it."""
        return f"http://127.0.0.1:{self._server.server_port}{self.upstream.path}"

    def plan(self, *faults: Fault) -> None:
        """Let the next requests fail, one fault each; forget what was planned and seen before."""
        with self._lock:
            self._planned, self.seen, self.most = deque(faults), [], 0

    def __enter__(self) -> Self:
        """Start to listen."""
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def begin(self) -> Fault | None:
        """Count a request in, and return what is to go wrong with it."""
        with self._lock:
            fault = self._planned.popleft() if self._planned else None
            self.seen.append(fault)
            self._running += 1
            self.most = max(self.most, self._running)
            return fault

    def finish(self) -> None:
        """Count a request out."""
        with self._lock:
            self._running -= 1


class _Server(ThreadingHTTPServer):
    # A handler that hangs on purpose must not keep the test process alive.
    daemon_threads = True
    block_on_close = False

    def __init__(self, owner: FaultyServer) -> None:
        self.owner = owner
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that leave in the middle are what this server is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    _ways: ClassVar[dict[str, str]] = {"status": "_refuse", "malformed": "_garble", "hang": "_hang", "drop": "_close"}
    _counted = False

    @property
    def _owner(self) -> FaultyServer:
        return cast("_Server", self.server).owner

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = self._owner.begin()
        self._counted = True
        try:
            if fault is None or fault.kind in ("cut", "end"):
                self._pass_on(body, fault)
            else:
                getattr(self, self._ways[fault.kind])(fault, json.loads(body).get("stream", False))
        finally:
            self._finish()

    def _finish(self) -> None:
        """Count the request out once, before the client can know that it is over and send the next."""
        if self._counted:
            self._owner.finish()
        self._counted = False

    def log_message(self, format: str, *args: Any) -> None:
        """Write no log: the requests are in ``FaultyServer.seen``."""

    def _close(self, fault: Fault, streamed: bool) -> None:
        self.close_connection = True

    def _hang(self, fault: Fault, streamed: bool) -> None:
        self.rfile.read(1)  # nothing comes, but the end of the connection
        self.close_connection = True

    def _refuse(self, fault: Fault, streamed: bool) -> None:
        message = {"error": {"message": "planned", "type": "planned", "code": fault.status}}
        self._reply(fault.status, "application/json", json.dumps(message).encode(), fault.headers)

    def _garble(self, fault: Fault, streamed: bool) -> None:
        broken = b'{"id": "chatcmpl-1", "choices": [{"index": 0, "messa'
        if streamed:
            self._reply(200, "text/event-stream", b"data: " + broken + b"\n\n", {})
        else:
            self._reply(200, "application/json", broken, {})

    def _reply(self, status: int, content_type: str, body: bytes, headers: Mapping[str, str]) -> None:
        self._head(status, content_type, {"Content-Length": str(len(body)), **headers})
        self.wfile.write(body)

    def _head(self, status: int, content_type: str, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _pass_on(self, body: bytes, fault: Fault | None) -> None:
        # One connection upstream for each request: a broken one must not spoil the next.
        upstream = self._owner.upstream
        connection = HTTPConnection(upstream.hostname or "", upstream.port)
        try:
            connection.request("POST", self.path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            content_type = response.getheader("Content-Type", "application/json")
            if content_type.startswith("text/event-stream"):
                self._stream(response, content_type, fault)
            else:
                self._whole(response, content_type, fault)
        finally:
            connection.close()

    def _whole(self, response: HTTPResponse, content_type: str, fault: Fault | None) -> None:
        text = response.read()
        self._finish()
        self._head(response.status, content_type, {"Content-Length": str(len(text))})
        self.wfile.write(text[: len(text) // 2] if fault else text)
        self.close_connection = fault is not None

    def _stream(self, response: HTTPResponse, content_type: str, fault: Fault | None) -> None:
        self._head(response.status, content_type, {"Transfer-Encoding": "chunked"})
        for number, event in enumerate(_events(response)):
            if fault and number == fault.events:
                break
            # Counted out before the last event is sent: the client may send its next request as soon as it has it.
            if b"[DONE]" in event:
                self._finish()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
        # `cut`: the connection closes without the chunk of length 0 that ends the body, which clients can see. `end`:
        # the body ends properly but before `[DONE]`, which only a client that looks for it can see.
        if fault and fault.kind == "cut":
            self.close_connection = True
        else:
            self.wfile.write(b"0\r\n\r\n")


def _events(response: HTTPResponse) -> Iterator[bytes]:
    lines: list[bytes] = []
    while line := response.readline():
        lines.append(line)
        if line.strip() == b"":
            yield b"".join(lines)
            lines.clear()
    if lines:
        yield b"".join(lines)
