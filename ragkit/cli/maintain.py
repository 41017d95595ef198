"""``ragkit verify``, ``compact``, ``remove`` and ``status``: keep an index sound, small and known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ragkit.cli.options import IndexOption, JsonOption, shown, write_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragkit.index.findings import Problem, VerifyReport

DAMAGED = 6
SHOWN = 50  # problems that are printed; --json has all


def verify_command(
    index: IndexOption = None,
    *,
    repair: Annotated[
        bool, typer.Option("--repair", help="Remove what is damaged, keep the rest, and say what is lost.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Check everything that an index holds; exit code 6 when something is damaged."""
    from ragkit.collection import Index

    report = Index(index).verify(repair=repair)
    if json:
        write_json(report.as_json())
    else:
        _print(report)
    if not report.ok:
        raise typer.Exit(DAMAGED)


def _print(report: VerifyReport) -> None:
    _print_problems(report.problems)
    for entry in report.repairs:
        lost = "" if entry.lost is None else f", {entry.lost} lost"
        counts = f": {entry.kept} passages kept{lost}" if entry.kept or entry.lost else ""
        typer.echo(f"repaired  {shown(entry.where) or 'documents from no file'}{counts}; {entry.done}")
    if report.damaged:
        typer.echo(f"the damaged file is kept as {shown(report.damaged)}")
    if report.left:
        typer.echo("still damaged:")
        _print_problems(report.left)
    for source in report.unfinished:
        typer.echo(f"unfinished {shown(source)}: run `ragkit index` again")
    counts = f"{report.documents} documents, {report.chunks} passages, {report.vectors} vectors"
    state = "sound" if report.ok else "damaged"
    typer.echo(f"{shown(str(Path(report.index).absolute()))}: {state}; {counts} ({report.seconds:.1f} s)")


def _print_problems(problems: Sequence[Problem]) -> None:
    for entry in problems[:SHOWN]:
        typer.echo(f"{entry.code:9} {shown(entry.where)}: {entry.what}; {entry.remedy}")
    if len(problems) > SHOWN:
        typer.echo(f"... and {len(problems) - SHOWN} more; --json lists them all")


def compact_command(index: IndexOption = None, json: JsonOption = False) -> None:
    """Give back the room that deleted passages left, and make the caches anew."""
    from ragkit.collection import Index

    collection = Index(index)
    report = collection.compact()
    if json:
        write_json({"index": str(collection.folder), "bytes_before": report.before, "bytes_after": report.after})
        return
    folder = shown(str(collection.folder.absolute()))
    typer.echo(f"{folder}: {report.before / 1e6:.1f} MB before, {report.after / 1e6:.1f} MB after")


def remove_command(
    sources: Annotated[
        list[str], typer.Argument(help="Files, folders or globs, as they were indexed.", metavar="SOURCE...")
    ],
    index: IndexOption = None,
    json: JsonOption = False,
) -> None:
    """Take files out of an index; all that are named, or none."""
    from ragkit.collection import Index

    removed = Index(index).remove(*sources)
    if json:
        rows = [{"source": row.source, "outcome": row.outcome, "chunks": row.chunks} for row in removed]
        write_json({"removed": len(removed), "files": rows})
        return
    for row in removed:
        typer.echo(f"removed   {shown(row.source)}: {row.chunks} passages")


def status_command(
    index: IndexOption = None,
    *,
    backup: Annotated[
        Path | None, typer.Option(help="Write the index as it is now to this one file.", metavar="FILE")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Say what an index holds, and which files it could not read."""
    from ragkit.collection import Index
    from ragkit.index.describe import describe

    collection = Index(index)
    state = describe(collection.store)
    if backup is not None:
        state["backup"] = {"file": str(backup), "bytes": collection.backup(backup)}
    if json:
        write_json(state)
        return
    for line in _lines(state):
        typer.echo(line)


def _lines(state: dict[str, Any]) -> list[str]:
    folder = shown(str(Path(state["index"]).absolute()))
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
        lines.append(f"{outcome:9} {shown(row['source'])}: {row['detail'] or row['reason']}")
    lines += [
        f"{'failed' if outcome == 'error' else 'skipped':9} {reason or 'unknown':12} {count:6}"
        for outcome, reasons in state["ledger"].items()
        if outcome != "text"
        for reason, count in reasons.items()
    ]
    lines += [
        f"unfinished {shown(source)}: an indexing run was cut off; run `ragkit index` again"
        for source in state["unfinished"]
    ]
    if state["vanished"]:
        lines.append(f"{len(state['vanished'])} indexed files no longer exist; `ragkit index --prune` removes them")
    lines += [f"{name}: kept by a repair; delete it when nothing of it is needed" for name in state["damaged"]]
    if "backup" in state:
        lines.append(f"backup: {shown(state['backup']['file'])}, {state['backup']['bytes'] / 1e6:.1f} MB")
    return lines
