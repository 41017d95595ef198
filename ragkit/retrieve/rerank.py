"""A second look at the passages found: cross-encoders, and any LangChain document compressor."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_core.documents import BaseDocumentCompressor, Document
from pydantic import ConfigDict, Field, PrivateAttr, ValidationError

from ragkit.core import registry
from ragkit.core.errors import ConfigError, ModelError
from ragkit.retrieve.retriever import to_document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.callbacks import Callbacks
    from numpy.typing import NDArray

    from ragkit.core.types import Hit

RELEVANCE = "relevance_score"  # where LangChain's own compressors put their scores


class CrossEncoderReranker(BaseDocumentCompressor):
    """Orders documents by a cross-encoder, which reads question and passage together (Nogueira and Cho, 1901.04085).

    The model is loaded on first use, from this machine only; its weights must be safetensors.

    Attributes:
        model: folder of a sequence classification model with one output, as sentence-transformers saves them.
        top_n: documents to return; None returns all.
        batch_size: pairs that go through the model at once.
        max_tokens: tokens of question and passage together beyond which the passage is cut; None takes the model's.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    model: str | Path
    top_n: int | None = Field(default=None, ge=1)
    batch_size: int = Field(default=16, ge=1)
    max_tokens: int | None = Field(default=None, ge=8)
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
            scores = self._loaded().predict(pairs, batch_size=self.batch_size, show_progress_bar=False)
        return np.asarray(scores, np.float32)

    def _loaded(self) -> Any:
        if self._encoder is None:
            folder = Path(self.model)
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


def cross_encoder(spec: registry.Spec) -> CrossEncoderReranker:
    """Return the cross-encoder of a spec, ``cross-encoder:FOLDER?option=value``.

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
            name alone of one that a package adds or ``register`` added; None for none.

    Raises:
        ConfigError: a spec is wrong, or what it names is no document compressor.
    """
    if not isinstance(given, str | Path):
        return given
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
    documents = [to_document(hit.chunk) for hit in hits]
    if isinstance(compressor, CrossEncoderReranker):
        scores = compressor.score(question, [_text(document) for document in documents])
        # Stable: passages that the model scores alike stay in the order of the search.
        order = np.argsort(-scores, kind="stable")[: compressor.top_n]
        ranked = [(int(place), float(scores[place])) for place in order]
    else:
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
