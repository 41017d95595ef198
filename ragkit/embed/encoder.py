"""sentence-transformers models, run by the fastest runtime that knows them."""

from __future__ import annotations

import logging
import re
import threading
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ragkit import models
from ragkit.core.errors import ConfigError, ModelError
from ragkit.core.settings import load_settings
from ragkit.core.types import Encoded, EncodedQuery
from ragkit.embed import bert
from ragkit.embed.card import model_hash, read_card
from ragkit.embed.tokens import BITS, ModelTokenizer, packed, projection, unit_rows
from ragkit.embed.torch import TorchRuntime, gpu_present

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Self

    from langchain_core.embeddings import Embeddings
    from numpy.typing import NDArray

    from ragkit.core.registry import Spec
    from ragkit.core.settings import Settings
    from ragkit.core.types import Vectors
    from ragkit.embed.openvino import OpenVinoRuntime
    from ragkit.embed.single import SingleEncoder
else:
    # Importing LangChain takes longer than embedding a question. Its class is abstract and brings no code that is
    # needed here, so this one is registered as a subclass of it instead (see `ragkit.embed`).
    Embeddings = object

log = logging.getLogger(__name__)

# Texts from which a GPU is used: for fewer, importing torch (1.8 s, with sentence-transformers 5 s) takes longer.
MANY = 256


