"""Word documents (.docx): body, tables, text boxes, foot- and endnotes, page headers and footers."""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ragkit.load.content import Content, Part, RawFile, names
from ragkit.load.formats.markdown import flat_table, join_blocks, markdown_table
from ragkit.load.formats.office.drawing import attribute_of_relation, chart_text, paragraphs, words_of_part
from ragkit.load.formats.package import Package, attribute, child, local_name, whole_number
from ragkit.load.formats.properties import package_properties

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

logger = logging.getLogger(__name__)

# Subtrees that are no visible text: deletions and moves under change tracking, field codes, properties, and (Fallback)
# the copy of a drawing for old versions of Word, whose words would come twice.
_UNSEEN = names(
    "del moveFrom instrText delText delInstrText Fallback pPr tblPr trPr tcPr sectPr sdtPr sdtEndPr rPrChange",
    "pPrChange annotationRef commentRangeStart rt",
)
_SPACES = {"tab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": " "}
# Equations on one line: "(a + 1)/b", "x^2", "√(y)".
_SIMPLE = re.compile(r"\w+|\(.*\)|")
_BUILT = frozenset(("f", "sSup", "sSub", "sSubSup", "rad", "nary", "d", "limLow", "limUpp"))
_INTEGRAL = "∫"  # the operator where none is named
_DEEP = 20  # styles based on one another; files with a cycle exist
# Fonts that show signs in the place of letters: code -> character. Those of Symbol are the encoding of Adobe's font.
_SYMBOL = {
    **dict(zip(range(0x41, 0x5B), "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ", strict=True)),
    **dict(zip(range(0x61, 0x7B), "αβχδεφγηιϕκλμνοπθρστυϖωξψζ", strict=True)),
    **dict(zip(range(0x30, 0x3A), "0123456789", strict=True)),
    **dict(zip(range(0xA1, 0xAA), "ϒ′≤⁄∞ƒ♣♦♥", strict=True)),
    **dict(zip(range(0xAA, 0xC0), "♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵", strict=True)),
    **dict(zip(range(0xC0, 0xD0), "ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉", strict=True)),
    **dict(zip(range(0xD0, 0xE0), "∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓", strict=True)),
    0x22: "∀", 0x24: "∃", 0x27: "∋", 0x2A: "∗", 0x2B: "+", 0x2D: "−", 0x3C: "<", 0x3D: "=", 0x3E: ">", 0x40: "≅",
    0x5C: "∴", 0x5E: "⊥", 0x7E: "∼", 0xE0: "◊", 0xE5: "∑", 0xF2: "∫",
}  # fmt: skip
_WINGDINGS = {
    0x28: "☎", 0x2A: "✉", 0x6C: "●", 0x6E: "■", 0x6F: "☐", 0x71: "❑", 0x76: "❖", 0xA7: "▪", 0xA8: "☐", 0xD8: "➢",
    0xDF: "←", 0xE0: "→", 0xE1: "↑", 0xE2: "↓", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑",
}  # fmt: skip
_WINGDINGS_2 = {0x4F: "✗", 0x50: "✓", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0xA3: "☐"}
_FONTS = {"symbol": _SYMBOL, "wingdings": _WINGDINGS, "wingdings 2": _WINGDINGS_2}
_PRIVATE = 0xF000  # what Word adds to the codes of such fonts, to put them into the private use area


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
    # A header that repeats a heading or the title adds nothing.
    blocks += [block for block in body.page_frames() if block not in blocks]
    title, about = package_properties(package, raw.name)
    return Content((Part(join_blocks(blocks), title=title or body.title, metadata=about),))


