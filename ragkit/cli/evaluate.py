"""``ragkit eval``: retrieval, answers and summaries measured on sets with gold, and confidence fitted to an index."""

from __future__ import annotations

import json as jsonlib
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ragkit.cli import options
from ragkit.cli.summarize import MethodOption, SentencesOption, WordsOption

if TYPE_CHECKING:
    from ragkit.generate.usage.meter import Spent
    from ragkit.ground.abstain import Calibration
    from ragkit.index import Index

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
SHARES = (0.01, 0.02, 0.05, 0.1, 0.2)  # of wrong answers, for which --calibrate shows the threshold

DataOption = Annotated[Path, typer.Option("--data", help="Folder of the set.", metavar="DIR")]
SetIndexOption = Annotated[
    Path | None,
    typer.Option("--index", help="Where the set's index is stored.", metavar="DIR", show_default=".ragkit-eval/NAME"),
]
RowsOption = Annotated[
    Path | None, typer.Option("--per-query", help="Write a JSON row for each question here.", metavar="FILE")
]


@app.command("retrieval")
def retrieval_command(
    data: DataOption,
    index: SetIndexOption = None,
    embedder: options.EmbedderOption = None,
    mode: options.SearchModeOption = "hybrid",
    split: Annotated[str, typer.Option(help="Which judgements, qrels/SPLIT.tsv.")] = "test",
    per_query: RowsOption = None,
    *,
    json: options.JsonOption = False,
) -> None:
    """Measure retrieval on a BEIR folder: nDCG, recall, MRR and MAP of documents by their best passage."""
    from ragkit.evaluate.data import load_beir
    from ragkit.evaluate.retrieval import evaluate_retrieval

    began = time.perf_counter()
    judged = load_beir(data, split)
    collection = _indexed(data, index, embedder, None)
    with _rows(per_query) as record:
        metrics = evaluate_retrieval(collection, judged, mode=mode, record=record)  # pyright: ignore[reportArgumentType] - checked there
    _finish("retrieval", data, metrics, len(judged.queries), began, per_query, json=json)


