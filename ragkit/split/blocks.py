"""The structure of a text: headings, paragraphs, list items, table rows, code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Kind = Literal["heading", "paragraph", "item", "header", "row", "code"]

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
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ITEM = re.compile(r"[ \t]*(?:[-*+•◦▪●○■□➢][ \t]|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,4})[.)][ \t])")
_ROW = re.compile(r"[ \t]*\|.*\|[ \t]*$")
_RULE_ROW = re.compile(r"[ \t]*\|[ \t:|-]*-[ \t:|-]*$")


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of text that belongs together.

    Attributes:
        start: offset of its first character, no white space.
        end: offset behind its last one.
        kind: what it is; ``header`` is a table's first row with the rule below it.
        level: level of a heading, from 1.
        title: words of a heading.
        header: span of the header row above a ``row``; (0, 0) where there is none.
    """

    start: int
    end: int
    kind: Kind
    level: int = 0
    title: str = ""
    header: tuple[int, int] = (0, 0)


def is_markdown(metadata: Mapping[str, Any]) -> bool:
    """Tell whether ``# `` begins a heading in a document with this metadata."""
    media_type = metadata.get("media_type")
    if media_type is None:
        return str(metadata.get("source", "")).lower().endswith((".md", ".markdown"))
    return str(media_type).startswith(_MARKDOWN_TYPES)


def is_code(metadata: Mapping[str, Any]) -> bool:
    """Tell whether a document is made of lines rather than prose."""
    media_type = str(metadata.get("media_type", ""))
    return media_type in _CODE_TYPES or (media_type.startswith("text/x-") and media_type != _PROSE_TYPE)


def blocks(text: str, *, markdown: bool = False, code: bool = False) -> list[Block]:
    """Part a text into blocks; together they hold every character that is not white space.

    Args:
        text: any text.
        markdown: whether headings and fences are read as Markdown has them.
        code: whether everything is code, parted at empty lines.
    """
    return list(_Parser(text, markdown=markdown, code=code).parse())


class _Parser:
    """Goes through the lines once; a block is open until a line ends it."""

    def __init__(self, text: str, *, markdown: bool, code: bool) -> None:
        self._text = text
        self._markdown = markdown
        self._base: Kind = "code" if code else "paragraph"
        self._open: tuple[int, int, Kind] | None = None
        self._lines = 0  # lines of the open block
        self._fence = ""
        self._header = (0, 0)

    def parse(self) -> Iterator[Block]:
        for start, end, line in self._content():
            if start == end:
                self._header = (0, 0)
                if not self._fence:
                    yield from self._close()
            elif self._fence:
                self._extend(start, end)
                if line.strip().startswith(self._fence):
                    self._fence = ""
                    yield from self._close()
            else:
                yield from self._line(start, end, line)
        yield from self._close()

    def _content(self) -> Iterator[tuple[int, int, str]]:
        """Lines with the span of their text without white space around it."""
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

    def _line(self, start: int, end: int, line: str) -> Iterator[Block]:
        if self._base != "code" and _ROW.match(line):
            yield from self._row(start, end, line)
            return
        self._header = (0, 0)
        if self._markdown and (found := _HEADING.match(line)):
            yield from self._close()
            yield Block(start, end, "heading", level=len(found[1]), title=found[2])
        elif self._markdown and (found := _FENCE.match(line)):
            yield from self._close()
            self._fence = found[1]
            self._begin(start, end, "code")
        elif self._markdown and self._lines == 1 and self._open_kind() == "paragraph" and _UNDERLINE.match(line):
            yield self._underlined(end, line)
        elif self._base != "code" and _ITEM.match(line):
            yield from self._close()
            self._begin(start, end, "item")
        elif self._open is None or self._open_kind() == "header":
            yield from self._close()
            self._begin(start, end, self._base)
        else:
            self._extend(start, end)

    def _row(self, start: int, end: int, line: str) -> Iterator[Block]:
        if self._header == (0, 0):
            yield from self._close()
            self._header = (start, end)
            self._begin(start, end, "header")
        elif self._open_kind() == "header" and self._lines == 1 and _RULE_ROW.match(line):
            self._extend(start, end)
        else:
            yield from self._close()
            yield Block(start, end, "row", header=self._header)

    def _open_kind(self) -> Kind | None:
        return self._open[2] if self._open else None

    def _underlined(self, end: int, line: str) -> Block:
        start, stop = (self._open[0], self._open[1]) if self._open else (end, end)
        self._open, self._lines = None, 0
        return Block(start, end, "heading", level=1 if "=" in line else 2, title=self._text[start:stop])

    def _begin(self, start: int, end: int, kind: Kind) -> None:
        self._open = (start, end, kind)
        self._lines = 1

    def _extend(self, start: int, end: int) -> None:
        if self._open is None:
            self._begin(start, end, self._base)
        else:
            kind: Kind = self._open[2]
            self._open = (self._open[0], end, kind)
            self._lines += 1

    def _close(self) -> Iterator[Block]:
        if self._open is not None:
            start, end, kind = self._open
            yield Block(start, end, kind)
            self._open, self._lines = None, 0
