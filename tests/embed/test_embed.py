"""The real MiniLM: the fast runtime gives torch's vectors, order is kept, nothing is cut silently."""

from __future__ import annotations

import json
import logging
import os
import pickle
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from langchain_core.embeddings import Embeddings

from ragkit import load_embedder
from ragkit.core.errors import ConfigError, ModelError
from ragkit.core.settings import load_settings
from ragkit.core.types import Embedder, Tokenizer
from ragkit.embed import SentenceTransformerEmbeddings
from ragkit.embed.card import read_card
from ragkit.embed.openvino import OpenVinoRuntime
from ragkit.embed.torch import TorchRuntime

TEXTS = (
    "",
    " ",
    "a",
    "Parental leave is ninety days.",
    "The quick brown fox jumps over the lazy dog. " * 15,
    "def add(a: int, b: int) -> int:\n    return a + b\n",
    "| year | revenue |\n|---|---|\n| 2024 | 12,500.75 |",
    "Die Bücherei öffnet um neun Uhr.",
    "我们的图书馆每天早上九点开门。",
    "تفتح المكتبة أبوابها",
    "🎉 👩‍👩‍👧 ∑ ∞",
    "\x00\x01 control",
    "NUMBERS 1234567890 " * 20,
    "ALL CAPS? Yes! No... (maybe) [see] {this} <that> @home #1 50%",
)


@pytest.fixture(scope="module")
def by_torch(models_dir: Path) -> SentenceTransformerEmbeddings:
    return SentenceTransformerEmbeddings(runtime="torch", device="cpu")


def cosines(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a * b).sum(1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


@pytest.mark.parametrize("precision", ["auto", "f32"])
def test_openvino_gives_the_vectors_of_torch(models_dir: Path, by_torch, precision: str):
    fast = SentenceTransformerEmbeddings(runtime="openvino", precision=precision)
    assert cosines(fast.encode(TEXTS), by_torch.encode(TEXTS)).min() >= 0.999


def test_vectors_have_length_one_and_the_models_dimension(embedder: SentenceTransformerEmbeddings):
    vectors = embedder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.dimension) == (len(TEXTS), 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-2)


def test_no_texts_give_no_vectors(embedder: SentenceTransformerEmbeddings):
    assert embedder.encode([]).shape == (0, 384)
    assert embedder.embed_documents([]) == []


def test_each_text_gets_its_own_vector_whatever_its_length_and_neighbours(embedder: SentenceTransformerEmbeddings):
    texts = [f"{'word ' * (number * 37 % 90)} {number}" for number in range(120)]
    together = embedder.encode(texts)
    for place in (0, 17, 60, 119):
        assert cosines(together[place : place + 1], embedder.encode([texts[place]]))[0] > 0.999
    order = np.random.default_rng(0).permutation(len(texts))
    assert cosines(embedder.encode([texts[place] for place in order]), together[order]).min() > 0.999


def test_a_question_and_a_passage_of_the_same_words_are_the_same(embedder: SentenceTransformerEmbeddings):
    question = np.array(embedder.embed_query("How long is leave?"))
    assert question @ np.array(embedder.embed_documents(["How long is leave?"])[0]) > 0.999


async def test_it_is_an_embeddings_of_langchain_and_embeds_in_coroutines_too(embedder: SentenceTransformerEmbeddings):
    assert isinstance(embedder, Embeddings)
    assert await embedder.aembed_query("tide") == embedder.embed_query("tide")
    assert await embedder.aembed_documents(["ebb", "flow"]) == embedder.embed_documents(["ebb", "flow"])


def test_a_text_longer_than_the_model_reads_is_counted_and_logged(embedder: SentenceTransformerEmbeddings, caplog):
    before = embedder.truncated
    with caplog.at_level(logging.WARNING):
        long, cut = embedder.encode(["word " * 1000, "word " * 254])
    assert embedder.truncated == before + 1
    assert "1 of 2 texts exceed the 256 tokens" in caplog.text
    assert cosines(long[None], cut[None])[0] > 0.999


def test_a_text_of_exactly_the_limit_is_not_cut(embedder: SentenceTransformerEmbeddings):
    before = embedder.truncated
    assert embedder.tokenizer.max_tokens == 254
    embedder.encode(["word " * embedder.tokenizer.max_tokens])
    assert embedder.truncated == before


def test_threads_get_the_vectors_of_their_own_texts(embedder: SentenceTransformerEmbeddings):
    texts = [[f"thread {thread} text {number}" for number in range(20)] for thread in range(4)]
    alone = [embedder.encode(each) for each in texts]
    with ThreadPoolExecutor(4) as pool:
        for vectors, expected in zip(pool.map(embedder.encode, texts), alone, strict=True):
            assert cosines(vectors, expected).min() > 0.999


