"""The structure of a text: headings, paragraphs, list items, table rows, code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ragkit.split.code import code_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Kind = Literal["heading", "paragraph", "item", "header", "row", "code", "line"]

# Of these formats the loaders write headings and tables as Markdown has them.
_MARKDOWN_TYPES = (
    "text/markdown",
    "text/html",
    "application/vnd.openxmlformats-officedocument.",
    "application/vnd.oasis.opendocument.",
    "application/vnd.ms-excel",
    "application/epub+zip",
    "application/rtf",
    "application/x-ipynb+json",
)
_CODE_TYPES = frozenset(("text/yaml", "text/toml", "text/xml", "application/json"))
_PROSE_TYPE = "text/x-rst"

_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(\S.*?)[ \t]*#*[ \t]*$")
_WIKI_HEADING = re.compile(r"[ \t]*(=(?: ?=){0,5})[ \t]*([^=\s].*?)[ \t]*\1[ \t]*$")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ITEM = re.compile(r"[ \t]*(?:[-*+•◦▪●○■□➢][ \t]|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,4})[.)][ \t])")
_ROW = re.compile(r"[ \t]*\|.*\|[ \t]*$")
_RULE_ROW = re.compile(r"(?=[^\n]*\|)(?=[^\n]*-)[ \t:|-]*$")
# Characters; on longer lines those patterns would try each place for the end, in quadratic time.
_LONGEST_HEADING = 1000
# Between the cells of tables without pipes at both ends.
_CELL_END = " | "


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A stretch of text that belongs together.

    Attributes:
        start: offset of its first character, no white space.
        end: offset behind its last one.
        kind: what it is; ``header`` is a table's first row with the rule below it, ``code`` a fenced block in prose,
            ``line`` a line of a file of code.
        level: level of a heading, from 1; of a ``line`` how many definitions it stands in.
        title: words of a heading, or what a ``line`` defines.
        header: span of the header row above a ``row``; (0, 0) where there is none.
        depth: how many constructs a cut before a ``line`` would part; -1 where it belongs to the line above.
    """

    start: int
    end: int
    kind: Kind
    level: int = 0
    title: str = ""
    header: tuple[int, int] = (0, 0)
    depth: int = 0


def is_markdown(metadata: Mapping[str, Any]) -> bool:
    """Return whether ``# `` begins a heading in a document with this metadata."""
    media_type = metadata.get("media_type")
    if media_type is None:
        return str(metadata.get("source", "")).lower().endswith((".md", ".markdown"))
    return str(media_type).startswith(_MARKDOWN_TYPES)


def is_code(metadata: Mapping[str, Any]) -> bool:
    """Return whether a document is made of lines rather than prose."""
    media_type = str(metadata.get("media_type", ""))
    return media_type in _CODE_TYPES or (media_type.startswith("text/x-") and media_type != _PROSE_TYPE)


def blocks(text: str, *, markdown: bool = False, code: str | None = None) -> list[TextBlock]:
    """Part a text into blocks; together they hold every character that is not white space.

    Args:
        text: any text.
        markdown: whether headings and fences are those of Markdown.
        code: the language, where everything is code; may be empty or unknown.
    """
    if code is None:
        return list(_Parser(text, markdown=markdown).parse())
    return [
        TextBlock(line.start, line.end, "line", line.level, line.title, depth=-1 if line.glued else line.depth)
        for line in code_lines(text, code)
    ]


