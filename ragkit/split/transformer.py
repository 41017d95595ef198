"""The splitter as a LangChain document transformer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_core.documents import BaseDocumentTransformer, Document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragkit.split.splitter import Splitter


class DocumentSplitter(BaseDocumentTransformer):
    """Cut LangChain Documents into smaller ones.

    Each result carries its document's metadata and, under ``start``, ``end`` and ``heading``, where it stands there.

    Args:
        splitter: what cuts.
    """

    def __init__(self, splitter: Splitter) -> None:
        self.splitter = splitter

    def transform_documents(self, documents: Sequence[Document], **kwargs: Any) -> list[Document]:
        """Cut the documents, in order.

        Args:
            documents: any documents.
            kwargs: not used.
        """
        return [
            Document(
                page_content=chunk.text,
                metadata={**chunk.metadata, "start": chunk.start, "end": chunk.end, "heading": chunk.heading},
                id=chunk.id,
            )
            for document in documents
            for chunk in self.splitter.split(document)
        ]
