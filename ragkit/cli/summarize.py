"""``ragkit summarize``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ragkit.cli.options import JsonOption, ModelOption, shown, write_json

if TYPE_CHECKING:
    from ragkit.chains.generator import Generator
    from ragkit.types import Answer

SOME_FAILED = 3


def summarize_command(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders.", metavar="PATH...")],
    model: ModelOption = None,
    sentences: Annotated[int, typer.Option(help="Sentences wanted.", min=1, max=50)] = 4,
    method: Annotated[
        str, typer.Option(help="auto, stuff, map_reduce or extractive (no model).", metavar="NAME")
    ] = "auto",
    *,
    json: JsonOption = False,
) -> None:
    """Summarise documents; every sentence cites what it rests on."""
    from ragkit.chains.generator import load
    from ragkit.chains.summarize import SummaryChain
    from ragkit.config import settings
    from ragkit.load import load as load_files

    loaded: list[Generator] = []

    def generator() -> Generator:
        if not loaded:
            loaded.append(load(model or settings().model))
        return loaded[0]

    chain = SummaryChain(generator, sentences=sentences, method=method)  # pyright: ignore[reportArgumentType] - checked there
    rows: list[dict[str, Any]] = []
    failed = 0
    for file in load_files(paths):
        if file.outcome != "text":
            failed += file.outcome != "skipped"
            typer.echo(f"ragkit: {shown(file.source)}: {file.detail or file.reason}", err=True)
            continue
        for document in file.documents:
            summary = chain.invoke(document)
            if not json:
                _print(file.source, document.metadata.get("title"), summary)
            rows.append({"source": file.source, "title": document.metadata.get("title"), **_json(summary)})
    if json:
        write_json({"summaries": rows})
    if failed:
        raise typer.Exit(SOME_FAILED if rows else 1)


def _json(summary: Answer) -> dict[str, Any]:
    from ragkit.ground.formats import answer_json

    row = answer_json(summary)
    return {"summary": row.pop("answer"), **{key: value for key, value in row.items() if key != "question"}}


def _print(source: str, title: str | None, summary: Answer) -> None:
    from ragkit.ground.render import render

    typer.echo(f"{shown(source)}" + (f" ({title})" if title else ""))
    typer.echo(render(summary, str(Path.cwd())))
    typer.echo("")