class _Body:
    """Turns WordprocessingML into blocks of text."""

    def __init__(self, raw: RawFile, package: Package, main: str) -> None:
        self._raw = raw
        self._package = package
        self._relations = package.relations(main)
        self._styles: _Styles = _read_styles(package, self._relations)
        self._notes = {kind: self._read_notes(kind) for kind in ("footnote", "endnote")}
        # Text boxes and notes of the paragraph or table at hand, which follow it.
        self._pending: list[str] = []
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
        """A document of another format that stands for a part of this one (an ``altChunk``)."""
        from ragkit.load.workers.outcome import read_raw

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
        """Text of a paragraph or run; boxes and notes inside it are collected for later."""
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
                out.append(_symbol(attribute(inner, "font") or "", attribute(inner, "char") or ""))
            elif name in ("chart", "relIds"):
                self._pending += self._drawn(inner, name)
            elif _is_built(inner):
                out.append(_on_one_line(inner, self._inline))
            elif name in ("footnoteReference", "endnoteReference"):
                self._collect_note(name.removesuffix("Reference"), attribute(inner, "id") or "")
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

    def _collect_note(self, kind: str, number: str) -> None:
        note = self._notes[kind].pop(number, None)  # written once, even where it is referred to twice
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
        """Return the text of page headers and footers, each different one once."""
        texts = (
            join_blocks(self.blocks(self._package.xml(target)))
            for kind, target in self._relations.values()
            if kind in ("header", "footer") and target in self._package
        )
        return filter(None, dict.fromkeys(texts))


def _table_children(element: Any, name: str) -> Iterator[Any]:
    """Rows of a table or cells of a row, also those within content controls or tracked changes."""
    for inner in element:
        found = local_name(inner)
        if found == name:
            yield inner
        elif found in ("sdt", "sdtContent", "customXml", "ins", "moveTo"):
            yield from _table_children(inner, name)


def _vanishes(run: Any) -> bool:
    mark = child(run, "rPr", "vanish")
    return mark is not None and attribute(mark, "val") not in ("0", "false", "off")


class _Styles:
    """Headings and list marks of paragraphs, by their own properties, their style and the styles it is based on."""

    def __init__(self, styles: Mapping[str, Any], numbering: Mapping[tuple[str, str], str]) -> None:
        self._styles = styles  # style id -> its element
        self._numbering = numbering  # (numbering id, level) -> number format, such as ``bullet``
        self._counters: defaultdict[str, dict[int, int]] = defaultdict(dict)

    def heading_level(self, paragraph: Any) -> int | None:
        """Return 1 to 9 for a heading, 0 for the document's title, None for other paragraphs."""
        # By the built-in English names, which files of every language carry, before the outline level: 0 to 8 are
        # headings, 9 is body text (ECMA-376, part 1, 17.3.1.20).
        for properties, name in self._chain(paragraph):
            if name == "title":
                return 0
            if name.startswith("heading ") and (level := whole_number(name[8:], -1)) >= 0:
                return level
            outline = child(properties, "outlineLvl") if properties is not None else None
            if outline is not None:
                level = whole_number(attribute(outline, "val"), 9)
                return level + 1 if level < 9 else None
        return None

    def item_mark(self, paragraph: Any) -> str:
        """Return the mark of a list item (``- `` or its number, indented by depth); empty for other paragraphs."""
        # Numbers are counted here, since the file holds formats only; a deeper level starts again below each item.
        number, level = "", 0
        for properties, _ in self._chain(paragraph):
            found = child(properties, "numPr") if properties is not None else None
            if found is not None:
                number = _value(child(found, "numId"))
                level = whole_number(_value(child(found, "ilvl")), 0)
                break
        form = self._numbering.get((number, str(level)))
        if form is None or number == "0":
            return ""
        indent = "  " * min(level, _DEEP)
        if form in ("bullet", "none"):
            return indent + "- "
        counters = self._counters[number]
        counters[level] = counters.get(level, 0) + 1
        for deeper in [key for key in counters if key > level]:
            del counters[deeper]
        return f"{indent}{counters[level]}. "

    def _chain(self, paragraph: Any) -> list[tuple[Any, str]]:
        """The paragraph's own properties, then those of its style and that style's ancestors, each with its name."""
        properties = child(paragraph, "pPr")
        chain: list[tuple[Any, str]] = [(properties, "")]
        style = child(properties, "pStyle") if properties is not None else None
        name = _value(style)
        while name in self._styles and len(chain) < _DEEP:
            element = self._styles[name]
            chain.append((child(element, "pPr"), _value(child(element, "name")).lower()))
            name = _value(child(element, "basedOn"))
        return chain


