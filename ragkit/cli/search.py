"""``ragkit search``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from ragkit.cli.options import (
    CountOption,
    EmbedderOption,
    IndexesOption,
    JsonOption,
    open_indexes,
    shown,
    write_json,
)
from ragkit.places import place_words


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
    collection = open_indexes(index, embedder=embedder)
    collection.expect_one_question()
    hits = collection.search(
        query,
        k,
        mode,  # pyright: ignore[reportArgumentType] - checked there
        filter=_filter(filter),
        diversity=diversity,
        rerank=rerank,
    )
    seconds = time.perf_counter() - began
    from ragkit.retrieve.formats import hit_json

    if json:
        write_json({"query": query, "hits": [hit_json(hit) for hit in hits], "timings": {"total": round(seconds, 4)}})
        return
    if not hits:
        typer.echo("nothing found")
    for hit in hits:
        known = place_words(hit.chunk.place())
        place = shown(hit.chunk.source) + (f", {known}" if known else "")
        typer.echo(f"{hit.rank}. {place}, characters {hit.chunk.start}-{hit.chunk.end} ({hit.via} {hit.score:.3f})")
        typer.echo(f"   {' '.join(hit.chunk.text.split())[:300]}")


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
