"""Weights in 4 or 8 bits: on a CUDA card with bitsandbytes, and a plain word where there is neither."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

import pytest
import torch

from ragkit.core.errors import ConfigError, MissingExtra
from ragkit.generate import ChatTransformers, load_generator
from ragkit.generate.transformers.loader import quantized

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.skipif(
    not torch.cuda.is_available() or importlib.util.find_spec("bitsandbytes") is None,
    reason="needs a CUDA card and bitsandbytes, the extra 'quantized'",
)
def test_a_model_in_8_bits_is_smaller_and_says_the_same(llama_folder: Path) -> None:
    small, full = (ChatTransformers(model=str(llama_folder), load_in=bits, max_tokens=8) for bits in ("8bit", None))
    sizes: list[Any] = [model.load().loaded.model.get_memory_footprint() for model in (small, full)]
    assert sizes[0] < sizes[1]
    assert small.invoke("a").text == full.invoke("a").text == "bcdefghi"


def test_a_processor_is_no_place_for_it_and_the_error_says_what_is(llama_folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"CUDA card.*llamacpp:"):
        load_generator(f"transformers:{llama_folder}?load_in=8bit&device=cpu").load()


def test_a_gguf_file_has_its_own_precision() -> None:
    with pytest.raises(ConfigError, match="its own precision"):
        quantized("4bit", "cuda", {"gguf_file": "model.gguf"})


@pytest.mark.parametrize("missing", ["bitsandbytes", "accelerate"])
def test_a_missing_package_is_named_with_the_extra_that_brings_it(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "ragkit.generate.transformers.loader.find_spec", lambda name: None if name == missing else object()
    )
    with pytest.raises(MissingExtra, match=rf"{missing}.*ragkit\[quantized\]"):
        quantized("4bit", "cuda", {})


def test_other_widths_are_a_config_error(llama_folder: Path) -> None:
    with pytest.raises(ConfigError, match="load_in"):
        load_generator(f"transformers:{llama_folder}?load_in=3bit")
