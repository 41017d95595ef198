"""The torch runtime: any sentence-transformers model, as that library itself runs it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ragkit.core.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragkit.core.types import Vectors


def gpu_present() -> bool:
    """Whether torch can use a graphics card; torch is asked, and imported, only where the system shows one."""
    if not (any(Path("/dev").glob("nvidia[0-9]*")) or Path("/dev/kfd").exists() or shutil.which("nvidia-smi")):
        return False
    import torch

    return bool(torch.cuda.is_available())


class TorchRuntime:
    """Runs a model with sentence-transformers, on the GPU where there is one.

    Args:
        folder: folder of the model.
        device: ``cpu``, ``cuda`` and the like; None lets sentence-transformers choose.
        batch_size: texts at a time.

    Raises:
        ModelError: the model cannot be loaded, or its weights are in PyTorch's older format.
    """

    name = "torch"
    precision = "f32"

    def __init__(self, folder: Path, *, device: str | None = None, batch_size: int = 32) -> None:
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar

        _require_safetensors(folder)
        # Its bars would be written between ragkit's own output.
        disable_progress_bar()
        try:
            self.model: Any = SentenceTransformer(
                str(folder), device=device, local_files_only=True, model_kwargs={"use_safetensors": True}
            )
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise ModelError(f"{folder} cannot be loaded as a sentence-transformers model: {error}") from error
        self.batch_size = batch_size

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed texts; float32 array of shape (len(texts), dimension)."""
        vectors = self.model.encode(
            list(texts), batch_size=self.batch_size, show_progress_bar=False, convert_to_numpy=True, prompt=""
        )
        return np.asarray(vectors, dtype=np.float32)

    def encode_tokens(self, texts: Sequence[str]) -> tuple[Vectors, list[Vectors]]:
        """Embed texts, and return the states of their tokens between the first and the last, which are special.

        Returns:
            float32 array of shape (len(texts), dimension); for each text float32 of shape (tokens, width).
        """
        made: Any = self.model.encode(
            list(texts), batch_size=self.batch_size, show_progress_bar=False, output_value=None, prompt=""
        )
        vectors = np.stack([_array(each["sentence_embedding"]) for each in made])
        states: list[Vectors] = []
        for each in made:
            # Padding, then the special tokens at either end, are no tokens of the text.
            present = _array(each["attention_mask"]).astype(bool) if "attention_mask" in each else slice(None)
            states.append(_array(each["token_embeddings"])[present][1:-1])
        return vectors, states


def _require_safetensors(folder: Path) -> None:
    """Refuse weights that are pickled, of the transformer and of the modules behind it.

    Raises:
        ModelError: a folder of the model has such weights and no others.
    """
    # A pickle can run code while it is read. `use_safetensors` binds the transformer only: sentence-transformers reads
    # a dense layer (`2_Dense/pytorch_model.bin`) whatever its format. torch's restricted reader has had holes.
    for pickled in sorted(folder.rglob("pytorch_model*.bin")):
        if not any(pickled.parent.glob("*.safetensors")):
            raise ModelError(
                f"{pickled} holds weights as a pickle, which ragkit does not load: take a version of the model with "
                "model.safetensors, or load and save it once with sentence-transformers "
                "(SentenceTransformer(FOLDER).save(NEW_FOLDER)) if you trust where it came from"
            )


def _array(tensor: Any) -> Vectors:
    return tensor.detach().float().cpu().numpy() if hasattr(tensor, "detach") else np.asarray(tensor, np.float32)
