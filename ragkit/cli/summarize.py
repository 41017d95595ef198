"""``ragkit summarize``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from ragkit.cli.options import (
    CacheOption,
    EmbedderOption,
    EstimateOption,
    JsonOption,
    MaxCostOption,
    MaxTokensOption,
    ModelOption,
    UsageOption,
    make_meter,
    shown,
    spent_json,
    tell_estimate,
    write_json,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.callbacks import BaseCallbackHandler
    from langchain_core.documents import Document

    from ragkit.chains.summarize.chain import Method, SummaryChain
    from ragkit.core.types import Answer, LoadedFile
    from ragkit.generate.usage.meter import Meter

SOME_FAILED = 3
UNFINISHED = "unfinished"  # folder below the user's cache folder

MethodOption = Annotated[
    str,
    typer.Option(
        help="auto, stuff, map_reduce, refine, tree, extractive (no model), query or compare.", metavar="NAME"
    ),
]
SentencesOption = Annotated[int, typer.Option(help="Sentences wanted at most.", min=1, max=50)]
WordsOption = Annotated[int | None, typer.Option(help="Words wanted at most.", min=1)]


def summarize_command(
    paths: Annotated[list[Path], typer.Argument(help="Files and folders.", metavar="PATH...")],
    model: ModelOption = None,
    sentences: SentencesOption = 4,
    words: WordsOption = None,
    method: MethodOption = "auto",
    question: Annotated[str, typer.Option(help="What the summary should be about.", metavar="TEXT")] = "",
    embedder: EmbedderOption = None,
    *,
    together: Annotated[bool, typer.Option("--together", help="One summary of all documents.")] = False,
    trace: Annotated[
        Path | None, typer.Option("--trace", help="Write each step as a line of JSON here.", metavar="FILE")
    ] = None,
    max_cost: MaxCostOption = None,
    max_tokens_total: MaxTokensOption = None,
    cache: CacheOption = None,
    estimate: EstimateOption = False,
    usage: UsageOption = False,
    form: Annotated[str, typer.Option("--format", help="text, markdown or html.", metavar="FORMAT")] = "text",
    json: JsonOption = False,
) -> None:
    """Summarise documents; every sentence cites what it rests on. A long run that is cut off goes on where it was."""
    from ragkit.chains.trace import traced
    from ragkit.core.errors import ConfigError
    from ragkit.ground.rendering import FORMATS
    from ragkit.load import load as load_files

    if form not in FORMATS:
        raise ConfigError(f"unknown format {form!r}: choose {', '.join(FORMATS)}")
    chain, meter = make_chain(
        model, method, sentences, words, question, cache, max_cost, max_tokens_total, embedder=embedder
    )
    failed = 0
    groups: list[tuple[str, Sequence[Document]]] = []
    for file in load_files(paths):
        if file.outcome != "text":
            failed += file.outcome != "skipped"
            _report_unread(file)
            continue
        groups += [(file.source, [document]) for document in file.documents]
    if (together or method == "compare") and groups:
        source = groups[0][0] if len(groups) == 1 else f"{len(groups)} documents"
        groups = [(source, [document for _, documents in groups for document in documents])]
    if estimate:
        plans = [chain.plan(documents) for _, documents in groups]
        tell_estimate(
            meter.spec,
            [(plan.input_tokens, plan.output_tokens) for plan in plans],
            json=json,
            count=sum(plan.calls for plan in plans),
        )
        return
    rows: list[dict[str, Any]] = []
    with traced(trace) as callbacks:
        for source, documents in groups:
            summary = chain.invoke(documents, {"callbacks": [meter, *callbacks, *_progress()]})
            _report_reused(summary)
            title = documents[0].metadata.get("title") if len(documents) == 1 else None
            if not json:
                _print(source, title, summary, form)
            rows.append({"source": source, "title": title, **_json(summary)})
    if json:
        write_json({"summaries": rows, "spent": spent_json(meter.spent)})
    elif usage:
        typer.echo(f"ragkit: {meter.spent.line()}", err=True)
    if failed:
        raise typer.Exit(SOME_FAILED if rows else 1)


def make_chain(
    model: str | None,
    method: str,
    sentences: int,
    words: int | None,
    question: str,
    cache: Path | None,
    max_cost: float | None,
    max_tokens: int | None,
    *,
    embedder: str | None = None,
) -> tuple[SummaryChain, Meter]:
    """Return the chain that options describe, and what counts its calls.

    Raises:
        ConfigError: an option is wrong.
    """
    from ragkit.chains.summarize.chain import SummaryChain
    from ragkit.core.settings import load_settings, user_cache_dir
    from ragkit.generate.generator import as_generator

    spec = model or load_settings().model
    chain = SummaryChain(
        as_generator(spec, cache or load_settings().cache, check_spec=method != "extractive"),
        sentences=sentences,
        words=words,
        method=cast("Method", method),  # checked there
        question=question,
        encode=_encode(embedder) if question else None,
        keep=user_cache_dir() / UNFINISHED,
    )
    return chain, make_meter(spec, max_cost, max_tokens)


def _encode(embedder: str | None) -> Any:
    from ragkit.core.settings import load_settings
    from ragkit.embed import load_encoder

    return load_encoder(embedder or load_settings().embedder).encode


def _progress() -> list[BaseCallbackHandler]:
    """Return what reports on standard error what a long summary will take and how far it is."""
    import sys

    from langchain_core.callbacks import BaseCallbackHandler

    class SummaryProgress(BaseCallbackHandler):
        def on_custom_event(self, name: str, data: Any, **kwargs: Any) -> None:
            if name == "ragkit.planned" and data["calls"] > 1:
                typer.echo(f"ragkit: {data['line']}", err=True)
            elif name == "ragkit.summarised" and sys.stderr.isatty():
                left = "" if data["left"] is None else f", about {data['left']:.0f} s left"
                typer.echo(f"\rragkit: {data['done']} of {data['calls']} calls{left}\x1b[K", err=True, nl=False)
                if data["done"] == data["calls"] - 1:
                    typer.echo("\r\x1b[K", err=True, nl=False)

    return [SummaryProgress()]


def _report_unread(file: LoadedFile) -> None:
    typer.echo(f"ragkit: {shown(file.source)}: {file.detail or file.reason}", err=True)


def _report_reused(summary: Answer) -> None:
    reused = summary.usage.get("cached_replies", 0)
    if reused:
        typer.echo(f"ragkit: {reused} {'reply was' if reused == 1 else 'replies were'} there from before", err=True)


def _json(summary: Answer) -> dict[str, Any]:
    from ragkit.ground.rendering import answer_json

    row = answer_json(summary)
    return {"summary": row.pop("answer"), **{key: value for key, value in row.items() if key != "question"}}


def _print(source: str, title: str | None, summary: Answer, form: str) -> None:
    from ragkit.ground.rendering import write

    if form == "text":
        typer.echo(f"{shown(source)}" + (f" ({title})" if title else ""))
    typer.echo(write(summary, form, str(Path.cwd())))
    typer.echo("")
