"""ragkit: answers over document collections, each sentence backed by a verbatim quote with its exact place.

The way of the data, one folder for each arrow::

    files -> load -> split -> embed -> index -> retrieve -> prompt -> generate -> ground -> Answer

``chains`` joins the arrows, ``collection`` holds the ``Index`` most people use, ``evaluate`` measures, ``cli`` is the
command line. Importing ragkit loads nothing heavy: names are found when they are used (PEP 562).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

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
else:
    from ragkit.lazy import lazy_exports

    __getattr__, __dir__, __all__ = lazy_exports(
        __name__,
        {
            "ragkit.collection": "Index",
            "ragkit.embed": "load_embedder",
            "ragkit.errors": "RagkitError",
            "ragkit.generate": "load_generator",
            "ragkit.indexes": "Indexes",
            "ragkit.types": "Answer Chunk Citation Example Hit IngestReport",
        },
    )

__version__ = "0.1.0"
