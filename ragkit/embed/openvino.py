"""The OpenVINO runtime: the same weights at bf16 where the processor has it, without importing torch."""

from __future__ import annotations

import json
import logging
import os
import shutil
import threading
from bisect import bisect_right
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import numpy as np

from ragkit.core.errors import ModelError
from ragkit.embed.tokens import packed, unit_rows

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from ragkit.core.types import Vectors
    from ragkit.embed.card import ModelCard

log = logging.getLogger(__name__)

# Tokens of one batch, padding included; best between 1024 and 4096 for models 384 wide on two cores. Sorted by length
# and at bf16, MiniLM takes 23 200 tokens/s there, 4.3 times what sentence-transformers takes in float32.
PADDED_TOKENS = 2048
# Smaller batches cost more than the padding that they save.
LEAST_TOKENS = 256
# Of the longest text in a batch; shorter ones go into the next.
ALIKE = 0.8
MOST_STREAMS = 16
# OpenVINO compiles and caches kernels for every shape it gets: few shapes cost less time and memory than exact ones.
# So the width of a batch is a multiple of WIDTHS, and its number of sequences one of SIZES.
WIDTHS = 8
SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256)
GRAPH, WEIGHTS = "model.xml", "model.bin"
# Raise it when the graph builder changes, so that stored graphs are built again.
GRAPH_VERSION = 2


def bf16_available() -> bool:
    """Whether the processor multiplies bf16 matrices natively."""
    import openvino

    return "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def _build(card: ModelCard) -> Any:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    from ragkit.embed import bert

    try:
        return bert.build(card, load_file(card.folder / bert.WEIGHTS))
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"the weights in {card.folder} cannot be used ({error}): get the model again") from error


def _compiled(card: ModelCard, weights_hash: str, cache: Path, options: dict[str, Any]) -> Any:
    """Compile the stored graph of a model; one that is absent or damaged is built and stored first."""
    import openvino

    core = openvino.Core()
    folder = cache / f"{weights_hash[:32]}-{card.pooling}-{'n' if card.normalize else 'r'}-{GRAPH_VERSION}"
    try:
        if not _whole(folder):
            _store(_build(card), folder)
        return core.compile_model(str(folder / GRAPH), "CPU", options)
    # Without room or right to store the graph, it is built in memory each time.
    except OSError as error:
        log.info("the graph of %s is not stored in %s: %s", card.folder, cache, error)
        return core.compile_model(_build(card), "CPU", options)


def _stamp(folder: Path) -> dict[str, list[int]]:
    stats = {name: (folder / name).stat() for name in (GRAPH, WEIGHTS)}
    return {name: [stat.st_size, stat.st_mtime_ns] for name, stat in stats.items()}


def _whole(folder: Path) -> bool:
    """Whether a stored graph is as it was written, by sizes and times; reading it all takes as long as running it."""
    try:
        return json.loads((folder / "kept.json").read_text("utf-8")) == _stamp(folder)
    except (OSError, ValueError):
        return False


