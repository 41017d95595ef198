"""Files to LangChain Documents: one module a family of formats, every file with exactly one outcome."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragkit.load.files import load, load_file
    from ragkit.load.limits import Limits
    from ragkit.load.loader import FileLoader
    from ragkit.load.walk import iter_files
    from ragkit.load.web.loader import WebLoader
    from ragkit.load.web.options import WebOptions

__all__ = ["FileLoader", "Limits", "WebLoader", "WebOptions", "iter_files", "load", "load_file"]

_HOMES = {
    "FileLoader": "ragkit.load.loader",
    "Limits": "ragkit.load.limits",
    "WebLoader": "ragkit.load.web.loader",
    "WebOptions": "ragkit.load.web.options",
    "iter_files": "ragkit.load.walk",
    "load": "ragkit.load.files",
    "load_file": "ragkit.load.files",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
