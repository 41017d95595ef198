"""Options that several commands share, and how they write their results."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

if TYPE_CHECKING:
    from ragkit.collection import Index
    from ragkit.load import WebOptions
    from ragkit.load.web.options import Follow

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
DepthOption = Annotated[
    int, typer.Option("--depth", help="Follow links of web pages this many steps.", metavar="N", min=0)
]
MaxPagesOption = Annotated[
    int, typer.Option("--max-pages", help="Fetch at most this many web pages.", metavar="N", min=1)
]
FollowOption = Annotated[
    str, typer.Option("--follow", help="Links to follow: below the page's folder, prefix; host; any.", metavar="WHICH")
]
DelayOption = Annotated[
    float, typer.Option("--delay", help="Seconds between two requests to a web host.", metavar="SECONDS", min=0)
]
AllowPrivateOption = Annotated[
    bool, typer.Option("--allow-private", help="Also fetch from addresses that are not on the public internet.")
]
MainContentOption = Annotated[
    bool, typer.Option("--main-content", help="Leave out what surrounds the text of web pages: menus, footers.")
]
OcrOption = Annotated[bool, typer.Option("--ocr", help="Read words in pictures and scanned pages too (ragkit[ocr]).")]
JsonOption = Annotated[bool, typer.Option("--json", help="Write one JSON document.")]


def json_text(value: Any, *, indent: int | None = None) -> str:
    """Return JSON that UTF-8 and standard output can hold.

    A file name may have bytes that are no text, and a pipe on Windows takes the characters of one code page.
    """
    text = json.dumps(value, ensure_ascii=False, indent=indent, default=str)
    try:
        text.encode()
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, indent=indent, default=str)
    return text


def write_json(value: Any) -> None:
    """Write one JSON document to standard output."""
    typer.echo(json_text(value, indent=2))


def write_row(value: Any) -> None:
    """Write one JSON row to standard output."""
    typer.echo(json_text(value))


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


def web_options(
    depth: int, max_pages: int, follow: str, delay: float, *, allow_private: bool, main_content: bool
) -> WebOptions:
    """Make what the options of a command say of web pages; what is left out is said on standard error.

    Raises:
        ConfigError: one of them is wrong.
    """
    from ragkit.load import WebOptions

    return WebOptions(
        depth=depth,
        max_pages=max_pages,
        follow=cast("Follow", follow),
        delay=delay,
        allow_private=allow_private,
        main_content=main_content,
        tell=lambda sentence: typer.echo(f"ragkit: {sentence}", err=True),
    )
