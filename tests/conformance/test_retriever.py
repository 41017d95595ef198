"""LangChain's own suite for retrievers, unchanged, over a small real index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_tests.integration_tests import RetrieversIntegrationTests

from ragkit import Index
from ragkit.retrieve import Retriever

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ragkit.embed import SentenceTransformerEmbeddings

TEXTS = (
    "Parental leave is ninety days.",
    "The canteen opens at noon.",
    "Bicycles are kept in the cellar.",
    "The fire drill is in May.",
)


class TestRetriever(RetrieversIntegrationTests):
    @pytest.fixture(autouse=True)
    def _index(self, tmp_path: Path, embedder: SentenceTransformerEmbeddings) -> Iterator[None]:
        for number, text in enumerate(TEXTS):
            (tmp_path / f"{number}.txt").write_text(text, "utf-8")
        self.index = Index(tmp_path / "index", embedder=embedder)
        self.index.sync(tmp_path)
        yield
        self.index.close()

    @property
    def retriever_constructor(self) -> type[Retriever]:
        return Retriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"searcher": self.index.searcher}

    @property
    def retriever_query_example(self) -> str:
        return "How long is parental leave?"