class _Parser:
    """Goes through the lines once; a block is open until a line ends it."""

    def __init__(self, text: str, *, markdown: bool) -> None:
        self._text = text
        self._markdown = markdown
        self._open: TextBlock | None = None
        self._lines = 0  # lines of the open block
        self._fence = ""
        self._header = (0, 0)

    def parse(self) -> Iterator[TextBlock]:
        lines = list(self._content())
        rows = _rows(line for _, _, line in lines)
        for (start, end, line), row in zip(lines, rows, strict=True):
            if start == end:
                # An empty line ends a block and a table, but not a fenced one.
                self._header = (0, 0)
                if not self._fence:
                    yield from self._close()
            elif self._fence:
                self._extend(start, end)
                if line.strip().startswith(self._fence):
                    self._fence = ""
                    yield from self._close()
            elif row:
                yield from self._row(start, end, line)
            else:
                yield from self._line(start, end, line)
        yield from self._close()

    def _content(self) -> Iterator[tuple[int, int, str]]:
        """Lines with the span of their text without white space around it."""
        # Front matter is one block: its lines are no headings, though "---" below them would make them some.
        position = self._skip_front_matter()
        if position:
            yield 0, len(self._text[:position].rstrip()), self._text[:position]
            yield position, position, ""
        for line in self._text[position:].split("\n"):
            start = position + len(line) - len(line.lstrip())
            yield start, max(start, position + len(line.rstrip())), line
            position += len(line) + 1

    def _skip_front_matter(self) -> int:
        if not self._markdown or not self._text.startswith("---\n"):
            return 0
        end = self._text.find("\n---", 3)
        stop = self._text.find("\n", end + 1)
        return 0 if end < 0 else (stop if stop > 0 else len(self._text))

    def _line(self, start: int, end: int, line: str) -> Iterator[TextBlock]:
        self._header = (0, 0)
        short = len(line) <= _LONGEST_HEADING
        if short and self._markdown and (found := _HEADING.match(line)):
            yield from self._close()
            yield TextBlock(start, end, "heading", level=len(found[1]), title=found[2])
        elif short and (found := _WIKI_HEADING.match(line)):
            yield from self._close()
            yield TextBlock(start, end, "heading", level=found[1].count("="), title=found[2])
        elif self._markdown and (found := _FENCE.match(line)):
            yield from self._close()
            self._fence = found[1]
            self._begin(start, end, "code")
        elif self._markdown and self._lines == 1 and self._open_kind() == "paragraph" and _UNDERLINE.match(line):
            yield self._underlined(end, line)
        elif _ITEM.match(line):
            yield from self._close()
            self._begin(start, end, "item")
        elif self._open is None or self._open_kind() == "header":
            yield from self._close()
            self._begin(start, end, "paragraph")
        else:
            self._extend(start, end)

    def _row(self, start: int, end: int, line: str) -> Iterator[TextBlock]:
        if self._header == (0, 0):
            yield from self._close()
            self._header = (start, end)
            self._begin(start, end, "header")
        elif self._open_kind() == "header" and self._lines == 1 and _RULE_ROW.match(line):
            self._extend(start, end)
        else:
            yield from self._close()
            yield TextBlock(start, end, "row", header=self._header)

    def _open_kind(self) -> Kind | None:
        return self._open.kind if self._open else None

    def _underlined(self, end: int, line: str) -> TextBlock:
        start, stop = (self._open.start, self._open.end) if self._open else (end, end)
        self._open, self._lines = None, 0
        return TextBlock(start, end, "heading", level=1 if "=" in line else 2, title=self._text[start:stop])

    def _begin(self, start: int, end: int, kind: Kind) -> None:
        self._open, self._lines = TextBlock(start, end, kind), 1

    def _extend(self, start: int, end: int) -> None:
        if self._open is None:
            self._begin(start, end, "paragraph")
        else:
            self._open = TextBlock(self._open.start, end, self._open.kind)
            self._lines += 1

    def _close(self) -> Iterator[TextBlock]:
        if self._open is not None:
            yield self._open
            self._open, self._lines = None, 0


def _rows(lines: Iterable[str]) -> list[bool]:
    """Return which lines are rows of tables: with a pipe at both ends, or with as many cells as a line beside it."""
    # One line with a separator may be prose; two neighbours with the same number of cells are a table.
    known = [(line.count(_CELL_END), bool(_ROW.match(line))) for line in lines]
    counts = [0, *(count for count, _ in known), 0]
    return [
        piped or (count > 0 and count in (above, below))
        for above, (count, piped), below in zip(counts, known, counts[2:], strict=False)
    ]