def _store(model: Any, folder: Path) -> None:
    """Write a graph beside its place and move it there.

    Raises:
        OSError: it cannot be written.
    """
    import openvino

    beside = folder.with_name(f"{folder.name}.{os.getpid()}.tmp")
    try:
        beside.mkdir(parents=True, exist_ok=True)
        # In float32: weights rounded to float16 on disk would differ from those that the index was made with.
        openvino.save_model(model, beside / GRAPH, compress_to_fp16=False)
        (beside / "kept.json").write_text(json.dumps(_stamp(beside)), "utf-8")
        if not _whole(folder):  # unless another process was quicker: its graph is the same
            shutil.rmtree(folder, ignore_errors=True)
            beside.rename(folder)
    except RuntimeError as error:
        raise OSError(f"OpenVINO could not write {beside}: {error}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


# Of all runtimes of the process, see OpenVinoRuntime.__init__.
_first_array = threading.Lock()


class OpenVinoRuntime:
    """Runs an encoder in batches of similar length on as many streams as there are threads.

    Args:
        card: the model.
        weights_hash: sha256 of its weights; names the stored graph.
        cache: folder for stored graphs.
        threads: processor threads.
        precision: ``bf16``, ``f32`` or ``auto`` (bf16 where the processor has it).

    Attributes:
        cancelled: set by another thread to break off what :meth:`run` is doing.

    Raises:
        ModelError: the model cannot be built or compiled.
    """

    name = "openvino"

    def __init__(
        self, card: ModelCard, weights_hash: str, cache: Path, *, threads: int, precision: str = "auto"
    ) -> None:
        self.precision = precision if precision != "auto" else "bf16" if bf16_available() else "f32"
        self.dimension = card.dimension
        self.streams = min(threads, MOST_STREAMS)
        self._pad = int(card.config.get("pad_token_id") or 0)
        options = {
            "INFERENCE_PRECISION_HINT": self.precision,
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": self.streams,
        }
        try:
            compiled = _compiled(card, weights_hash, cache, options)
        except RuntimeError as error:
            raise ModelError(f"{card.folder} does not compile for OpenVINO ({error}): use runtime=torch") from error
        # A request runs one batch at a time; whoever needs one takes it out of the queue and puts it back.
        self._idle: SimpleQueue[Any] = SimpleQueue()
        for _ in range(self.streams):
            self._idle.put(compiled.create_infer_request())
        self._pool = ThreadPoolExecutor(self.streams, "ragkit-embed")
        # OpenVINO sets up its numpy bridge on the first array it is handed. Two threads that arrive there together wait
        # for each other for ever: one in C++ for the other's set-up, the other for the lock of the interpreter.
        self.cancelled = False
        with _first_array, self._inferred([[self._pad]]):
            pass

    def run(
        self, sequences: Sequence[Sequence[int]], *, tokens: bool = False
    ) -> tuple[Vectors, list[NDArray[np.uint8]] | None]:
        """Encode token ids (special tokens included, none longer than the model takes).

        Returns:
            float32 array of shape (len(sequences), dimension), in their order; and with ``tokens`` for each
            sequence the packed signs of its content tokens, uint8 of shape (tokens, bits / 8).

        Raises:
            CancelledError: ``cancelled`` was set meanwhile.
        """
        out = np.empty((len(sequences), self.dimension), np.float32)
        signs = [np.empty((0, 0), np.uint8)] * len(sequences) if tokens else None

        def encode(rows: NDArray[np.intp]) -> None:
            if self.cancelled:
                raise CancelledError
            with self._inferred([sequences[row] for row in rows]) as (vectors, projected):
                out[rows] = vectors
                if signs is not None:
                    for place, row in enumerate(rows.tolist()):
                        signs[row] = packed(projected[place, 1 : len(sequences[row]) - 1])

        # As many batches at a time as there are streams; each waits for a free request.
        batches = _batches(np.array([len(sequence) for sequence in sequences]), self.streams)
        if len(batches) == 1:
            encode(batches[0])
        else:
            for _ in self._pool.map(encode, batches):
                pass
        return out, signs

    def project(self, sequence: Sequence[int]) -> tuple[Vectors, Vectors]:
        """Encode one sequence: its vector, and its content tokens' projections (tokens, bits), rows of length 1."""
        with self._inferred([sequence]) as (vectors, projected):
            return vectors[0].copy(), unit_rows(projected[0, 1 : len(sequence) - 1])

    @contextmanager
    def _inferred(self, sequences: Sequence[Sequence[int]]) -> Generator[tuple[Vectors, Vectors]]:
        """Yield (vectors, projected states) of one batch; the arrays are the request's own and invalid afterwards.

        float32 of shape (batch, dimension) and (batch, width, bits). Sharing them saves a copy of the states, by far
        the larger of the two.
        """
        request = self._idle.get()
        try:
            found = request.infer(self._padded(sequences), share_inputs=True, share_outputs=True)
            yield found[0], found[1]
        finally:
            self._idle.put(request)

    def _padded(self, sequences: Sequence[Sequence[int]]) -> list[NDArray[np.int64]]:
        width = -(-max(len(sequence) for sequence in sequences) // WIDTHS) * WIDTHS
        ids = np.full((len(sequences), width), self._pad, np.int64)
        mask = np.zeros((len(sequences), width), np.int64)
        for row, sequence in enumerate(sequences):
            ids[row, : len(sequence)] = sequence
            mask[row, : len(sequence)] = 1
        return [ids, mask]


def _batches(lengths: NDArray[np.intp], streams: int) -> list[NDArray[np.intp]]:
    """Group row numbers by length, longest first, so that little padding is computed and every stream has work."""
    # Few texts are spread over all streams rather than padded into one batch.
    most = min(PADDED_TOKENS, max(1, int(lengths.sum()) // streams))
    order = np.argsort(-lengths, kind="stable")
    batches: list[NDArray[np.intp]] = []
    start = 0
    while start < len(order):
        longest = int(lengths[order[start]])
        size, enough = max(1, most // longest), max(1, LEAST_TOKENS // longest)
        alike = int(np.count_nonzero(lengths[order[start : start + size]] >= ALIKE * longest))
        size = SIZES[bisect_right(SIZES, max(alike, enough)) - 1]
        batches.append(order[start : start + size])
        start += size
    return batches
