"""PDF: the text of every page in the order PDFium finds it, form values and free-text notes after their page."""

from __future__ import annotations

import ctypes
import logging
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

from ragkit.errors import LoadError
from ragkit.load.content import Content, Part, PlacedText, RawFile, plausible_title
from ragkit.load.page_boxes import pack
from ragkit.load.pdf_chars import read_lines, turned
from ragkit.load.pdf_lines import Vocabulary, join_lines, join_pages
from ragkit.load.pdf_page import Line
from ragkit.load.pdf_tables import find_tables
from ragkit.load.properties import properties

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ragkit.load.pdf_chars import Box

    _PageLines = tuple[list[Line], int]  # and by how many quarters the page was turned to read them

logger = logging.getLogger(__name__)

_LOCK = threading.Lock()  # PDFium may be used by one thread at a time


def read(raw: RawFile) -> Content:
    """Read a PDF. A page that cannot be read is named in ``metadata["unreadable_pages"]`` and does not end the file.

    Raises:
        LoadError: the file is damaged, encrypted, or has too many pages.
    """
    with _LOCK:
        return _read(raw)


def _read(raw: RawFile) -> Content:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(raw.data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            detail = "is protected by a password: save a copy without one and load that"
            raise LoadError(raw.source, "encrypted", detail) from error
        detail = f"cannot be read as PDF ({error}): open it in a PDF program and save it again"
        raise LoadError(raw.source, "corrupt", detail) from error
    with closing(document):
        count = len(document)
        if count > raw.limits.pages:
            raise LoadError(raw.source, "too-large", f"has {count} pages: split it or raise Limits.pages")
        pages, broken = _pages(document, count, raw.source)
        about = document.get_metadata_dict()
    title = plausible_title(about.get("Title"), raw.name)
    dates = about.get("CreationDate"), about.get("ModDate")
    facts = properties(author=about.get("Author") or "", created=dates[0], modified=dates[1])
    if count and len(broken) == count:
        raise LoadError(
            raw.source, "corrupt", "has no page that can be read: open it in a PDF program and save it again"
        )
    return _content(pages, broken, title, facts)


def _pages(document: Any, count: int, source: str) -> tuple[list[_PageLines], list[int]]:
    """Lines of each page, and the numbers of pages that cannot be read."""
    import pypdfium2

    pages: list[_PageLines] = []
    broken: list[int] = []
    for index in range(count):
        lines, turn = list[Line](), 0
        try:
            with closing(document[index]) as page:
                with closing(page.get_textpage()) as textpage:
                    lines, turn = read_lines(textpage)
                lines += [Line(text, box=turned(box, turn)) for text, box in _fields(page)]
        except pypdfium2.PdfiumError as error:
            logger.warning("%s, page %d cannot be read: %s", source, index + 1, error)
            broken.append(index + 1)
        pages.append((lines, turn))
    return pages, broken


def _content(pages: list[_PageLines], broken: list[int], title: str, facts: dict[str, str]) -> Content:
    vocabulary = Vocabulary([line.text for lines, _ in pages for line in lines])
    placed, bare = PlacedText(), list[int]()
    for number, (lines, turn) in enumerate(pages, 1):
        page = join_lines(lines, find_tables(lines), vocabulary)
        text = page.text
        if not text and number not in broken:
            bare.append(number)
        placed.add(text, join_pages(placed.last, text), page=number, boxes=pack(text, page.runs, turn))
    metadata = {key: value for key, value in (("unreadable_pages", broken), ("pages_without_text", bare)) if value}
    part = Part(placed.text, title=title, places=placed.places, metadata={**facts, **metadata})
    note = "has no text layer, only pictures of its pages: reading them needs OCR, which is not available"
    return Content((part,), pages=len(pages), note=note)


def _fields(page: Any) -> Iterator[tuple[str, Box]]:
    """Values typed into a form and text notes put on the page, with their boxes; the page's own text has neither."""
    import pypdfium2.raw as pdfium

    for index in range(pdfium.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            text = _field_text(annotation)
            if text:
                box = pdfium.FS_RECTF()
                pdfium.FPDFAnnot_GetRect(annotation, ctypes.byref(box))
                yield text, (box.left, box.bottom, box.right, box.top)
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)


def _field_text(annotation: Any) -> str:
    import pypdfium2.raw as pdfium

    kind = pdfium.FPDFAnnot_GetSubtype(annotation)
    if kind == pdfium.FPDF_ANNOT_WIDGET:
        name, value = _string(annotation, b"T"), _string(annotation, b"V")
        return f"{name}: {value}" if name and value else value
    return _string(annotation, b"Contents") if kind == pdfium.FPDF_ANNOT_FREETEXT else ""


def _string(annotation: Any, key: bytes) -> str:
    import pypdfium2.raw as pdfium

    if pdfium.FPDFAnnot_GetValueType(annotation, key) != pdfium.FPDF_OBJECT_STRING:
        return ""
    size = pdfium.FPDFAnnot_GetStringValue(annotation, key, None, 0)
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDFAnnot_GetStringValue(annotation, key, ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), size)
    return " ".join(buffer.raw.decode("utf-16-le", "replace").replace("\0", "").split())
