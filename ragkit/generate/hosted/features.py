"""Optional fields of OpenAI's interface that many servers do not know: left out once a server has refused them."""

from __future__ import annotations

import json
import logging
import re
from typing import TYPE_CHECKING, Any, cast

from ragkit.core.errors import ContextOverflow
from ragkit.generate.failures import generation_error, server_words, status_of

if TYPE_CHECKING:
    from collections.abc import Mapping

logger = logging.getLogger(__name__)

SYSTEM = "system"
# What may be left out, and how servers name it where they do not write the field.
_OPTIONAL = {
    "stream_options": r"\bstream_options\b|\binclude_usage\b",
    "response_format": r"\bresponse_format\b|\bjson_schema\b|structured output",
    "temperature": r"\btemperature\b",
    "max_completion_tokens": r"\bmax_completion_tokens\b",
    "top_p": r"\btop_p\b",
    "seed": r"['\"`]seed['\"`]",
    "stop": r"['\"`]stop['\"`]",
}
# Of the templates of Gemma and Mistral, and of the servers around them.
_NO_SYSTEM = re.compile(r"\bsystem\b|\bdeveloper\b|roles? must alternate", re.IGNORECASE)
_NOT_THESE = frozenset((401, 403, 408, 409, 429, 502, 503, 504))  # statuses that speak of something else


class Features:
    """What one server does not take; filled by what it refuses, so that each is refused once only.

    Args:
        name: of the model, for the log.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.lacks: set[str] = set()

    def learn(self, error: BaseException) -> bool:
        """Take in an error; return whether another request, without what was refused, may succeed."""
        refused = _refused(error)
        if refused and refused not in self.lacks:
            self.lacks.add(refused)
            logger.warning("%s does not take %s: it is left out from now on", self.name, _named(refused))
        # Also where another call has learned it meanwhile: this one was sent before. A field that is left out cannot be
        # refused again, so this ends.
        return bool(refused)

    def without(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Return the body of a request without what the server does not take."""
        made = dict(payload)
        for name in self.lacks - {SYSTEM}:
            value = made.pop(name, None)
            if name == "max_completion_tokens" and value is not None:
                made["extra_body"] = {**(made.get("extra_body") or {}), "max_tokens": value}
            elif name in (made.get("extra_body") or {}):
                made["extra_body"] = {key: each for key, each in made["extra_body"].items() if key != name}
        if SYSTEM in self.lacks and made.get("messages"):
            made["messages"] = _folded(made["messages"])
        return made


def _named(refused: str) -> str:
    return "a system message" if refused == SYSTEM else repr(refused)


def _refused(error: BaseException) -> str:
    """Return what of a request its server does not take; empty where the error is about something else."""
    if not isinstance(error, Exception) or status_of(error) in _NOT_THESE:
        return ""
    sent = _sent(error)
    words = f"{server_words(error)} {getattr(error, 'param', '') or ''} {error}"
    # "max_tokens is too large" speaks of the prompt's length, not of a field.
    if not sent or isinstance(generation_error(error, ""), ContextOverflow):
        return ""
    for name, pattern in _OPTIONAL.items():
        if name in sent and (getattr(error, "param", None) == name or re.search(pattern, words, re.IGNORECASE)):
            return name
    first = next(iter(sent.get("messages") or ()), {})
    return SYSTEM if first.get("role") in ("system", "developer") and _NO_SYSTEM.search(words) else ""


def _sent(error: Exception) -> dict[str, Any]:
    """Return the body of the request behind an error; empty where it is not known."""
    try:
        body = json.loads(cast("Any", error).request.content)
    except (AttributeError, RuntimeError, ValueError):  # no request, one that streams, one that is no JSON
        return {}
    return body if isinstance(body, dict) else {}


def _folded(messages: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Put the instructions of a system message before the first question, as ragkit's local models have them."""
    first, *rest = messages
    if first.get("role") not in ("system", "developer"):
        return messages
    if not rest or rest[0].get("role") != "user" or not isinstance(rest[0].get("content"), str):
        return [{**first, "role": "user"}, *rest]
    return [{**rest[0], "content": f"{first.get('content')}\n\n{rest[0]['content']}"}, *rest[1:]]
