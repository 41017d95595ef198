"""HTML to Markdown-like text: all that a reader of the page would see, in order.

Beside the pages themselves it serves mail, notebooks, e-books, feeds and the web. Main content alone is found by
``ragkit.load.web.article``; here nothing visible is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ragkit.load.content import Content, Part, RawFile, names, plausible_title
from ragkit.load.encoding import decode
from ragkit.load.formats.markdown import join_blocks, markdown_table
from ragkit.load.formats.properties import page_properties

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_META_CHARSET = re.compile(
    rb"(?i)<meta[^>]+charset\s*=\s*[\"']?\s*([a-z0-9_:.-]+)|<\?xml[^>]+encoding\s*=\s*[\"']([^\"']+)"
)
# Only what the element itself says; style sheets are not applied.
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
_BREAKS = str.maketrans("", "", "\u00ad\u200b")  # where a line may end within a word
_LISTS = ("ul", "ol", "menu", "dir")
_HEAD = 4096  # bytes or characters in which a page has to declare what it is
_XHTML = re.compile(r"\A\s*<\?xml\s|<html\b[^<>]*\sxmlns\s*=", re.IGNORECASE)
# No part may match what follows it, so that time stays linear: neither names nor attributes hold < or >.
_ENDS_ITSELF = re.compile(r"<([A-Za-z][\w.-]*)((?:\s[^<>]*)?)/>")
_LITERALLY = "<![CDATA["
# Elements that never have an end (WHATWG HTML, 13.1.2; some of older versions).
_VOID = names("area base br col embed hr img input link meta param source track wbr")


def read(raw: RawFile) -> Content:
    """Read an HTML page."""
    page = html_page(decode_html(raw.data))
    # The title is often all that names a page's subject. Where no heading repeats it, it becomes one.
    text = page.text if page.has_main_heading or not page.title else f"# {page.title}\n\n{page.text}".rstrip()
    return Content((Part(text, title=plausible_title(page.title, raw.name), metadata=page_properties(page.metas)),))


def decode_html(data: bytes, label: str | None = None) -> str:
    """Decode a page: its byte-order mark and what its bytes show come before what it declares, ``label`` comes last."""
    declared = _META_CHARSET.search(data[:_HEAD])
    if declared:
        label = (declared[1] or declared[2]).decode("ascii", "replace")
    return decode(data, label)


@dataclass(frozen=True, slots=True)
class HtmlPage:
    """What is written on a page."""

    text: str  # the visible text, Markdown-like
    title: str  # of the title element
    has_main_heading: bool  # the text has a heading of level 1
    metas: Mapping[str, str]  # content of the meta elements by name or property, in lower case


def html_page(markup: str) -> HtmlPage:
    """Turn HTML into text.

    Headings become ``# `` lines, list items ``- `` lines, tables of data Markdown tables. Scripts, styles, comments
    and what is marked as hidden are left out.
    """
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(_spelled_out(markup))
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
    """Yield each element when it is entered and when it is left; hidden elements are passed over."""
    # Without recursion, since pages may nest thousands deep.
    node = root
    while True:
        if not _hidden(node):
            yield node, True
            if (child := node.first_child) is not None:
                node = child
                continue
            yield node, False
        # Up to the nearest element that has a next one; those on the way were entered.
        while node.mem_id != root.mem_id and node.next is None:
            node = node.parent
            yield node, False
        if node.mem_id == root.mem_id:
            return
        node = node.next


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
        self._lists: list[int] = []  # a counter for each list around; -1 for one with bullets
        self._pre = 0
        self._rows: list[list[str]] | None = None  # rows of the table of data at hand; tables within it are text
        self._table = 0  # its element, by address: wrappers of one node differ
        self._cell: list[str] = []
        self._spans: dict[int, tuple[int, str]] = {}  # column -> rows still to fill, text

    def enter(self, node: Any) -> None:
        tag = node.tag
        if tag == "-text":
            self._inline.append(node.text_content or "")
            return
        if tag not in _BLOCKS:
            if tag == "br":
                # A vertical tab marks the line end until white space is collapsed.
                self._inline.append("\n" if self._pre else "\v")
            return
        self._flush()
        if tag in _HEADINGS:
            self._prefix = _HEADINGS[tag]
            self.has_main_heading = self.has_main_heading or tag == "h1"
        elif tag in _LISTS:
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
        if tag in _LISTS:
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
        if self._rows is not None:
            # Before the first row it is a caption; stray text outside of cells goes to the next cell.
            (self._cell if self._rows else self._blocks).append(text)
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
    return "\n".join(_SPACES.sub(" ", line).strip() for line in raw.translate(_BREAKS).split("\v")).strip("\n")


def _span(value: str | None) -> int:
    return min(int(value), 1000) if value and value.isdigit() and value.isascii() else 1


def _spelled_out(markup: str) -> str:
    """Write the end of XHTML's empty elements; a page that is no XHTML is returned as it is."""
    # To a parser of HTML an element that ends itself has merely begun: behind <title/> all the page is title.
    if not _XHTML.search(markup[:_HEAD]):
        return markup
    before, *sections = markup.split(_LITERALLY)
    return _ENDS_ITSELF.sub(_with_end, before + "".join(map(_escaped, sections)))


def _escaped(section: str) -> str:
    """What follows the beginning of a CDATA section, with that section escaped as markup."""
    literal, end, behind = section.partition("]]>")
    return literal.replace("&", "&amp;").replace("<", "&lt;") + behind if end else _LITERALLY + section


def _with_end(found: re.Match[str]) -> str:
    name = found[1]
    return found[0] if name.lower() in _VOID else f"<{name}{found[2]}></{name}>"
