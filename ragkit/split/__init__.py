"""Document to chunks: structure first, sizes in the embedder's own tokens, offsets exact."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragkit.split.splitter import Splitter, embedding_text, load_splitter
    from ragkit.split.transformer import DocumentSplitter

__all__ = ["DocumentSplitter", "Splitter", "embedding_text", "load_splitter"]

_HOMES = {
    "DocumentSplitter": "ragkit.split.transformer",
    "Splitter": "ragkit.split.splitter",
    "embedding_text": "ragkit.split.splitter",
    "load_splitter": "ragkit.split.splitter",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
