"""``ragkit check``: verdicts on replies that anything wrote."""

from __future__ import annotations

import json as jsonlib
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from ragkit.cli import options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ragkit.chains.check.chain import CheckChain, Checked

SOME_FAILED = 3


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
