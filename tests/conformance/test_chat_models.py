"""LangChain's own suites for chat models, unchanged, over ragkit's two local backends.

ChatLlamaCpp runs SmolLM2. ChatTransformers runs a tiny Llama with random weights: what the suites ask of a plain chat
model is about shapes (a message, some text, counts, the order of chunks), none of it about sense, and SmolLM2 needs
half a minute to load there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_tests.integration_tests import ChatModelIntegrationTests
from langchain_tests.unit_tests import ChatModelUnitTests

from ragkit.generate import ChatLlamaCpp, ChatTransformers

if TYPE_CHECKING:
    from pathlib import Path


class LlamaCpp:
    @pytest.fixture(autouse=True)
    def _model_file(self, smollm2: Path) -> None:
        self.path = str(smollm2)

    @property
    def chat_model_class(self) -> type[ChatLlamaCpp]:
        return ChatLlamaCpp

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": self.path}


class TestLlamaCppUnit(LlamaCpp, ChatModelUnitTests):
    pass


class TestLlamaCppIntegration(LlamaCpp, ChatModelIntegrationTests):
    @property
    def standard_chat_model_params(self) -> dict[str, Any]:
        return {"max_tokens": 128}  # enough for the longest JSON that is asked for


class Transformers:
    @pytest.fixture(autouse=True)
    def _model_folder(self, tiny_llama: Path) -> None:
        self.path = str(tiny_llama)

    @property
    def chat_model_class(self) -> type[ChatTransformers]:
        return ChatTransformers

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"model": self.path}


class TestTransformersUnit(Transformers, ChatModelUnitTests):
    pass


class TestTransformersIntegration(Transformers, ChatModelIntegrationTests):
    @property
    def standard_chat_model_params(self) -> dict[str, Any]:
        return {"max_tokens": 16}
