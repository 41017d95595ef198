"""An OpenAI-style server on this machine whose replies a test writes: for what real servers do with replies."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any, Self, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

TOKENS = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}


@dataclass(frozen=True, slots=True)
class ServerReply:
    """What is sent for one request.

    Attributes:
        text: the reply; None for none, as servers have it that part reasoning from text.
        finish: why it ended; empty says nothing of it.
        reasoning: what stands in the field ``reasoning_content``.
        size: characters of each piece of a stream.
        counts: tokens on the piece of this number, in OpenAI's names; None has them once, behind the end, if asked for.
        status: HTTP status.
        body: sent as it is, in place of all this.
        content_type: of ``body``.
        events: sent as the events of a stream, in place of all but ``status``.
    """

    text: str | None = ""
    finish: str = "stop"
    reasoning: str = ""
    size: int = 7
    counts: Callable[[int], dict[str, int]] | None = None
    status: int = 200
    body: str | None = None
    content_type: str = "application/json"
    events: tuple[dict[str, Any], ...] = ()


@dataclass(slots=True)
class ReplyServer:
    """Answers each request as a function says. Use it as a context manager; it listens on a free port of 127.0.0.1.

    Attributes:
        answer: (body of the request) to the reply, or its text alone.
        seen: bodies of the requests so far.
    """

    answer: Callable[[dict[str, Any]], ServerReply | str] = lambda _: "yes"
    seen: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    _server: Any = field(default=None, init=False)

    @property
    def base_url(self) -> str:
        """As the option ``base_url=`` of an ``openai:`` spec takes it."""
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def spec(self, model: str = "some-instruct", options: str = "") -> str:
        """Return the spec of a model of this server, with further options written as ``&name=value``."""
        return f"openai:{model}?base_url={self.base_url}{options}"

    def reply(self, *replies: ServerReply | str) -> None:
        """Answer with these, one after the other, and with the last one from then on; forget the requests so far."""
        left = list(replies)
        self.seen.clear()
        self.answer = lambda _: left.pop(0) if len(left) > 1 else left[0]

    def __enter__(self) -> Self:
        """Start to listen."""
        self._server = _ReplyHTTPServer(self)
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


class _ReplyHTTPServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, owner: ReplyServer) -> None:
        self.owner = owner
        super().__init__(("127.0.0.1", 0), _ReplyHandler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that leave in the middle are among what is tested."""


class _ReplyHandler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        asked: dict[str, Any] = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        owner = cast("_ReplyHTTPServer", self.server).owner
        owner.seen.append(asked)
        reply = owner.answer(asked)
        reply = ServerReply(reply) if isinstance(reply, str) else reply
        if reply.body is not None:
            self._send(reply.status, reply.content_type, [reply.body.encode()])
        elif asked.get("stream"):
            events = reply.events or _events(asked, reply)
            lines = (f"data: {json.dumps(each)}\n\n".encode() for each in events)
            self._send(reply.status, "text/event-stream", lines)
            self.wfile.write(b"data: [DONE]\n\n")
        else:
            self._send(reply.status, "application/json", [json.dumps(_whole(asked, reply)).encode()])

    def log_message(self, format: str, *args: Any) -> None:
        """Write no log: the requests are in ``ReplyServer.seen``."""

    def _send(self, status: int, content_type: str, pieces: Any) -> None:
        # HTTP 1.0: the end of the connection ends the body.
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.end_headers()
        for piece in pieces:
            self.wfile.write(piece)


def _facts(asked: dict[str, Any], kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1, "model": asked.get("model", "")}


def _whole(asked: dict[str, Any], reply: ServerReply) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text}
    if reply.reasoning:
        message["reasoning_content"] = reply.reasoning
    choice = {"index": 0, "message": message, "finish_reason": reply.finish or None}
    return {**_facts(asked, "chat.completion"), "choices": [choice], "usage": TOKENS}


def _events(asked: dict[str, Any], reply: ServerReply) -> Iterator[dict[str, Any]]:
    facts = _facts(asked, "chat.completion.chunk")

    def event(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
        return {**facts, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

    yield event({"role": "assistant", "content": ""})
    for start in range(0, len(reply.reasoning), reply.size):
        yield event({"reasoning_content": reply.reasoning[start : start + reply.size], "content": None})
    text = reply.text or ""
    for number, start in enumerate(range(0, len(text), reply.size)):
        counted = {"usage": reply.counts(number)} if reply.counts else {}
        yield {**event({"content": text[start : start + reply.size]}), **counted}
    yield event({}, reply.finish or None)
    if reply.counts is None and (asked.get("stream_options") or {}).get("include_usage"):
        yield {**facts, "choices": [], "usage": TOKENS}
