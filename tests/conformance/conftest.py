"""Models for the conformance suites."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ragkit import models
from ragkit.testing import openai_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SMOLLM2 = "SmolLM2-135M-Instruct-Q4_1"


@pytest.fixture(scope="session")
def smollm2() -> Path:
    return models.path(SMOLLM2)  # or an error that says how to get it


@pytest.fixture(scope="session")
def base_url(smollm2: Path) -> Iterator[str]:
    """Base URL of llama.cpp's own server with SmolLM2."""
    with openai_server(smollm2, context=2048) as url:
        yield url


@pytest.fixture(scope="session")
def tiny_llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Llama of two small layers with random weights, one token a byte, and a chat template.

    It likes quotation marks best, so that strings of a JSON answer come to an end.
    """
    import torch
    from tokenizers import Tokenizer, decoders, pre_tokenizers
    from tokenizers.models import BPE
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(BPE(vocab={symbol: number for number, symbol in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<end>")
    fast.chat_template = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant: "
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(fast),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=1024,
        bos_token_id=None,
        eos_token_id=fast.eos_token_id,
    )
    folder = tmp_path_factory.mktemp("tiny-llama")
    model = LlamaForCausalLM(config)
    with torch.no_grad():
        model.model.embed_tokens.weight[:, 0] = 3.0
        model.lm_head.weight[fast.convert_tokens_to_ids('"'), 0] = 1.0
    model.save_pretrained(folder)
    fast.save_pretrained(folder)
    return folder
