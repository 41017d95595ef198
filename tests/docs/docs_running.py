"""Running the examples of a page, and comparing what they print with what the page shows."""

from __future__ import annotations

import io
import re
import shutil
import traceback
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docs_blocks import Block, Command, blocks

from ragkit.core.registry import registered, unregister

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HOME = "/home/you"  # stands in the pages for the folder the examples are run in
REFRESH = "if the new output is right, `python tests/docs/refresh.py` puts it into the pages"
PRISTINE = "pristine"  # folder of the handbook's index, made once; examples work on copies
INDEX_HANDBOOK = ("ragkit", "index", "corpora/handbook", "--index")

_NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")  # scores and times
_HASH = re.compile(r"\b[0-9a-f]{32}\b")  # ids that hang on absolute paths


@dataclass(frozen=True)
class Outcome:
    """What an example did.

    Attributes:
        block: the block it stands in.
        line: its line in the page.
        name: what was run, for messages.
        output: lines it printed, standard error included.
        shown: line of the page where its output begins.
        expected: lines the page shows; None where a Python example has no text block below it.
        code: exit code.
    """

    block: Block
    line: int
    name: str
    output: list[str]
    shown: int
    expected: tuple[str, ...] | None
    code: int = 0


def index_once() -> str:
    """Index the handbook in the working folder; return what that printed."""
    code, text = _ragkit(["index", "corpora/handbook", "--index", PRISTINE])
    if code:
        raise RuntimeError(text)
    return text


def run_page(path: Path, workspace: Path, printed: str) -> Iterator[Outcome]:
    """Run the examples of a page in order; Python shares one namespace.

    Args:
        path: the page.
        workspace: the working folder.
        printed: what ``index_once`` returned.
    """
    namespace: dict[str, Any] = {"__name__": "__main__"}
    page = blocks(path)
    for number, block in enumerate(page):
        if block.skipped:
            continue
        if block.language == "console":
            for command in block.commands():
                if command.words[0] == "ragkit":
                    yield _run_command(block, command, workspace, printed)
        elif block.language == "python":
            following = page[number + 1] if number + 1 < len(page) else block
            yield _run_python(block, following, namespace, workspace)
    for kind in ("chains", "loaders", "rerankers", "splitters", "verifiers"):
        for name in registered(kind):
            unregister(kind, name)
    for value in namespace.values():
        if type(value).__module__.startswith("ragkit.") and hasattr(value, "close"):
            value.close()


def _ragkit(words: Sequence[str]) -> tuple[int, str]:
    from ragkit.cli.app import run

    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(out):
        code = run(list(words))
    return code, out.getvalue()


def _run_command(block: Block, command: Command, workspace: Path, printed: str) -> Outcome:
    words = command.words
    if words[:-1] == INDEX_HANDBOOK and not Path(words[-1]).exists():  # as index_once did, without doing it again
        shutil.copytree(PRISTINE, words[-1])
        code, text = 0, printed.replace(PRISTINE, words[-1])
    else:
        code, text = _ragkit(words[1:])
    output = _lines(text, workspace)
    return Outcome(block, command.line, " ".join(words), output, command.line + 1, command.expected, code)


def _run_python(block: Block, following: Block, namespace: dict[str, Any], workspace: Path) -> Outcome:
    """Run a Python block; the text block that follows it shows what it prints."""
    # Empty lines before the code make line numbers in tracebacks those of the page.
    code = compile("\n" * (block.line - 1) + "\n".join(block.lines), str(block.path), "exec")
    out = io.StringIO()
    failed = 0
    with redirect_stdout(out):
        try:
            exec(code, namespace)
        except Exception:  # whatever an example raises is its outcome
            out.write(traceback.format_exc())
            failed = 1
    expected = following.lines if following.language == "text" else None
    return Outcome(block, block.line, "python", _lines(out.getvalue(), workspace), following.line, expected, failed)


def _lines(text: str, workspace: Path) -> list[str]:
    return [line.rstrip() for line in text.replace(str(workspace), HOME).splitlines()]


def problems(outcome: Outcome) -> list[str]:
    """Say how an example differs from its page; nothing when it does not."""
    block = outcome.block
    where = f"{block.path.name}:{outcome.line}: {outcome.name}"
    printed = "\n".join(outcome.output)
    if outcome.code != block.exit_code:
        return [f"{where}: ended with {outcome.code}, not {block.exit_code}:\n{printed}"]
    missing = None if block.loose else first_missing(outcome.expected or (), outcome.output)
    if missing is not None:
        return [f"{where}: this line is not in the output (in this order): {missing!r}; {REFRESH}:\n{printed}"]
    return []


def first_missing(expected: Sequence[str], output: Sequence[str]) -> str | None:
    """Return the first expected line that the output does not hold behind the one before it.

    Decimal numbers and hashes may differ; a line ``...`` stands for anything.
    """
    rest = iter([_stable(line) for line in output])
    for line in expected:
        wanted = _stable(line)
        if wanted not in ("", "...") and wanted not in rest:
            return line
    return None


def same_output(expected: Sequence[str], output: Sequence[str]) -> bool:
    """Whether a page shows the whole output; empty lines, decimal numbers and hashes aside."""
    return [_stable(line) for line in expected if line.strip()] == [_stable(line) for line in output if line.strip()]


def _stable(line: str) -> str:
    return _HASH.sub("@", _NUMBER.sub("#", " ".join(line.split())))
