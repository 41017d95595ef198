"""ragkit: answers over document collections, each sentence backed by a verbatim quote with its exact place.

The way of the data, one folder for each arrow::

    files -> load -> split -> embed -> index -> retrieve -> prompt -> generate -> ground -> Answer

``chains`` joins the arrows, ``collection`` holds the ``Index`` most people use, ``evaluate`` measures, ``cli`` is the
command line. Importing ragkit loads nothing heavy: names are found when they are used (PEP 562).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragkit.collection import Index as Index
    from ragkit.embed import load_embedder as load_embedder
    from ragkit.errors import RagkitError as RagkitError
    from ragkit.generate import load_generator as load_generator
    from ragkit.indexes import Indexes as Indexes
    from ragkit.types import Answer as Answer
    from ragkit.types import Chunk as Chunk
    from ragkit.types import Citation as Citation
    from ragkit.types import Example as Example
    from ragkit.types import Hit as Hit
    from ragkit.types import IngestReport as IngestReport

__version__ = "0.1.0"

_HOMES = {
    "Answer": "ragkit.types",
    "Chunk": "ragkit.types",
    "Citation": "ragkit.types",
    "Example": "ragkit.types",
    "Hit": "ragkit.types",
    "Index": "ragkit.collection",
    "Indexes": "ragkit.indexes",
    "IngestReport": "ragkit.types",
    "RagkitError": "ragkit.errors",
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
