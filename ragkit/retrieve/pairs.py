"""A cross-encoder in one ONNX file, run without torch: by onnxruntime where it is installed, else by OpenVINO."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from ragkit.core.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    Run = Callable[[dict[str, NDArray[np.int64]]], NDArray[np.float32]]

GRAPH, TOKENIZER = "model.onnx", "tokenizer.json"
MOST_QUESTION = 64  # tokens of a question that are read; the rest would leave no room for the passage
SPECIALS = 3  # tokens around question and passage
# Padding, by which a shorter text shares the batch of a longer one, costs as much as text.
BATCH_TOKENS = 1024


class PairScorer:
    """Scores (question, text) pairs by a model with one output.

    Args:
        folder: has ``model.onnx`` and ``tokenizer.json``.
        threads: processor threads.
        max_tokens: tokens of question and text together; what is longer is cut at the text's end.
        cache: folder where OpenVINO may store what it compiled.

    Raises:
        ModelError: a file is damaged, or neither runtime takes the model.
    """

    def __init__(self, folder: Path, *, threads: int, max_tokens: int = 512, cache: Path | None = None) -> None:
        from tokenizers import Tokenizer

        try:
            self._tokenizer: Any = Tokenizer.from_file(str(folder / TOKENIZER))
        except Exception as error:  # tokenizers raises nothing narrower
            raise ModelError(f"{folder / TOKENIZER} cannot be read ({error}): get the model again") from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._max_tokens = max_tokens
        self._run, self._inputs = _runtime(folder / GRAPH, threads, cache)

    def score(self, question: str, texts: Sequence[str], *, max_tokens: int | None = None) -> NDArray[np.float32]:
        """Return the logit of each text, float32 of shape (len(texts),): above 0, it is likelier than not to answer.

        Args:
            question: the question.
            texts: what may answer it.
            max_tokens: a lower limit than the model's, which bounds the time.
        """
        limit = min(max_tokens or self._max_tokens, self._max_tokens)
        start, *rest = self._encode([question, *texts])
        head = start[: min(MOST_QUESTION, limit // 2)]
        room = limit - len(head) - SPECIALS
        tails = [each[:room] for each in rest]
        out = np.empty(len(texts), np.float32)
        for rows in _batches([len(head) + len(tail) + SPECIALS for tail in tails]):
            out[rows] = self._run(self._padded(head, [tails[row] for row in rows]))
        return out

    def _encode(self, texts: Sequence[str]) -> list[list[int]]:
        # Lone surrogates cannot be encoded in UTF-8, which the tokenizer takes.
        clean = [re.sub("[\ud800-\udfff]", "\ufffd", text) for text in texts]
        return [each.ids for each in self._tokenizer.encode_batch_fast(clean, add_special_tokens=False)]

    def _padded(self, head: list[int], tails: Sequence[list[int]]) -> dict[str, NDArray[np.int64]]:
        """Write a batch as int64 of shape (batch, tokens), for each input of the model."""
        first, last = (self._tokenizer.token_to_id(name) for name in ("[CLS]", "[SEP]"))
        rows = [[first, *head, last, *tail, last] for tail in tails]
        width = max(map(len, rows))
        arrays = {name: np.zeros((len(rows), width), np.int64) for name in self._inputs}
        for place, row in enumerate(rows):
            arrays["input_ids"][place, : len(row)] = row
            arrays["attention_mask"][place, : len(row)] = 1
            if "token_type_ids" in arrays:
                arrays["token_type_ids"][place, len(head) + 2 : len(row)] = 1
        return arrays


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Group row numbers by length so that a batch holds at most ``BATCH_TOKENS``, padding included."""
    order = sorted(range(len(lengths)), key=lambda row: -lengths[row])
    batches: list[list[int]] = []
    while order:
        size = max(1, BATCH_TOKENS // lengths[order[0]])
        batches.append(order[:size])
        order = order[size:]
    return batches


def _runtime(path: Path, threads: int, cache: Path | None) -> tuple[Run, list[str]]:
    """Return what runs a model, and the names of its inputs."""
    # On two cores with AVX-512 onnxruntime takes a quarter of OpenVINO's time for int8 graphs, and an eighth to start.
    # The names are given at run time: onnxruntime is installed with the optional part `ocr` only.
    if find_spec("onnxruntime") is not None:
        return _onnxruntime(path, threads)
    return _openvino(path, threads, cache)


def _onnxruntime(path: Path, threads: int) -> tuple[Run, list[str]]:
    import onnxruntime

    ort: Any = onnxruntime
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    # Threads that wait for the next product by spinning take the processor from whatever else runs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors share no class but this
        raise ModelError(f"{path} cannot be loaded ({error}): get the model again") from error
    return lambda batch: session.run(None, batch)[0].reshape(-1), [each.name for each in session.get_inputs()]


def _openvino(path: Path, threads: int, cache: Path | None) -> tuple[Run, list[str]]:
    import openvino

    # bf16 would change scores by a tenth and is no quicker here: the products are of 8-bit numbers in either case.
    options: dict[str, Any] = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32"}
    if cache is not None:
        options["CACHE_DIR"] = str(cache)
    try:
        compiled: Any = openvino.Core().compile_model(str(path), "CPU", options)
    except RuntimeError as error:
        raise ModelError(f"{path} cannot be loaded ({error}): get the model again") from error
    request = compiled.create_infer_request()

    def run(batch: dict[str, NDArray[np.int64]]) -> NDArray[np.float32]:
        return np.array(request.infer(batch)[0]).reshape(-1)

    return run, [each.get_any_name() for each in compiled.inputs]
