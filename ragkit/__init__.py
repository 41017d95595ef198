"""ragkit: answers over document collections, each sentence backed by a verbatim quote with its exact place.

The way of the data, one folder for each arrow::

    files -> load -> split -> embed -> index -> retrieve -> prompt -> generate -> ground -> Answer

``chains`` joins the arrows, ``collection`` holds the ``Index`` most people use, ``evaluate`` measures, ``cli`` is the
command line. Importing ragkit loads nothing heavy: names are found when they are used (PEP 562).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragkit.core.errors import RagkitError as RagkitError
    from ragkit.core.types import Answer as Answer
    from ragkit.core.types import Chunk as Chunk
    from ragkit.core.types import Citation as Citation
    from ragkit.core.types import Example as Example
    from ragkit.core.types import Hit as Hit
    from ragkit.core.types import IngestReport as IngestReport
    from ragkit.embed import load_embedder as load_embedder
    from ragkit.generate import load_generator as load_generator
    from ragkit.index import Index as Index
    from ragkit.index import Indexes as Indexes

__version__ = "0.1.0"

_HOMES = {
    "Answer": "ragkit.core.types",
    "Chunk": "ragkit.core.types",
    "Citation": "ragkit.core.types",
    "Example": "ragkit.core.types",
    "Hit": "ragkit.core.types",
    "Index": "ragkit.index",
    "Indexes": "ragkit.index",
    "IngestReport": "ragkit.core.types",
    "RagkitError": "ragkit.core.errors",
    "load_embedder": "ragkit.embed",
    "load_generator": "ragkit.generate",
}
__all__ = [
    "Answer",
    "Chunk",
    "Citation",
    "Example",
    "Hit",
    "Index",
    "Indexes",
    "IngestReport",
    "RagkitError",
    "load_embedder",
    "load_generator",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'ragkit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
