"""Presentations (.pptx): slides in order, with their tables, charts, diagrams and speaker notes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragkit.load.content import Content, Part, PlacedText, RawFile
from ragkit.load.formats.markdown import join_blocks, markdown_table
from ragkit.load.formats.office.drawing import attribute_of_relation, chart_text, paragraphs, words_of_part
from ragkit.load.formats.package import Package, attribute, child, descendants, local_name
from ragkit.load.formats.properties import package_properties

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNSEEN = frozenset(("Fallback", "nvSpPr", "nvGrpSpPr", "nvGraphicFramePr", "nvPicPr", "spPr", "grpSpPr", "extLst"))
_TITLES = ("title", "ctrTitle")
_NUMBER = "sldNum"  # placeholder of the page number


def read(raw: RawFile) -> Content:
    """Read a presentation; a slide's title becomes a ``# `` line, its notes follow the slide's text."""
    package = Package(raw)
    main = package.main_part("ppt/presentation.xml")
    slides = _slides(package, main)
    placed = PlacedText()
    for number, slide in enumerate(slides, 1):
        placed.add(_Slide(package, slide).text(), slide=number)
    title, about = package_properties(package, raw.name)
    part = Part(placed.text, title=title, places=placed.places, metadata=about)
    return Content((part,), pages=len(slides))


def _slides(package: Package, main: str) -> list[str]:
    # In the order of the presentation: the numbers in the names of the parts are those of their making.
    relations = package.relations(main)
    ordered = child(package.xml(main), "sldIdLst")
    ids = [attribute_of_relation(entry) for entry in (ordered if ordered is not None else ())]
    return [relations[key][1] for key in ids if key in relations and relations[key][1] in package]


class _Slide:
    """Turns the DrawingML of one slide into text."""

    def __init__(self, package: Package, name: str) -> None:
        self._package = package
        self._name = name
        self._relations = package.relations(name)

    def text(self) -> str:
        blocks = list(self._blocks(self._package.xml(self._name)))
        for kind, target in self._relations.values():
            if kind == "notesSlide" and target in self._package:
                notes = [text for body in _note_bodies(self._package.xml(target)) for text in paragraphs(body)]
                blocks += ["Notes: " + notes[0], *notes[1:]] if notes else []
        return join_blocks(blocks)

    def _blocks(self, element: Any) -> Iterator[str]:
        for inner in element:
            name = local_name(inner)
            if name == "sp":
                yield from self._shape(inner)
            elif name == "tbl":
                yield markdown_table(_rows(inner))
            elif name == "chart":
                yield from self._part(attribute_of_relation(inner), chart_text)
            elif name == "relIds":  # a SmartArt diagram; its data part holds the words
                key = next((value for key, value in inner.attrib.items() if key.endswith("}dm")), "")
                yield from self._part(key, paragraphs)
            elif name == "txBody":
                yield from paragraphs(inner)
            elif name and name not in _UNSEEN:
                yield from self._blocks(inner)

    def _shape(self, shape: Any) -> Iterator[str]:
        holder = child(shape, "nvSpPr", "nvPr", "ph")
        kind = attribute(holder, "type") if holder is not None else None
        if kind == _NUMBER:
            return
        body = child(shape, "txBody")
        texts = list(paragraphs(body)) if body is not None else []
        if kind in _TITLES and texts:
            yield "# " + " ".join(" ".join(texts).split())
        # Several paragraphs in the body of a slide are a list, though the bullets are those of the layout.
        elif holder is not None and kind in (None, "body", "obj") and len(texts) > 1:
            yield from ("- " + text for text in texts)
        else:
            yield from texts

    def _part(self, key: str, reader: Any) -> list[str]:
        target = self._relations.get(key, ("", ""))[1]
        return words_of_part(self._package, target, reader)


def _note_bodies(notes: Any) -> Iterator[Any]:
    # Beside the notes such a page holds its number, header, footer and date, and a picture of the slide.
    for shape in descendants(notes, "sp"):
        holder, body = child(shape, "nvSpPr", "nvPr", "ph"), child(shape, "txBody")
        if body is not None and (holder is None or attribute(holder, "type") not in ("sldNum", "hdr", "ftr", "dt")):
            yield body


def _rows(table: Any) -> Iterator[list[str]]:
    for row in descendants(table, "tr"):
        yield [" ".join(paragraphs(cell)) for cell in row if local_name(cell) == "tc"]
