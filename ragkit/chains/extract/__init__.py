"""Fill in a form from a document, each value with its quote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragkit.chains.registry import RegisteredChain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ragkit.chains.base import Model
    from ragkit.chains.extract.chain import ExtractChain
    from ragkit.core.types import Embedder


def extract(
    schema: type | Mapping[str, Any], model: Model = None, *, embedder: str | Embedder | None = None
) -> ExtractChain:
    """Return a Runnable from a document, or several, to the values of fields, each with its quote.

    Args:
        schema: a pydantic class, or a JSON schema of an object.
        model: generator spec, LangChain chat model, or None for the settings'.
        embedder: also finds what bears on a field by meaning; None takes the settings'.
    """
    from ragkit.chains.examples import as_embedder
    from ragkit.chains.extract.chain import ExtractChain
    from ragkit.generate.generator import as_generator

    return ExtractChain(schema, as_generator(model), encode=as_embedder(embedder).encode)


CHAINS = (
    RegisteredChain(
        "extract",
        "Fills in a form from a document, each value with its quote; what no sentence states is null.",
        "ragkit.chains.extract.options:ExtractOptions",
        input="text",
        takes="a text, or the path of a file",
        result="Extraction",
        keys=("values", "fields", "model", "usage", "timings"),
        function=extract,
        classes={
            "ExtractChain": "ragkit.chains.extract.chain",
            "Extracted": "ragkit.chains.extract.result",
            "Extraction": "ragkit.chains.extract.result",
        },
    ),
)
