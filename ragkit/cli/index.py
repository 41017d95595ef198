"""``ragkit index``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ragkit.cli.options import EmbedderOption, IndexOption, JsonOption, OcrOption, shown, write_json

if TYPE_CHECKING:
    from ragkit.index.sync import Progress
    from ragkit.types import IngestReport

SOME_FAILED = 3


def index_command(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files and folders.", metavar="PATH...")] = None,
    index: IndexOption = None,
    embedder: EmbedderOption = None,
    *,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove files that no longer exist below these paths.")
    ] = False,
    rehash: Annotated[
        bool, typer.Option("--rehash", help="Read every file again, even when size and time are as before.")
    ] = False,
    reembed: Annotated[
        bool,
        typer.Option("--reembed", help="First embed all that is indexed anew, with --embedder or the default."),
    ] = False,
    include: Annotated[list[str] | None, typer.Option(help="Only files that match this glob.", metavar="GLOB")] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="No files that match this glob.", metavar="GLOB")] = None,
    ocr: OcrOption = False,
    json: JsonOption = False,
) -> None:
    """Build or update an index; reports every file that is not simply indexed."""
    from ragkit.collection import Index
    from ragkit.index.sync import missing_under

    if not paths and not reembed:
        raise typer.BadParameter("give at least one file or folder", param_hint="PATH...")
    collection = Index(index, embedder=embedder)
    options: dict[str, Any] = {
        "prune": prune,
        "rehash": rehash,
        "include": include or (),
        "exclude": exclude or (),
        "ocr": ocr,
    }
    reports: list[IngestReport] = []
    with _progress() as progress:
        if reembed:
            reports.append(collection.reembed(progress=progress))
        if paths:
            reports.append(collection.sync(*paths, **options, progress=progress))
    report = reports[-1]
    if json:
        first = as_json(reports[0])
        more = {"reembedded": {key: first[key] for key in first if key != "files"}} if len(reports) > 1 else {}
        write_json(as_json(report) | more)
    else:
        for each in reports:
            _print(each, collection.folder)
    if not paths:
        return
    if not report.files:
        typer.echo(f"ragkit: no file to index in {', '.join(map(str, paths))}", err=True)
    seen, roots = [row.source for row in report.files], [path.absolute() for path in paths]
    gone = [] if prune else missing_under(collection.store, seen, roots)
    if gone:
        typer.echo(f"ragkit: {len(gone)} indexed files no longer exist; --prune removes them", err=True)
    if report.count("failed"):
        raise typer.Exit(SOME_FAILED)


def as_json(report: IngestReport) -> dict[str, Any]:
    """Return the report in its stable JSON form."""
    outcomes = ("indexed", "unchanged", "updated", "removed", "skipped", "failed")
    return {
        **{outcome: report.count(outcome) for outcome in outcomes},
        "chunks": report.chunks,
        "characters": report.characters,
        "seconds": round(report.seconds, 3),
        "embedded": report.embedded,
        "truncated": report.truncated,
        "files": [
            {
                "source": row.source,
                "outcome": row.outcome,
                "reason": row.reason,
                "chunks": row.chunks,
                "characters": row.characters,
            }
            for row in report.files
        ],
    }


def _print(report: IngestReport, folder: Path) -> None:
    for row in report.files:
        if row.outcome in ("failed", "skipped", "removed"):
            typer.echo(f"{row.outcome:9} {shown(row.source)}" + (f": {row.reason}" if row.reason else ""))
    counts = Counter(row.outcome for row in report.files)
    parts = ", ".join(f"{count} {outcome}" for outcome, count in counts.items()) or "nothing"
    typer.echo(
        f"{parts}; {report.chunks} passages, {report.characters} characters, {report.truncated} passages cut "
        f"({report.seconds:.1f} s) in {shown(str(folder.absolute()))}"
    )


@contextmanager
def _progress() -> Generator[Callable[[Progress], None] | None]:
    """Draw a progress bar on standard error when that is a terminal."""
    import sys

    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("indexing"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("index", total=None, rate="")

        def show(state: Progress) -> None:
            elapsed = bar.tasks[0].elapsed or 0.0
            rate = f"{state.chunks / elapsed:.0f} passages/s" if elapsed > 1 else ""
            bar.update(task, total=state.total, completed=state.done, rate=rate)

        yield show
