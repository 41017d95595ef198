"""``ragkit ask``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    form: Annotated[str, typer.Option("--format", help="text, markdown or html.", metavar="FORMAT")] = "text",
    json: JsonOption = False,
) -> None:
    """Answer a question from the indexed documents, every sentence with its quote, or refuse honestly."""
    from ragkit.errors import ConfigError
    from ragkit.ground.formats import FORMATS, answer_json, write
    from ragkit.types import Answer

    if form not in FORMATS:
        raise ConfigError(f"unknown format {form!r}: choose {', '.join(FORMATS)}")
    collection = open_indexes(index, embedder=embedder, model=model)
    chain = collection.chain(mode=mode, k=k, threshold=threshold)  # pyright: ignore[reportArgumentType] - checked there
    answer = Answer()
    for part in chain.stream(question):
        answer += part
        if not json and form == "text" and part.text:
            typer.echo(part.text, nl=False)
    if json:
        write_json(answer_json(answer))
    elif form != "text":
        typer.echo(write(answer, form, str(Path.cwd())))
    else:
        typer.echo("")
        _print_sources(answer)
    if answer.abstained and fail_on_abstain:
        raise typer.Exit(ABSTAINED)


def _print_sources(answer: Answer) -> None:
    from ragkit.ground.render import sources

    for line in sources(answer, str(Path.cwd())):
        typer.echo(line)
