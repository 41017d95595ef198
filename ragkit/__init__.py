"""ragkit: answers over document collections, each sentence backed by a verbatim quote with its exact place.

The data flow, a folder for each stage::

    files -> load -> split -> embed -> store -> retrieve -> prompt -> generate -> ground -> Answer

===============  ====================================================================================================
``core``         types, protocols, errors, settings, the registry of providers, places in documents
``text``         sentences, search terms, languages; ``text.rules`` holds every list of words of a language
``load``         files to documents: detection, ``formats`` (a folder a family), ``workers``, ``web``
``split``        documents to chunks with exact offsets
``embed``        text to vectors
``store``        the index folder: ``sqlite`` (the truth), ``search`` (its caches), ``care`` (verify, repair, compact)
``retrieve``     question to passages, re-ranking, the sentences that are evidence
``prompt``       templates, examples, packing to a token budget
``generate``     messages to tokens: ``llamacpp``, ``transformers``, ``hosted``; ``usage`` counts and caches
``ground``       statements, ``verify`` (whether a source supports one), citations, abstention, safety, rendering
``ingest``       files to an index: load, split, embed and store joined
``chains``       a folder a chain; each registers itself
``collection``   what can be searched and asked; ``index``: one folder of it (``Index``), or several (``Indexes``)
``pipelines``    chains in YAML; ``models``: the catalogue of model files
``evaluate``     measures every stage; ``tune`` fits prompts; ``testing``: suites for people who extend ragkit
``cli``          the command line, a module a command family
===============  ====================================================================================================

Importing ragkit loads nothing heavy: names are found when they are used (PEP 562).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragkit.chains.check import check as check
    from ragkit.core.errors import RagkitError as RagkitError
    from ragkit.core.settings import Settings as Settings
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
else:
    from ragkit.core.lazy import lazy_exports

    __getattr__, __dir__, __all__ = lazy_exports(
        __name__,
        {
            "ragkit.chains.check": "check",
            "ragkit.core.errors": "RagkitError",
            "ragkit.core.settings": "Settings",
            "ragkit.core.types": "Answer Chunk Citation Example Hit IngestReport",
            "ragkit.embed": "load_embedder",
            "ragkit.generate": "load_generator",
            "ragkit.index": "Index Indexes",
        },
    )

__version__ = "0.1.0"
