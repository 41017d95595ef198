"""Search small, read large: what is found is handed on with the text around it, and still knows what was found."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from ragkit.core.errors import ConfigError
from ragkit.core.places import passage_places
from ragkit.text.sentences import sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ragkit.core.types import Chunk, Embedder, Hit, Tokenizer
    from ragkit.retrieve.search import Mode, Searcher

    Originals = Callable[[Chunk], tuple[str, dict[str, Any]] | None]

FOUND = "found"  # key of a wide passage's metadata: the spans, in the document, of the passages found in it
DEEPER = 4  # times as many passages are searched, since several may lie in one that is read
REGION = 1000  # characters looked at for each sentence of a window
DOCUMENTS = 32  # documents whose large passages are cached


@dataclass(frozen=True, slots=True)
class Reading:
    """How much is read around a passage that was found; one of the two.

    Attributes:
        window: sentences before and behind it (sentence windows).
        tokens: size of the larger passages that documents are parted into for reading (parent and child). They may be
            larger than what the embedder reads, since they are not embedded.
    """

    window: int = 0
    tokens: int = 0

    def __post_init__(self) -> None:
        if min(self.window, self.tokens) < 0 or bool(self.window) == bool(self.tokens):
            raise ConfigError(f"read a window of sentences or passages of tokens, not {self.window} and {self.tokens}")


@dataclass(frozen=True, slots=True)
class WideSearcher:
    """A searcher whose hits hold more text than was found, with ``found`` in their metadata.

    ``chunk.text`` is verbatim at ``chunk.start`` as everywhere; ``chunk.id`` and the scores are those of the best
    passage found in it; its ``metadata["found"]`` lists the spans of all of them, best first. All but the search is
    that of the searcher inside.

    Attributes:
        inner: finds the passages.
        reading: how much to read.
        originals: gives text and metadata of a passage's document; None where it is gone.
    """

    inner: Searcher
    reading: Reading
    originals: Originals

    def search(
        self, question: str, k: int, mode: Mode = "hybrid", *, filter: Mapping[str, Any] | None = None
    ) -> tuple[Hit, ...]:
        """Return k passages to read, best first; see :meth:`Searcher.search`."""
        hits = self.inner.search(question, k * DEEPER, mode, filter=filter)
        return widen(hits, k, self.reading, self.originals, self.inner.embedder.tokenizer)

    def with_embedder(self, embedder: Embedder) -> Searcher:
        """Return a searcher that is the same but for what embeds the question."""
        return wide(self.inner.with_embedder(embedder), self.reading, self.originals)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def wide(searcher: Searcher, reading: Reading | None, originals: Originals) -> Searcher:
    """Return a searcher that returns the text around its hits as well; the same one without ``reading``."""
    if reading is None:
        return searcher
    return cast("Searcher", WideSearcher(searcher, reading, originals))  # it has all that a searcher has


def widen(hits: Sequence[Hit], k: int, reading: Reading, originals: Originals, tokenizer: Tokenizer) -> tuple[Hit, ...]:
    """Widen hits, best first; one whose passage lies in what is read for a better one is joined to it.

    Args:
        hits: what was found.
        k: hits to return at most.
        reading: how much to read.
        originals: gives text and metadata of a passage's document; a hit whose document is gone stays as it is.
        tokenizer: what counts tokens.
    """
    # Hits come best first: a passage is joined to the best one that contains it, and the order of the search stays.
    made: list[tuple[Hit, list[list[int]]]] = []
    for hit in hits:
        chunk = hit.chunk
        span = [chunk.start, chunk.end]
        holding = next((found for wide, found in made if _holds(wide.chunk, chunk)), None)
        if holding is not None:
            holding.append(span)
        elif len(made) < k:
            made.append((replace(hit, chunk=_widened(chunk, reading, originals, tokenizer)), [span]))
    return tuple(
        replace(hit, rank=rank, chunk=replace(hit.chunk, metadata={**hit.chunk.metadata, FOUND: found}))
        for rank, (hit, found) in enumerate(made, 1)
    )


def _holds(wide: Chunk, chunk: Chunk) -> bool:
    same = (wide.document_id, wide.source) == (chunk.document_id, chunk.source)
    return same and wide.start <= chunk.start and chunk.end <= wide.end


def _widened(chunk: Chunk, reading: Reading, originals: Originals, tokenizer: Tokenizer) -> Chunk:
    original = originals(chunk)
    if original is None or original[0][chunk.start : chunk.end] != chunk.text:  # it changed since the search
        return chunk
    text, about = original
    if reading.window:
        start, end = _window(text, chunk, reading.window)
    else:
        kind = about.get("media_type"), chunk.source
        parents = _parents(_Roomy(tokenizer, 2 * reading.tokens), reading.tokens, text, kind)
        # Passages and parents are cut independently, so a passage may cross a border: the parent with most of it is
        # read, extended to hold all of it.
        start, end = max(parents, key=lambda span: min(span[1], chunk.end) - max(span[0], chunk.start))
        start, end = min(start, chunk.start), max(end, chunk.end)
    metadata = {key: value for key, value in chunk.metadata.items() if key not in ("pages_inside", "places_inside")}
    metadata |= passage_places(about, text, start, end)
    return replace(chunk, text=text[start:end], start=start, end=end, metadata=metadata)


def _window(text: str, chunk: Chunk, size: int) -> tuple[int, int]:
    """Step out by whole sentences; only a region of the document is looked at."""
    # Not the whole document, which may be a book, is split into sentences for each hit; a region from line end to line
    # end holds the wanted ones unless they are longer than REGION characters.
    reach = REGION * (size + 1)
    first = text.rfind("\n", 0, max(chunk.start - reach, 0)) + 1
    last = text.find("\n", chunk.end + reach)
    spans = [(first + start, first + end) for start, end in sentences(text[first : last if last >= 0 else len(text)])]
    inside = [place for place, (start, end) in enumerate(spans) if start < chunk.end and end > chunk.start]
    begin, stop = spans[max(inside[0] - size, 0)][0], spans[min(inside[-1] + size, len(spans) - 1)][1]
    return min(begin, chunk.start), max(stop, chunk.end)


@dataclass(unsafe_hash=True)
class _Roomy:
    """A tokenizer of a model that reads more: what is read is not embedded."""

    inner: Tokenizer
    max_tokens: int

    def offsets(self, text: str) -> Sequence[tuple[int, int]]:
        return self.inner.offsets(text)

    def count(self, text: str) -> int:
        return self.inner.count(text)


@lru_cache(maxsize=DOCUMENTS)
def _parents(tokenizer: _Roomy, tokens: int, text: str, kind: tuple[str | None, str]) -> list[tuple[int, int]]:
    from langchain_core.documents import Document

    from ragkit.split import Splitter

    document = Document(page_content=text, metadata={"media_type": kind[0], "source": kind[1]})
    return [(chunk.start, chunk.end) for chunk in Splitter(tokenizer, chunk_tokens=tokens).split(document)]