@app.command("answers")
def answers_command(
    data: Annotated[
        Path | None, typer.Option("--data", help="Folder of the set; not needed with --calibrate.", metavar="DIR")
    ] = None,
    model: options.ModelOption = None,
    index: SetIndexOption = None,
    embedder: options.EmbedderOption = None,
    k: options.CountOption = None,
    mode: options.ModeOption = "auto",
    sample: Annotated[
        int | None, typer.Option(help="Draw this many answerable and as many unanswerable questions.", min=1)
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the draw.")] = 13,
    max_wrong: Annotated[
        float | None,
        typer.Option(
            help="Find the threshold at which at most this share of answers is to unanswerable questions.", min=0, max=1
        ),
    ] = None,
    per_query: RowsOption = None,
    max_cost: options.MaxCostOption = None,
    max_tokens_total: options.MaxTokensOption = None,
    cache: options.CacheOption = None,
    *,
    estimate: options.EstimateOption = False,
    calibrate: Annotated[
        bool,
        typer.Option("--calibrate", help="Fit confidence to the index, by questions made from its own sentences."),
    ] = False,
    questions: Annotated[int, typer.Option(help="Made for --calibrate.", min=10)] = 200,
    json: options.JsonOption = False,
) -> None:
    """Measure answers on questions with gold answers, answerable and not."""
    if calibrate:
        from ragkit.index import Index

        there = Index(index, embedder=embedder, model=model)
        collection = _indexed(data, index, embedder, model) if data else there
        _calibrate(collection, mode, k, questions, seed, max_wrong, json=json)
        return
    if data is None:
        raise typer.BadParameter("it is needed unless --calibrate is given", param_hint="'--data'")
    from ragkit.evaluate.answers import draw, evaluate_answers
    from ragkit.evaluate.data import load_questions

    began = time.perf_counter()
    examples = draw(load_questions(data), sample, seed)
    collection = _indexed(data, index, embedder, model, cache)
    if estimate:
        chain = collection.chain(mode=mode, k=k)  # pyright: ignore[reportArgumentType] - checked there
        options.tell_estimate(collection.model_spec, (chain.estimate(each.question) for each in examples), json=json)
        return
    meter = options.make_meter(collection.model_spec, max_cost, max_tokens_total)
    with _rows(per_query) as record:
        metrics = evaluate_answers(
            collection,
            examples,
            mode=mode,  # pyright: ignore[reportArgumentType] - checked there
            k=k,
            max_wrong=max_wrong,
            record=record,
            callbacks=[meter],
        )
    unasked = int(metrics.pop("unasked", 0))
    done = len(examples) - unasked
    _finish("answers", data, metrics, done, began, per_query, json=json, spent=meter.spent)
    if unasked:
        typer.echo(f"ragkit: the budget is spent: {unasked} of {len(examples)} questions were not asked", err=True)
        raise typer.Exit(1)


@app.command("summaries")
def summaries_command(
    data: Annotated[Path, typer.Option("--data", help="JSONL: id, title, document, summaries.", metavar="FILE")],
    model: options.ModelOption = None,
    method: MethodOption = "auto",
    sentences: SentencesOption = 4,
    words: WordsOption = None,
    sample: Annotated[int | None, typer.Option(help="Draw this many documents.", min=1)] = None,
    seed: Annotated[int, typer.Option(help="Of the draw.")] = 13,
    per_query: RowsOption = None,
    max_cost: options.MaxCostOption = None,
    max_tokens_total: options.MaxTokensOption = None,
    cache: options.CacheOption = None,
    *,
    json: options.JsonOption = False,
) -> None:
    """Measure summaries on documents with reference summaries: ROUGE, beside the documents' first sentences."""
    from ragkit.cli.summarize import make_chain
    from ragkit.evaluate.summaries import drawn, evaluate_summaries, load_summaries

    began = time.perf_counter()
    documents = drawn(load_summaries(data), sample, seed)
    chain, meter = make_chain(model, method, sentences, words, "", cache, max_cost, max_tokens_total)
    with _rows(per_query) as record:
        metrics = evaluate_summaries(chain, documents, record=record, callbacks=[meter])
    _finish(
        "summaries", data, metrics, len(documents), began, per_query, json=json, spent=meter.spent, unit="documents"
    )


def _indexed(
    data: Path, index: Path | None, embedder: str | None, model: str | None, cache: Path | None = None
) -> Index:
    """Bring the set's index up to date: its ``corpus.jsonl``, or the folder itself where it has none."""
    from ragkit.core.errors import ConfigError
    from ragkit.core.types import content_id
    from ragkit.evaluate.data import find_file
    from ragkit.index import Index

    # Named by a hash of the whole path too: two sets may lie in folders of one name.
    folder = data if data.is_dir() else data.parent
    place = index or Path(".ragkit-eval") / f"{folder.absolute().name}-{content_id(folder.absolute())[:8]}"
    collection = Index(place, embedder=embedder, model=model, cache=cache)
    report = collection.sync(find_file(folder, "corpus.jsonl") or folder)
    for row in report.files:
        if row.outcome == "failed":
            typer.echo(f"ragkit: {row.source}: {row.reason}", err=True)
    if not report.chunks:
        raise ConfigError(f"nothing of {folder} could be indexed: measuring an empty index would say nothing")
    return collection


@contextmanager
def _rows(path: Path | None) -> Generator[Callable[[dict[str, Any]], None] | None]:
    if path is None:
        yield None
        return
    with path.open("w", encoding="utf-8") as file:
        yield lambda row: print(jsonlib.dumps(row, ensure_ascii=False, default=str), file=file)


def _finish(
    kind: str,
    data: Path,
    metrics: dict[str, float],
    n: int,
    began: float,
    per_query: Path | None,
    *,
    json: bool,
    spent: Spent | None = None,
    unit: str = "questions",
) -> None:
    seconds = time.perf_counter() - began
    if json:
        rounded = {name: round(value, 4) for name, value in metrics.items()}
        options.write_json(
            {
                "kind": kind,
                "data": str(data),
                "metrics": rounded,
                "n": n,
                "seconds": round(seconds, 2),
                "per_query": str(per_query) if per_query else None,
                **({"spent": options.spent_json(spent)} if spent else {}),
            }
        )
        return
    typer.echo(f"{kind} on {data}: {n} {unit}, {seconds:.1f} s")
    for name, value in metrics.items():
        typer.echo(f"  {name:22} {value:.4f}")
    if spent and spent.calls:
        typer.echo(f"  {spent.line()}")


def _calibrate(
    index: Index, mode: str, k: int | None, count: int, seed: int, max_wrong: float | None, *, json: bool
) -> None:
    """Make questions from an index, fit confidence to them, store the fit with the index, and print it."""
    from ragkit.evaluate.calibrate import calibrate
    from ragkit.evaluate.made import make_questions

    generator = None if mode == "quote" else index.generator
    made = make_questions(index, count, seed=seed, generator=generator, progress=_progress("questions made"))
    fitted = calibrate(index, made, mode=mode, k=k, progress=_progress("questions asked"))  # pyright: ignore[reportArgumentType] - checked there
    index.keep_calibrations(fitted)
    # The share that was asked for stands among the usual ones, so that its cost can be compared.
    shares: list[float] = sorted(set(SHARES) if max_wrong is None else {*SHARES, max_wrong})
    if json:
        rows = {name: {**each.to_json(), "at": _calibration_rows(each, shares)} for name, each in fitted.items()}
        options.write_json({"kind": "calibration", "index": str(index.folder), "n": len(made), "generators": rows})
        return
    typer.echo(
        f"calibrated {index.folder} by {len(made)} questions made from its sentences, with their passage and without"
    )
    for name, each in fitted.items():
        typer.echo(f"\n{f'with {name} asked whether the passages answer' if name else 'by retrieval alone'}")
        typer.echo("  wrong answers  threshold  answered of what it holds")
        for row in _calibration_rows(each, shares):
            if row["threshold"] is None:
                typer.echo(f"  {row['max_wrong']:13.0%}          -  cannot be kept")
            else:
                typer.echo(f"  {row['max_wrong']:13.0%}  {row['threshold']:9.2f}  {row['coverage']:.0%}")


def _calibration_rows(calibration: Calibration, shares: list[float]) -> list[dict[str, Any]]:
    from ragkit.core.errors import ConfigError

    out: list[dict[str, Any]] = []
    for share in shares:
        try:
            limit = calibration.bound(share)
        except ConfigError:
            row = {"threshold": None, "wrong": None, "coverage": 0.0}
        else:
            row = {key: round(getattr(limit, key), 4) for key in ("threshold", "wrong", "coverage")}
        out.append({"max_wrong": share, **row})
    return out


def _progress(what: str) -> Callable[[int, int], None] | None:
    if not sys.stderr.isatty():
        return None

    def show(done: int, wanted: int) -> None:
        typer.echo(f"\r{what}: {done} of {wanted}", nl=done == wanted, err=True)

    return show
