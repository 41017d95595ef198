"""What a collection is about: how many documents of which kinds, and the sentence that best stands for each."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from ragkit.chains.route.listing import Line, bulleted, title_of

if TYPE_CHECKING:
    from langchain_core.documents import Document

    from ragkit.chains.route.holdings import Holdings
    from ragkit.core.types import Answer, Chunk

SHOWN = 10  # documents of a collection that an overview quotes
TOPIC_PASSAGES, TOPIC_DOCUMENTS = 20, 5  # of a summary of what is said about something
DOCUMENT_CHARACTERS = 200_000  # of a document, that its central sentence is looked for in


def sources_of(holdings: Holdings) -> list[str]:
    """Return the sources of all documents that may be searched."""
    index = holdings.searcher.index
    narrow = holdings.filter
    titled = [] if narrow else [each.source for each in holdings.titled()]
    if titled:
        return titled
    rows = index.rows_where(narrow or {}).tolist()
    step = max(1, len(rows) // 2000)  # of very many, an even sample
    return list(dict.fromkeys(chunk.source for chunk in index.chunks(rows[::step]).values()))


def collection_overview(question: str, holdings: Holdings) -> Answer | None:
    """Return an overview of all documents; None where there are none with sentences.

    Args:
        question: the question, for the answer's record.
        holdings: what the index holds.
    """
    sources = sources_of(holdings)
    kinds = Counter(PurePosixPath(each).suffix.lstrip(".").casefold() or "other" for each in sources)
    spread = sources[:: max(1, len(sources) // SHOWN)][: 2 * SHOWN]
    lines = [line for text, about, chunk in holdings.all_of(spread) if (line := _central(text, about, chunk))]
    if not lines:
        return None
    listed = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    count = len(sources)
    opening = f"{count} {'document' if count == 1 else 'documents'} ({listed})"
    shown = min(len(lines), SHOWN)
    opening += f"; what {shown} of them say first of all:" if shown < count else ":"
    return bulleted(question, opening, lines[:SHOWN])


def _central(text: str, about: dict[str, Any], chunk: Chunk) -> Line | None:
    from ragkit.retrieve.central import NOT_ALONE, central

    document = as_document(text[:DOCUMENT_CHARACTERS], about, chunk)
    found = [each for each in central(document) if each.score != NOT_ALONE]
    if not found:
        return None
    best = max(found, key=lambda each: each.score)
    own = best.hit.chunk
    return Line(title_of(chunk), own, best.start - own.start, best.end - own.start)


def as_document(text: str, about: dict[str, Any], chunk: Chunk) -> Document:
    """Return a document of the index as LangChain has it; its id is that of the index."""
    from langchain_core.documents import Document

    return Document(text, id=chunk.document_id, metadata={"source": chunk.source, **about})
