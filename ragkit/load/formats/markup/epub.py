"""E-books (.epub): the chapters in reading order, each read as the HTML it is."""

from __future__ import annotations

import posixpath
import re
from typing import Any
from urllib.parse import unquote

from ragkit.core.errors import LoadError
from ragkit.load.content import Content, Part, PlacedText, RawFile, plausible_title
from ragkit.load.formats.html import decode_html, html_page
from ragkit.load.formats.package import Package, child, descendants, local_name, parse_xml
from ragkit.load.formats.properties import book_properties
from ragkit.load.formats.sections import with_sections

_PAGE = re.compile("html|oeb1-document")
# Obfuscated fonts are listed as encrypted too, in the way of the EPUB standard or of Adobe; the text is not.
_FONT_SCRAMBLING = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")


def read(raw: RawFile) -> Content:
    """Read an e-book.

    Raises:
        LoadError: the book is damaged, or its text is encrypted.
    """
    package = Package(raw)
    _refuse_encrypted(package, raw)
    name = _book(package)
    book = parse_xml(package.read(name), raw.source, name, typed=True)
    placed = PlacedText()
    for chapter in _chapters(book, posixpath.dirname(name)):
        if chapter in package:
            # A chapter without a title ends the section of the one before.
            page = html_page(decode_html(package.read(chapter)))
            placed.add(page.text, **({"section": page.title} if page.title else {"section": ""}))
    found = next(descendants(book, "title"), None)
    title = plausible_title(found.text, raw.name) if found is not None else ""
    places = tuple(with_sections(placed.text, placed.places))
    return Content((Part(placed.text, title=title, places=places, metadata=book_properties(book)),))


def _book(package: Package) -> str:
    """The member that lists all others."""
    container = "META-INF/container.xml"
    if container in package:
        named = next((entry.get("full-path") for entry in descendants(package.xml(container), "rootfile")), None)
        if named:
            return named
    found = next((name for name in package.names if name.lower().endswith(".opf")), None)
    if found is None:
        raise package.damaged("it lists no chapters")
    return found


def _chapters(book: Any, folder: str) -> list[str]:
    manifest, spine = child(book, "manifest"), child(book, "spine")
    members = {
        item.get("id"): posixpath.normpath(posixpath.join(folder, unquote(item.get("href", "").partition("#")[0])))
        for item in (manifest if manifest is not None else ())
        if local_name(item) == "item" and _PAGE.search(item.get("media-type", ""))
    }
    order = [item.get("idref") for item in (spine if spine is not None else ()) if local_name(item) == "itemref"]
    # A book without a sound reading order is read in the order of its list of members.
    return [members[key] for key in order if key in members] or list(members.values())


def _refuse_encrypted(package: Package, raw: RawFile) -> None:
    name = "META-INF/encryption.xml"
    if name not in package:
        return
    methods = {method.get("Algorithm") for method in descendants(package.xml(name), "EncryptionMethod")}
    if methods - set(_FONT_SCRAMBLING):
        raise LoadError(raw.source, "encrypted", "is locked by its seller (DRM): load a copy that is not")
