"""Send a question to the chain that answers its kind: passages, sheets, several steps, an overview, a list, code."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragkit.chains.registry import RegisteredChain

CHAINS: tuple[RegisteredChain, ...] = ()  # the chains `answer` and `chat` are routed; routing is no chain of its own
