"""Errors of hosted models' client libraries as ragkit's own, with a word on whether trying again can help."""

from __future__ import annotations

import json
import math
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from ragkit.core.errors import ContextOverflow, GenerationError, RagkitError
from ragkit.generate.hosted.patience import retry_after

if TYPE_CHECKING:
    from collections.abc import Generator

_RETRYABLE_STATUS = frozenset({408, 409, 425, 429})
_PASSING = re.compile(
    r"timeout|timed ?out|connect|ratelimit|unavailable|overloaded|remoteprotocol|(read|write)error", re.IGNORECASE
)
_PASSING_TYPES = (TimeoutError, ConnectionError, json.JSONDecodeError)  # the last: a reply that broke off
_ADVICE = {
    401: "check the key",
    403: "check what the key may do",
    404: "check the model's name and the base URL",
}
# No provider has a status of its own for a prompt that is too long; OpenAI, Anthropic, llama.cpp, vLLM and LM Studio
# say it in words.
_LIMIT = re.compile(r"(?:context length|context size|context window)\D{0,40}(\d+)", re.IGNORECASE)
_NEEDED = re.compile(
    r"(?:resulted in|requested|request \(|request has|prompt is too long:|keep the first)\D{0,20}(\d+)", re.IGNORECASE
)
_REPLY = re.compile(r"tokens'? is too large: (\d+)", re.IGNORECASE)
_SPENT = re.compile(r"insufficient_quota|billing|credit balance|payment required", re.IGNORECASE)
# Keys of a server's error under which its words stand, in this order.
_SAID = ("error", "message", "detail", "details", "msg", "error_message", "error_description", "reason", "title")
_MOST_WORDS = 600  # characters of them in a message


@contextmanager
def provider_errors(model: str) -> Generator[None, None, None]:
    """Turn whatever a chat model raises within the block into a `GenerationError`.

    Args:
        model: the model's spec, named in the message.

    Raises:
        GenerationError: the model failed; ragkit's own errors pass unchanged.
    """
    try:
        yield
    except RagkitError:
        raise
    except Exception as error:
        raise generation_error(error, model) from error


def generation_error(error: Exception, model: str) -> GenerationError:
    """Describe a client library's error; HTTP status, if it has one, decides whether it may pass by itself."""
    if isinstance(error, GenerationError):
        return error
    text, words = str(error) or type(error).__name__, server_words(error)
    if words and words not in text:
        text = f"{text} - {words}"
    limit, needed = _LIMIT.search(text), _NEEDED.search(text)
    if limit and needed:
        # vLLM counts the prompt alone, and names what was wanted of the reply beside it.
        reply = _REPLY.search(text)
        return ContextOverflow(int(needed[1]) + (int(reply[1]) if reply else 0), int(limit[1]))
    status = status_of(error)
    spent = status in (None, 402, 403, 429) and _SPENT.search(f"{getattr(error, 'code', '')} {text}")
    if spent:
        retryable = False
    elif status is None:
        retryable = isinstance(error, _PASSING_TYPES) or bool(_PASSING.search(type(error).__name__))
    else:
        retryable = status in _RETRYABLE_STATUS or status >= 500
    advice = "add credit to the account, or take another key" if spent else _advice(error, status, retryable)
    return GenerationError(f"{model} failed ({type(error).__name__}: {text}): {advice}", retryable=retryable)


def server_words(error: Any) -> str:
    """Return what a server said went wrong, whatever form its error has; empty where it said nothing."""
    body = getattr(error, "body", None)
    return said(body if body is not None else getattr(getattr(error, "response", None), "text", ""))


def said(body: Any) -> str:
    """Return the words of an error's body: a text, or JSON of any of the usual forms."""
    if isinstance(body, str):
        return "" if "<" in body[:20] else " ".join(body.split())[:_MOST_WORDS]
    if isinstance(body, list):
        return "; ".join(filter(None, map(said, cast("list[Any]", body))))[:_MOST_WORDS]
    if not isinstance(body, dict):
        return ""
    held = cast("dict[str, Any]", body)
    words = next(filter(None, (said(held[key]) for key in _SAID if key in held)), "")
    # FastAPI and pydantic name the field beside the words.
    where = held.get("loc")
    return f"{words} ({'.'.join(map(str, cast('list[Any]', where)))})" if words and isinstance(where, list) else words


def _advice(error: Exception, status: int | None, retryable: bool) -> str:
    if status in _ADVICE:
        return _ADVICE[status]
    if not retryable:
        return "correct the request or choose another model"
    seconds = retry_after(error)
    if seconds:
        return f"the server asks to wait, try again in {math.ceil(seconds)} s"
    if status is None and re.search("connect", type(error).__name__, re.IGNORECASE):
        return "see that the server runs and can be reached, or try again later"
    return "try again later"


def status_of(error: BaseException) -> int | None:
    """Return the HTTP status behind an error, also of one that came as an event of a stream; None without one."""
    for holder in (error, getattr(error, "response", None)):
        for name in ("status_code", "http_status", "code"):
            value = str(getattr(holder, name, None))
            if value.isdecimal() and 400 <= int(value) < 600:
                return int(value)
    return None
