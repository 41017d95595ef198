"""OpenDocument text, presentations and drawings (.odt, .odp, .odg)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragkit.core.errors import LoadError
from ragkit.load.content import Content, Part, PlacedText, RawFile
from ragkit.load.detect import ODF
from ragkit.load.formats.markdown import flat_table, join_blocks, markdown_table
from ragkit.load.formats.package import Package, attribute, child, descendants, local_name, whole_number
from ragkit.load.formats.properties import package_properties

if TYPE_CHECKING:
    from collections.abc import Iterator

# Deleted text under change tracking, reviewers' comments, and what is styling or script.
_UNSEEN = frozenset(("tracked-changes", "annotation", "scripts", "font-face-decls", "automatic-styles", "forms"))
# One attribute may claim any number of spaces or of columns of a table in a text.
_MOST_SPACES = 100
_MOST_COLUMNS = 1000


def read(raw: RawFile) -> Content:
    """Read a text, presentation or drawing: headings as ``# `` lines, lists as ``- `` lines, tables as Markdown.

    Raises:
        LoadError: the file is damaged, encrypted or too large.
    """
    package = Package(raw)
    refuse_encrypted(package, raw.source)
    root = package.xml("content.xml")
    writer = _OdfWriter()
    placed, pages = PlacedText(), None
    slides = list(descendants(root, "page"))
    if slides:
        pages, drawing = len(slides), raw.media_type == ODF + "graphics"
        for number, slide in enumerate(slides, 1):
            text = join_blocks(writer.blocks(slide))
            placed.add(text, page=number) if drawing else placed.add(text, slide=number)
    else:
        placed.add(join_blocks(writer.blocks(root)))
        placed.add(join_blocks(_page_frames(package, writer)))
    title, about = package_properties(package, raw.name)
    return Content((Part(placed.text, title=title, places=placed.places, metadata=about),), pages=pages)


def refuse_encrypted(package: Package, source: str) -> None:
    """Raise ``LoadError`` (reason ``encrypted``) where the manifest says that members are encrypted."""
    manifest = "META-INF/manifest.xml"
    # The manifest names each encrypted member; the members themselves look like damaged ones.
    if manifest in package and b"encryption-data" in package.read(manifest):
        raise LoadError(source, "encrypted", "is protected by a password: save a copy without one and load that")


def _page_frames(package: Package, writer: _OdfWriter) -> Iterator[str]:
    # Headers and footers belong to master pages in the styles, of which a file has several with the same text.
    if "styles.xml" not in package:
        return iter(())
    root, names = package.xml("styles.xml"), ("header", "header-left", "footer", "footer-left")
    texts = (join_blocks(writer.blocks(frame)) for name in names for frame in descendants(root, name))
    return filter(None, dict.fromkeys(texts))


class _OdfWriter:
    """Turns OpenDocument content into blocks of text."""

    def __init__(self) -> None:
        self._pending: list[str] = []  # notes and text boxes of the paragraph at hand, which follow it
        self._depth = 0
        self._in_table = 0

    def blocks(self, element: Any) -> Iterator[str]:
        """Yield the blocks of a container, in order."""
        for inner in element:
            name = local_name(inner)
            if name in ("p", "h"):
                yield from self._paragraph(inner, name)
            elif name == "list":
                self._depth += 1
                yield from self.blocks(inner)
                self._depth -= 1
            elif name == "list-item":
                yield from self._item(inner)
            elif name == "table":
                self._in_table += 1
                rows = list(self._rows(inner))
                self._in_table -= 1
                table = flat_table(rows) if self._in_table else markdown_table(rows)
                if table:
                    yield table
            elif name == "notes":  # of a slide
                notes = list(self.blocks(inner))
                yield from ["Notes: " + notes[0], *notes[1:]] if notes else []
            elif name and name not in _UNSEEN:
                yield from self.blocks(inner)

    def _paragraph(self, element: Any, name: str) -> Iterator[str]:
        text = self._inline(element).strip()
        if text and name == "h":
            level = whole_number(attribute(element, "outline-level"), 1)
            yield "#" * min(level, 6) + " " + " ".join(text.split())
        elif text:
            yield text
        pending, self._pending = self._pending, []
        yield from pending

    def _item(self, item: Any) -> Iterator[str]:
        indent = "  " * (self._depth - 1)
        # Only the first block of an item has the mark; inner lists and numbered headings bring their own.
        mark = "- "
        for block in self.blocks(item):
            if block.lstrip(" ").startswith(("- ", "#")):
                yield block
            else:
                yield indent + mark + block
                mark = "  "

    def _inline(self, element: Any) -> str:
        out = [element.text or ""]
        for inner in element:
            name = local_name(inner)
            if name == "s":
                out.append(" " * min(whole_number(attribute(inner, "c"), 1), _MOST_SPACES))
            elif name == "tab":
                out.append(" ")
            elif name == "line-break":
                out.append("\n")
            elif name == "note":
                body = child(inner, "note-body")
                self._pending += list(self.blocks(body)) if body is not None else []
            elif name in ("text-box", "table"):
                self._pending += list(self.blocks([inner] if name == "table" else inner))
            elif name and name not in _UNSEEN:
                out.append(self._inline(inner))
            out.append(inner.tail or "")
        return "".join(out)

    def _rows(self, table: Any) -> Iterator[list[str]]:
        for inner in table:
            name = local_name(inner)
            if name == "table-row":
                yield [text for cell in inner for text in self._cell(cell)]
            elif name in ("table-header-rows", "table-rows", "table-row-group"):
                yield from self._rows(inner)

    def _cell(self, cell: Any) -> Iterator[str]:
        """The text of a cell, once for each column that it stands for."""
        if local_name(cell) in ("table-cell", "covered-table-cell"):
            times = whole_number(attribute(cell, "number-columns-repeated"), 1)
            yield from [" ".join(self.blocks(cell))] * min(times, _MOST_COLUMNS)
