"""Why an answer says what it says, as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragkit.ground.render import located
from ragkit.places import place_words

if TYPE_CHECKING:
    from ragkit.types import Explanation, Influence

SHOWN = 90  # characters of a sentence in a line


def explanation_json(explanation: Explanation) -> dict[str, Any]:
    """Return an explanation in its stable JSON form; likelihoods in nats."""
    return {
        "model": explanation.model,
        "together": round(explanation.together, 4),
        "sentences": [
            {
                "marker": each.marker,
                "moved": round(each.moved, 4),
                "share": round(each.share, 4),
                "source": each.evidence.hit.chunk.source,
                "document_id": each.evidence.hit.chunk.document_id,
                "page": each.evidence.page,
                "start": each.evidence.start,
                "end": each.evidence.end,
                "text": each.evidence.text,
            }
            for each in explanation.influences
        ],
        "disagreements": list(explanation.disagreements),
    }


def explanation_lines(explanation: Explanation, base: str = "") -> list[str]:
    """Write an explanation as lines of text.

    Args:
        explanation: the explanation.
        base: folder that document paths are shown relative to.
    """
    out = ["", "Why (share of what its sentences moved the answer by; log probability it loses without each, in nats):"]
    for each in explanation.influences:
        out += _influence(each, base)
    return [*out, *(f"Note: {told}." for told in explanation.disagreements)]


def _influence(each: Influence, base: str) -> list[str]:
    marker = "not cited" if each.marker is None else f"[{each.marker}]"
    text = " ".join(each.evidence.text.split())
    shown = text if len(text) <= SHOWN else f"{text[:SHOWN].rstrip()}…"
    where = place_words(each.evidence.hit.chunk.place(each.evidence.start, each.evidence.end))
    document = located(each.evidence.hit.chunk.source, base)
    return [
        f"{each.share:4.0%} {each.moved:8.2f}  {marker:9}  “{shown}”",
        f"{'':26}{document}{', ' + where if where else ''}",
    ]
