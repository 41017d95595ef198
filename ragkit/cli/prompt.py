"""``ragkit prompt``: prompts chosen by score, and prompts brought along from DSPy; both become pipeline files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from ragkit.cli.options import (
    CacheOption,
    EmbedderOption,
    JsonOption,
    MaxCostOption,
    MaxTokensOption,
    ModelOption,
    UsageOption,
    make_meter,
    spent_json,
    write_json,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ragkit.core.types import Example
    from ragkit.tune.prompts import Compilation, Metric, Task

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

OutputOption = Annotated[Path, typer.Option("--output", "-o", help="Pipeline file to write.", metavar="FILE.yaml")]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace files that are there.")]


@app.command("compile")
def compile_command(
    rows: Annotated[Path, typer.Argument(help="Labelled rows: JSONL or CSV.", metavar="ROWS")],
    output: OutputOption,
    model: ModelOption = None,
    instruction: Annotated[
        list[str] | None, typer.Option(help="An instruction to try; repeat it.", metavar="TEXT")
    ] = None,
    examples: Annotated[
        Path | None,
        typer.Option(help="Examples to show, a file or an index; else half of the rows.", metavar="FILE|DIR"),
    ] = None,
    task: Annotated[str, typer.Option(help="few_shot, classify, or auto.", metavar="TASK")] = "auto",
    metric: Annotated[str, typer.Option(help="exact, f1, contains or rouge.", metavar="METRIC")] = "exact",
    candidates: Annotated[int, typer.Option(help="Prompts to try.", min=1)] = 12,
    runs: Annotated[int, typer.Option(help="Runs of a prompt on a row at most.", min=4)] = 400,
    propose: Annotated[int, typer.Option(help="Instructions that the model makes up.", min=0)] = 0,
    max_tokens: Annotated[int, typer.Option(help="Tokens of a reply.", min=1)] = 300,
    seed: Annotated[int, typer.Option(help="Of every draw.")] = 13,
    embedder: EmbedderOption = None,
    max_cost: MaxCostOption = None,
    max_tokens_total: MaxTokensOption = None,
    cache: CacheOption = None,
    *,
    force: ForceOption = False,
    usage: UsageOption = False,
    json: JsonOption = False,
) -> None:
    """Choose instruction and examples by their score on labelled rows, and write them as a pipeline."""
    from ragkit.core.settings import load_settings
    from ragkit.generate.generator import as_generator
    from ragkit.pipelines.written import check_free
    from ragkit.prompt.examples import load_examples
    from ragkit.tune.prompts import compile_prompt

    check_free(output, force=force)
    spec = model or load_settings().model
    meter = make_meter(spec, max_cost, max_tokens_total)
    found = compile_prompt(
        load_examples(rows),
        as_generator(spec, cache or load_settings().cache),
        instructions=instruction or (),
        examples=_examples(examples),
        task=cast("Task", task),  # checked there, as is the metric
        metric=cast("Metric", metric),
        embedder=embedder,
        candidates=candidates,
        runs=runs,
        propose=propose,
        max_tokens=max_tokens,
        seed=seed,
        callbacks=[meter],
        progress=_progress(),
    )
    _write(output, found, rows, model, embedder, max_tokens, force=force)
    if json:
        write_json({**_json(found), "output": str(output), "spent": spent_json(meter.spent)})
        return
    _print(found)
    typer.echo(f"written: {output}; try it: ragkit run {output} TEXT")
    if usage:
        typer.echo(f"ragkit: {meter.spent.line()}", err=True)


@app.command("import")
def import_command(
    program: Annotated[Path, typer.Argument(help="What DSPy's program.save wrote, JSON.", metavar="PROGRAM.json")],
    output: OutputOption,
    predictor: Annotated[str, typer.Option(help="Which of several predictors.", metavar="NAME")] = "",
    wanted: Annotated[
        list[str] | None, typer.Option("--field", help="A field that is asked for; repeat it.", metavar="NAME")
    ] = None,
    model: ModelOption = None,
    max_tokens: Annotated[int, typer.Option(help="Tokens of a reply.", min=1)] = 300,
    *,
    force: ForceOption = False,
) -> None:
    """Make a pipeline of a prompt that DSPy optimised; DSPy itself is not needed."""
    from ragkit.pipelines.written import write_pipeline
    from ragkit.tune.dspy import from_dspy

    found = from_dspy(program, predictor, wanted or ())
    values: dict[str, Any] = {
        "description": f"{', '.join(found.inputs)} to {found.outputs[-1]}, a prompt that DSPy optimised.",
        "task": "few_shot",
        **({"model": model} if model else {}),
        "instruction": found.instruction,
        **({"after": found.after} if found.after else {}),
        "max_tokens": max_tokens,
        **_all_of(len(found.examples)),
    }
    write_pipeline(output, values, found.examples, force=force)
    left_out = f", {len(found.left_out)} left out that lack the answer" if found.left_out else ""
    fields = f"{', '.join(found.inputs)} to {', '.join(found.outputs)}"
    typer.echo(f"{fields}: {len(found.examples)} examples{left_out}; written: {output}")


def _examples(path: Path | None) -> Sequence[Example] | None:
    if path is not None and path.is_dir():
        from ragkit.index import Index

        return Index(path).examples().whole().examples
    from ragkit.prompt.examples import load_examples

    return None if path is None else load_examples(path)


def _all_of(count: int) -> dict[str, Any]:
    """Return the options that show all examples of a file, in their order."""
    return {"k": count, "selector": "length", "order": "given"} if count else {"k": 0}


def _write(
    output: Path,
    found: Compilation,
    rows: Path,
    model: str | None,
    embedder: str | None,
    max_tokens: int,
    *,
    force: bool,
) -> None:
    from ragkit.pipelines.written import write_pipeline
    from ragkit.prompt.pool import ExamplePool
    from ragkit.prompt.selecting import select

    way = found.way
    shown = found.examples if way.k else ()
    options: dict[str, Any] = {"k": way.k, "selector": way.selector}
    if way.selector == "random":
        shown = select(ExamplePool(found.examples), "", way.k, "random", seed=way.seed)
        options = _all_of(len(shown))
    held = f", {found.held_out.score:.3f} on {found.held_out.rows} held out" if found.held_out else ""
    values: dict[str, Any] = {
        "description": f"As in {rows.name}: {found.metric} {found.tried[0].score:.3f}{held}; {way.shown}.",
        "task": found.task,
        **({"model": model} if model else {}),
        **({"embedder": embedder} if embedder else {}),
        **({"instruction": way.instruction} if way.instruction else {}),
        **({"labels": list(found.labels)} if found.labels else {"max_tokens": max_tokens}),
        **options,
    }
    if found.labels and not model:
        values["mode"] = "constrained" if len(found.labels) > _few() else "likelihood"  # not by nearest examples
    write_pipeline(output, values, shown, force=force)


def _few() -> int:
    from ragkit.chains.classify.chain import FEW

    return FEW


def _json(found: Compilation) -> dict[str, Any]:
    tried = [
        {"instruction": each.way.instruction, "k": each.way.k, "selector": each.way.selector, "seed": each.way.seed}
        | {"score": round(each.score, 4), "rows": len(each.scores), "too_long": each.too_long}
        for each in found.tried
    ]
    held = found.held_out
    held_out = held and {
        "rows": held.rows,
        "score": round(held.score, 4),
        "plain": round(held.plain, 4),
        "better": held.better,
        "worse": held.worse,
        "p": round(held.p, 4),
    }
    rows = {"examples": len(found.examples), "choosing": found.choosing, "repeated": found.repeated}
    return {
        "task": found.task,
        "metric": found.metric,
        "labels": list(found.labels),
        "rows": rows,
        "tried": tried,
        "held_out": held_out,
        "runs": found.runs,
        "stopped": found.stopped,
    }


def _print(found: Compilation) -> None:
    instructions = list(dict.fromkeys(each.way.instruction for each in found.tried))
    for number, each in enumerate(instructions, 1):
        typer.echo(f"instruction {number}: {each or '(none: the examples tell)'}")
    typer.echo(f"\n{'score':>6} {'rows':>5}  prompt ({found.task}, {found.metric})")
    for each in found.tried:
        long = f", {each.too_long} too long" if each.too_long else ""
        number = instructions.index(each.way.instruction) + 1
        typer.echo(f"{each.score:6.3f} {len(each.scores):5}  instruction {number}, {each.way.shown}{long}")
    typer.echo("")
    if found.repeated:
        typer.echo(f"{found.repeated} rows left out that ask what an earlier one asks")
    held = found.held_out
    if held is None:
        typer.echo(f"stopped before the chosen prompt was measured on other rows: {found.stopped}")
        return
    scores = f"held out, {held.rows} rows: {held.score:.3f}; the plain prompt {held.plain:.3f}"
    typer.echo(f"{scores}; better on {held.better}, worse on {held.worse} (p = {held.p:.2f})")


def _progress() -> Callable[[str], None] | None:
    if not sys.stderr.isatty():
        return None
    return lambda line: typer.echo(f"\rragkit: {line}\x1b[K", err=True, nl=False)
