"""SmolLM2, and tiny transformers models that always answer with the letters after the last one of the prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ragkit import models

if TYPE_CHECKING:
    from pathlib import Path

SMOLLM2 = "SmolLM2-135M-Instruct-Q4_1"
END = "<end>"  # follows the letter z


@pytest.fixture(scope="session")
def smollm2() -> Path:
    found = models.locate(SMOLLM2)
    if found is None:
        pytest.fail(f"this test needs {SMOLLM2}: run ragkit models pull {SMOLLM2}")
    return found


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


def _saved(model: Any, tokenizer: Any, folder: Path) -> Path:
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
