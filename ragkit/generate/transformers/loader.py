"""Find and load transformers models that generate text: local folders, cached hub models, GGUF files; never pickles."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from ragkit.core.errors import ConfigError, MissingExtra, ModelError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

_NEVER_PUBLISHED = {
    r"(^|[^a-z])lamda([^a-z]|$)": "LaMDA (Google)",
    r"mt[-_ ]?nlg|megatron[-_ ]?turing": "Megatron-Turing NLG (Microsoft and NVIDIA)",
}
# transformers writes an unknown limit as an astronomical number (1e30).
_UNLIMITED = 1_000_000
# Parts of the names that transformers gives to classes with a language model head.
_GENERATES = ("ForCausalLM", "LMHeadModel", "WithLMHead", "ForConditionalGeneration", "MTModel", "EncoderDecoderModel")


@dataclass(frozen=True, slots=True)
class LoadSettings:
    """What makes two loaded models the same.

    Attributes:
        model: name or path.
        device: ``cpu``, ``cuda``, ``cuda:1``, ...; empty takes cuda where there is one.
        dtype: torch's name of it; empty is float32 on a processor and the file's own on a card.
        download: whether a model that is not on this machine may be fetched from the Hugging Face hub.
        load_in: ``4bit`` or ``8bit`` for weights made smaller as they are loaded; empty for weights as they are.
        models_dir: folder of model files; None is ragkit's setting.
    """

    model: str
    device: str = ""
    dtype: str = ""
    download: bool = False
    load_in: str = ""
    models_dir: str | None = None


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model ready to generate.

    Attributes:
        model: transformers' model, on its device, in evaluation mode.
        tokenizer: its tokenizer.
        encoder_decoder: whether prompt and answer have a context each.
        limit: tokens the prompt (and, without an encoder, the answer with it) may have; None when no file names it.
    """

    model: Any
    tokenizer: Any
    encoder_decoder: bool
    limit: int | None


def load_model(settings: LoadSettings) -> LoadedModel:
    """Load a model and its tokenizer.

    Raises:
        ModelError: it is not on this machine, was never published, is damaged, or does not generate text.
        MissingExtra: GGUF files need the extra ``gguf``, ``load_in`` the extra ``quantized``.
        ConfigError: there is no such device or dtype, or ``load_in`` does not go with the device or the file.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer

    name, common = _locate(settings)
    device = settings.device or ("cuda" if torch.cuda.is_available() else "cpu")
    dtype = settings.dtype or ("float32" if device == "cpu" else "auto")
    if dtype != "auto" and not isinstance(getattr(torch, dtype, None), torch.dtype):
        raise ConfigError(f"torch has no dtype {dtype!r}: take float32, bfloat16, float16 or auto")
    # Weights that bitsandbytes makes smaller are placed while they are loaded, and cannot be moved afterwards.
    smaller = quantized(settings.load_in, device, common) if settings.load_in else {}
    with _silent_progress(), _load_errors(settings.model):
        config: Any = AutoConfig.from_pretrained(name, **common)
        _check_generates(config, settings.model)
        tokenizer: Any = AutoTokenizer.from_pretrained(name, **common)
        kind: Any = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM
        # Never pickles: a pytorch_model.bin can run code of its maker's when it is loaded.
        weights = {} if "gguf_file" in common else {"use_safetensors": True}
        model = kind.from_pretrained(name, dtype=dtype, **weights, **smaller, **common)
    try:
        model = model.eval() if smaller else model.to(device).eval()
    except (RuntimeError, AssertionError) as error:
        raise ConfigError(f"{settings.model} does not go to the device {device!r}: {_first_line(error)}") from error
    # A first call without options drops the padding and truncation that a tokenizer file may carry.
    tokenizer("", verbose=False)
    return LoadedModel(model, tokenizer, bool(config.is_encoder_decoder), _limit(config, tokenizer))


def check_published(name: str) -> None:
    """Refuse families whose weights were never published.

    Raises:
        ModelError: the name is one of theirs.
    """
    for pattern, family in _NEVER_PUBLISHED.items():
        if re.search(pattern, name.lower()):
            raise ModelError(
                f"the weights of {family} were never published, so nobody can run it: "
                "choose an open model, or a hosted one such as google_genai:gemini-2.5-flash"
            )


def _locate(settings: LoadSettings) -> tuple[str, dict[str, Any]]:
    """Return what ``from_pretrained`` is to load and the options that all of its calls need."""
    from pathlib import Path

    from ragkit import models

    found = models.locate(settings.model, Path(settings.models_dir) if settings.models_dir else None)
    if found is None:
        check_published(settings.model)
        if not settings.download:
            raise ModelError(
                f"the model {settings.model!r} is not on this machine: give the path of its folder, or allow the "
                f"download from the Hugging Face hub with transformers:{settings.model}?download=true"
            )
        return settings.model, {"trust_remote_code": False}
    common: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    gguf = _gguf_file(found)
    if gguf is None:
        return str(found), common
    for package in ("gguf", "accelerate"):
        if find_spec(package) is None:
            raise MissingExtra("a GGUF file in transformers", package, "gguf")
    return str(gguf.parent), {**common, "gguf_file": gguf.name}


def _gguf_file(found: Path) -> Path | None:
    if found.is_file():
        if found.suffix.lower() != ".gguf":
            raise ModelError(f"{found} is no model folder and no GGUF file: give the folder that holds config.json")
        return found
    files = sorted(found.glob("*.gguf"))
    if (found / "config.json").is_file() or not files:
        return None
    if len(files) > 1:
        raise ModelError(f"{found} holds {len(files)} GGUF files: give the path of one")
    return files[0]


def _check_generates(config: Any, name: str) -> None:
    architectures: list[str] = getattr(config, "architectures", None) or []
    if architectures and not any(mark in architecture for architecture in architectures for mark in _GENERATES):
        raise ModelError(f"{name} does not generate text (it is a {architectures[0]}): choose a generator")


def _limit(config: Any, tokenizer: Any) -> int | None:
    text = config.get_text_config() if hasattr(config, "get_text_config") else config
    # Each family has its own name for the length of its table of positions; the shortest of those that are there holds.
    known = [getattr(text, key, None) for key in ("max_position_embeddings", "n_positions", "max_source_positions")]
    known.append(getattr(tokenizer, "model_max_length", None))
    return min((int(value) for value in known if value and 0 < value < _UNLIMITED), default=None)


@contextmanager
def _load_errors(name: str) -> Generator[None, None, None]:
    try:
        yield
    except (ModelError, MissingExtra):
        raise
    # Loading runs through many libraries, and each has its own way of saying that a file is not what it should be.
    except Exception as error:
        raise ModelError(
            f"{name} cannot be loaded ({type(error).__name__}: {_first_line(error)}): get its files again, in the "
            "safetensors format, or a newer transformers if it does not know the architecture"
        ) from error


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), "")


@contextmanager
def _silent_progress() -> Generator[None, None, None]:
    """Keep progress bars off the caller's terminal: transformers' own, and the one its GGUF reader makes by itself."""
    from functools import partial

    from transformers import modeling_gguf_pytorch_utils as reader
    from transformers.utils import logging

    # The GGUF reader makes its bar without asking for transformers' switch, so its name for tqdm is replaced meanwhile.
    module: Any = reader
    enabled, bar = logging.is_progress_bar_enabled(), module.tqdm
    logging.disable_progress_bar()
    module.tqdm = partial(bar, disable=True)
    try:
        yield
    finally:
        module.tqdm = bar
        if enabled:
            logging.enable_progress_bar()


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
