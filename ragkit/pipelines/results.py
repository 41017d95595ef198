"""What pipelines give back, as JSON and as text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from ragkit.chains.classifying import Classification
from ragkit.chains.completing import Completion
from ragkit.chains.extracting import Extracted, Extraction
from ragkit.chains.rewriting import Rewritten
from ragkit.ground.formats import answer_json
from ragkit.ground.render import located, render
from ragkit.places import place_words
from ragkit.retrieve.formats import hit_json
from ragkit.types import Answer, Hit

if TYPE_CHECKING:
    from collections.abc import Mapping


def result_json(result: Any) -> dict[str, Any]:
    """Return a result of any pipeline in its stable JSON form.

    Raises:
        TypeError: no pipeline gives such a result.
    """
    if isinstance(result, Answer):
        return answer_json(result)
    if isinstance(result, Completion):
        return {
            "text": result.text,
            "examples": [each.id or each.question for each in result.examples],
            "left_out": result.left_out,
            **_made(result.model, result.usage, result.timings),
        }
    if isinstance(result, Classification):
        return {
            "label": result.label,
            "probability": _rounded(result.probability),
            "probabilities": {label: _rounded(share) for label, share in result.probabilities.items()},
            "mode": result.mode,
            "examples": [each.id or each.question for each in result.examples],
            "left_out": result.left_out,
            **_made(result.model, result.usage, result.timings),
        }
    if isinstance(result, Extraction):
        return {
            "values": result.values,
            "fields": [
                {
                    "name": each.name,
                    "value": each.value,
                    "source": each.document,
                    "place": dict(each.place),
                    "start": each.start,
                    "end": each.end,
                    "quote": each.quote,
                    "reason": each.reason,
                }
                for each in result.fields
            ],
            **_made(result.model, result.usage, result.timings),
        }
    if isinstance(result, Rewritten):
        told = {"text": result.text, "problems": list(result.problems)}
        return {**told, **_made(result.model, result.usage, result.timings)}
    if isinstance(result, tuple):
        return {"hits": [hit_json(hit) for hit in cast("tuple[Hit, ...]", result)]}
    raise TypeError(f"no pipeline gives a {type(result).__name__}")


def result_text(result: Any, base: str = "") -> str:
    """Write a result for people.

    Args:
        result: of any pipeline.
        base: folder that document paths are shown relative to.
    """
    if isinstance(result, Answer):
        return render(result, base)
    if isinstance(result, Completion):
        left_out = f"\n({result.left_out} examples did not fit the model's context)" if result.left_out else ""
        return result.text + left_out
    if isinstance(result, Classification):
        return result.label if result.probability is None else f"{result.label} ({result.probability:.2f})"
    if isinstance(result, Extraction):
        return "\n".join(_field_text(each, base) for each in result.fields)
    if isinstance(result, Rewritten):
        return "\n".join([result.text.rstrip("\n"), *(f"({problem})" for problem in result.problems)])
    lines: list[str] = []
    for hit in cast("tuple[Hit, ...]", result):
        words = place_words(hit.chunk.place())
        lines.append(f"{hit.rank}. {hit.chunk.source}{', ' + words if words else ''} ({hit.via} {hit.score:.3f})")
        lines.append(f"   {' '.join(hit.chunk.text.split())[:300]}")
    return "\n".join(lines) or "nothing found"


def _field_text(field: Extracted, base: str) -> str:
    if field.value is None:
        return f"{field.name}: - ({field.reason})"
    words = place_words(field.place)
    place = ", ".join(each for each in (located(field.document, base), words) if each)
    where = f"{place + ', ' if place else ''}characters {field.start}-{field.end}"
    return f"{field.name}: {field.value}\n    “{' '.join(field.quote.split())}”\n    {where}"


def _made(model: str, usage: Mapping[str, int], timings: Mapping[str, float]) -> dict[str, Any]:
    return {
        "model": model,
        "usage": {key: usage.get(key, 0) for key in ("input_tokens", "output_tokens")},
        "timings": {key: round(value, 4) for key, value in timings.items()},
    }


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
