"""Summarise documents, or compare them, every sentence with its quote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragkit.chains.registry import ANSWER_KEYS, RegisteredChain

if TYPE_CHECKING:
    from ragkit.chains.base import Model
    from ragkit.chains.summarize.chain import SummaryChain
    from ragkit.core.types import Embedder


def summarize(model: Model = None, *, embedder: str | Embedder | None = None, **options: Any) -> SummaryChain:
    """Return a Runnable from a document, or several, to a summary whose sentences are cited.

    Args:
        model: generator spec, LangChain chat model, or None for the settings'.
        embedder: finds what bears on a ``question`` by its meaning too; None takes the settings'.
        **options: of :class:`ragkit.chains.SummaryChain`.
    """
    from ragkit.chains.examples import as_embedder
    from ragkit.chains.summarize.chain import SummaryChain
    from ragkit.generate.generator import as_generator

    return SummaryChain(
        as_generator(model, check_spec=options.get("method") != "extractive"),
        encode=as_embedder(embedder).encode if options.get("question") else None,
        **options,
    )


CHAINS = (
    RegisteredChain(
        "summarize",
        "Summarises a text, or the file at a path, every sentence with its quote.",
        "ragkit.chains.summarize.options:SummarizeOptions",
        input="text",
        takes="a text, or the path of a file",
        result="Answer",
        keys=ANSWER_KEYS,
        function=summarize,
        classes={"SummaryChain": "ragkit.chains.summarize.chain"},
    ),
    RegisteredChain(
        "compare",
        "Says what documents share and in what they differ.",
        "ragkit.chains.summarize.options:CompareOptions",
        input="documents",
        takes="texts, or paths of files",
        result="Answer",
        keys=ANSWER_KEYS,
    ),
)
