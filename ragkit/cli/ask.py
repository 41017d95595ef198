"""``ragkit search``, ``ragkit ask`` and ``ragkit check``: passages, answers from them, verdicts on replies."""

from __future__ import annotations

import json as jsonlib
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from ragkit.cli import options
from ragkit.core.places import place_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ragkit.chains.check.chain import CheckChain, Checked

SOME_FAILED, ABSTAINED = 3, 4


def search_command(
    query: Annotated[str, typer.Argument(help="What to look for.")],
    index: options.IndexesOption = None,
    embedder: options.EmbedderOption = None,
    k: options.CountOption = None,
    mode: options.SearchModeOption = "hybrid",
    filter: options.FilterOption = None,
    within: options.InOption = None,
    since: options.SinceOption = None,
    diversity: Annotated[
        float | None,
        typer.Option("--diversity", help="Weight of unlikeness to better passages.", min=0, max=1, metavar="X"),
    ] = None,
    rerank: options.RerankOption = None,
    *,
    json: options.JsonOption = False,
) -> None:
    """Find the passages that fit a question, with their scores and where they stand."""
    # The time from here on is what a user waits for: the model is loaded and the caches are opened in it.
    began = time.perf_counter()
    collection = options.open_indexes(index, embedder=embedder)
    collection.expect_one_question()
    hits = collection.search(
        query,
        k,
        mode,  # pyright: ignore[reportArgumentType] - checked there
        filter=options.parsed_filter(filter),
        within=within,
        since=since,
        diversity=diversity,
        rerank=rerank,
    )
    seconds = time.perf_counter() - began
    from ragkit.retrieve.pipeline import hit_json

    if json:
        options.write_json(
            {"query": query, "hits": [hit_json(hit) for hit in hits], "timings": {"total": round(seconds, 4)}}
        )
        return
    if not hits:
        typer.echo("nothing found")
    for hit in hits:
        known = place_words(hit.chunk.place())
        place = options.shown(hit.chunk.source) + (f", {known}" if known else "")
        typer.echo(f"{hit.rank}. {place}, characters {hit.chunk.start}-{hit.chunk.end} ({hit.via} {hit.score:.3f})")
        typer.echo(f"   {' '.join(hit.chunk.text.split())[:300]}")


def ask_command(
    question: Annotated[str, typer.Argument(help="The question.")],
    index: options.IndexesOption = None,
    model: options.ModelOption = None,
    embedder: options.EmbedderOption = None,
    k: options.CountOption = None,
    mode: options.ModeOption = "auto",
    threshold: Annotated[
        float | None, typer.Option(help="Confidence, 0 to 1, below which it refuses.", min=0, max=1)
    ] = None,
    max_wrong: Annotated[
        float | None,
        typer.Option(
            help="Share of answers that may be to questions the documents do not answer; calibrate first.",
            min=0,
            max=1,
        ),
    ] = None,
    filter: options.FilterOption = None,
    within: options.InOption = None,
    since: options.SinceOption = None,
    rerank: options.RerankOption = None,
    route: options.RouteOption = "auto",
    *,
    why: Annotated[
        bool, typer.Option("--why", help="Also say which sentences moved the answer (local models).")
    ] = False,
    unsupported: Annotated[
        str,
        typer.Option(help="mark, drop or keep: what becomes of sentences that are not confirmed.", metavar="WHAT"),
    ] = "mark",
    verifier: options.VerifierOption = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Show only what stands in the sources in nearly the same words.")
    ] = False,
    guard: Annotated[
        bool,
        typer.Option(
            "--guard/--no-guard", help="Leave out sentences that order a model to drop its instructions, and questions."
        ),
    ] = True,
    trace: options.TraceOption = None,
    max_cost: options.MaxCostOption = None,
    max_tokens_total: options.MaxTokensOption = None,
    cache: options.CacheOption = None,
    estimate: options.EstimateOption = False,
    usage: options.UsageOption = False,
    fail_on_abstain: Annotated[
        bool, typer.Option("--fail-on-abstain", help="Exit with 4 when the sources do not answer.")
    ] = False,
    form: options.FormatOption = "text",
    json: options.JsonOption = False,
) -> None:
    """Answer a question from the indexed documents, every sentence with its verdict, or refuse honestly."""
    from ragkit.chains.answer.why import explanation_json, explanation_lines
    from ragkit.chains.trace import traced
    from ragkit.core.errors import ConfigError
    from ragkit.core.types import Answer
    from ragkit.ground.rendering import FORMATS, answer_json, sources, write

    if form not in FORMATS:
        raise ConfigError(f"unknown format {form!r}: choose {', '.join(FORMATS)}")
    collection = options.open_indexes(index, embedder=embedder, model=model, cache=cache)
    if threshold is not None and max_wrong is not None:
        raise ConfigError("--threshold and --max-wrong are two ways to say when to refuse: give one")
    chain = collection.chain(
        mode=mode,  # pyright: ignore[reportArgumentType] - checked there
        k=k,
        threshold=threshold,
        unsupported=unsupported,  # pyright: ignore[reportArgumentType]
        max_wrong=max_wrong,
        verifier=verifier,
        strict=strict,
        guard=guard,
        filter=options.parsed_filter(filter),
        within=within,
        since=since,
        rerank=rerank,
        route=route,
    )
    if estimate:
        options.tell_estimate(collection.model_spec, [chain.estimate(question)], json=json)
        return
    meter = options.make_meter(collection.model_spec, max_cost, max_tokens_total)
    # Parts are printed as they come; the whole answer, their sum, is needed for its sources and for JSON.
    answer = Answer()
    with traced(trace) as callbacks:
        for part in chain.stream(question, {"callbacks": [meter, *callbacks]}):
            answer += part
            if not json and form == "text" and part.text:
                typer.echo(part.text, nl=False)
    explanation = answer.why() if why and not answer.abstained else None
    if json:
        why_row = {} if explanation is None else {"why": explanation_json(explanation)}
        options.write_json({**answer_json(answer), "spent": options.spent_json(meter.spent), **why_row})
    elif form != "text":
        typer.echo(write(answer, form, str(Path.cwd())))
    else:
        here = str(Path.cwd())
        reasons = [] if explanation is None else explanation_lines(explanation, here)
        typer.echo("\n".join(["", *sources(answer, here), *reasons]))
    if usage and not json:
        typer.echo(f"ragkit: {meter.spent.line()}", err=True)
    if answer.abstained and fail_on_abstain:
        raise typer.Exit(ABSTAINED)


