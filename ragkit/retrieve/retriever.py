"""The search as a LangChain retriever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from langchain_core.documents import BaseDocumentCompressor, Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field, ValidationError

from ragkit.core.errors import ConfigError
from ragkit.retrieve.pipeline import FETCH_K, find

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.callbacks import CallbackManagerForRetrieverRun

    from ragkit.core.types import Chunk, Hit


def to_document(chunk: Chunk) -> Document:
    """Return a chunk as a LangChain document: its place in the metadata, no score."""
    metadata = {
        **chunk.metadata,
        "document_id": chunk.document_id,
        "start": chunk.start,
        "end": chunk.end,
        "heading": chunk.heading,
    }
    return Document(id=chunk.id, page_content=chunk.text, metadata=metadata)


class Passages(list[Document]):
    """Retrieved documents that remember the question and their scores, so that later steps of a chain can use them.

    Attributes:
        question: what was asked.
        hits: the passages with scores, in the same order.
    """

    def __init__(self, question: str, hits: Sequence[Hit]) -> None:
        super().__init__(to_document(hit.chunk) for hit in hits)
        self.question = question
        self.hits = tuple(hits)


class Retriever(BaseRetriever):
    """Retrieves passages of one or several ragkit indexes; ``invoke`` takes every field but the searcher for one call.

    Attributes:
        searcher: a ``ragkit.retrieve.Searcher``.
        k: passages to return.
        mode: ``hybrid``, ``dense`` or ``lexical``.
        filter: what the passages' metadata must be, in the language of ``ragkit.store.search.filters``.
        diversity: weight of unlikeness to better passages, from 0 to 1 (maximal marginal relevance); None is off.
        fetch_k: passages that the compressor sees and that are chosen from for diversity; never below ``k``.
        compressor: re-ranks; any LangChain document compressor.
        query_transform: puts the question in other words first: ``MultiQuery``, ``HyDE`` or your own.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    searcher: Any
    k: int = Field(default=5, ge=1)
    mode: Literal["hybrid", "dense", "lexical"] = "hybrid"
    filter: dict[str, Any] | None = None
    diversity: float | None = Field(default=None, ge=0, le=1)
    fetch_k: int = Field(default=FETCH_K, ge=1)
    compressor: BaseDocumentCompressor | None = None
    query_transform: Any = None

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, **options: Any
    ) -> list[Document]:
        asked = self._with(options) if options else self
        hits = find(
            self.searcher,
            query,
            asked.k,
            asked.mode,
            filter=asked.filter,
            diversity=asked.diversity,
            fetch_k=asked.fetch_k,
            compressor=asked.compressor,
            query_transform=asked.query_transform,
        )
        return Passages(query, hits)

    def _with(self, options: dict[str, Any]) -> Retriever:
        """Return the retriever with other values for one call, checked as those of the fields are."""
        unknown = sorted(options.keys() - set(OPTIONS))
        if unknown:
            raise ConfigError(f"unknown search option {unknown[0]!r}: choose {', '.join(OPTIONS)}")
        values = {name: getattr(self, name) for name in OPTIONS} | options
        try:
            return Retriever(searcher=self.searcher, **values)
        except ValidationError as error:
            first = error.errors()[0]
            raise ConfigError(f"search option {first['loc'][0]!r}: {first['msg']}, not {first['input']!r}") from error


OPTIONS = ("k", "mode", "filter", "diversity", "fetch_k", "compressor", "query_transform")