def test_the_tokenizer_counts_without_cutting_and_its_offsets_are_the_text(embedder: SentenceTransformerEmbeddings):
    text = "Unbelievable naïveté costs 12,500 € in 東京. " * 100
    offsets = embedder.tokenizer.offsets(text)
    assert len(offsets) == embedder.tokenizer.count(text) > 512
    assert all(0 <= start < end <= len(text) for start, end in offsets)
    assert [start for start, _ in offsets] == sorted(start for start, _ in offsets)
    assert isinstance(embedder.tokenizer, Tokenizer)
    assert isinstance(embedder, Embedder)


def test_a_lone_surrogate_is_a_character_like_others(embedder: SentenceTransformerEmbeddings):
    assert embedder.encode(["broken \ud800 text"]).shape == (1, 384)
    assert embedder.tokenizer.offsets("broken \ud800 text") == [(0, 6), (9, 13)]


def test_prefixes_are_part_of_vectors_limit_and_fingerprint(embedder: SentenceTransformerEmbeddings):
    prefixed = SentenceTransformerEmbeddings(query_prefix="query: ", document_prefix="passage: ")
    assert prefixed.tokenizer.max_tokens == 254 - prefixed.tokenizer.count("passage: ")
    assert cosines(prefixed.encode(["x"]), embedder.encode(["passage: x"]))[0] > 0.999
    assert prefixed.encode_query("x") @ embedder.encode_query("query: x") > 0.999
    assert prefixed.fingerprint != embedder.fingerprint


def test_the_fingerprint_is_json_and_the_same_for_each_runtime(embedder: SentenceTransformerEmbeddings, by_torch):
    assert json.loads(json.dumps(dict(embedder.fingerprint))) == dict(by_torch.fingerprint)
    assert len(embedder.fingerprint["weights"]) == 64


def test_a_spec_makes_the_embedder_with_its_options(models_dir: Path):
    made = load_embedder("sentence-transformers:all-MiniLM-L6-v2?runtime=openvino&precision=f32")
    assert made.describe() == {"model": "all-MiniLM-L6-v2", "runtime": "openvino", "precision": "f32"}


@pytest.mark.parametrize(
    ("spec", "what"),
    [
        ("sentence-transformers:all-MiniLM-L6-v2?speed=9", "unknown option 'speed'"),
        ("sentence-transformers:all-MiniLM-L6-v2?runtime=abacus", "unknown embedding runtime 'abacus'"),
        ("sentence-transformers:all-MiniLM-L6-v2?precision=f8", "unknown precision 'f8'"),
        ("no-such-model", "for example sentence-transformers:"),
        ("sentence-transformer:all-MiniLM-L6-v2", "did you mean 'sentence-transformers'"),
    ],
)
def test_a_wrong_spec_says_what_is_wrong(models_dir: Path, spec: str, what: str):
    with pytest.raises(ConfigError, match=what):
        load_embedder(spec)


def test_an_unknown_model_says_how_to_get_one():
    with pytest.raises(ModelError, match="ragkit models pull no-such-model"):
        SentenceTransformerEmbeddings("no-such-model")


def test_a_folder_that_holds_no_model_is_said_to(tmp_path: Path):
    with pytest.raises(ModelError, match=r"no config\.json"):
        SentenceTransformerEmbeddings(str(tmp_path))


@pytest.fixture
def copied(models_dir: Path, tmp_path: Path) -> Path:
    return shutil.copytree(models_dir / "all-MiniLM-L6-v2", tmp_path / "model")


def test_a_model_in_a_folder_works_without_being_known(copied: Path, embedder: SentenceTransformerEmbeddings):
    other = SentenceTransformerEmbeddings(str(copied))
    assert cosines(other.encode(["leave"]), embedder.encode(["leave"]))[0] > 0.999
    assert other.fingerprint["weights"] == embedder.fingerprint["weights"]


def test_damaged_weights_say_to_get_the_model_again(copied: Path, tmp_path: Path):
    os.truncate(copied / "model.safetensors", 100_000)
    card = read_card(copied)
    with pytest.raises(ModelError, match="get the model again"):
        OpenVinoRuntime(card, "0" * 64, tmp_path / "kept", threads=1)


def test_a_kept_graph_is_used_again_and_a_damaged_one_is_made_anew(models_dir: Path, tmp_path: Path, embedder):
    card, ids = read_card(models_dir / "all-MiniLM-L6-v2"), [[101, 2681, 102]]
    expected = OpenVinoRuntime(card, "0" * 64, tmp_path, threads=1, precision="f32").run(ids)[0]
    [weights] = tmp_path.rglob("model.bin")
    written = weights.stat().st_mtime_ns
    assert (OpenVinoRuntime(card, "0" * 64, tmp_path, threads=1, precision="f32").run(ids)[0] == expected).all()
    assert weights.stat().st_mtime_ns == written
    os.truncate(weights, 1_000_000)
    assert (OpenVinoRuntime(card, "0" * 64, tmp_path, threads=1, precision="f32").run(ids)[0] == expected).all()
    assert weights.stat().st_size > 1_000_000


def test_a_graph_that_cannot_be_kept_is_built_in_memory(models_dir: Path, tmp_path: Path):
    card = read_card(models_dir / "all-MiniLM-L6-v2")
    (tmp_path / "file").write_text("in the way")
    runtime = OpenVinoRuntime(card, "0" * 64, tmp_path / "file" / "kept", threads=1)
    assert runtime.run([[101, 102]])[0].shape == (1, 384)


