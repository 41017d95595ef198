"""What pipelines give back, as JSON and as text for people: two writers for each kind of result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragkit.chains.classify.chain import Classification
from ragkit.chains.code.chain import CodeAnswer
from ragkit.chains.extract.chain import Extracted, Extraction
from ragkit.chains.few_shot.chain import Completion
from ragkit.chains.math.arithmetic import written
from ragkit.chains.math.chain import Calculation
from ragkit.chains.rewrite.chain import Rewritten
from ragkit.chains.table.chain import TableAnswer
from ragkit.core.places import place_words
from ragkit.core.types import Answer, Hit
from ragkit.ground.render import answer_json, citations_json, flagged, flags_json, located, place, render, unique
from ragkit.retrieve.pipeline import hit_json

if TYPE_CHECKING:
    from collections.abc import Callable


def result_json(result: Any) -> dict[str, Any]:
    """Return a result of any pipeline in its stable JSON form.

    Raises:
        TypeError: no pipeline gives such a result.
    """
    return _writers(result)[0](result)


def result_text(result: Any, base: str = "") -> str:
    """Write a result for people.

    Args:
        result: of any pipeline.
        base: folder that document paths are shown relative to.

    Raises:
        TypeError: no pipeline gives such a result.
    """
    return _writers(result)[1](result, base)


def _writers(result: Any) -> tuple[Callable[[Any], dict[str, Any]], Callable[[Any, str], str]]:
    for kind, writers in _WRITERS.items():
        if isinstance(result, kind):
            return writers
    raise TypeError(f"no pipeline gives a {type(result).__name__}")


def _completion_json(result: Completion) -> dict[str, Any]:
    shown = [each.id or each.question for each in result.examples]
    return {
        "text": result.text,
        "reasoning": result.reasoning,
        "examples": shown,
        "left_out": result.left_out,
        **_made(result),
    }


def _completion_text(result: Completion, _base: str) -> str:
    left_out = f"\n({result.left_out} examples did not fit the model's context)" if result.left_out else ""
    return result.text + left_out


def _classification_json(result: Classification) -> dict[str, Any]:
    return {
        "label": result.label,
        "probability": _rounded(result.probability),
        "probabilities": {label: _rounded(share) for label, share in result.probabilities.items()},
        "mode": result.mode,
        "examples": [each.id or each.question for each in result.examples],
        "left_out": result.left_out,
        **_made(result),
    }


def _classification_text(result: Classification, _base: str) -> str:
    return result.label if result.probability is None else f"{result.label} ({result.probability:.2f})"


def _extraction_json(result: Extraction) -> dict[str, Any]:
    fields = [
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
    ]
    return {"values": result.values, "fields": fields, **_made(result)}


def _extraction_text(result: Extraction, base: str) -> str:
    return "\n".join(_field_text(each, base) for each in result.fields)


def _field_text(field: Extracted, base: str) -> str:
    if field.value is None:
        return f"{field.name}: - ({field.reason})"
    words = place_words(field.place)
    place = ", ".join(each for each in (located(field.document, base), words) if each)
    where = f"{place + ', ' if place else ''}characters {field.start}-{field.end}"
    return f"{field.name}: {field.value}\n    “{' '.join(field.quote.split())}”\n    {where}"


def _rewritten_json(result: Rewritten) -> dict[str, Any]:
    return {"text": result.text, "problems": list(result.problems), **_made(result)}


def _rewritten_text(result: Rewritten, _base: str) -> str:
    return "\n".join([result.text.rstrip("\n"), *(f"({problem})" for problem in result.problems)])


def _calculation_json(result: Calculation) -> dict[str, Any]:
    return {
        "answer": result.answer,
        "text": result.text,
        "equations": [
            {"expression": each.expression, "stated": each.stated, "value": written(each.value), "right": each.right}
            for each in result.equations
        ],
        "problems": list(result.problems),
        "tries": result.tries,
        **_made(result),
    }


def _calculation_text(result: Calculation, _base: str) -> str:
    return "\n".join([result.text, *(f"({problem})" for problem in result.problems)])


def _code_json(result: CodeAnswer) -> dict[str, Any]:
    return {
        "question": result.question,
        "text": result.text,
        "abstained": result.abstained,
        "reason": result.reason,
        "citations": citations_json(result.citations),
        "blocks": [
            {
                "language": each.language,
                "code": each.code,
                "start": each.start,
                "problems": list(each.problems),
                "unknown": list(each.unknown),
            }
            for each in result.blocks
        ],
        "tries": result.tries,
        "flags": flags_json(result.flags),
        **_made(result),
    }


def _code_text(result: CodeAnswer, base: str) -> str:
    lines = [result.text, ""]
    for each in unique(result.citations):
        first = each.quote.strip().partition("\n")[0]
        lines += [f"[{each.marker}] {first}", f"    {place(each, base)}"]
    lines += [f"({problem})" for problem in result.problems]
    for block in result.blocks:
        lines += [f"(not of this code base: {', '.join(block.unknown)})"] if block.unknown else []
    lines += [f"({result.reason})"] if result.reason else []
    lines += [f"⚠ {flagged(each, base)}" for each in result.flags]
    return "\n".join(lines).rstrip()


def _table_json(result: TableAnswer) -> dict[str, Any]:
    return {
        "question": result.question,
        "text": result.text,
        "columns": list(result.columns),
        "values": [list(row) for row in result.values],
        "query": result.query,
        "rows": result.rows,
        "citations": citations_json(result.citations),
        "abstained": result.abstained,
        "reason": result.reason,
        "problems": list(result.problems),
        "tries": result.tries,
        **_made(result),
    }


def _table_text(result: TableAnswer, base: str) -> str:
    lines = [result.text]
    if result.query and not result.abstained:
        lines.append(f"({result.query}; {result.rows} {'row' if result.rows == 1 else 'rows'})")
    lines += [""] if result.citations else []
    for each in result.citations:
        lines += [f"[{each.marker}] {each.quote}", f"    {place(each, base)}"]
    lines += [f"({problem})" for problem in result.problems]
    lines += [f"({result.reason})"] if result.reason else []
    return "\n".join(lines)


def _hits_json(hits: tuple[Hit, ...]) -> dict[str, Any]:
    return {"hits": [hit_json(hit) for hit in hits]}


def _hits_text(hits: tuple[Hit, ...], base: str) -> str:
    lines: list[str] = []
    for hit in hits:
        words = place_words(hit.chunk.place())
        source = located(hit.chunk.source, base)
        lines.append(f"{hit.rank}. {source}{', ' + words if words else ''} ({hit.via} {hit.score:.3f})")
        lines.append(f"   {' '.join(hit.chunk.text.split())[:300]}")
    return "\n".join(lines) or "nothing found"


def _made(
    result: Completion | Classification | CodeAnswer | Extraction | Rewritten | TableAnswer | Calculation,
) -> dict[str, Any]:
    return {
        "model": result.model,
        "usage": {key: result.usage.get(key, 0) for key in ("input_tokens", "output_tokens")},
        "timings": {key: round(value, 4) for key, value in result.timings.items()},
    }


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


_WRITERS: dict[type, tuple[Callable[[Any], dict[str, Any]], Callable[[Any, str], str]]] = {
    Answer: (answer_json, render),
    Completion: (_completion_json, _completion_text),
    Classification: (_classification_json, _classification_text),
    CodeAnswer: (_code_json, _code_text),
    Extraction: (_extraction_json, _extraction_text),
    TableAnswer: (_table_json, _table_text),
    Rewritten: (_rewritten_json, _rewritten_text),
    Calculation: (_calculation_json, _calculation_text),
    tuple: (_hits_json, _hits_text),
}
