"""``ragkit index``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ragkit.cli.options import (
    AllowPrivateOption,
    DelayOption,
    DepthOption,
    EmbedderOption,
    FollowOption,
    IndexOption,
    JsonOption,
    MainContentOption,
    MaxPagesOption,
    OcrOption,
    shown,
    web_options,
    write_json,
)
from ragkit.types import IngestReport, Outcome

if TYPE_CHECKING:
    from ragkit.collection import Index
    from ragkit.index.sync import Progress

SOME_FAILED = 3
OUTCOMES: tuple[Outcome, ...] = ("indexed", "unchanged", "updated", "removed", "skipped", "failed")
LEFT_OUT = ("ignored", "duplicate")  # counted; `ragkit status` and --json name each


def index_command(
    paths: Annotated[
        list[str] | None, typer.Argument(help="Files, folders and web addresses.", metavar="PATH...")
    ] = None,
    index: IndexOption = None,
    embedder: EmbedderOption = None,
    *,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove files that no longer exist below these paths.")
    ] = False,
    rehash: Annotated[
        bool, typer.Option("--rehash", help="Read every file again, even when size and time are as before.")
    ] = False,
    retry_failed: Annotated[
        bool,
        typer.Option("--retry-failed", help="Read again what gave no text before; without PATH, all such files."),
    ] = False,
    reembed: Annotated[
        bool,
        typer.Option("--reembed", help="First embed all that is indexed anew, with --embedder or the default."),
    ] = False,
    include: Annotated[list[str] | None, typer.Option(help="Only files that match this glob.", metavar="GLOB")] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="No files that match this glob.", metavar="GLOB")] = None,
    depth: DepthOption = 0,
    max_pages: MaxPagesOption = 100,
    follow: FollowOption = "prefix",
    delay: DelayOption = 1.0,
    allow_private: AllowPrivateOption = False,
    main_content: MainContentOption = False,
    ocr: OcrOption = False,
    json: JsonOption = False,
) -> None:
    """Build or update an index; reports every file that is not simply indexed."""
    from ragkit.collection import Index
    from ragkit.index.sync import missing_under
    from ragkit.load.web import is_url

    if not paths and not reembed and not retry_failed:
        raise typer.BadParameter("give at least one file or folder", param_hint="PATH...")
    collection = Index(index, embedder=embedder)
    if not paths and retry_failed:
        paths = [str(path) for path in _failed_before(collection)]
        if not paths and not reembed:
            typer.echo("ragkit: nothing in the index failed", err=True)
    options: dict[str, Any] = {
        "prune": prune,
        "rehash": rehash,
        "retry_failed": retry_failed,
        "include": include or (),
        "exclude": exclude or (),
        "web": web_options(depth, max_pages, follow, delay, allow_private=allow_private, main_content=main_content),
        "ocr": ocr,
    }
    reports: list[IngestReport] = []
    with _progress() as progress:
        if reembed:
            reports.append(collection.reembed(progress=progress))
        if paths:
            reports.append(collection.sync(*paths, **options, progress=progress))
    report = reports[-1] if reports else IngestReport((), 0.0)
    if json:
        first = as_json(reports[0])
        more = {"reembedded": {key: first[key] for key in first if key != "files"}} if len(reports) > 1 else {}
        write_json(as_json(report) | more)
    else:
        for each in reports:
            _print(each, collection.folder)
    if not paths:
        return
    if all(row.reason in LEFT_OUT for row in report.files):
        typer.echo(f"ragkit: no file to index in {', '.join(map(str, paths))}", err=True)
    seen, roots = [row.source for row in report.files], [Path(path).absolute() for path in paths if not is_url(path)]
    gone = [] if prune else missing_under(collection.store, seen, roots)
    if gone:
        typer.echo(f"ragkit: {len(gone)} indexed files no longer exist; --prune removes them", err=True)
    if report.count("failed"):
        typer.echo("ragkit: some files failed; once that is mended, --retry-failed reads them again", err=True)
        raise typer.Exit(SOME_FAILED)


def _failed_before(collection: Index) -> list[Path]:
    """List the files that gave no text at earlier runs and are still there."""
    rows = collection.store.sources()
    return [Path(row.source) for row in rows if row.outcome in ("error", "empty") and Path(row.source).exists()]


def as_json(report: IngestReport) -> dict[str, Any]:
    """Return the report in its stable JSON form."""
    return {
        **{outcome: report.count(outcome) for outcome in OUTCOMES},
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
                "detail": row.detail,
            }
            for row in report.files
        ],
    }


def _print(report: IngestReport, folder: Path) -> None:
    for row in report.files:
        told = row.outcome in ("failed", "skipped", "removed") and row.reason not in LEFT_OUT
        partly = row.outcome in ("indexed", "updated") and row.detail
        if told or partly:
            what = "partly" if partly else row.outcome
            typer.echo(f"{what:9} {shown(row.source)}" + (f": {row.detail}" if row.detail else ""))
    reasons = Counter((row.outcome, row.reason) for row in report.files if row.reason)
    for (outcome, reason), count in sorted(reasons.items()):
        typer.echo(f"{outcome:9} {reason:12} {count:6}")
    counts = {outcome: report.count(outcome) for outcome in OUTCOMES}
    parts = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count) or "nothing"
    passages = f"{report.chunks} {'passage' if report.chunks == 1 else 'passages'}"
    typer.echo(
        f"{parts}; {passages}, {report.characters} characters, {report.truncated} passages cut "
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
