"""The fenced blocks of a Markdown page, with what a comment above each asks of the tests."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))

_COMMENT = re.compile(r"<!-- docs: (.*) -->")
_PROMPT = "$ "


@dataclass(frozen=True)
class Command:
    """A command line of a console block with the output shown below it.

    Attributes:
        words: the command, split as a shell does; the first is the program.
        line: line number of the command in the page, from 1.
        expected: the lines shown below it.
    """

    words: tuple[str, ...]
    line: int
    expected: tuple[str, ...]


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes:
        path: its page.
        line: line number of its first line inside the fence, from 1.
        language: what stands behind the opening fence.
        lines: what is inside.
        options: from a comment such as ``<!-- docs: loose exit=4 contains="80 days" -->`` right above the fence.
            ``loose``: the output varies between machines, only ``contains`` is compared. ``exit``: exit code of its
            commands. ``contains``: words that the block and the real output hold; may be repeated. ``skip``: not run.
    """

    path: Path
    line: int
    language: str
    lines: tuple[str, ...]
    options: tuple[str, ...] = field(default=())

    @property
    def loose(self) -> bool:
        return "loose" in self.options

    @property
    def skipped(self) -> bool:
        return "skip" in self.options

    @property
    def exit_code(self) -> int:
        return next((int(option[5:]) for option in self.options if option.startswith("exit=")), 0)

    @property
    def contains(self) -> list[str]:
        return [option[9:] for option in self.options if option.startswith("contains=")]

    def commands(self) -> list[Command]:
        """The commands of a console block."""
        starts = [number for number, line in enumerate(self.lines) if line.startswith(_PROMPT)]
        ends = [*starts[1:], len(self.lines)]
        return [
            Command(
                tuple(shlex.split(self.lines[start][len(_PROMPT) :])),
                self.line + start,
                self.lines[start + 1 : end],
            )
            for start, end in zip(starts, ends, strict=True)
        ]


def blocks(path: Path) -> list[Block]:
    """Read the fenced blocks of a page, in order."""
    found: list[Block] = []
    lines = path.read_text(encoding="utf-8").splitlines()
    number, options = 0, ()
    while number < len(lines):
        line = lines[number]
        if line.startswith("```"):
            language = line.lstrip("`")
            fence = line[: len(line) - len(language)]
            end = next(i for i in range(number + 1, len(lines)) if lines[i] == fence)
            inside = tuple(lines[number + 1 : end])
            found.append(Block(path, number + 2, language.strip(), inside, options))
            number, options = end, ()
        elif comment := _COMMENT.fullmatch(line):
            options = tuple(shlex.split(comment[1]))
        elif line.strip():
            options = ()
        number += 1
    return found
