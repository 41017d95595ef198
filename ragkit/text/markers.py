"""The marks by which chat models tell speakers apart: in a document they can only be there to be taken for them."""

from __future__ import annotations

import re

MARKER = re.compile(
    r"<\|[^|<>\s]{1,40}\|>|<\|?/?(?:system|user|assistant|human|im_start|im_end|endoftext|eot_id)\|?>|\[/?INST\]"
    r"|<</?SYS>>|</?s>|<(?:start|end)_of_turn>|<｜[^｜<>]{1,40}｜>",
    re.IGNORECASE,
)


def unmarked(text: str) -> str:
    """Write a text's marks so that no model takes them for what parts speakers; nothing else is changed."""
    return MARKER.sub(lambda match: " ".join(match[0]), text)


def defused(text: str) -> str:
    """Write a text on one line, and its marks so that no model takes them for what parts speakers."""
    return unmarked(" ".join(text.split()))
