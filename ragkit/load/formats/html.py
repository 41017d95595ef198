"""HTML to Markdown-like text: all that a reader of the page would see, in order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ragkit.load.content import Content, Part, RawFile, names, plausible_title
from ragkit.load.encoding import decode
from ragkit.load.formats.properties import page_properties
from ragkit.load.formats.tables import join_blocks, markdown_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_META_CHARSET = re.compile(
    rb"(?i)<meta[^>]+charset\s*=\s*[\"']?\s*([a-z0-9_:.-]+)|<\?xml[^>]+encoding\s*=\s*[\"']([^\"']+)"
)
_INVISIBLE_STYLE = re.compile(r"(?i)display\s*:\s*none|visibility\s*:\s*hidden")
_UNSEEN = names(
    "script style template noscript head svg iframe object audio video canvas map datalist -comment !doctype",
)
_BLOCKS = names(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure",
    "footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol option p pre section summary",
    "table tbody td tfoot th thead tr ul",
)
_HEADINGS = {f"h{level}": "#" * level + " " for level in range(1, 7)}
# What a table of data does not hold; a table with one of these arranges the page.
_LAYOUT = "table table, h1, h2, h3, pre"
_SPACES = re.compile(r"[ \t\n\r\f\v\u00a0]+")


def read(raw: RawFile) -> Content:
    """Read an HTML page."""
    page = html_page(decode_html(raw.data))
    # The title is often all that names a page's subject; where no heading repeats it, it is made one.
    text = page.text if page.has_main_heading or not page.title else f"# {page.title}\n\n{page.text}".rstrip()
    return Content((Part(text, title=plausible_title(page.title, raw.name), metadata=page_properties(page.metas)),))


def decode_html(data: bytes, label: str | None = None) -> str:
    """Decode a page: its byte-order mark and what its bytes show come before what it declares, ``label`` comes last."""
    declared = _META_CHARSET.search(data[:4096])
    if declared:
        label = (declared[1] or declared[2]).decode("ascii", "replace")
    return decode(data, label)


@dataclass(frozen=True, slots=True)
class HtmlPage:
    """What is written on a page.

    Attributes:
        text: the visible text, Markdown-like.
        title: the text of its title element.
        has_main_heading: whether the text has a heading of level 1.
        metas: content of its meta elements by name or property, in lower case.
    """

    text: str
    title: str
    has_main_heading: bool
    metas: Mapping[str, str]


def html_page(markup: str) -> HtmlPage:
    """Turn HTML into text.

    Headings become ``# `` lines, list items ``- `` lines, tables of data Markdown tables. Scripts, styles, comments
    and what is marked as hidden are left out.
    """
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(spelled_out(markup))
    writer = _HtmlWriter()
    if tree.root is not None:
        for node, entering in _events(tree.root):
            if entering:
                writer.enter(node)
            else:
                writer.leave(node)
    found = tree.css_first("title")
    title = _SPACES.sub(" ", found.text()).strip() if found is not None else ""
    metas: dict[str, str] = {}
    for meta in tree.css("meta[content]"):
        known = meta.attributes
        metas.setdefault((known.get("name") or known.get("property") or "").lower(), known.get("content") or "")
    return HtmlPage(writer.finish(), title, writer.has_main_heading, metas)


def _events(root: Any) -> Iterator[tuple[Any, bool]]:
    """Walk the tree without recursion, since pages may nest thousands deep; hidden elements are not entered."""
    node, entering = root, True
    while node is not None:
        if entering:
            if _hidden(node):
                entering = False
                continue
            yield node, True
            child = node.first_child
            if child is not None:
                node = child
                continue
        if not (entering is False and _hidden(node)):
            yield node, False
        if node.mem_id == root.mem_id:
            return
        if node.next is not None:
            node, entering = node.next, True
        else:
            node, entering = node.parent, False


def _hidden(node: Any) -> bool:
    tag = node.tag
    if tag == "-text":
        return False
    if tag in _UNSEEN:
        return True
    attributes = node.attributes
    if not attributes:
        return False
    style = attributes.get("style")
    return "hidden" in attributes or bool(style and _INVISIBLE_STYLE.search(style))


class _HtmlWriter:
    """Collects blocks of text from the events of a walk."""

    def __init__(self) -> None:
        self.has_main_heading = False
        self._blocks: list[str] = []
        self._inline: list[str] = []
        self._prefix = ""
        self._lists: list[int] = []  # a counter for each open list; -1 for one with bullets
        self._pre = 0
        self._rows: list[list[str]] | None = None  # rows of the open table of data
        self._table = 0  # its element
        self._cell: list[str] = []
        self._spans: dict[int, tuple[int, str]] = {}  # column -> rows still to fill, text

    def enter(self, node: Any) -> None:
        tag = node.tag
        if tag == "-text":
            self._inline.append(node.text_content or "")
            return
        if tag not in _BLOCKS:
            if tag == "br":
                self._inline.append("\n" if self._pre else "\v")
            return
        self._flush()
        if tag in _HEADINGS:
            self._prefix = _HEADINGS[tag]
            self.has_main_heading = self.has_main_heading or tag == "h1"
        elif tag in ("ul", "ol", "menu", "dir"):
            self._lists.append(0 if tag == "ol" else -1)
        elif tag == "li":
            self._prefix = self._item_mark()
        elif tag == "pre":
            self._pre += 1
        elif tag == "table" and self._rows is None and not _arranges(node):
            self._rows, self._table, self._spans = [], node.mem_id, {}
        elif tag == "tr" and self._rows is not None:
            self._rows.append([])
        elif tag in ("td", "th") and self._rows is not None:
            self._cell = []

    def leave(self, node: Any) -> None:
        tag = node.tag
        if tag not in _BLOCKS:
            return
        self._flush()
        self._prefix = "" if tag in _HEADINGS or tag == "li" else self._prefix
        if tag in ("ul", "ol", "menu", "dir"):
            if self._lists:
                self._lists.pop()
        elif tag == "pre":
            self._pre -= 1
        elif tag in ("td", "th") and self._rows is not None:
            self._end_cell(node.attributes)
        elif tag == "table" and self._rows is not None and node.mem_id == self._table:
            rows, self._rows = self._rows, None
            table = markdown_table(rows)
            if table:
                self._blocks.append(table)

    def finish(self) -> str:
        """End the last block and join them all."""
        self._flush()
        return join_blocks(self._blocks)

    def _item_mark(self) -> str:
        indent = "  " * (len(self._lists) - 1)
        if self._lists and self._lists[-1] >= 0:
            self._lists[-1] += 1
            return f"{indent}{self._lists[-1]}. "
        return indent + "- "

    def _flush(self) -> None:
        """End the block of inline text at hand."""
        raw = "".join(self._inline)
        self._inline.clear()
        text = raw.replace("\v", "\n").strip("\n") if self._pre else _collapse(raw)
        if not text.strip():
            return
        if self._rows is not None and not self._rows:
            self._blocks.append(text)  # a caption
            return
        if self._rows is not None:
            # Text straight in the table but outside of cells is a caption or stray; the first cell keeps it.
            self._cell.append(text)
            return
        self._blocks.append(
            self._prefix + text.replace("\n", " ") if self._prefix.startswith("#") else self._prefix + text
        )
        # Further paragraphs of a list item belong to it, without a mark of their own.
        self._prefix = " " * len(self._prefix) if not self._prefix.startswith("#") else ""

    def _end_cell(self, attributes: dict[str, str | None]) -> None:
        rows = self._rows
        if rows is None:
            return
        if not rows:
            rows.append([])
        row = rows[-1]
        text, self._cell = " ".join(self._cell), []
        self._fill_spanned(row)
        column = len(row)
        row.append(text)
        below = _span(attributes.get("rowspan"))
        if below > 1:
            self._spans[column] = (below - 1, text)
        row.extend([""] * (_span(attributes.get("colspan")) - 1))

    def _fill_spanned(self, row: list[str]) -> None:
        """Repeat a cell that spans rows, so that each row can be read by itself."""
        while len(row) in self._spans:
            column = len(row)
            left, text = self._spans.pop(column)
            if left > 1:
                self._spans[column] = (left - 1, text)
            row.append(text)


def _arranges(table: Any) -> bool:
    """Whether a table only arranges the page; a search from an element finds the element itself too."""
    return any(found.mem_id != table.mem_id for found in table.css(_LAYOUT))


def _collapse(raw: str) -> str:
    raw = raw.replace("\u00ad", "").replace("\u200b", "")  # where a line may end within a word
    text = "\n".join(_SPACES.sub(" ", line).strip() for line in raw.split("\v"))
    return text.strip("\n")


def _span(value: str | None) -> int:
    return min(int(value), 1000) if value and value.isdigit() and value.isascii() else 1


# XHTML for a parser of HTML, to which an element that ends itself has merely begun.

_HEAD: Final = 4096
_XHTML = re.compile(r"\A\s*<\?xml\s|<html\b[^<>]*\sxmlns\s*=", re.IGNORECASE)
# No part may match what follows it, so that time stays linear: neither names nor attributes hold < or >.
_ENDS_ITSELF = re.compile(r"<([A-Za-z][\w.-]*)((?:\s[^<>]*)?)/>")
_LITERALLY: Final = "<![CDATA["
_VOID: Final = frozenset("area base br col embed hr img input link meta param source track wbr".split())


def spelled_out(markup: str) -> str:
    """Write the end of elements such as ``<title/>``, behind which HTML would take all the page for a title.

    Args:
        markup: a page; one that is no XHTML comes back as it is.
    """
    if not _XHTML.search(markup[:_HEAD]):
        return markup
    before, *sections = markup.split(_LITERALLY)
    return _ENDS_ITSELF.sub(_with_end, before + "".join(map(_escaped, sections)))


def _escaped(section: str) -> str:
    """What follows the beginning of a literal section, with that section written as markup is."""
    literal, end, behind = section.partition("]]>")
    return literal.replace("&", "&amp;").replace("<", "&lt;") + behind if end else _LITERALLY + section


def _with_end(found: re.Match[str]) -> str:
    name = found[1]
    return found[0] if name.lower() in _VOID else f"<{name}{found[2]}></{name}>"
