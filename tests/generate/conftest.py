"""SmolLM2, and tiny models that always answer with the letters after the last one of the prompt."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from ragkit import models
from ragkit.testing import openai_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SMOLLM2 = "SmolLM2-135M-Instruct-Q4_1"
END = "<end>"  # follows the letter z


@pytest.fixture(scope="session")
def smollm2() -> Path:
    return models.path(SMOLLM2)  # or an error that says how to get it


@pytest.fixture(scope="session")
def base_url(smollm2: Path) -> Iterator[str]:
    """Base URL of llama.cpp's own server with SmolLM2."""
    with openai_server(smollm2, context=1024, parallel=2) as url:
        yield url


@pytest.fixture(scope="session")
def byte_tokenizer() -> Any:
    """One token a byte and an end token."""
    from tokenizers import Tokenizer, decoders, pre_tokenizers
    from tokenizers.models import BPE
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(BPE(vocab={symbol: number for number, symbol in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=END, pad_token=END)


def successors(tokenizer: Any) -> Any:
    """Scores that make each token be followed by the next letter, z by the end, and the end by a: (tokens, tokens)."""
    import torch

    letters = [tokenizer.convert_tokens_to_ids(letter) for letter in "abcdefghijklmnopqrstuvwxyz"]
    end = tokenizer.eos_token_id
    scores = torch.zeros(len(tokenizer), len(tokenizer))
    for token, follower in zip([end, *letters], [*letters, end], strict=True):
        scores[follower, token] = 1.0
    return scores


def set_weights(model: Any, tokenizer: Any, embeddings: list[str], head: str) -> None:
    """Leave only the way from an embedding straight to the output: every layer adds nothing."""
    import torch

    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "norm" not in name and "ln_" not in name:
                weight.zero_()
        for embedding in embeddings:
            model.get_parameter(embedding).copy_(torch.eye(len(tokenizer)))
        model.get_parameter(head).copy_(10 * successors(tokenizer))


@pytest.fixture(scope="session")
def llama_folder(tmp_path_factory: pytest.TempPathFactory, byte_tokenizer: Any) -> Path:
    """A causal model with a chat template and a context of 256 tokens."""
    import copy

    from transformers import LlamaConfig, LlamaForCausalLM

    size = len(byte_tokenizer)
    config = LlamaConfig(
        vocab_size=size,
        hidden_size=size,
        intermediate_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        head_dim=8,
        max_position_embeddings=256,
        tie_word_embeddings=False,
        bos_token_id=None,
        eos_token_id=byte_tokenizer.eos_token_id,
    )
    model = LlamaForCausalLM(config)
    set_weights(model, byte_tokenizer, ["model.embed_tokens.weight"], "lm_head.weight")
    tokenizer = copy.deepcopy(byte_tokenizer)
    tokenizer.chat_template = "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}"
    return _saved(model, tokenizer, tmp_path_factory.mktemp("llama"))


@pytest.fixture(scope="session")
def gpt2_folder(tmp_path_factory: pytest.TempPathFactory, byte_tokenizer: Any) -> Path:
    """A causal model that was never taught to chat."""
    from transformers import GPT2Config, GPT2LMHeadModel

    size = len(byte_tokenizer)
    config = GPT2Config(
        vocab_size=size,
        n_positions=256,
        n_embd=size,
        n_layer=1,
        n_head=1,
        tie_word_embeddings=False,
        bos_token_id=byte_tokenizer.eos_token_id,
        eos_token_id=byte_tokenizer.eos_token_id,
    )
    model = GPT2LMHeadModel(config)
    set_weights(model, byte_tokenizer, ["transformer.wte.weight"], "lm_head.weight")
    return _saved(model, byte_tokenizer, tmp_path_factory.mktemp("gpt2"))


@pytest.fixture(scope="session")
def bart_folder(tmp_path_factory: pytest.TempPathFactory, byte_tokenizer: Any) -> Path:
    """A sequence-to-sequence model with a context of 64 tokens: whatever it is asked, it says the alphabet."""
    from transformers import BartConfig, BartForConditionalGeneration

    size, end = len(byte_tokenizer), byte_tokenizer.eos_token_id
    config = BartConfig(
        vocab_size=size,
        d_model=size,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=1,
        decoder_attention_heads=1,
        encoder_ffn_dim=4,
        decoder_ffn_dim=4,
        max_position_embeddings=64,
        tie_word_embeddings=False,
        bos_token_id=end,
        pad_token_id=end,
        eos_token_id=end,
        decoder_start_token_id=end,
        forced_eos_token_id=end,
    )
    model = BartForConditionalGeneration(config)
    set_weights(model, byte_tokenizer, ["model.shared.weight", "model.decoder.embed_tokens.weight"], "lm_head.weight")
    return _saved(model, byte_tokenizer, tmp_path_factory.mktemp("bart"))


def gguf_value(value: Any) -> bytes:
    """A value of a GGUF header with its type before it."""
    if isinstance(value, bool):
        return struct.pack("<I?", 7, value)
    if isinstance(value, int):
        return struct.pack("<II", 4, value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    if isinstance(value, str):
        return struct.pack("<I", 8) + gguf_string(value)
    if isinstance(value[0], int):  # a list's numbers are signed, others are not
        return struct.pack("<IIQ", 9, 5, len(value)) + struct.pack(f"<{len(value)}i", *value)
    return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(gguf_string, value))


def gguf_string(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def write_gguf(path: Path, facts: dict[str, Any], tensors: dict[str, Any]) -> None:
    """Write a GGUF file (version 3) of 32-bit floats."""
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(facts))
    head += b"".join(gguf_string(key) + gguf_value(value) for key, value in facts.items())
    data = b""
    for name, tensor in tensors.items():
        head += gguf_string(name) + struct.pack(f"<I{tensor.ndim}Q", tensor.ndim, *reversed(tensor.shape))
        head += struct.pack("<IQ", 0, len(data))
        data += tensor.astype("<f4").tobytes()
        data += bytes(-len(data) % 32)
    path.write_bytes(head + bytes(-len(head) % 32) + data)


@pytest.fixture(scope="session")
def tiny_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Llama as a GGUF file of 1.6 MB, one token a byte and ``ab``, a chat template, 512 tokens of context."""
    from tokenizers import pre_tokenizers

    tokens = [*sorted(pre_tokenizers.ByteLevel.alphabet()), "ab", END]
    size, number = len(tokens), {token: position for position, token in enumerate(tokens)}
    letters = "abcdefghijklmnopqrstuvwxyz"
    head = np.zeros((size, size))
    for token, follower in zip([END, *letters], [*letters, END], strict=True):
        head[number[follower], number[token]] = 10
    facts = {
        "general.architecture": "llama",
        "llama.context_length": 512,
        "llama.embedding_length": size,
        "llama.block_count": 1,
        "llama.feed_forward_length": 8,
        "llama.attention.head_count": 1,
        "llama.attention.head_count_kv": 1,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "llama.rope.dimension_count": size,
        "llama.vocab_size": size,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "gpt-2",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": [1] * (size - 1) + [3],
        "tokenizer.ggml.merges": ["a b"],
        "tokenizer.ggml.bos_token_id": number[END],
        "tokenizer.ggml.eos_token_id": number[END],
        "tokenizer.ggml.add_bos_token": False,
        "tokenizer.chat_template": "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}",
    }
    shapes = {
        "attn_q": (size, size),
        "attn_k": (size, size),
        "attn_v": (size, size),
        "attn_output": (size, size),
        "ffn_gate": (8, size),
        "ffn_up": (8, size),
        "ffn_down": (size, 8),
    }
    tensors = {
        "token_embd.weight": np.eye(size),
        "output.weight": head,
        "output_norm.weight": np.ones(size),
        "blk.0.attn_norm.weight": np.ones(size),
        "blk.0.ffn_norm.weight": np.ones(size),
        **{f"blk.0.{name}.weight": np.zeros(shape) for name, shape in shapes.items()},
    }
    path = tmp_path_factory.mktemp("gguf") / "tiny.gguf"
    write_gguf(path, facts, tensors)
    return path


def _saved(model: Any, tokenizer: Any, folder: Path) -> Path:
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
