"""Errors of hosted models' client libraries as ragkit's own, with a word on whether trying again can help."""

from __future__ import annotations

import json
import math
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

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
# No provider has a status of its own for a prompt that is too long; OpenAI, Anthropic and llama.cpp say it in words.
_LIMIT = re.compile(r"(?:context length|context size|context window)\D{0,40}(\d+)", re.IGNORECASE)
_NEEDED = re.compile(r"(?:resulted in|requested|request \(|prompt is too long:)\D{0,20}(\d+)", re.IGNORECASE)


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
    text = str(error) or type(error).__name__
    limit, needed = _LIMIT.search(text), _NEEDED.search(text)
    if limit and needed:
        return ContextOverflow(int(needed[1]), int(limit[1]))
    status = _status(error)
    if status is None:
        retryable = isinstance(error, _PASSING_TYPES) or bool(_PASSING.search(type(error).__name__))
    else:
        retryable = status in _RETRYABLE_STATUS or status >= 500
    return GenerationError(
        f"{model} failed ({type(error).__name__}: {text}): {_advice(error, status, retryable)}", retryable=retryable
    )


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


def _status(error: Exception) -> int | None:
    for holder in (error, getattr(error, "response", None)):
        for name in ("status_code", "http_status", "code"):
            value = getattr(holder, name, None)
            if isinstance(value, int) and 400 <= value < 600:
                return value
    return None
