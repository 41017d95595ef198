"""``ragkit search`` and ``ragkit ask``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ragkit.cli.options import CountOption, EmbedderOption, JsonOption, ModelOption, shown, write_json

if TYPE_CHECKING:
    from ragkit.collection import Index
    from ragkit.types import Answer, Hit

ABSTAINED = 4

IndexesOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--index",
        help="Folder of the index; repeat it to search several as one.",
        show_default=".ragkit",
        metavar="DIR",
    ),
]
ModeOption = Annotated[
    str, typer.Option("--mode", help="auto, quote (no model), short (a phrase) or answer (prose).", metavar="MODE")
]


def search_command(
    query: Annotated[str, typer.Argument(help="What to look for.")],
    index: IndexesOption = None,
    embedder: EmbedderOption = None,
    k: CountOption = None,
    mode: Annotated[str, typer.Option("--mode", help="hybrid, dense or lexical.", metavar="MODE")] = "hybrid",
    filter: Annotated[
        str | None,
        typer.Option(
            "--filter", help='Only passages whose metadata fit, as JSON: \'{"page": {"$lte": 3}}\'.', metavar="JSON"
        ),
    ] = None,
    diversity: Annotated[
        float | None,
        typer.Option("--diversity", help="Weight of unlikeness to better passages.", min=0, max=1, metavar="X"),
    ] = None,
    rerank: Annotated[
        Path | None, typer.Option("--rerank", help="Re-rank by the cross-encoder in this folder.", metavar="DIR")
    ] = None,
    *,
    json: JsonOption = False,
) -> None:
    """Find the passages that fit a question, with their scores and where they stand."""
    began = time.perf_counter()
    collection = _open(index, embedder=embedder)
    if mode != "lexical":
        collection.warm_up()
    hits = collection.search(
        query,
        k,
        mode,  # pyright: ignore[reportArgumentType] - checked there
        filter=_filter(filter),
        diversity=diversity,
        rerank=rerank,
    )
    seconds = time.perf_counter() - began
    if json:
        write_json({"query": query, "hits": [hit_json(hit) for hit in hits], "timings": {"total": round(seconds, 4)}})
        return
    if not hits:
        typer.echo("nothing found")
    for hit in hits:
        page = f", page {hit.chunk.page}" if hit.chunk.page is not None else ""
        typer.echo(
            f"{hit.rank}. {shown(hit.chunk.source)}{page}, characters {hit.chunk.start}-{hit.chunk.end} "
            f"({hit.via} {hit.score:.3f})"
        )
        typer.echo(f"   {' '.join(hit.chunk.text.split())[:300]}")


def _open(folders: list[Path] | None, **options: Any) -> Index:
    from ragkit.collection import Index

    if not folders or len(folders) == 1:
        return Index(folders[0] if folders else None, **options)
    from ragkit.indexes import Indexes

    return Indexes(*folders, **options)


def _filter(given: str | None) -> dict[str, Any] | None:
    from json import loads

    from ragkit.errors import ConfigError

    if given is None:
        return None
    try:
        value = loads(given)
    except ValueError as error:
        raise ConfigError(f"--filter is no JSON ({error}): write it like '{{\"page\": 3}}'") from error
    if not isinstance(value, dict):
        raise ConfigError(f"--filter is a JSON object like '{{\"page\": 3}}', not {given}")
    return value  # pyright: ignore[reportUnknownVariableType] - JSON


def hit_json(hit: Hit) -> dict[str, Any]:
    """Return a hit in its stable JSON form."""
    chunk = hit.chunk
    return {
        "rank": hit.rank,
        "score": round(hit.score, 6),
        "via": hit.via,
        "source": chunk.source,
        "page": chunk.page,
        "start": chunk.start,
        "end": chunk.end,
        "text": chunk.text,
        "chunk_id": chunk.id,
        "document_id": chunk.document_id,
    }


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
    *,
    fail_on_abstain: Annotated[
        bool, typer.Option("--fail-on-abstain", help="Exit with 4 when the sources do not answer.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Answer a question from the indexed documents, every sentence with its quote, or refuse honestly."""
    from ragkit.types import Answer

    collection = _open(index, embedder=embedder, model=model)
    chain = collection.chain(mode=mode, k=k, threshold=threshold)  # pyright: ignore[reportArgumentType] - checked there
    answer = Answer()
    for part in chain.stream(question):
        answer += part
        if not json and part.text:
            typer.echo(part.text, nl=False)
    if json:
        write_json(answer_json(answer))
    else:
        typer.echo("")
        _print_sources(answer)
    if answer.abstained and fail_on_abstain:
        raise typer.Exit(ABSTAINED)


def _print_sources(answer: Answer) -> None:
    from ragkit.ground.render import sources

    for line in sources(answer, str(Path.cwd())):
        typer.echo(line)


def answer_json(answer: Answer) -> dict[str, Any]:
    """Return an answer in its stable JSON form."""
    return {
        "question": answer.question,
        "answer": answer.text,
        "abstained": answer.abstained,
        "reason": answer.reason,
        "confidence": None if answer.confidence is None else round(answer.confidence, 4),
        "citations": [
            {
                "marker": each.marker,
                "source": each.document,
                "page": each.page,
                "start": each.start,
                "end": each.end,
                "quote": each.quote,
                "support": each.support,
                "answer_start": each.answer_start,
                "answer_end": each.answer_end,
                "document_id": each.document_id,
            }
            for each in answer.citations
        ],
        "model": answer.model,
        "usage": {key: answer.usage.get(key, 0) for key in ("input_tokens", "output_tokens")},
        "timings": {key: round(value, 4) for key, value in answer.timings.items()},
        "raw_answer": answer.raw_text,
    }
