"""The OpenVINO runtime: the same weights at bf16 where the processor has it, without importing torch."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ragkit.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ragkit.embed.card import ModelCard
    from ragkit.types import Vectors

log = logging.getLogger(__name__)

PADDED_TOKENS = 2048  # of one batch; measured best between 1024 and 4096 for 384-wide models on two cores
GRAPH_VERSION = 1  # raise when the graph builder changes, so that kept graphs are built again


def supported(card: ModelCard) -> bool:
    """Whether this runtime can run the model."""
    from ragkit.embed import bert

    return bert.supported(card) and (card.folder / "model.safetensors").exists()


def bf16_available() -> bool:
    """Whether the processor multiplies bf16 matrices natively."""
    import openvino

    return "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def _graph_file(card: ModelCard, weights_hash: str, cache: Path) -> Path:
    """Return the kept graph of a model, building it on the first call."""
    import openvino
    from safetensors.numpy import load_file

    from ragkit.embed import bert

    normal = "n" if card.normalize else "r"
    path = cache / f"{weights_hash[:32]}-{card.pooling}-{normal}-{GRAPH_VERSION}" / "model.xml"
    if path.exists() and path.with_suffix(".bin").exists():
        return path
    beside = path.parent.with_name(f"{path.parent.name}.{os.getpid()}.tmp")
    beside.mkdir(parents=True, exist_ok=True)
    model = bert.build(card, load_file(card.folder / "model.safetensors"))
    openvino.save_model(model, beside / path.name, compress_to_fp16=False)
    try:
        beside.rename(path.parent)
    except OSError:  # another process was quicker; its graph is the same
        import shutil

        shutil.rmtree(beside, ignore_errors=True)
    return path


class OpenVinoRuntime:
    """Runs an encoder in batches of similar length on as many streams as there are threads.

    Args:
        card: the model.
        weights_hash: sha256 of its weights; names the kept graph.
        cache: folder for kept graphs.
        threads: processor threads.
        precision: ``bf16``, ``f32`` or ``auto`` (bf16 where the processor has it).

    Raises:
        ModelError: the model cannot be built or compiled.
    """

    name = "openvino"

    def __init__(
        self, card: ModelCard, weights_hash: str, cache: Path, *, threads: int, precision: str = "auto"
    ) -> None:
        import openvino

        core = openvino.Core()
        if precision == "auto":
            precision = "bf16" if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32"
        self.precision = precision
        self.dimension = card.dimension
        self._pad = int(card.config.get("pad_token_id") or 0)
        try:
            graph = _graph_file(card, weights_hash, cache)
            source: Any = str(graph)
        except OSError as error:  # no room or no right to keep the graph: build it in memory each time
            log.info("the model's graph is not kept in %s: %s", cache, error)
            from safetensors.numpy import load_file

            from ragkit.embed import bert

            source = bert.build(card, load_file(card.folder / "model.safetensors"))
        settings = {
            "INFERENCE_PRECISION_HINT": precision,
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": min(threads, 16),
        }
        try:
            self._compiled: Any = core.compile_model(source, "CPU", settings)
        except RuntimeError as error:
            raise ModelError(f"{card.folder} does not compile for OpenVINO ({error}): use runtime=torch") from error
        self._queue: Any = None

    def run(self, sequences: Sequence[Sequence[int]]) -> Vectors:
        """Encode token ids (special tokens included, none longer than the model reads).

        Returns:
            float32 array of shape (len(sequences), dimension), in the order given.
        """
        out = np.empty((len(sequences), self.dimension), np.float32)
        if len(sequences) == 1:
            ids, mask = self._padded(sequences)
            out[0] = next(iter(self._compiled([ids, mask]).values()))[0]
            return out
        import openvino

        def keep(request: Any, rows: NDArray[np.intp]) -> None:
            out[rows] = request.get_output_tensor(0).data

        queue = openvino.AsyncInferQueue(self._compiled)
        queue.set_callback(keep)
        lengths = np.array([len(sequence) for sequence in sequences])
        for rows in _batches(lengths):
            queue.start_async(self._padded([sequences[row] for row in rows]), rows)
        queue.wait_all()
        return out

    def _padded(self, sequences: Sequence[Sequence[int]]) -> list[NDArray[np.int64]]:
        width = max(len(sequence) for sequence in sequences)
        ids = np.full((len(sequences), width), self._pad, np.int64)
        mask = np.zeros((len(sequences), width), np.int64)
        for row, sequence in enumerate(sequences):
            ids[row, : len(sequence)] = sequence
            mask[row, : len(sequence)] = 1
        return [ids, mask]


def _batches(lengths: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """Group row numbers by length, longest first, so that little padding is computed."""
    order = np.argsort(-lengths, kind="stable")
    batches: list[NDArray[np.intp]] = []
    start = 0
    while start < len(order):
        size = max(1, PADDED_TOKENS // int(lengths[order[start]]))
        batches.append(order[start : start + size])
        start += size
    return batches
