"""XML of any kind: prose as headings and paragraphs, data as ``name: value`` lines, the words in SVG drawings.

An OpenDocument file that is one XML file (.fodt, .fods, .fodp, .fodg) is packed as its readers expect it.
"""

from __future__ import annotations

import logging
import re
import zipfile
from dataclasses import replace
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ragkit.core.errors import LoadError
from ragkit.load.content import Content, Part, RawFile, names, plausible_title
from ragkit.load.detect import ODF
from ragkit.load.formats.html import decode_html, html_page
from ragkit.load.formats.markdown import join_blocks, markdown_table
from ragkit.load.formats.package import child, local_name

if TYPE_CHECKING:
    from collections.abc import Iterator

logger = logging.getLogger(__name__)

# The text is decoded before it is parsed, so an encoding that it declares would be wrong.
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_ENTITY = re.compile(r"<!ENTITY\s+(%\s+)?([\w.:-]+)\s+(?:\"([^\"]*)\"|'([^']*)'|(SYSTEM|PUBLIC))")
_SUBSET = re.compile(r"<!DOCTYPE\b.*?(?:\]\s*>|\Z)", re.DOTALL)
_REFERENCE = re.compile(r"[&%](?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)[\w.:-]+;")
_LONGEST_ENTITY = 1000  # characters; one that names a product or a sign has a few
_MARKED_UP = re.compile(r"<(p|br|div|a|b|i|ul|ol|li|h[1-6]|span|table|img|strong|em)\b[^>]*>", re.IGNORECASE)
_SPACES = re.compile(r"\s+")
# What tells prose from data, and what stands in it: DocBook, DITA, TEI, JATS, FictionBook and their like.
_PROSE = names("p para simpara paragraph para-list")
_HEADINGS = names("title head heading subtitle")
_ROWS, _CELLS = names("tr row strow"), names("td th entry stentry cell")
_DEEPEST = 6
# Namespaces of OpenDocument 1.2, part 1, chapter 2 and part 3.
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
_MANIFEST = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
# Which member of a package each part of a flat file goes to; automatic styles say nothing that is read.
_MEMBERS = {
    "meta": ("meta.xml", "document-meta"),
    "styles": ("styles.xml", "document-styles"),
    "master-styles": ("styles.xml", "document-styles"),
    "body": ("content.xml", "document-content"),
}
_KINDS = {"spreadsheet": "spreadsheet", "presentation": "presentation", "drawing": "graphics"}


def read(raw: RawFile) -> Content:
    """Read XML. What is not well-formed stays the text it is.

    Raises:
        LoadError: it declares entities that build on each other or are long, as bombs do (reason ``corrupt``), or is an
            OpenDocument file in which its reader finds a fault.
    """
    text = decode_html(raw.data)
    root = _parse(raw, text)
    if root is None:
        return Content((Part(text),))
    if root.tag == f"{{{_OFFICE}}}document":
        return _read_flat(raw, root)
    try:
        return _content(raw, root)
    except RecursionError:
        logger.warning("%s is read as plain text, since it is nested too deeply", raw.source)
        return Content((Part(text),))


def _content(raw: RawFile, root: Any) -> Content:
    prose = any(local_name(element).lower() in _PROSE for element in root.iter())
    titles = (_flat(element) for element in root.iter() if local_name(element).lower() == "title")
    title = plausible_title(next(titles, ""), raw.name) if prose else ""
    body = join_blocks(_blocks(root)) if prose else "\n".join(_fields(root))
    return Content((Part(body, title=title),))


def read_svg(raw: RawFile) -> Content:
    """Read the words in a drawing: its title, description and texts.

    Raises:
        LoadError: as for ``read``.
    """
    text = decode_html(raw.data)
    root = _parse(raw, text)
    if root is None:
        raise LoadError(raw.source, "corrupt", "is a damaged drawing: open it in its program and save it again")
    found = (_flat(element) for element in root.iter("{*}title", "{*}desc", "{*}text", "{*}flowRoot"))
    return Content((Part("\n".join(filter(None, found))),), note="is a drawing without words")


