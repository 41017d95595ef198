"""A second look at the passages found: cross-encoders, and any LangChain document compressor."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_core.documents import BaseDocumentCompressor, Document
from pydantic import ConfigDict, Field, PrivateAttr, ValidationError

from ragkit import models
from ragkit.core import registry
from ragkit.core.errors import ConfigError, ModelError
from ragkit.core.settings import load_settings
from ragkit.models.pairs import GRAPH, PairScorer
from ragkit.retrieve.retriever import to_document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.callbacks import Callbacks
    from numpy.typing import NDArray

    from ragkit.core.types import Hit

RELEVANCE = "relevance_score"  # where LangChain's own compressors put their scores
DEFAULT = "ms-marco-MiniLM-L12-v2"  # of the catalogue: re-ranks what is asked where it is on this machine
NONE = "none"  # in place of a spec: nothing is re-ranked

# Of models of the catalogue. Ranking ragkit's hybrid results of 80 questions over Wikipedia, ten passages deep and with
# this weight, nDCG@10 rises from .854 to .903; a medical collection's stays (.361, .358). Thirty deep it loses .018
# there, alone .032: a general model knows less of such a collection than its own statistics.
WEIGHT, DEPTH = 0.7, 10
# Tokens of question and passage that are read: a usual passage whole, ten of them in about 0.2 s of two cores.
PASSAGE_TOKENS = 256


class CrossEncoderReranker(BaseDocumentCompressor):
    """Orders documents by a cross-encoder, which reads question and passage together (Nogueira and Cho, 1901.04085).

    The model is loaded on first use, from this machine only; its weights must be safetensors or ONNX.

    Attributes:
        model: one of the catalogue, such as ``ms-marco-MiniLM-L12-v2``; or the folder of a sequence classification
            model with one output, as sentence-transformers saves them.
        top_n: documents to return; None returns all.
        batch_size: pairs that go through the model at once.
        max_tokens: tokens of question and passage together beyond which the passage is cut; None takes the model's, for
            one of the catalogue 256.
        weight: share of the model's scores in the order of what a search found, from 0 to 1; the search's own have the
            rest. None takes 0.7 for a model of the catalogue, else 1.
        depth: how many of what a search found, from the best, are re-ranked. None takes 10 for a model of the
            catalogue, else all.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    model: str | Path
    top_n: int | None = Field(default=None, ge=1)
    batch_size: int = Field(default=16, ge=1)
    max_tokens: int | None = Field(default=None, ge=8)
    weight: float | None = Field(default=None, ge=0, le=1)
    depth: int | None = Field(default=None, ge=1)
    _encoder: Any = PrivateAttr(default=None)
    _lock: Any = PrivateAttr(default_factory=threading.Lock)

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Score passages: float32 of shape (len(texts),), higher is better.

        Raises:
            ModelError: the folder holds no such model.
        """
        if not texts:
            return np.empty(0, np.float32)
        pairs = [(question, text) for text in texts]
        with self._lock:
            encoder = self._loaded()
            if isinstance(encoder, PairScorer):
                return encoder.score(question, texts, max_tokens=self.max_tokens or PASSAGE_TOKENS)
            scores = encoder.predict(pairs, batch_size=self.batch_size, show_progress_bar=False)
        return np.asarray(scores, np.float32)

    @property
    def fetch(self) -> int | None:
        """How many passages are worth searching for, where that is fewer than usual."""
        return self.depth or (DEPTH if self.known else None)

    @property
    def known(self) -> bool:
        """Whether the model is one of the catalogue."""
        return isinstance(self.model, str) and models.find(self.model) is not None

    def blend(self, question: str, hits: Sequence[Hit]) -> tuple[Hit, ...]:
        """Return hits in the order of both the model and the search that found them; those below ``depth`` as they are.

        Their score is the weighted sum of both scores, each as its distance from the mean in standard deviations.
        """
        weight = (WEIGHT if self.known else 1.0) if self.weight is None else self.weight
        depth = (DEPTH if self.known else len(hits)) if self.depth is None else self.depth
        first, rest = hits[:depth], hits[depth:]
        found = self.score(question, [_text(to_document(hit.chunk)) for hit in first])
        # Alone, a model's scores stay what they are: they compare over questions.
        scores = (
            found if weight == 1 else weight * _standard(found) + (1 - weight) * _standard([h.score for h in first])
        )
        order = np.argsort(-scores, kind="stable").tolist()
        lowest = float(scores.min()) if len(first) else 0.0
        ranked = [(first[place], float(scores[place])) for place in order]
        ranked += [(hit, lowest - below) for below, hit in enumerate(rest, 1)]
        return tuple(
            replace(hit, score=score, rank=rank, via="reranked")
            for rank, (hit, score) in enumerate(ranked[: self.top_n], 1)
        )

    def _loaded(self) -> Any:
        if self._encoder is None:
            folder = _folder(self.model)
            if (folder / GRAPH).is_file():
                settings = load_settings()
                cache = settings.models_dir / ".openvino"
                self._encoder = PairScorer(folder, threads=settings.thread_count, cache=cache)
                return self._encoder
            if not (folder / "config.json").is_file():
                raise ModelError(f"there is no model in {folder}: give the folder of a cross-encoder on this machine")
            from sentence_transformers import CrossEncoder

            try:
                encoder = CrossEncoder(
                    str(folder),
                    max_length=self.max_tokens,
                    local_files_only=True,
                    trust_remote_code=False,
                    model_kwargs={"use_safetensors": True},
                )
            except (OSError, ValueError, RuntimeError, KeyError) as error:
                raise ModelError(f"the cross-encoder in {folder} cannot be loaded: {error}") from error
            if encoder.num_labels != 1:
                raise ModelError(f"the model in {folder} has {encoder.num_labels} outputs, a cross-encoder one")
            self._encoder = encoder
        return self._encoder

    def compress_documents(
        self, documents: Sequence[Document], query: str, callbacks: Callbacks | None = None
    ) -> Sequence[Document]:
        """Return the documents, best first, unchanged: no score is put into their metadata."""
        scores = self.score(query, [_text(document) for document in documents])
        return [documents[place] for place in np.argsort(-scores, kind="stable")[: self.top_n].tolist()]


def _folder(model: str | Path) -> Path:
    """Return where a model stands: one of the catalogue by its name, else the folder given.

    Raises:
        ModelError: the one of the catalogue is not on this machine.
    """
    if isinstance(model, str) and models.find(model) is not None and not Path(model).is_dir():
        return models.path(model, load_settings().models_dir)
    return Path(model)


def _standard(scores: Any) -> NDArray[np.float64]:
    """Return scores as distances from their mean in standard deviations; zeros where all are alike."""
    values = np.asarray(scores, np.float64)
    spread = float(values.std()) if len(values) else 0.0
    return (values - values.mean()) / spread if spread > 1e-9 else np.zeros(len(values))


def default_reranker(models_dir: Path) -> CrossEncoderReranker | None:
    """Return the re-ranker that is used where nobody names one; None where its model is not on this machine.

    Args:
        models_dir: folder of model files.
    """
    return _default() if models.locate(DEFAULT, models_dir) is not None else None


@cache  # loaded once, for all chains of a process
def _default() -> CrossEncoderReranker:
    return CrossEncoderReranker(model=DEFAULT)


def cross_encoder(spec: registry.Spec) -> CrossEncoderReranker:
    """Return the cross-encoder of a spec, ``cross-encoder:FOLDER?option=value``; a name of the catalogue is no folder.

    Raises:
        ConfigError: an option is wrong.
    """
    try:
        return CrossEncoderReranker(model=spec.model, **spec.options)
    except ValidationError as error:
        wrong = error.errors()[0]
        raise ConfigError(f"{spec}: {'.'.join(map(str, wrong['loc']))}: {wrong['msg']}") from error


def as_reranker(given: BaseDocumentCompressor | str | Path | None) -> BaseDocumentCompressor | None:
    """Return a re-ranker: itself, the folder of a cross-encoder, or what a spec names.

    Args:
        given: a LangChain document compressor; the folder of a cross-encoder; ``provider:model?option=value`` or the
            name alone of one that the catalogue has, that a package adds or ``register`` added; None or ``none`` for
            none.

    Raises:
        ConfigError: a spec is wrong, or what it names is no document compressor.
    """
    if given == NONE:
        return None
    if not isinstance(given, str | Path):
        return given
    if isinstance(given, str) and not Path(given).is_dir():
        given = models.in_full(given)
    name = str(given).partition("?")[0].partition(":")[0]
    if isinstance(given, Path) or name not in registry.known("rerankers") or Path(given).is_dir():
        return CrossEncoderReranker(model=given)
    made = registry.create_named("rerankers", given)
    if not isinstance(made, BaseDocumentCompressor):
        raise ConfigError(f"the re-ranker {given!r} is a {type(made).__name__}: return a LangChain document compressor")
    return made


def rerank(compressor: BaseDocumentCompressor, question: str, hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """Let a compressor choose and order hits.

    Args:
        compressor: any LangChain document compressor. Passages stay verbatim, also where it shortens texts.
        question: the question.
        hits: what a search found.

    Returns:
        The hits it returned, in its order, ``via`` "reranked". Their score is the compressor's where it gives one, else
        falls from 1.

    Raises:
        ConfigError: it returned something that it did not receive.
    """
    if isinstance(compressor, CrossEncoderReranker):
        return compressor.blend(question, hits)
    documents = [to_document(hit.chunk) for hit in hits]
    ranked = _places(documents, compressor.compress_documents(documents, question))
    return tuple(
        replace(hits[place], score=score, rank=rank, via="reranked") for rank, (place, score) in enumerate(ranked, 1)
    )


def _places(sent: Sequence[Document], returned: Sequence[Document]) -> list[tuple[int, float]]:
    """Tell which documents came back, with their scores; some compressors make new ones and drop the id."""
    by_id = {document.id: place for place, document in enumerate(sent)}
    by_stand = {_stand(document): place for place, document in enumerate(sent)}
    ranked: dict[int, float] = {}
    for rank, document in enumerate(returned):
        place = by_id.get(document.id) if document.id else None
        place = by_stand.get(_stand(document)) if place is None else place
        if place is None:
            raise ConfigError(
                "the compressor returned a document that it did not receive: it must keep the id, or `source`, "
                "`document_id`, `start` and `end` of the metadata"
            )
        score = document.metadata.get(RELEVANCE)
        ranked.setdefault(place, 1 - rank / len(sent) if score is None else float(score))
    return list(ranked.items())


def _stand(document: Document) -> tuple[Any, ...]:
    return tuple(document.metadata.get(key) for key in ("source", "document_id", "start", "end"))


def _text(document: Document) -> str:
    heading = document.metadata.get("heading")
    return f"{heading}\n{document.page_content}" if heading else document.page_content
