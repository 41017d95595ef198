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

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragkit.load.content import Content as Content
    from ragkit.load.content import Part as Part
    from ragkit.load.content import PlacedText as PlacedText
    from ragkit.load.content import RawFile as RawFile
    from ragkit.load.files import load as load
    from ragkit.load.files import load_file as load_file
    from ragkit.load.formats.layout.boxes import PageBox as PageBox
    from ragkit.load.formats.layout.boxes import boxes as boxes
    from ragkit.load.limits import Limits as Limits
    from ragkit.load.loaders import FileLoader as FileLoader
    from ragkit.load.loaders import WebLoader as WebLoader
    from ragkit.load.plugins import Format as Format
    from ragkit.load.walk import iter_files as iter_files
    from ragkit.load.walk import survey as survey
    from ragkit.load.web.options import WebOptions as WebOptions
else:
    from ragkit.core.lazy import lazy_exports

    __getattr__, __dir__, __all__ = lazy_exports(
        __name__,
        {
            "ragkit.load.content": "Content Part PlacedText RawFile",
            "ragkit.load.files": "load load_file",
            "ragkit.load.formats.layout.boxes": "PageBox boxes",
            "ragkit.load.limits": "Limits",
            "ragkit.load.loaders": "FileLoader WebLoader",
            "ragkit.load.plugins": "Format",
            "ragkit.load.walk": "iter_files survey",
            "ragkit.load.web.options": "WebOptions",
        },
    )