def _parse(raw: RawFile, text: str) -> Any | None:
    """Parse without following anything that leads out of the file; None for what is not well-formed."""
    # Entities are replaced by us and not by libxml2, so that what they grow to is known: each has at most 1000
    # characters and none refers to another ("billion laughs"). Those of other files are dropped.
    etree: Any = import_module("lxml.etree")  # it has no type stubs

    entities = _entities(raw, text)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_pis=True)
    try:
        root = etree.fromstring(_DECLARATION.sub("", text).lstrip("\ufeff").encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        logger.warning("%s is read as plain text, since it is no well-formed XML: %s", raw.source, error.msg)
        return None
    for node in list(root.iter(etree.Entity)):
        _put(node, entities.get(node.name, ""))
    for node in list(root.iter(etree.Comment)):
        _put(node, "")
    return root


def _entities(raw: RawFile, text: str) -> dict[str, str]:
    """The entities that a document declares itself; those in other files are not fetched."""
    found: dict[str, str] = {}
    subset = _SUBSET.search(text)
    for parameter, name, double, single, outside in _ENTITY.findall(subset[0] if subset else ""):
        value = double or single
        if outside:
            continue
        if parameter or _REFERENCE.search(value) or len(value) > _LONGEST_ENTITY:
            detail = "declares entities that grow when they are put in, as files made to do harm do"
            raise LoadError(raw.source, "corrupt", detail + ": check where it comes from")
        found[name] = value
    return found


def _put(node: Any, text: str) -> None:
    """Replace a node that is no element by text."""
    # lxml stores text behind a node as its tail, so both go to the node before it, or else to the parent.
    parent, before, text = node.getparent(), node.getprevious(), text + (node.tail or "")
    if parent is None:
        return
    if before is None:
        parent.text = (parent.text or "") + text
    else:
        before.tail = (before.tail or "") + text
    parent.remove(node)


def _flat(element: Any) -> str:
    return _SPACES.sub(" ", "".join(element.itertext())).strip()


def _blocks(element: Any, depth: int = 0) -> Iterator[str]:
    """Prose: headings by how deep their section lies, paragraphs, items of lists, tables."""
    name = local_name(element).lower()
    if name in _HEADINGS:
        text = _flat(element)
        if text:
            yield "#" * min(max(depth - 1, 1), _DEEPEST) + " " + text
    elif name in ("table", "tgroup", "simpletable", "table-wrap"):
        yield from _table(element, depth)
    elif name in _PROSE or _is_mixed(element):
        text = _flat(element)
        if text:
            yield text
    elif len(element):
        inner = [block for child in element for block in _blocks(child, depth + 1)]
        item = name in ("listitem", "list-item", "item", "li")
        yield from [f"- {inner[0]}", *inner[1:]] if item and inner else inner
    elif (element.text or "").strip():
        yield _flat(element)


def _table(table: Any, depth: int) -> Iterator[str]:
    rows = [
        [_flat(cell) for cell in row if local_name(cell).lower() in _CELLS]
        for row in table.iter()
        if local_name(row).lower() in _ROWS
    ]
    for inner in table:
        if local_name(inner).lower() in (*_HEADINGS, "caption"):
            yield from _blocks(inner, depth + 1)
    written = markdown_table(rows)
    if written:
        yield written


def _is_mixed(element: Any) -> bool:
    """Whether text stands beside elements, as in a sentence with words set off."""
    beside = [element.text, *(child.tail for child in element)] if len(element) else []
    return any(text and not text.isspace() for text in beside)


def _fields(element: Any, indent: str = "") -> Iterator[str]:
    """Data: each element a line with its attributes and its text, those within it indented below."""
    name = local_name(element)
    about = ", ".join(f"{_plain(key)} {value}" for key, value in element.attrib.items() if value and _tells(key))
    head = f"{indent}{name}" + (f" ({about})" if about else "")
    if not len(element) or _is_mixed(element):
        text = _flat(element)
        if _MARKED_UP.search(text):  # pages in feeds are written as text
            text = html_page("".join(element.itertext())).text
        if text or about:
            yield f"{head}: {text}" if text else head
        return
    lines = [line for child in element for line in _fields(child, indent + "  ")]
    yield from [head + ":", *lines] if lines or about else []


def _plain(key: str) -> str:
    return key.rpartition("}")[2]


def _tells(key: str) -> bool:
    """Whether an attribute says something to a reader; those about schemas and white space do not."""
    return not key.startswith("{http://www.w3.org/2001/XMLSchema-instance}") and _plain(key) != "space"


def _read_flat(raw: RawFile, root: Any) -> Content:
    """Read a flat OpenDocument file as the package it would be; the children of its root are moved there."""
    from ragkit.load.readers import read_content

    # The body decides what kind it is, as the declared media type may say anything.
    body = child(root, "body")
    inner = [local_name(element) for element in (body if body is not None else ())]
    media_type = ODF + _KINDS.get(next(filter(None, inner), ""), "text")
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as package:
        package.writestr("mimetype", media_type)
        package.writestr("META-INF/manifest.xml", f'<manifest xmlns="{_MANIFEST}"/>')
        for name, data in _members(root).items():
            package.writestr(name, data)
    found, content = read_content(replace(raw, data=buffer.getvalue()))
    return replace(content, parts=tuple(replace(part, media_type=found) for part in content.parts))


def _members(root: Any) -> dict[str, bytes]:
    etree: Any = import_module("lxml.etree")  # it has no type stubs
    roots: dict[str, Any] = {}
    for part in list(root):
        name, kind = _MEMBERS.get(local_name(part), ("", ""))
        if name:
            if name not in roots:
                roots[name] = etree.Element(f"{{{_OFFICE}}}{kind}", nsmap=root.nsmap)
            roots[name].append(part)
    return {name: etree.tostring(each, encoding="utf-8", xml_declaration=True) for name, each in roots.items()}
