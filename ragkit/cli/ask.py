"""``ragkit ask``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ragkit.cli.options import (
    CountOption,
    EmbedderOption,
    IndexesOption,
    JsonOption,
    ModelOption,
    open_indexes,
    write_json,
)

if TYPE_CHECKING:
    from ragkit.types import Answer

ABSTAINED = 4

ModeOption = Annotated[
    str, typer.Option("--mode", help="auto, quote (no model), short (a phrase) or answer (prose).", metavar="MODE")
]


def ask_command(
    question: Annotated[str, typer.Argument(help="The question.")],
    index: IndexesOption = None,
    model: ModelOption = None,
    embedder: EmbedderOption = None,
    k: CountOption = None,
    mode: ModeOption = "auto",
    threshold: Annotated[
        float | None, typer.Option(help="Confidence, 0 to 1, below which it refuses.", min=0, max=1)
    ] = None,
    *,
    fail_on_abstain: Annotated[
        bool, typer.Option("--fail-on-abstain", help="Exit with 4 when the sources do not answer.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Answer a question from the indexed documents, every sentence with its quote, or refuse honestly."""
    from ragkit.types import Answer

    collection = open_indexes(index, embedder=embedder, model=model)
    chain = collection.chain(mode=mode, k=k, threshold=threshold)  # pyright: ignore[reportArgumentType] - checked there
    answer = Answer()
    for part in chain.stream(question):
        answer += part
        if not json and part.text:
            typer.echo(part.text, nl=False)
    if json:
        write_json(answer_json(answer))
    else:
        typer.echo("")
        _print_sources(answer)
    if answer.abstained and fail_on_abstain:
        raise typer.Exit(ABSTAINED)


def _print_sources(answer: Answer) -> None:
    from ragkit.ground.render import sources

    for line in sources(answer, str(Path.cwd())):
        typer.echo(line)


def answer_json(answer: Answer) -> dict[str, Any]:
    """Return an answer in its stable JSON form."""
    return {
        "question": answer.question,
        "answer": answer.text,
        "abstained": answer.abstained,
        "reason": answer.reason,
        "confidence": None if answer.confidence is None else round(answer.confidence, 4),
        "citations": [
            {
                "marker": each.marker,
                "source": each.document,
                "page": each.page,
                "place": dict(each.place),
                "start": each.start,
                "end": each.end,
                "quote": each.quote,
                "support": each.support,
                "answer_start": each.answer_start,
                "answer_end": each.answer_end,
                "document_id": each.document_id,
            }
            for each in answer.citations
        ],
        "model": answer.model,
        "usage": {key: answer.usage.get(key, 0) for key in ("input_tokens", "output_tokens")},
        "timings": {key: round(value, 4) for key, value in answer.timings.items()},
        "raw_answer": answer.raw_text,
    }
