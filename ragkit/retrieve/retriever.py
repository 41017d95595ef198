"""The search as a LangChain retriever."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field

from ragkit.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.callbacks import CallbackManagerForRetrieverRun

    from ragkit.types import Chunk, Hit


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
    """Retrieves passages of a ragkit index. ``invoke`` takes ``k`` and ``mode`` for one call.

    Attributes:
        searcher: a ``ragkit.retrieve.Searcher``.
        k: passages to return.
        mode: ``hybrid``, ``dense`` or ``lexical``.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    searcher: Any
    k: int = Field(default=5, ge=1)
    mode: Literal["hybrid", "dense", "lexical"] = "hybrid"

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, **options: Any
    ) -> list[Document]:
        k, mode = options.pop("k", self.k), options.pop("mode", self.mode)
        if options:
            raise ConfigError(f"unknown search option {min(options)!r}: known are k and mode")
        return Passages(query, self.searcher.search(query, k, mode))
