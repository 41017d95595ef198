"""LangChain's own suites for embeddings, unchanged, over ragkit's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_tests.integration_tests import EmbeddingsIntegrationTests
from langchain_tests.unit_tests import EmbeddingsUnitTests

from ragkit.embed import SentenceTransformerEmbeddings

if TYPE_CHECKING:
    from pathlib import Path


class MiniLM:
    @pytest.fixture(autouse=True)
    def _models(self, models_dir: Path) -> None: ...

    @property
    def embeddings_class(self) -> type[SentenceTransformerEmbeddings]:
        return SentenceTransformerEmbeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {"model": "all-MiniLM-L6-v2"}


class TestUnit(MiniLM, EmbeddingsUnitTests):
    pass


class TestIntegration(MiniLM, EmbeddingsIntegrationTests):
    pass
