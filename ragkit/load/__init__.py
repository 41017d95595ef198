"""Files and web pages to LangChain Documents; every path has exactly one outcome.

What happens to a path, and where:

- ``files`` is the entry: paths in, a ``LoadedFile`` each; ``loaders`` wraps it for LangChain.
- ``walk`` lists folders; ``web`` fetches pages and follows links.
- ``workers`` reads each file in a process of its own and makes an outcome of whatever happens there.
- ``detect`` finds the media type of the content, ``readers`` the function that reads it, ``plugins`` formats of others.
- ``formats`` holds the readers: a PDF is read in ``formats.pdf.document``, a Word file in ``formats.office.docx``.
- ``content`` is what a reader gets and returns, ``limits`` what a file may cost, ``encoding`` bytes to text.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragkit.load.content import Content, Part, PlacedText, RawFile
    from ragkit.load.files import load, load_file
    from ragkit.load.formats.layout.boxes import PageBox, boxes
    from ragkit.load.limits import Limits
    from ragkit.load.loaders import FileLoader, WebLoader
    from ragkit.load.plugins import Format
    from ragkit.load.walk import iter_files, survey
    from ragkit.load.web.options import WebOptions

__all__ = [
    "Content",
    "FileLoader",
    "Format",
    "Limits",
    "PageBox",
    "Part",
    "PlacedText",
    "RawFile",
    "WebLoader",
    "WebOptions",
    "boxes",
    "iter_files",
    "load",
    "load_file",
    "survey",
]

_HOMES = {
    "Content": "ragkit.load.content",
    "FileLoader": "ragkit.load.loaders",
    "Format": "ragkit.load.plugins",
    "Limits": "ragkit.load.limits",
    "PageBox": "ragkit.load.formats.layout.boxes",
    "Part": "ragkit.load.content",
    "PlacedText": "ragkit.load.content",
    "RawFile": "ragkit.load.content",
    "WebLoader": "ragkit.load.loaders",
    "WebOptions": "ragkit.load.web.options",
    "boxes": "ragkit.load.formats.layout.boxes",
    "iter_files": "ragkit.load.walk",
    "load": "ragkit.load.files",
    "load_file": "ragkit.load.files",
    "survey": "ragkit.load.walk",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
