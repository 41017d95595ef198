"""What a chat model returned: the text of a message and the tokens it took; LangChain is not imported for it."""

from __future__ import annotations

from typing import Any


def text_of(message: Any) -> str:
    """Return the text of a message or of a part of one."""
    return message if isinstance(message, str) else str(message.text)


def usage_of(message: Any) -> dict[str, int]:
    """Return ``input_tokens`` and ``output_tokens`` of a message, where known; ``cached_replies`` of a cached one."""
    if getattr(message, "response_metadata", {}).get("cached_reply"):
        return {"cached_replies": 1}
    usage = getattr(message, "usage_metadata", None) or {}
    return {key: int(usage[key]) for key in ("input_tokens", "output_tokens") if key in usage}
