"""Options of summaries and comparisons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from ragkit.chains.options import NO_MODEL, Blueprint, ChainOptions, Resources
from ragkit.chains.summarize import summarize
from ragkit.generate.generator import spec_of

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable


class SummarizeOptions(ChainOptions):
    """Options of the chain `summarize`."""

    method: Literal["auto", "stuff", "map_reduce", "refine", "tree", "extractive", "query"] = "auto"
    sentences: int = Field(4, ge=1)
    words: int | None = Field(None, ge=1)
    question: str = Field("", description="What the summary should be about.")

    def blueprint(self, resources: Resources) -> Blueprint:
        """Return text or file to Answer, its summary."""
        model = "" if self.method == "extractive" else spec_of(self.model)
        return _blueprint(self, self.method, f"{self.method}, {_length(self)}, {model or NO_MODEL}", model)


class CompareOptions(ChainOptions):
    """Options of the chain `compare`."""

    sentences: int = Field(6, ge=1)
    words: int | None = Field(None, ge=1)
    question: str = Field("", description="In what they are compared.")

    def blueprint(self, resources: Resources) -> Blueprint:
        """Return texts or files to Answer, what they share and in what they differ."""
        model = spec_of(self.model)
        return _blueprint(self, "compare", f"{_length(self)}, {model}", model)


def _blueprint(options: SummarizeOptions | CompareOptions, method: str, how: str, model: str) -> Blueprint:
    def chain() -> Runnable[Any, Any]:
        from langchain_core.runnables import RunnableLambda

        from ragkit.chains.documents import documents

        shared = options.model_dump(include={"sentences", "words", "question"})
        summary = summarize(options.model, embedder=options.embedder, method=method, **shared)
        return RunnableLambda(documents) | summary

    step = ("compare" if method == "compare" else "summarize", how)
    return Blueprint(chain, (("read", "to documents"), step, ("ground", "each sentence with its quote")), model)


def _length(options: SummarizeOptions | CompareOptions) -> str:
    counted = f"{options.sentences} {'sentence' if options.sentences == 1 else 'sentences'}"
    return f"{counted}, {options.words} words" if options.words else counted
