"""Search among some of the passages only, and re-ranked: for everything that is built on a searcher."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, cast

from ragkit.core.errors import ConfigError
from ragkit.retrieve.pipeline import FETCH_K

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langchain_core.documents import BaseDocumentCompressor

    from ragkit.core.types import Embedder, Hit
    from ragkit.retrieve.evidence import Relevance
    from ragkit.retrieve.search import Mode, Searcher

DATES = ("date", "created", "modified", "last_modified")  # keys of metadata that loaders write


def narrowed_filter(
    filter: Mapping[str, Any] | None, within: str | Sequence[str] | None, since: str | date | None
) -> dict[str, Any] | None:
    """Return one filter for all three; None where nothing narrows.

    Args:
        filter: what the passages' metadata must be.
        within: files, folders or globs, any of which a passage's source must be or lie in: a path as it is indexed or
            its last parts; ``*`` stands for anything.
        since: the date, as ISO 8601 or only its year or month, on or after which a document was written or changed. One
            whose date is not known does not fit.

    Raises:
        ConfigError: ``since`` is no date.
    """
    parts = [dict(filter)] if filter else []
    globs = [within] if isinstance(within, str) else list(within or ())
    if globs:
        parts.append({"$or": [{"source": {"$glob": each}} for glob in globs for each in _globs(glob)]})
    if since is not None:
        parts.append({"$or": [{key: {"$gte": _iso(since)}} for key in DATES]})
    return None if not parts else parts[0] if len(parts) == 1 else {"$and": parts}


def _globs(glob: str) -> list[str]:
    name = glob.strip().rstrip("/" + os.sep).removeprefix("./")
    paths = dict.fromkeys((name, os.path.abspath(name), f"*{os.sep}{name}", f"*/{name}"))  # noqa: PTH100 - as they are
    return [each for path in paths for each in (path, f"{path}{os.sep}*")]


def _iso(since: str | date) -> str:
    text = since.isoformat() if isinstance(since, date) else since.strip()
    if not re.fullmatch(r"\d{4}(?:-\d{2}(?:-\d{2}(?:[T ].*)?)?)?", text):
        raise ConfigError(f"{text!r} is no date: write it like 2026-10-05, 2026-10 or 2026")
    return text


@dataclass(frozen=True, slots=True)
class NarrowSearcher:
    """A searcher among the passages that pass a filter, its best ones re-ranked; all else is the searcher's inside.

    Re-ranked hits keep the scores of the search, dealt out in their new order: what is built on searches knows the
    range of these, and of no re-ranker's.

    Attributes:
        inner: finds passages.
        filter: what their metadata must be; None takes all.
        compressor: re-ranks them; None leaves them in order.
    """

    inner: Searcher
    filter: Mapping[str, Any] | None = None
    compressor: BaseDocumentCompressor | None = None

    def search(
        self, question: str, k: int, mode: Mode = "hybrid", *, filter: Mapping[str, Any] | None = None
    ) -> tuple[Hit, ...]:
        """Return the k best passages, best first."""
        both = [each for each in (self.filter, filter) if each]
        depth = k if self.compressor is None else max(k, getattr(self.compressor, "fetch", None) or FETCH_K)
        one = None if not both else both[0] if len(both) == 1 else {"$and": both}
        hits = self.inner.search(question, depth, mode, filter=one)
        return self.reranked(question, hits, k)

    def reranked(self, question: str, hits: Sequence[Hit], k: int) -> tuple[Hit, ...]:
        """Return the k best hits in the order of the re-ranker."""
        if self.compressor is None or not hits:
            return tuple(hits[:k])
        from ragkit.retrieve.rerank import rerank

        ordered = rerank(self.compressor, question, hits)[:k]
        scores = sorted((hit.score for hit in hits), reverse=True)
        return tuple(replace(hit, score=score) for hit, score in zip(ordered, scores, strict=False))

    def with_embedder(self, embedder: Embedder) -> Searcher:
        """Return a searcher that is the same but for what embeds the question."""
        return narrowed(self.inner.with_embedder(embedder), self.filter, self.compressor)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def relevance_of(searcher: Searcher) -> Relevance | None:
    """Return what scores single sentences: the cross-encoder of the catalogue that a searcher re-ranks with, if any."""
    compressor: Any = getattr(searcher, "compressor", None)
    # Others may score on scales of their own, or have no scores.
    return compressor.score if getattr(compressor, "known", False) else None


def narrowed(
    searcher: Searcher, filter: Mapping[str, Any] | None, compressor: BaseDocumentCompressor | None
) -> Searcher:
    """Return a searcher that is narrowed to a filter and re-ranked; the same one where there is neither."""
    if filter is None and compressor is None:
        return searcher
    return cast("Searcher", NarrowSearcher(searcher, filter, compressor))  # it has all that a searcher has
