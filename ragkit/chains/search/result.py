"""Passages that were found."""

from __future__ import annotations

from typing import Any

from ragkit.core.places import place_words
from ragkit.core.types import Hit
from ragkit.ground.rendering import located
from ragkit.retrieve.pipeline import hit_json


class Hits(tuple[Hit, ...]):
    """Passages, best first."""

    __slots__ = ()

    def to_json(self) -> dict[str, Any]:
        """Return them in their stable JSON form."""
        return {"hits": [hit_json(hit) for hit in self]}

    def to_text(self, base: str = "") -> str:
        """Write them for people, paths relative to the folder ``base``."""
        lines: list[str] = []
        for hit in self:
            words = place_words(hit.chunk.place())
            source = located(hit.chunk.source, base)
            lines.append(f"{hit.rank}. {source}{', ' + words if words else ''} ({hit.via} {hit.score:.3f})")
            lines.append(f"   {' '.join(hit.chunk.text.split())[:300]}")
        return "\n".join(lines) or "nothing found"
