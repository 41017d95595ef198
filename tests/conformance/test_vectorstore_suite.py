"""LangChain's own suite for vector stores, unchanged, over ragkit's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from langchain_tests.integration_tests import VectorStoreIntegrationTests

from ragkit.store import VectorStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class TestVectorStore(VectorStoreIntegrationTests):
    @pytest.fixture
    def vectorstore(self, tmp_path: Path) -> Iterator[VectorStore]:
        store = VectorStore(self.get_embeddings(), tmp_path / "store")
        yield store
        store.close()
