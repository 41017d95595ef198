"""The facts in a sentence-transformers model folder: pooling, limits, prefixes, the hash of its weights."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ragkit.core.errors import ModelError
from ragkit.models.checks import sha256_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

WEIGHTS = ("*.safetensors", "pytorch_model*.bin")


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Facts about an embedding model, read from the files of its folder without loading it.

    Attributes:
        folder: the model's folder.
        architecture: ``model_type`` of its ``config.json``, for example ``bert``.
        dimension: length of its token vectors.
        max_tokens: tokens of a text it encodes, special tokens included.
        pooling: ``mean``, ``cls`` or another name, which only the torch runtime can do.
        normalize: whether vectors are scaled to length 1.
        query_prefix: put before every question.
        document_prefix: put before every passage.
        plain: whether it is Transformer, Pooling and Normalize only, which the runtimes without torch can do.
        config: the whole ``config.json``.
    """

    folder: Path
    architecture: str
    dimension: int
    max_tokens: int
    pooling: str
    normalize: bool
    query_prefix: str = ""
    document_prefix: str = ""
    plain: bool = True
    config: Mapping[str, Any] = field(default_factory=dict[str, Any])


def _json(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        return json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ModelError(f"{path} is damaged ({error}): get the model again") from error


def _pooling(config: Mapping[str, Any]) -> str:
    if "pooling_mode" in config:
        mode = config["pooling_mode"]
        return mode if isinstance(mode, str) else "+".join(mode)
    # Older model folders have one switch for each way of pooling in place of a name.
    on = [
        key.removeprefix("pooling_mode_") for key, value in config.items() if key.startswith("pooling_mode_") and value
    ]
    names = {"cls_token": "cls", "mean_tokens": "mean"}
    return "+".join(names.get(key, key) for key in on) or "mean"


def read_card(folder: Path) -> ModelCard:
    """Read a model folder in the layout of sentence-transformers, or of a plain transformers model (mean pooling).

    Raises:
        ModelError: the folder holds no model.
    """
    modules: Any = _json(folder / "modules.json") or []
    kinds = [str(module["type"]).rpartition(".")[2] for module in modules]
    paths = {kind: folder / module["path"] for kind, module in zip(kinds, modules, strict=True)}
    transformer = paths.get("Transformer", folder)
    config = _json(transformer / "config.json")
    if not config:
        raise ModelError(f"{folder} holds no model (no config.json): give the folder of a sentence-transformers model")
    # The shorter of two limits holds: of the table of positions, and of what the model was trained with. MiniLM's
    # tokenizer.json says 128, its positions 512; only sentence_bert_config.json has the 256 that its card names.
    bert = _json(transformer / "sentence_bert_config.json") or _json(folder / "sentence_bert_config.json")
    positions = int(config.get("max_position_embeddings") or 512)
    limit = bert.get("max_seq_length") or _json(transformer / "tokenizer_config.json").get("model_max_length")
    prompts = _json(folder / "config_sentence_transformers.json").get("prompts") or {}
    return ModelCard(
        folder=folder,
        architecture=str(config.get("model_type", "")),
        dimension=int(config.get("hidden_size") or config.get("dim") or config.get("d_model") or 0),
        max_tokens=min(int(limit), positions) if limit else positions,
        pooling=_pooling(_json(paths["Pooling"] / "config.json")) if "Pooling" in paths else "mean",
        normalize="Normalize" in kinds,
        query_prefix=prompts.get("query", ""),
        document_prefix=prompts.get("document") or prompts.get("passage") or "",
        plain=set(kinds) <= {"Transformer", "Pooling", "Normalize"} and transformer == folder,
        config=config,
    )


def weights_files(folder: Path) -> list[Path]:
    """Return the files that hold the weights, those of extra layers included; exports to other formats are not.

    Raises:
        ModelError: there are none.
    """
    for pattern in WEIGHTS:
        if found := sorted([*folder.glob(pattern), *folder.glob(f"[0-9]*_*/{pattern}")]):
            return found
    raise ModelError(f"{folder} holds no weights ({' or '.join(WEIGHTS)}): get the model again")


def model_hash(folder: Path, stamps: Path) -> str:
    """Return the sha256 of a model's weights; of several files, the sha256 over theirs.

    Args:
        folder: the model's folder.
        stamps: folder where hashes are stored.
    """
    hashes = [weights_hash(path, stamps) for path in weights_files(folder)]
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode("ascii")).hexdigest()


def weights_hash(path: Path, stamps: Path) -> str:
    """Return the sha256 of a weights file; computed once and stored while its size and time stay the same.

    Args:
        path: the weights file.
        stamps: folder where the hash is stored; nothing is stored where it cannot be written.
    """
    stat = path.stat()
    # A file that was replaced has another size or time, and so another stamp; the old one is never wrong.
    key = hashlib.sha256(f"{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}".encode()).hexdigest()[:32]
    stamp = stamps / f"{key}.sha256"
    if stamp.exists() and re.fullmatch("[0-9a-f]{64}", known := stamp.read_text("ascii", "replace").strip()):
        return known
    found = sha256_of(path)
    try:
        stamps.mkdir(parents=True, exist_ok=True)
        beside = stamp.with_suffix(f".{os.getpid()}.tmp")
        beside.write_text(found, "ascii")
        beside.replace(stamp)
    # A folder that cannot be written costs time at the next start, nothing else.
    except OSError:
        return found
    return found
