"""``ragkit run``: pipelines."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ragkit.cli.options import (
    JsonOption,
    MaxCostOption,
    MaxTokensOption,
    UsageOption,
    json_text,
    make_meter,
    spent_json,
    write_json,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from langchain_core.callbacks import BaseCallbackHandler

    from ragkit.generate.usage.meter import Meter
    from ragkit.pipelines.building import Built
    from ragkit.pipelines.rows import Ran

SOME_FAILED = 3


def run_command(
    pipeline: Annotated[
        str | None, typer.Argument(help="Name of a pipeline, or a YAML file.", metavar="NAME|FILE")
    ] = None,
    text: Annotated[
        str | None, typer.Argument(help="What it works on; - reads standard input.", metavar="TEXT")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="A value in place of the file's; repeat it.", metavar="KEY=VALUE")
    ] = None,
    rows: Annotated[
        Path | None, typer.Option("--input", help="Rows to work on, a JSON object on each line.", metavar="FILE")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="Where a row for each goes; goes on where it ended.", metavar="FILE")
    ] = None,
    concurrency: Annotated[int, typer.Option(help="Rows worked on at the same time.", min=1, max=256)] = 1,
    max_cost: MaxCostOption = None,
    max_tokens_total: MaxTokensOption = None,
    *,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Do rows again that failed.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="Say what each pipeline does.")] = False,
    show: Annotated[bool, typer.Option("--show", help="Draw the pipeline, and run nothing.")] = False,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of pipeline files.")] = False,
    trace: Annotated[
        Path | None, typer.Option("--trace", help="Write each step as a line of JSON here.", metavar="FILE")
    ] = None,
    usage: UsageOption = False,
    json: JsonOption = False,
) -> None:
    """Run a pipeline: one that comes with ragkit by its name, or a YAML file; on one text or on many rows."""
    if listed:
        _list(json=json)
        return
    if schema:
        from ragkit.pipelines.spec import json_schema

        write_json(json_schema())
        return
    if pipeline is None:
        raise typer.BadParameter("give the name of a pipeline or a file; --list shows all", param_hint="'NAME|FILE'")
    from ragkit.pipelines import build, load

    built = build(load(pipeline, _settings(settings or [])))
    if show:
        typer.echo(built.picture())
        return
    meter = make_meter(built.model, max_cost, max_tokens_total)
    from ragkit.chains.trace import traced

    with traced(trace) as callbacks:
        handlers: list[BaseCallbackHandler] = [meter, *callbacks]
        if rows is not None:
            failed = _many(built, rows, output, concurrency, handlers, meter, retry_failed=retry_failed, json=json)
        else:
            failed = False
            _one(built, text, handlers, meter, json=json)
    if usage and not json:
        typer.echo(f"ragkit: {meter.spent.line()}", err=True)
    if failed:
        raise typer.Exit(SOME_FAILED)


def _settings(pairs: list[str]) -> dict[str, str]:
    out: dict[str, str] = {}
    for each in pairs:
        key, equals, value = each.partition("=")
        if not equals or not key:
            raise typer.BadParameter(f"{each!r} is no key=value", param_hint="'--set'")
        out[key.strip()] = value
    return out


def _list(*, json: bool) -> None:
    from ragkit.pipelines.read import built_in, load

    loaded = [load(path) for path in built_in().values()]
    if json:
        write_json(
            {
                "pipelines": [
                    {"name": each.name, "task": each.spec.task, "input": each.spec.input, "path": str(each.path)}
                    | {"description": each.spec.description}
                    for each in loaded
                ]
            }
        )
        return
    width = max(len(each.name) for each in loaded)
    for each in loaded:
        typer.echo(f"{each.name:{width}}  {each.spec.description}")


def _one(built: Built, text: str | None, callbacks: list[BaseCallbackHandler], meter: Meter, *, json: bool) -> None:
    from ragkit.chains.results import result_json, result_text

    if text is None:
        wanted = f"give the {built.input} to work on (- reads standard input), or rows with --input"
        raise typer.BadParameter(wanted, param_hint="'TEXT'")
    value = _parsed(built, sys.stdin.read() if text == "-" else text)
    result = built.chain.invoke(value, {"callbacks": list(callbacks)})
    if json:
        write_json({**result_json(result), "spent": spent_json(meter.spent)})
    else:
        typer.echo(result_text(result, str(Path.cwd())))


def _parsed(built: Built, text: str) -> Any:
    """Return a list where a list of documents is wanted on the command line, separated by commas."""
    if built.input != "documents":
        return text
    return [each.strip() for each in text.split(",") if each.strip()]


def _many(
    built: Built,
    rows: Path,
    output: Path | None,
    concurrency: int,
    callbacks: list[BaseCallbackHandler],
    meter: Meter,
    *,
    retry_failed: bool,
    json: bool,
) -> bool:
    """Run over rows; return whether some failed, now or before, or were not begun."""
    from ragkit.pipelines.rows import read_rows, run_rows

    if output is None:
        raise typer.BadParameter("rows with --input need a file for the results", param_hint="'--output'")
    if output.exists() and rows.exists() and output.samefile(rows):
        raise typer.BadParameter(f"{output} holds the rows: give another file", param_hint="'--output'")
    total = sum(1 for _ in read_rows(rows))
    ran = run_rows(
        built,
        read_rows(rows),
        output,
        concurrency=concurrency,
        retry_failed=retry_failed,
        callbacks=callbacks,
        progress=_progress(total),
    )
    if json:
        typer.echo(json_text({**asdict(ran), "output": str(output), "spent": spent_json(meter.spent)}))
    else:
        parts = [f"{ran.done} done", *([f"{ran.failed} failed"] if ran.failed else [])]
        parts += [f"{ran.changed} of them again, since the row or the pipeline has changed"] if ran.changed else []
        parts += [f"{ran.before} were done before"] if ran.before else []
        parts += [f"{ran.failed_before} of them failed, --retry-failed does them again"] if ran.failed_before else []
        parts += [f"{ran.unasked} not begun: the budget is spent"] if ran.unasked else []
        typer.echo(f"{', '.join(parts)}; results in {output}")
    return bool(ran.failed or ran.failed_before or ran.unasked)


def _progress(total: int) -> Callable[[Ran], None] | None:
    """Return what says on a terminal how far it is."""
    if not sys.stderr.isatty():
        return None
    from time import monotonic

    began = monotonic()

    def show(ran: Ran) -> None:
        done = ran.done + ran.failed
        left = (monotonic() - began) / done * (total - done - ran.before) if done else 0.0
        typer.echo(f"\rragkit: {done + ran.before} of {total} rows, about {left:.0f} s left\x1b[K", err=True, nl=False)
        if done + ran.before == total:
            typer.echo("\r\x1b[K", err=True, nl=False)

    return show