def test_a_model_that_openvino_does_not_know_runs_on_torch(copied: Path, caplog):
    config = copied / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "hidden_act": "gelu_new"}))
    assert SentenceTransformerEmbeddings(str(copied)).describe()["runtime"] == "torch"
    with pytest.raises(ModelError, match="runtime=torch"):
        SentenceTransformerEmbeddings(str(copied), runtime="openvino").encode(["x"])


@pytest.mark.parametrize("place", [".", "2_Dense"])
def test_pickled_weights_are_refused_before_they_are_read(copied: Path, place: str):
    ran = copied / "ran"

    class Payload:
        def __reduce__(self):
            return Path.touch, (ran,)

    (copied / place).mkdir(exist_ok=True)
    (copied / place / "pytorch_model.bin").write_bytes(pickle.dumps(Payload()))
    if place == ".":
        (copied / "model.safetensors").unlink()
    with pytest.raises(ModelError, match=r"model\.safetensors"):
        TorchRuntime(copied, device="cpu")
    assert not ran.exists()


def test_answering_a_query_needs_no_torch(models_dir: Path):
    import subprocess

    code = (
        "from ragkit.embed import SentenceTransformerEmbeddings as E; import sys; E().embed_query('x');"
        "print([m for m in ('torch', 'transformers', 'sentence_transformers') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
    assert load_settings().models_dir == models_dir


@pytest.mark.parametrize("runtime", ["openvino", "torch"])
def test_vectors_of_tokens_are_those_of_both_runtimes(embedder: SentenceTransformerEmbeddings, by_torch, runtime: str):
    texts = ["A cat sleeps on the mat in Paris.", "Hello", "Ships are checked at every tide, twice in winter."]
    model = embedder if runtime == "openvino" else by_torch
    made, other = model.encode_passages(texts, tokens=True), embedder.encode_passages(texts, tokens=True)
    assert [len(tokens) for tokens in made.tokens] == [embedder.tokenizer.count(text) for text in texts]
    for tokens, others in zip(made.tokens, other.tokens, strict=True):
        assert (np.unpackbits(tokens) == np.unpackbits(others)).mean() > 0.98
    np.testing.assert_allclose(made.vectors, model.encode(texts), atol=1e-3)


@pytest.mark.parametrize("runtime", ["openvino", "torch"])
def test_a_question_gives_a_vector_and_a_place_for_each_token(embedder, by_torch, runtime: str):
    model = embedder if runtime == "openvino" else by_torch
    question = "Where do cats sleep?"
    found = model.encode_question(question)
    assert [question[start:end] for start, end in found.spans] == ["Where", "do", "cats", "sleep", "?"]
    assert found.tokens.shape == (5, model.token_dimension)
    np.testing.assert_allclose(np.linalg.norm(found.tokens, axis=1), 1, atol=1e-3)
    assert found.vector @ embedder.encode_query(question) > 0.999


def test_the_places_of_a_questions_tokens_do_not_count_its_prefix(models_dir: Path):
    model = SentenceTransformerEmbeddings(str(models_dir / "all-MiniLM-L6-v2"), query_prefix="query: ")
    found = model.encode_question("Cats sleep")
    assert found.spans == [(0, 4), (5, 10)]
    assert len(found.tokens) == 2


def test_the_projection_of_tokens_keeps_angles_and_never_changes():
    from ragkit.embed.tokens import projection

    matrix = projection(384)
    np.testing.assert_allclose(matrix.T @ matrix, np.eye(128), atol=1e-5)
    np.testing.assert_allclose(matrix[0, :4], [0.051031, -0.0494605, -0.0505395, -0.0466638], atol=1e-6)


def test_embedding_is_broken_off_when_another_thread_cancels_it(models_dir: Path):
    import threading
    from concurrent.futures import CancelledError

    model = SentenceTransformerEmbeddings(str(models_dir / "all-MiniLM-L6-v2"))
    model.encode_query("warm")
    timer = threading.Timer(0.2, model.cancel)
    timer.start()
    with pytest.raises(CancelledError):
        model.encode([f"text number {number} " * 60 for number in range(3000)])
    assert model.encode(["and works again"]).shape == (1, 384)


def test_many_texts_go_to_the_gpu_where_there_is_one_and_few_do_not(models_dir: Path, by_torch, monkeypatch):
    from ragkit.embed import encoder

    model = SentenceTransformerEmbeddings(str(models_dir / "all-MiniLM-L6-v2"))
    monkeypatch.setattr(encoder, "MANY", 3)
    monkeypatch.setitem(model.__dict__, "_on_gpu", by_torch.runtime)
    assert model._runtime_for(2).name == "openvino"
    made = model.encode_passages(["one", "two", "three"], tokens=True)
    np.testing.assert_allclose(made.vectors, by_torch.encode(["one", "two", "three"]), atol=1e-6)
