"""Word documents (.docx): body, tables, text boxes, foot- and endnotes, page headers and footers."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ragkit.load.content import Content, Part, RawFile, names
from ragkit.load.docx_math import is_built, on_one_line
from ragkit.load.docx_styles import Styles, read_styles
from ragkit.load.drawing import attribute_of_relation, chart_text, paragraphs, words_of_part
from ragkit.load.package import Package, attribute, child, local_name, whole_number
from ragkit.load.properties import package_properties
from ragkit.load.symbols import symbol
from ragkit.load.tables import flat_table, join_blocks, markdown_table

if TYPE_CHECKING:
    from collections.abc import Iterator

logger = logging.getLogger(__name__)

# Subtrees that are no visible text: deletions and moves under change tracking, field codes, properties, and the copy of
# a drawing for old versions of Word.
_UNSEEN = names(
    "del moveFrom instrText delText delInstrText Fallback pPr tblPr trPr tcPr sectPr sdtPr sdtEndPr rPrChange",
    "pPrChange annotationRef commentRangeStart rt",
)
_SPACES = {"tab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": " "}


def read(raw: RawFile) -> Content:
    """Read a Word document.

    Headings become ``# `` lines, list items ``- `` or ``1. `` lines, tables Markdown tables. A footnote follows the
    paragraph that refers to it; page headers and footers come last, each once. Comments of reviewers are no part of the
    document.
    """
    package = Package(raw)
    main = package.main_part("word/document.xml")
    body = _Body(raw, package, main)
    blocks = list(body.blocks(package.xml(main)))
    blocks += [block for block in body.page_frames() if block not in blocks]
    title, about = package_properties(package, raw.name)
    return Content((Part(join_blocks(blocks), title=title or body.title, metadata=about),))


class _Body:
    """Turns WordprocessingML into blocks of text."""

    def __init__(self, raw: RawFile, package: Package, main: str) -> None:
        self._raw = raw
        self._package = package
        self._relations = package.relations(main)
        self._styles: Styles = read_styles(package, self._relations)
        self._notes = {kind: self._read_notes(kind) for kind in ("footnote", "endnote")}
        self._pending: list[str] = []  # text boxes and notes met in the paragraph at hand
        self._in_table = 0
        self.title = ""

    def _read_notes(self, kind: str) -> dict[str, Any]:
        for name, target in self._relations.values():
            if name == kind + "s" and target in self._package:
                return {attribute(note, "id") or "": note for note in self._package.xml(target)}
        return {}

    def blocks(self, element: Any) -> Iterator[str]:
        """Yield the blocks of a container, in order."""
        for inner in element:
            name = local_name(inner)
            if name == "p":
                yield from self._paragraph_blocks(inner)
            elif name == "tbl":
                self._in_table += 1
                rows = list(self._rows(inner))
                self._in_table -= 1
                table = flat_table(rows) if self._in_table else markdown_table(rows)
                if table:
                    yield table
                if not self._in_table:
                    yield from self._take_pending()
            elif name == "altChunk":
                yield from self._imported(inner)
            elif name and name not in _UNSEEN:
                yield from self.blocks(inner)

    def _imported(self, element: Any) -> Iterator[str]:
        """A document of another format that stands for a part of this one."""
        from ragkit.load.outcome import read_raw

        kind, target = self._relations.get(attribute(element, "id") or "", ("", ""))
        if kind != "aFChunk" or target not in self._package or self._raw.depth >= self._raw.limits.depth:
            return
        data = self._package.read(target)
        found = read_raw(replace(self._raw, name=target, data=data, media_type="", depth=self._raw.depth + 1))
        if found.outcome == "error":
            logger.warning("%s: the part %s %s", self._raw.source, target, found.detail)
        yield from (each.text.strip() for each in found.texts)

    def _paragraph_blocks(self, paragraph: Any) -> Iterator[str]:
        text = self._inline(paragraph).strip()
        if text:
            heading = self._styles.heading_level(paragraph)
            if heading is None:
                yield self._styles.item_mark(paragraph) + text
            else:
                line = " ".join(text.split())
                if heading == 0 and not self.title:
                    self.title = line
                yield "#" * min(max(heading, 1), 6) + " " + line
        if not self._in_table:
            yield from self._take_pending()

    def _take_pending(self) -> Iterator[str]:
        pending, self._pending = self._pending, []
        yield from pending

    def _inline(self, element: Any) -> str:
        """Text of a paragraph or run; boxes and notes inside it are put aside."""
        out: list[str] = []
        for inner in element:
            name = local_name(inner)
            if name == "t":
                out.append(inner.text or "")
            elif name in _SPACES:
                out.append(_SPACES[name])
            elif name == "txbxContent":
                self._pending += list(self.blocks(inner))
            elif name == "sym":
                out.append(symbol(attribute(inner, "font") or "", attribute(inner, "char") or ""))
            elif name in ("chart", "relIds"):
                self._pending += self._drawn(inner, name)
            elif is_built(inner):
                out.append(on_one_line(inner, self._inline))
            elif name in ("footnoteReference", "endnoteReference"):
                self._put_note_aside(name.removesuffix("Reference"), attribute(inner, "id") or "")
            elif name == "r" and _vanishes(inner):
                continue
            elif name and name not in _UNSEEN:
                out.append(self._inline(inner))
        return "".join(out)

    def _drawn(self, element: Any, name: str) -> list[str]:
        """The words of a chart or diagram, which lie in a part of their own."""
        key = attribute_of_relation(element) if name == "chart" else attribute(element, "dm") or ""
        target = self._relations.get(key, ("", ""))[1]
        return words_of_part(self._package, target, chart_text if name == "chart" else paragraphs)

    def _put_note_aside(self, kind: str, number: str) -> None:
        note = self._notes[kind].pop(number, None)  # once, even where it is referred to twice
        if note is not None:
            text = "\n".join(self.blocks(note)).strip()
            if text:
                self._pending.append(text)

    def _rows(self, table: Any) -> Iterator[list[str]]:
        for row in _table_children(table, "tr"):
            cells: list[str] = []
            for cell in _table_children(row, "tc"):
                cells.append(" ".join(self.blocks(cell)))
                span = child(cell, "tcPr", "gridSpan")
                wide = attribute(span, "val") if span is not None else None
                cells += [""] * (min(whole_number(wide, 1), 100) - 1)
            yield cells

    def page_frames(self) -> Iterator[str]:
        """Yield the text of page headers and footers, each different one once."""
        seen: set[str] = set()
        for kind, target in self._relations.values():
            if kind in ("header", "footer") and target in self._package:
                text = join_blocks(list(self.blocks(self._package.xml(target))))
                if text and text not in seen:
                    seen.add(text)
                    yield text


def _table_children(element: Any, name: str) -> Iterator[Any]:
    """Rows of a table or cells of a row, also where content controls or tracked changes wrap them."""
    for inner in element:
        found = local_name(inner)
        if found == name:
            yield inner
        elif found in ("sdt", "sdtContent", "customXml", "ins", "moveTo"):
            yield from _table_children(inner, name)


def _vanishes(run: Any) -> bool:
    mark = child(run, "rPr", "vanish")
    return mark is not None and attribute(mark, "val") not in ("0", "false", "off")
