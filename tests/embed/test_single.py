"""One question without a compiled graph: the vectors of torch, and nothing else is loaded."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from ragkit import models
from ragkit.core.errors import ModelError
from ragkit.embed import SentenceTransformerEmbeddings
from ragkit.embed.card import read_card
from ragkit.embed.single import SingleEncoder, mapped

if TYPE_CHECKING:
    from pathlib import Path

QUESTIONS = (
    "a",
    "How many days of parental leave are there?",
    "我们的图书馆每天早上九点开门。",
    "word " * 300,
    "ALL CAPS? Yes! No... (maybe) [see] {this} <that> @home #1 50%",
)


@pytest.fixture(scope="module")
def folder(models_dir: Path) -> Path:
    found = models.locate("all-MiniLM-L6-v2")
    assert found is not None
    return found


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    return shutil.copytree(folder, tmp_path / "model")


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_has_the_vector_of_torch(folder: Path, question: str):
    once = SentenceTransformerEmbeddings()
    once.expect_one_question()
    by_torch = SentenceTransformerEmbeddings(runtime="torch", device="cpu")
    assert once.encode_query(question) @ by_torch.encode_query(question) > 0.99999


def test_tokens_are_those_of_the_compiled_graph(embedder: SentenceTransformerEmbeddings):
    once = SentenceTransformerEmbeddings()
    once.expect_one_question()
    for question in QUESTIONS:
        ours, compiled = once.encode_question(question), embedder.encode_question(question)
        assert ours.spans == compiled.spans
        assert (ours.tokens * compiled.tokens).sum(axis=1).min() > 0.999


def test_pooling_by_the_first_token_is_its_state(copy: Path):
    (copy / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_cls_token": True}))
    once = SentenceTransformerEmbeddings(str(copy))
    compiled = SentenceTransformerEmbeddings(str(copy), runtime="openvino")
    once.expect_one_question()
    assert once.encode_query("leave") @ compiled.encode_query("leave") > 0.999


def test_one_question_loads_no_runtime(folder: Path):
    code = """
import sys
from ragkit.embed import load_encoder
encoder = load_encoder("sentence-transformers:all-MiniLM-L6-v2")
encoder.expect_one_question()
assert encoder.encode_question("leave").tokens.shape == (1, 128)
assert not {"openvino", "torch", "transformers"} & set(sys.modules), sorted(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_weights_of_another_type_are_left_to_the_compiled_graph(copy: Path):
    weights = {name: value.astype(np.float16) for name, value in load_file(copy / "model.safetensors").items()}
    save_file(weights, copy / "model.safetensors")
    with pytest.raises(ModelError, match="F16, not F32"):
        mapped(copy / "model.safetensors")
    once = SentenceTransformerEmbeddings(str(copy))
    once.expect_one_question()
    assert np.linalg.norm(once.encode_query("leave")) == pytest.approx(1, abs=1e-2)


@pytest.mark.parametrize("content", [b"", b"\xff" * 64, b"\x08\0\0\0\0\0\0\0{}      ", b"\x02\0\0\0\0\0\0\0[]"])
def test_a_damaged_file_is_an_error_that_says_so(copy: Path, content: bytes):
    (copy / "model.safetensors").write_bytes(content)
    with pytest.raises(ModelError, match=r"get the model again|not a whole model"):
        SingleEncoder(read_card(copy)).project([101, 102])
