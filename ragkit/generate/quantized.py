"""Weights of transformers models in 4 or 8 bits, made so by bitsandbytes while they are loaded on a CUDA card."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from ragkit.errors import ConfigError, MissingExtra


def quantized(load_in: str, device: str, common: dict[str, Any]) -> dict[str, Any]:
    """Return the options of ``from_pretrained`` for weights of ``load_in``, on their device from the start.

    4 bits are NF4 with doubly quantised constants (QLoRA, arXiv 2305.14314), computed in bfloat16; 8 bits are
    LLM.int8() (arXiv 2208.07339).

    Args:
        load_in: ``4bit`` or ``8bit``.
        device: torch's name of the device.
        common: the other options; a GGUF file among them is quantised already.

    Raises:
        ConfigError: the device is no CUDA card, or the model is a GGUF file.
        MissingExtra: the extra ``quantized`` is not installed.
    """
    if "gguf_file" in common:
        raise ConfigError(f"load_in={load_in} is for safetensors: a GGUF file has its own precision, leave it out")
    if not device.startswith("cuda"):
        raise ConfigError(
            f"load_in={load_in} needs a CUDA card, and the device is {device!r}: take dtype=bfloat16, or a GGUF file "
            "of the model with llamacpp:, which is made for processors"
        )
    for package in ("bitsandbytes", "accelerate"):
        if find_spec(package) is None:
            raise MissingExtra(f"load_in={load_in}", package, "quantized")
    import torch
    from transformers import BitsAndBytesConfig

    if load_in == "8bit":
        config = BitsAndBytesConfig(load_in_8bit=True)
    else:
        config = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=torch.bfloat16,
        )
    return {"quantization_config": config, "device_map": {"": device}}