def _read_styles(package: Package, relations: Mapping[str, tuple[str, str]]) -> _Styles:
    parts = {kind: target for kind, target in relations.values() if target in package}
    styles: dict[str, Any] = {}
    if "styles" in parts:
        for element in package.xml(parts["styles"]):
            if local_name(element) == "style":
                styles[attribute(element, "styleId") or ""] = element
    return _Styles(styles, _numbering(package.xml(parts["numbering"])) if "numbering" in parts else {})


def _numbering(root: Any) -> dict[tuple[str, str], str]:
    # A list (num) refers to a definition (abstractNum), which comes before all lists and has a format for each level.
    levels: dict[str, dict[str, str]] = {}
    found: dict[tuple[str, str], str] = {}
    for element in root:
        name = local_name(element)
        if name == "abstractNum":
            levels[attribute(element, "abstractNumId") or ""] = {
                attribute(level, "ilvl") or "": _value(child(level, "numFmt"))
                for level in element
                if local_name(level) == "lvl"
            }
        elif name == "num":
            for level, form in levels.get(_value(child(element, "abstractNumId")), {}).items():
                found[attribute(element, "numId") or "", level] = form
    return found


def _value(element: Any) -> str:
    return (attribute(element, "val") or "") if element is not None else ""


def _is_built(element: Any) -> bool:
    """Whether an element puts parts of an equation over, under or around one another."""
    return local_name(element) in _BUILT and element.tag.endswith(f"/math}}{local_name(element)}")


def _on_one_line(element: Any, text_of: Callable[[Any], str]) -> str:
    """Write such an element on one line; ``text_of`` returns the text of a part of it."""

    def part(name: str) -> str:
        found = child(element, name)
        return text_of(found).strip() if found is not None else ""

    match local_name(element):
        case "f":
            return f"{_grouped(part('num'))}/{_grouped(part('den'))}"
        case "rad":
            return f"{part('deg')}√{_grouped(part('e'))}"
        case "nary":
            return f"{_property(element, 'chr', _INTEGRAL)}{_raised(part('sub'), part('sup'))} {part('e')}"
        case "d":
            inner = [text_of(each).strip() for each in element if local_name(each) == "e"]
            begin, between, end = (
                _property(element, name, usual) for name, usual in (("begChr", "("), ("sepChr", "|"), ("endChr", ")"))
            )
            return begin + between.join(inner) + end
        case _:
            return part("e") + _raised(part("sub"), part("sup")) + _raised("", part("lim"))


def _raised(below: str, above: str) -> str:
    return ("_" + _grouped(below) if below else "") + ("^" + _grouped(above) if above else "")


def _grouped(text: str) -> str:
    return text if _SIMPLE.fullmatch(text) else f"({text})"


def _property(element: Any, name: str, usual: str) -> str:
    found = child(element, local_name(element) + "Pr", name)
    value = attribute(found, "val") if found is not None else None
    return usual if value is None else value


def _symbol(font: str, code: str) -> str:
    """The character of a font's sign by its code in hexadecimal digits; empty for ornaments that have none."""
    try:
        number = int(code[:8], 16)
    except ValueError:
        return ""
    signs = _FONTS.get(font.lower())
    if signs is not None:
        return signs.get(number - _PRIVATE if number >= _PRIVATE else number, "")
    private = number >= _PRIVATE or 0xD800 <= number < 0xF900 or number < 0x20
    return "" if private else chr(number)
