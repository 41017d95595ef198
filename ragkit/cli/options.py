"""Options that several commands share, and how they write their results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ragkit.collection import Index

IndexOption = Annotated[
    Path | None, typer.Option("--index", help="Folder of the index.", show_default=".ragkit", metavar="DIR")
]
IndexesOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--index",
        help="Folder of the index; repeat it to search several as one.",
        show_default=".ragkit",
        metavar="DIR",
    ),
]
EmbedderOption = Annotated[
    str | None, typer.Option("--embedder", help="Embedder, provider:model?option=value.", metavar="SPEC")
]
ModelOption = Annotated[
    str | None, typer.Option("--model", "-m", help="Generator, provider:model?option=value.", metavar="SPEC")
]
CountOption = Annotated[int | None, typer.Option("-k", help="Passages to retrieve.", min=1, max=1000)]
OcrOption = Annotated[bool, typer.Option("--ocr", help="Read words in pictures and scanned pages too (ragkit[ocr]).")]
JsonOption = Annotated[bool, typer.Option("--json", help="Write one JSON document.")]


def write_json(value: Any) -> None:
    """Write one JSON document to standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def write_row(value: Any) -> None:
    """Write one JSON row to standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))


def shown(source: str) -> str:
    """Return a path relative to the working folder where it lies below it."""
    try:
        return str(Path(source).relative_to(Path.cwd()))
    except ValueError:
        return source


def open_indexes(folders: list[Path] | None, **options: Any) -> Index:
    """Return one index, or several as one."""
    from ragkit.collection import Index

    if not folders or len(folders) == 1:
        return Index(folders[0] if folders else None, **options)
    from ragkit.indexes import Indexes

    return Indexes(*folders, **options)
