"""``ragkit index``, and what keeps an index sound, small and known: ``status, verify, compact, remove``."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ragkit.cli import options
from ragkit.core.types import IngestReport, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragkit.index import Index
    from ragkit.ingest.run import Progress
    from ragkit.store.care.findings import Problem, VerifyReport

SOME_FAILED = 3  # exit codes
DAMAGED = 6
PRINTED = 50  # problems of a damaged index; --json has all
OUTCOMES: tuple[Outcome, ...] = ("indexed", "unchanged", "updated", "removed", "skipped", "failed")
FILE_KEYS = ("source", "outcome", "reason", "chunks", "characters", "detail")  # of the rows in --json
LEFT_OUT = ("ignored", "duplicate")  # counted; `ragkit status` and --json name each


def index_command(
    paths: Annotated[
        list[str] | None, typer.Argument(help="Files, folders and web addresses.", metavar="PATH...")
    ] = None,
    index: options.IndexOption = None,
    embedder: options.EmbedderOption = None,
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
        typer.Option("--reembed", help="First embed all that is indexed again, with --embedder or the default."),
    ] = False,
    include: Annotated[list[str] | None, typer.Option(help="Only files that match this glob.", metavar="GLOB")] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="No files that match this glob.", metavar="GLOB")] = None,
    depth: options.DepthOption = 0,
    max_pages: options.MaxPagesOption = 100,
    follow: options.FollowOption = "prefix",
    delay: options.DelayOption = 1.0,
    allow_private: options.AllowPrivateOption = False,
    main_content: options.MainContentOption = False,
    ocr: options.OcrOption = False,
    json: options.JsonOption = False,
) -> None:
    """Build or update an index; reports every file that is not simply indexed."""
    from ragkit.index import Index
    from ragkit.ingest.run import missing_under
    from ragkit.load.web import is_url

    if not paths and not reembed and not retry_failed:
        raise typer.BadParameter("give at least one file or folder", param_hint="PATH...")
    collection = Index(index, embedder=embedder)
    if not paths and retry_failed:
        paths = [str(path) for path in _failed_before(collection)]
        if not paths and not reembed:
            typer.echo("ragkit: nothing in the index failed", err=True)
    arguments: dict[str, Any] = {
        "prune": prune,
        "rehash": rehash,
        "retry_failed": retry_failed,
        "include": include or (),
        "exclude": exclude or (),
        "web": options.web_options(
            depth, max_pages, follow, delay, allow_private=allow_private, main_content=main_content
        ),
        "ocr": ocr,
    }
    # Re-embedding comes first: files that are new are then embedded once, by the new embedder.
    reports: list[IngestReport] = []
    with _progress() as progress:
        if reembed:
            reports.append(collection.reembed(progress=progress))
        if paths:
            reports.append(collection.sync(*paths, **arguments, progress=progress))
    report = reports[-1] if reports else IngestReport((), 0.0)
    if json:
        first = _report_json(reports[0])
        more = {"reembedded": {key: first[key] for key in first if key != "files"}} if len(reports) > 1 else {}
        options.write_json(_report_json(report) | more)
    else:
        for each in reports:
            _print_report(each, collection.folder)
    if not paths:
        return
    if all(row.reason in LEFT_OUT for row in report.files):
        typer.echo(f"ragkit: no file to index in {', '.join(map(str, paths))}", err=True)
    # Nothing is removed unless it is asked for: a drive that is not mounted looks like files that were deleted.
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


def _report_json(report: IngestReport) -> dict[str, Any]:
    """Return the report in its stable JSON form."""
    return {
        **{outcome: report.count(outcome) for outcome in OUTCOMES},
        "chunks": report.chunks,
        "characters": report.characters,
        "seconds": round(report.seconds, 3),
        "embedded": report.embedded,
        "truncated": report.truncated,
        "files": [{key: getattr(row, key) for key in FILE_KEYS} for row in report.files],
    }


def _print_report(report: IngestReport, folder: Path) -> None:
    for row in report.files:
        named = row.outcome in ("failed", "skipped", "removed") and row.reason not in LEFT_OUT
        partly = row.outcome in ("indexed", "updated") and row.detail
        if named or partly:
            what = "partly" if partly else row.outcome
            typer.echo(f"{what:9} {options.shown(row.source)}" + (f": {row.detail}" if row.detail else ""))
    reasons = Counter((row.outcome, row.reason) for row in report.files if row.reason)
    for (outcome, reason), count in sorted(reasons.items()):
        typer.echo(f"{outcome:9} {reason:12} {count:6}")
    counts = {outcome: report.count(outcome) for outcome in OUTCOMES}
    parts = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count) or "nothing"
    passages = f"{report.chunks} {'passage' if report.chunks == 1 else 'passages'}"
    typer.echo(
        f"{parts}; {passages}, {report.characters} characters, {report.truncated} passages cut "
        f"({report.seconds:.1f} s) in {options.shown(str(folder.absolute()))}"
    )


@contextmanager
def _progress() -> Generator[Callable[[Progress], None] | None]:
    """Draw a progress bar on standard error when that is a terminal."""
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
            # Over the whole run: batches of 512 passages make the rate of a moment jump.
            elapsed = bar.tasks[0].elapsed or 0.0
            rate = f"{state.chunks / elapsed:.0f} passages/s" if elapsed > 1 else ""
            bar.update(task, total=state.total, completed=state.done, rate=rate)

        yield show


def verify_command(
    index: options.IndexOption = None,
    *,
    repair: Annotated[
        bool, typer.Option("--repair", help="Remove what is damaged, keep the rest, and say what is lost.")
    ] = False,
    json: options.JsonOption = False,
) -> None:
    """Check everything that an index holds; exit code 6 when something is damaged."""
    from ragkit.index import Index

    report = Index(index).verify(repair=repair)
    if json:
        options.write_json(report.as_json())
    else:
        _print_verification(report)
    if not report.ok:
        raise typer.Exit(DAMAGED)


def _print_verification(report: VerifyReport) -> None:
    _print_problems(report.problems)
    for entry in report.repairs:
        lost = "" if entry.lost is None else f", {entry.lost} lost"
        counts = f": {entry.kept} passages kept{lost}" if entry.kept or entry.lost else ""
        typer.echo(f"repaired  {options.shown(entry.where) or 'documents from no file'}{counts}; {entry.done}")
    if report.damaged:
        typer.echo(f"the damaged file is kept as {options.shown(report.damaged)}")
    if report.left:
        typer.echo("still damaged:")
        _print_problems(report.left)
    for source in report.unfinished:
        typer.echo(f"unfinished {options.shown(source)}: run `ragkit index` again")
    counts = f"{report.documents} documents, {report.chunks} passages, {report.vectors} vectors"
    state = "sound" if report.ok else "damaged"
    typer.echo(f"{options.shown(str(Path(report.index).absolute()))}: {state}; {counts} ({report.seconds:.1f} s)")


def _print_problems(problems: Sequence[Problem]) -> None:
    for entry in problems[:PRINTED]:
        typer.echo(f"{entry.code:9} {options.shown(entry.where)}: {entry.what}; {entry.remedy}")
    if len(problems) > PRINTED:
        typer.echo(f"... and {len(problems) - PRINTED} more; --json lists them all")


def compact_command(index: options.IndexOption = None, json: options.JsonOption = False) -> None:
    """Give back the room that deleted passages left, and make the caches again."""
    from ragkit.index import Index

    collection = Index(index)
    report = collection.compact()
    if json:
        options.write_json(
            {"index": str(collection.folder), "bytes_before": report.before, "bytes_after": report.after}
        )
        return
    folder = options.shown(str(collection.folder.absolute()))
    typer.echo(f"{folder}: {report.before / 1e6:.1f} MB before, {report.after / 1e6:.1f} MB after")


def remove_command(
    sources: Annotated[
        list[str], typer.Argument(help="Files, folders or globs, as they were indexed.", metavar="SOURCE...")
    ],
    index: options.IndexOption = None,
    json: options.JsonOption = False,
) -> None:
    """Take files out of an index; all that are named, or none."""
    from ragkit.index import Index

    removed = Index(index).remove(*sources)
    if json:
        rows = [{"source": row.source, "outcome": row.outcome, "chunks": row.chunks} for row in removed]
        options.write_json({"removed": len(removed), "files": rows})
        return
    for row in removed:
        typer.echo(f"removed   {options.shown(row.source)}: {row.chunks} passages")


def status_command(
    index: options.IndexOption = None,
    *,
    backup: Annotated[
        Path | None, typer.Option(help="Write the index as it is now to this one file.", metavar="FILE")
    ] = None,
    json: options.JsonOption = False,
) -> None:
    """Say what an index holds, and which files it could not read."""
    from ragkit.index import Index
    from ragkit.store.care.describe import describe

    collection = Index(index)
    state = describe(collection.store)
    if backup is not None:
        state["backup"] = {"file": str(backup), "bytes": collection.backup(backup)}
    if json:
        options.write_json(state)
        return
    for line in _status_lines(state):
        typer.echo(line)


def _status_lines(state: dict[str, Any]) -> list[str]:
    folder = options.shown(str(Path(state["index"]).absolute()))
    tokens = "" if state["tokens"] is None else ", with vectors of their tokens"
    counts = f"{state['files']} files, {state['documents']} documents, {state['chunks']} passages{tokens}"
    lines = [
        f"{folder}: {counts}, {state['bytes'] / 1e6:.1f} MB",
        f"embedder: {state['embedder'] or ('none yet' if state['fingerprint'] is None else state['fingerprint'])}",
    ]
    if state["runtime"]:
        lines.append(f"embedded by: {state['runtime']}")
    lines += [
        f"cache: {cache['name']}, {cache['bytes'] / 1e6:.1f} MB, {cache['state']}"
        for cache in state["caches"]
        if cache["state"] != "current"
    ]
    if state["writer"]:
        lines.append(f"being written by process {state['writer']['pid']} since {state['writer']['since']}")
    for row in state["problems"]:
        outcome = {"error": "failed", "text": "partly"}.get(row["outcome"], "skipped")
        lines.append(f"{outcome:9} {options.shown(row['source'])}: {row['detail'] or row['reason']}")
    lines += [
        f"{'failed' if outcome == 'error' else 'skipped':9} {reason or 'unknown':12} {count:6}"
        for outcome, reasons in state["ledger"].items()
        if outcome != "text"
        for reason, count in reasons.items()
    ]
    lines += [
        f"unfinished {options.shown(source)}: an indexing run was cut off; run `ragkit index` again"
        for source in state["unfinished"]
    ]
    if state["vanished"]:
        lines.append(f"{len(state['vanished'])} indexed files no longer exist; `ragkit index --prune` removes them")
    lines += [f"{name}: kept by a repair; delete it when nothing of it is needed" for name in state["damaged"]]
    if "backup" in state:
        lines.append(f"backup: {options.shown(state['backup']['file'])}, {state['backup']['bytes'] / 1e6:.1f} MB")
    return lines
