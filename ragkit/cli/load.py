"""``ragkit load``: the text of files as the loaders return it, for people or as rows for programs."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ragkit.cli import options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_core.documents import Document

    from ragkit.core.types import LoadedFile

_SEPARATOR = "\n\n"
_PLACES = ("page", "slide", "sheet", "cell", "row")


def load_command(
    paths: Annotated[list[str], typer.Argument(metavar="PATH...", help="Files, folders and web addresses to read.")],
    jsonl: Annotated[bool, typer.Option("--jsonl", help="Print a JSON row a file.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array of all files.")] = False,
    include: Annotated[
        list[str] | None, typer.Option(help="Read only files that match, for example '*.pdf'; may be repeated.")
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(help="Leave out files and folders that match; may be repeated.")
    ] = None,
    depth: options.DepthOption = 0,
    max_pages: options.MaxPagesOption = 100,
    follow: options.FollowOption = "prefix",
    delay: options.DelayOption = 1.0,
    allow_private: options.AllowPrivateOption = False,
    main_content: options.MainContentOption = False,
    ocr: options.OcrOption = False,
) -> None:
    """Show the text of files as the loaders see it, page by page."""
    from ragkit.load import load

    web = options.web_options(depth, max_pages, follow, delay, allow_private=allow_private, main_content=main_content)
    files = load(paths, include=include or (), exclude=exclude or (), ocr=ocr, web=web)
    # Files that were skipped for a good reason are not there; files that failed are, but are not readable.
    there = readable = 0
    # The array is written file by file: a folder's text as one value may not fit into memory.
    if as_json and not jsonl:
        typer.echo("[", nl=False)
    for number, file in enumerate(files):
        if jsonl:
            typer.echo(options.json_text(_row(file)))
        elif as_json:
            typer.echo((",\n" if number else "\n") + options.json_text(_row(file)), nl=False)
        else:
            _show(file)
        there += file.outcome != "skipped"
        readable += file.outcome in ("text", "empty")
    if as_json and not jsonl:
        typer.echo("\n]")
    if not there:
        typer.echo("there is no file to read: check the path, and --include and --exclude", err=True)
    if not readable:
        raise typer.Exit(1)


def _row(file: LoadedFile) -> dict[str, Any]:
    """One file as programs see it; the documents of a file that holds several are joined by empty lines."""
    return {
        **{key: getattr(file, key) for key in ("source", "outcome", "reason", "detail", "media_type", "pages")},
        "text": _SEPARATOR.join(document.page_content for document in file.documents),
        "metadata": _metadata(file.documents),
    }


def _metadata(documents: tuple[Document, ...]) -> dict[str, Any]:
    """Metadata of a file's document; of several, a list of theirs with each one's place in the joined text."""
    if len(documents) == 1:
        return dict(documents[0].metadata)
    listed: list[dict[str, Any]] = []
    start = 0
    for document in documents:
        end = start + len(document.page_content)
        listed.append({"id": document.id, "start": start, "end": end, "metadata": dict(document.metadata)})
        start = end + len(_SEPARATOR)
    return {"documents": listed} if listed else {}


def _show(file: LoadedFile) -> None:
    if file.outcome != "text":
        typer.echo(f"{file.source}: {file.outcome} ({file.reason}): {file.detail}", err=True)
        return
    about = [file.media_type] + ([f"{file.pages} pages"] if file.pages else [])
    typer.secho(f"=== {file.source} ({', '.join(about)})", bold=True)
    for document in file.documents:
        for label, text in _pages(document):
            if label:
                typer.secho(f"--- {label}", dim=True)
            typer.echo(text)
    typer.echo()


def _pages(document: Document) -> Iterator[tuple[str, str]]:
    """The parts of a document's text with what they are called: page 1, sheet Costs."""
    text = document.page_content
    marks = [(0, "")]
    for place in document.metadata.get("places", ()):
        label = ", ".join(f"{key} {place[key]}" for key in _PLACES if key in place)
        if label != marks[-1][1]:
            marks.append((place["start"], label))
    for (start, label), (end, _) in pairwise([*marks, (len(text), "")]):
        if label or text[start:end].strip():
            yield label, text[start:end].strip()
