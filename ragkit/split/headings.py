"""The heading of a chunk: title, headings or definitions, table header; within a budget of tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragkit.core.types import Tokenizer
    from ragkit.split.blocks import TextBlock

_JOINT = " > "


class Headings:
    """The headings of one document.

    Args:
        title: the document's title; may be empty.
        text: its text.
        parts: its blocks.
        tokenizer: what counts.
        limit: tokens a heading may take.
    """

    def __init__(self, title: str, text: str, parts: Sequence[TextBlock], tokenizer: Tokenizer, limit: int) -> None:
        self._title = " ".join(title.split())
        self._text = text
        self._tokenizer = tokenizer
        self._limit = limit
        self._parents: list[int] = []
        self._titles: list[str] = []
        self.sections = list(self._number(parts))
        self._known: dict[tuple[int, tuple[int, int], str], tuple[str, int]] = {}

    def _number(self, parts: Sequence[TextBlock]) -> list[int]:
        """The section of each block; a heading's, or a definition's first line's, is that of its parent."""
        numbers: list[int] = []
        levels: list[int] = []
        current = -1
        for block in parts:
            begins = block.kind == "heading" or bool(block.title)
            level = block.level + (block.kind == "line")
            while current >= 0 and levels[current] >= level and (begins or block.kind == "line"):
                current = self._parents[current]
            numbers.append(current)
            if begins:
                self._parents.append(current)
                self._titles.append(" ".join(block.title.split()))
                levels.append(level)
                current = len(levels) - 1
        return numbers

    def above(self, section: int, header: tuple[int, int], first_line: str = "") -> tuple[str, int]:
        """Return the heading of a chunk and its size in tokens.

        Args:
            section: the section its first character stands in.
            header: span of the header row to repeat above it; (0, 0) for none.
            first_line: the words of the heading it begins with, which need not be repeated.
        """
        key = (section, header, first_line)
        if key not in self._known:
            heading = self._compose(section, header, first_line)
            self._known[key] = heading, self._tokenizer.count(heading) if heading else 0
        return self._known[key]

    def _compose(self, section: int, header: tuple[int, int], first_line: str) -> str:
        path: list[str] = []
        while section >= 0:
            path.insert(0, self._titles[section])
            section = self._parents[section]
        names: list[str] = []
        for name in (self._title, *path):
            folded = name.casefold()
            if name and folded != first_line.casefold() and all(folded != other.casefold() for other in names):
                names.append(name)
        heading = self._fitting(names)
        row = self._text[header[0] : header[1]]
        if row:
            both = f"{heading}\n{row}" if heading else row
            # A row of numbers says nothing without its columns' names, so the header goes before the headings.
            if self._fits(both):
                return both
            if self._fits(row):
                return row
        return heading

    def _fitting(self, names: list[str]) -> str:
        """Join names; where they are too long, the middle goes first, then the title, then the end of the last."""
        while len(names) > 1 and not self._fits(_JOINT.join(names)):
            names.pop(1 if len(names) > 2 else 0)
        heading = _JOINT.join(names)
        while heading and not self._fits(heading):
            # A tokenizer may count the shortened text differently, so this repeats until it fits.
            spans = self._tokenizer.offsets(heading)
            keep = spans[self._limit - 1][1] if self._limit < len(spans) else len(heading) // 2
            heading = heading[: min(keep, len(heading) - 1)].rstrip() if self._limit else ""
        return heading

    def _fits(self, heading: str) -> bool:
        return self._tokenizer.count(heading) <= self._limit
