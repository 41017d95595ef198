"""Hits in the JSON form that other programs rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragkit.types import Hit


def hit_json(hit: Hit) -> dict[str, Any]:
    """Return a hit in its stable JSON form."""
    chunk = hit.chunk
    return {
        "rank": hit.rank,
        "score": round(hit.score, 6),
        "via": hit.via,
        "source": chunk.source,
        "page": chunk.page,
        "place": chunk.place(),
        "start": chunk.start,
        "end": chunk.end,
        "text": chunk.text,
        "chunk_id": chunk.id,
        "document_id": chunk.document_id,
    }