def check_command(
    reply: Annotated[str | None, typer.Argument(help="The reply; - reads standard input.", metavar="REPLY")] = None,
    source: Annotated[
        list[Path] | None, typer.Option("--source", help="File with a source; repeat it.", metavar="FILE")
    ] = None,
    question: Annotated[str, typer.Option("--question", help="What the reply answers.")] = "",
    rows: Annotated[
        Path | None,
        typer.Option("--input", help="Rows with reply and sources, a JSON object on each line.", metavar="FILE"),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="Where a row of verdicts for each goes.", metavar="FILE")
    ] = None,
    index: options.IndexesOption = None,
    model: options.ModelOption = None,
    embedder: options.EmbedderOption = None,
    verifier: options.VerifierOption = None,
    *,
    strict: Annotated[
        bool, typer.Option("--strict", help="Confirm only what stands in a source in nearly the same words.")
    ] = False,
    json: options.JsonOption = False,
) -> None:
    """Judge replies of any system, sentence by sentence, against their sources or an index."""
    from ragkit.chains.check.chain import CheckChain

    if (reply is None) == (rows is None):
        raise typer.BadParameter("give a reply, or rows with --input", param_hint="'REPLY'")
    collection = options.open_indexes(index, embedder=embedder, model=model) if index or not (source or rows) else None
    chain = CheckChain(
        _verifier(verifier, model), embedder=None if collection else embedder, index=collection, strict=strict
    )
    if rows is not None:
        if _many(chain, rows, output):
            raise typer.Exit(SOME_FAILED)
        return
    text = sys.stdin.read() if reply == "-" else str(reply)
    checked = chain.invoke({"reply": text, "question": question} | _sources(source))
    if json:
        options.write_json(checked.to_json())
    else:
        typer.echo(_told(checked))


def _verifier(verifier: str | None, model: str | None) -> str | None:
    """Return the verifier's spec; ``generator`` alone is the model that ``-m`` names."""
    return f"generator:{model}" if verifier == "generator" and model else verifier


def _sources(files: list[Path] | None) -> dict[str, Any]:
    if not files:
        return {}
    from ragkit.core.errors import ConfigError
    from ragkit.load import load_file

    loaded = [load_file(each) for each in files]
    if failed := next((each for each in loaded if not each.documents), None):
        raise ConfigError(f"{failed.source} holds no text to check against: {failed.detail or failed.outcome}")
    return {
        "sources": [
            {"n": path.name, "text": document.page_content}
            for path, each in zip(files, loaded, strict=True)
            for document in each.documents
        ]
    }


def _told(checked: Checked) -> str:
    lines = list[str]()
    for each in checked.sentences:
        lines.append(f"{each.label:12} {each.probability:4.2f}  {each.text}")
        if each.reason:
            lines.append(f"{'':18}{each.reason}")
        for span in each.spans:
            quote = " ".join(checked.sources[span.source][span.start : span.end].split())
            lines.append(f"{'':18}[{checked.numbers[span.source]}] “{quote}”")
    held = sum(each.holds for each in checked.sentences)
    return "\n".join([*lines, f"{held} of {len(checked.sentences)} sentences hold"])


def _many(chain: CheckChain, path: Path, output: Path | None) -> int:
    """Check row by row; return how many failed, each of which leaves a row with ``error``."""
    failed = done = 0
    with output.open("w", encoding="utf-8") if output else nullcontext(sys.stdout) as out:
        for number, line in _lines(path):
            row, error = _checked(chain, line, f"{path}, line {number}")
            failed += bool(error)
            done += 1
            out.write(options.json_text(row) + "\n")
            if error:
                typer.echo(f"ragkit: {error}", err=True)
    if output:
        typer.echo(f"checked {done - failed} of {done} replies: {output}", err=True)
    return failed


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    from ragkit.core.errors import ConfigError

    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if line.strip():
                    yield number, line
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read ({error}): it holds a JSON object on each line") from error


def _checked(chain: CheckChain, line: str, where: str) -> tuple[dict[str, Any], str]:
    """Return the row of verdicts, and what went wrong; a row that cannot be checked loses no other."""
    from ragkit.core.errors import RagkitError

    row: Any = None
    try:
        row = jsonlib.loads(line)
        if not isinstance(row, dict):
            return {"id": None, "error": "no JSON object"}, f"{where}: it is no JSON object"
        return chain.invoke(cast("dict[str, Any]", row)).to_json(), ""
    except (RagkitError, ValueError) as error:
        known: Any = row.get("id") if isinstance(row, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
        return {"id": known, "error": str(error)}, f"{where}: {error}"