class SentenceTransformerEmbeddings(Embeddings):
    """An embedding model by catalogue name, local folder or Hugging Face name (already downloaded).

    It is a LangChain ``Embeddings``, and more: arrays, token vectors, a tokenizer, a fingerprint.

    Nothing is loaded before it is needed: counting tokens reads ``tokenizer.json`` only, and the weights are read at
    the first embedding. Safe to use from several threads.

    Args:
        model: name or folder, for example ``all-MiniLM-L6-v2``.
        runtime: ``auto``, ``openvino`` or ``torch``. ``auto`` takes OpenVINO where it knows the model, else torch; for
            many texts at once torch on the GPU where there is one.
        precision: ``auto``, ``bf16`` or ``f32``, for OpenVINO.
        device: torch device, for the torch runtime.
        query_prefix: put before every question; None takes the model's own.
        document_prefix: put before every passage; None takes the model's own.
        settings: where model files are and how many threads run; None reads environment and ``ragkit.toml``.

    Attributes:
        truncated: passages so far that were longer than the model takes, and were cut.

    Raises:
        ConfigError: an option has an unknown value.
        ModelError: the model is not on this machine.
    """

    def __init__(
        self,
        model: str = "all-MiniLM-L6-v2",
        *,
        runtime: str = "auto",
        precision: str = "auto",
        device: str | None = None,
        query_prefix: str | None = None,
        document_prefix: str | None = None,
        settings: Settings | None = None,
    ) -> None:
        if runtime not in ("auto", "openvino", "torch"):
            raise ConfigError(f"unknown embedding runtime {runtime!r}: choose auto, openvino or torch")
        if precision not in ("auto", "bf16", "f32"):
            raise ConfigError(f"unknown precision {precision!r}: choose auto, bf16 or f32")
        self._settings = settings or load_settings()
        folder = models.locate(model, self._settings.models_dir)
        if folder is None:
            raise ModelError(
                f"the embedding model {model!r} is not on this machine: run `ragkit models pull {model}` "
                "if `ragkit models list` has it, or give the folder of a sentence-transformers model"
            )
        if not folder.is_dir():
            raise ModelError(f"{folder} is no folder: an embedding model is a folder with config.json and weights")
        self.model = model
        self.card = read_card(folder)
        self.query_prefix = self.card.query_prefix if query_prefix is None else query_prefix
        self.document_prefix = self.card.document_prefix if document_prefix is None else document_prefix
        self.truncated = 0
        self._wanted = runtime
        self._precision = precision
        self._device = device
        self._single: SingleEncoder | None = None
        self._lock = threading.RLock()

    @classmethod
    def from_spec(cls, spec: Spec) -> Self:
        """Make the embedder a spec names.

        Raises:
            ConfigError: an option is unknown.
        """
        known = {"runtime", "precision", "device", "query_prefix", "document_prefix"}
        if unknown := sorted(set(spec.options) - known):
            raise ConfigError(f"unknown option {unknown[0]!r} in {spec}: known are {', '.join(sorted(known))}")
        return cls(spec.model, settings=spec.settings, **{key: str(value) for key, value in spec.options.items()})

    @cached_property
    def tokenizer(self) -> ModelTokenizer:
        """The model's tokenizer; its ``max_tokens`` leaves room for special tokens and the passage prefix."""
        return ModelTokenizer(self.card.folder, self.card.max_tokens, self.document_prefix)

    @cached_property
    def weights_hash(self) -> str:
        """sha256 of the weights."""
        return model_hash(self.card.folder, self._settings.models_dir / ".hashes")

    @cached_property
    def dimension(self) -> int:
        """Length of every vector."""
        if self.card.plain and self.card.dimension:
            return self.card.dimension
        return int(self.encode(["dimension"]).shape[1])

    @cached_property
    def fingerprint(self) -> Mapping[str, Any]:
        """What decides the vectors. The runtime is no part of it: all run the same weights (cosine above .999)."""
        # An index compares these when it is opened: a folder's place on disk is no part of them, its last name is.
        return {
            "model": re.split(r"[/\\]", self.model.rstrip("/\\"))[-1],
            "weights": self.weights_hash,
            "dimension": self.dimension,
            "pooling": self.card.pooling,
            "normalize": self.card.normalize,
            "max_tokens": self.card.max_tokens,
            "query_prefix": self.query_prefix,
            "document_prefix": self.document_prefix,
        }

    @cached_property
    def runtime(self) -> OpenVinoRuntime | TorchRuntime:
        """The runtime at work; made on first use."""
        with self._lock:
            known = bert.supported(self.card)
            if self._wanted == "openvino" and not known:
                raise ModelError(f"{self.model} does not run on OpenVINO in ragkit: use runtime=torch")
            gpu = self._device not in (None, "cpu")
            if self._wanted == "torch" or (self._wanted == "auto" and (gpu or not known)):
                return TorchRuntime(self.card.folder, device=self._device)
            # A processor or a driver may refuse a graph that is right; torch runs everywhere.
            try:
                return self._openvino()
            except ModelError as error:
                if self._wanted == "openvino":
                    raise
                log.warning("%s runs on torch, which is slower: %s", self.model, error)
                return TorchRuntime(self.card.folder, device=self._device)

    def expect_one_question(self) -> None:
        """Embed questions without the compiled runtime from now on; only where one is asked is that quicker."""
        if self._wanted == "auto" and self._device is None and bert.supported(self.card):
            from ragkit.embed.single import SingleEncoder

            try:
                self._single = SingleEncoder(self.card)
            except ModelError as error:
                log.info("%s does not run without a runtime: %s", self.model, error)

    def _runtime_for(self, count: int) -> OpenVinoRuntime | TorchRuntime:
        """Return the GPU's runtime for many texts where there is one; for a few, loading torch would take longer."""
        if count < MANY or self._wanted != "auto" or self._device is not None:
            return self.runtime
        return self._on_gpu or self.runtime

    @cached_property
    def _on_gpu(self) -> TorchRuntime | None:
        return TorchRuntime(self.card.folder, device="cuda") if gpu_present() else None

    def _openvino(self) -> OpenVinoRuntime:
        from ragkit.embed.openvino import OpenVinoRuntime

        converted, threads = self._settings.models_dir / ".openvino", self._settings.thread_count
        return OpenVinoRuntime(self.card, self.weights_hash, converted, threads=threads, precision=self._precision)

    @property
    def token_dimension(self) -> int:
        """Bits stored of a token's vector for late interaction; 0 where the states' length is not known."""
        return min(BITS, self.card.dimension)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Embed passages.

        A text with more tokens than the model takes is cut, counted in ``truncated`` and logged as a warning; texts
        from ragkit's splitter never are.

        Returns:
            float32 array of shape (len(texts), dimension).
        """
        return self.encode_passages(texts, tokens=False).vectors

    def encode_passages(self, texts: Sequence[str], *, tokens: bool = False) -> Encoded:
        """Embed passages as :meth:`encode` does, and return which were cut; with ``tokens`` the tokens' vectors too."""
        return self._encode([self.document_prefix + text for text in texts], tokens=tokens)

    def encode_query(self, text: str) -> Vectors:
        """Embed a question: float32 array of shape (dimension,)."""
        if self._single is not None:
            return self.encode_question(text).vector
        return self._encode([self.query_prefix + text], tokens=False).vectors[0]

    def encode_question(self, text: str) -> EncodedQuery:
        """Embed a question with the vectors of its tokens, for late interaction."""
        whole = self.query_prefix + text
        with self._lock:
            encoding = self.tokenizer.encode_with_offsets(whole)
            ids = self._cut(encoding.ids)
            if self._single is not None:
                vector, tokens = self._single.project(ids)
            elif isinstance(self.runtime, TorchRuntime):
                vectors, states = self.runtime.encode_tokens([whole])
                vector, tokens = vectors[0], unit_rows(states[0] @ projection(self.card.dimension))
            else:
                vector, tokens = self.runtime.project(ids)
        # Tokens of the prefix have a part in the vectors of all, but are no words of the question themselves.
        first = len(self.query_prefix)
        offsets = encoding.offsets[1 : len(tokens) + 1]
        own = [place for place, (start, _) in enumerate(offsets) if start >= first]
        spans = [(offsets[place][0] - first, offsets[place][1] - first) for place in own]
        return EncodedQuery(vector, spans, tokens[own])

    def _encode(self, texts: Sequence[str], *, tokens: bool) -> Encoded:
        if not texts:
            return Encoded(np.empty((0, self.dimension), np.float32), np.empty(0, np.bool_), [] if tokens else None)
        # One text or batch at a time: the runtime uses all threads by itself, and two at once would only share them.
        with self._lock:
            runtime = self._runtime_for(len(texts))
            if not isinstance(runtime, TorchRuntime):
                runtime.cancelled = False
            encodings = self.tokenizer.encode(texts)
            long = np.array([len(encoding) > self.card.max_tokens for encoding in encodings])
            self._count_truncated(long)
            if isinstance(runtime, TorchRuntime):
                return self._by_torch(runtime, texts, long, tokens=tokens)
            vectors, signs = runtime.run([self._cut(encoding.ids) for encoding in encodings], tokens=tokens)
            return Encoded(vectors, long, signs)

    def _by_torch(
        self, runtime: TorchRuntime, texts: Sequence[str], long: NDArray[np.bool_], *, tokens: bool
    ) -> Encoded:
        if not tokens:
            return Encoded(runtime.encode(texts), long)
        vectors, states = runtime.encode_tokens(texts)
        matrix = projection(self.card.dimension)
        return Encoded(vectors, long, [packed(each @ matrix) for each in states])

    def _count_truncated(self, long: NDArray[np.bool_]) -> None:
        if count := int(long.sum()):
            self.truncated += count
            limit = self.card.max_tokens
            log.warning("%d of %d texts exceed the %d tokens that %s reads", count, len(long), limit, self.model)

    def _cut(self, ids: list[int]) -> list[int]:
        # The last id is the special token that ends a sequence; it stays.
        limit = self.card.max_tokens
        return ids if len(ids) <= limit else [*ids[: limit - 1], ids[-1]]

    def cancel(self) -> None:
        """Break off what another thread is embedding, soon; its call raises ``CancelledError``."""
        # Without making the runtime, and without the lock, which the thread that is to stop holds.
        runtime = self.__dict__.get("runtime")
        if runtime is not None and not isinstance(runtime, TorchRuntime):
            runtime.cancelled = True

    def describe(self) -> dict[str, str]:
        """Return how the model runs: ``model``, ``runtime``, ``precision``; loads it if need be."""
        return {"model": self.model, "runtime": self.runtime.name, "precision": self.runtime.precision}

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Embed passages, as LangChain calls it."""
        return self.encode(texts).tolist()

    def embed_query(self, text: str) -> list[float]:
        """Embed a question, as LangChain calls it."""
        return self.encode_query(text).tolist()

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """Embed passages in another thread."""
        import asyncio

        return await asyncio.to_thread(self.embed_documents, texts)

    async def aembed_query(self, text: str) -> list[float]:
        """Embed a question in another thread."""
        import asyncio

        return await asyncio.to_thread(self.embed_query, text)
