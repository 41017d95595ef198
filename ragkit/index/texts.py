"""Single texts with ids and metadata written to a store, each a document of one passage."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ragkit.errors import ConfigError, IndexMismatch
from ragkit.index.records import NewDocument, text_hash, unit
from ragkit.types import Chunk, content_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from langchain_core.documents import Document
    from langchain_core.embeddings import Embeddings

    from ragkit.index.store import Store
    from ragkit.types import Vectors

Item = TypeVar("Item")

BATCH = 1_000  # texts embedded and committed together


def fingerprint(embedding: Embeddings, dimension: int) -> dict[str, Any]:
    """Return what identifies an embedder: its own word for it, else its class, model name and dimension."""
    own = getattr(embedding, "fingerprint", None)
    if own is not None:
        return json.loads(json.dumps(dict(own), default=str))
    kind = type(embedding)
    names = (getattr(embedding, name, None) for name in ("model_name", "model"))
    model = next((name for name in names if isinstance(name, str)), "")
    return {"class": f"{kind.__module__}.{kind.__qualname__}", "model": model, "dimension": dimension}


def check_embedder(store: Store, now: Mapping[str, Any], dimension: int) -> None:
    """Compare an embedder with the one a store was filled with; an empty store remembers it.

    Raises:
        IndexMismatch: they differ.
    """
    stored = store.embedder()
    if stored is None:
        store.set_setting("embedder", {"spec": None, "dimension": dimension, "fingerprint": now})
    elif stored["fingerprint"] != now:
        raise IndexMismatch(
            f"{store.folder} was filled with {stored['fingerprint']}, not with {now}: open it with the same "
            "embeddings, or use another folder"
        )


def put_texts(store: Store, ids: Sequence[str], documents: Sequence[Document], vectors: Vectors) -> None:
    """Write texts in one transaction, in place of those with the same ids; of several with one id the last wins.

    Args:
        store: the index.
        ids: one for each document.
        documents: texts with metadata.
        vectors: float32 of shape (len(documents), dimension), rows of length 1.

    Raises:
        ConfigError: metadata is no JSON.
        IndexLocked: another process is writing.
    """
    last = {uid: place for place, uid in enumerate(ids)}
    digests = {
        uid: content_id(documents[place].page_content, _json(documents[place].metadata)) for uid, place in last.items()
    }
    with store.transaction():
        store.delete_chunks(last)
        source = store.plain_source()
        for uid, place in last.items():
            text, metadata = documents[place].page_content, documents[place].metadata
            chunks = [Chunk(uid, uid, text, 0, len(text), metadata=metadata)]
            hashes, vector = [text_hash(text)], vectors[place : place + 1]
            store.put_document(source, NewDocument(uid, text, metadata, digests[uid], chunks, hashes, vector))


def stacked(vectors: Iterable[Sequence[float]]) -> Vectors:
    """Return vectors as float32 of shape (n, dimension), rows of length 1.

    Raises:
        ConfigError: they differ in dimension, or hold something that is no finite number.
    """
    try:
        made = np.asarray(list(vectors), np.float32)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"these are no vectors of one dimension ({error}): give lists of numbers") from error
    if made.ndim != 2 or not made.shape[1] or not np.isfinite(made).all():
        raise ConfigError(f"vectors are lists of finite numbers of one dimension, not of shape {made.shape[1:]}")
    return unit(made)


def batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Yield items in lists of the size that is committed together."""
    rest = iter(items)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _json(metadata: Mapping[str, Any]) -> str:
    try:
        return json.dumps(metadata, sort_keys=True)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"metadata cannot be kept as JSON ({error}): use text, numbers, lists and dicts") from error
