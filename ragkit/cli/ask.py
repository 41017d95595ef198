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
from ragkit.cli.spending import (
    CacheOption,
    EstimateOption,
    MaxCostOption,
    MaxTokensOption,
    UsageOption,
    make_meter,
    spent_json,
    tell_estimate,
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
    max_wrong: Annotated[
        float | None,
        typer.Option(
            help="Share of answers given that may be to questions the documents do not answer; calibrate first.",
            min=0,
            max=1,
        ),
    ] = None,
    *,
    why: Annotated[
        bool, typer.Option("--why", help="Also say which sentences moved the answer (local models).")
    ] = False,
    unsupported: Annotated[
        str,
        typer.Option(help="drop or mark: what becomes of sentences that no source supports.", metavar="WHAT"),
    ] = "drop",
    judge: Annotated[
        bool, typer.Option("--judge", help="Let the model judge each sentence of its prose too (local models).")
    ] = False,
    trace: Annotated[
        Path | None, typer.Option("--trace", help="Write each step as a line of JSON here.", metavar="FILE")
    ] = None,
    max_cost: MaxCostOption = None,
    max_tokens_total: MaxTokensOption = None,
    cache: CacheOption = None,
    estimate: EstimateOption = False,
    usage: UsageOption = False,
    fail_on_abstain: Annotated[
        bool, typer.Option("--fail-on-abstain", help="Exit with 4 when the sources do not answer.")
    ] = False,
    form: Annotated[str, typer.Option("--format", help="text, markdown or html.", metavar="FORMAT")] = "text",
    json: JsonOption = False,
) -> None:
    """Answer a question from the indexed documents, every sentence with its quote, or refuse honestly."""
    from ragkit.chains.trace import traced
    from ragkit.errors import ConfigError
    from ragkit.ground.explained import explanation_json, explanation_lines
    from ragkit.ground.formats import FORMATS, answer_json, write
    from ragkit.types import Answer

    if form not in FORMATS:
        raise ConfigError(f"unknown format {form!r}: choose {', '.join(FORMATS)}")
    collection = open_indexes(index, embedder=embedder, model=model, cache=cache)
    if threshold is not None and max_wrong is not None:
        raise ConfigError("--threshold and --max-wrong are two ways to say when to refuse: give one")
    chain = collection.chain(
        mode=mode,  # pyright: ignore[reportArgumentType] - checked there
        k=k,
        threshold=threshold,
        unsupported=unsupported,  # pyright: ignore[reportArgumentType]
        max_wrong=max_wrong,
        judge=judge,
    )
    if estimate:
        tell_estimate(collection.model_spec, [chain.estimate(question)], json=json)
        return
    meter = make_meter(collection.model_spec, max_cost, max_tokens_total)
    answer = Answer()
    with traced(trace) as callbacks:
        for part in chain.stream(question, {"callbacks": [meter, *callbacks]}):
            answer += part
            if not json and form == "text" and part.text:
                typer.echo(part.text, nl=False)
    explanation = answer.why() if why and not answer.abstained else None
    if json:
        told = {} if explanation is None else {"why": explanation_json(explanation)}
        write_json({**answer_json(answer), "spent": spent_json(meter.spent), **told})
    elif form != "text":
        typer.echo(write(answer, form, str(Path.cwd())))
    else:
        typer.echo("")
        _print_sources(answer)
        for line in [] if explanation is None else explanation_lines(explanation, str(Path.cwd())):
            typer.echo(line)
    if usage and not json:
        typer.echo(f"ragkit: {meter.spent.line()}", err=True)
    if answer.abstained and fail_on_abstain:
        raise typer.Exit(ABSTAINED)


def _print_sources(answer: Answer) -> None:
    from ragkit.ground.render import sources

    for line in sources(answer, str(Path.cwd())):
        typer.echo(line)
