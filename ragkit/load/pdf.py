"""PDF: the text of every page in the order PDFium finds it, form values and free-text notes after their page."""

from __future__ import annotations

import ctypes
import logging
import re
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

from ragkit.errors import LoadError
from ragkit.load.content import Content, Part, PlacedText, RawFile, plausible_title
from ragkit.load.ocr import ADVICE
from ragkit.load.pdf_lines import Line, Vocabulary, join_lines, join_pages
from ragkit.load.pdf_ocr import is_picture, picture_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

logger = logging.getLogger(__name__)

_LOCK = threading.Lock()  # PDFium may be used by one thread at a time
_HYPHEN = "\x02"  # PDFium's mark of a hyphen at a line's end
_LINE = re.compile("[^\\s\x00\x02](?:[^\r\n\x02]*[^\\s\x00\x02])?")
_SPACE = re.compile(r"\s")
_UNMAPPED = re.compile("\ufffe")
_SURROGATE = re.compile("[\ud800-\udfff]")
# Glyphs without a meaning in Unicode, ligatures, and bullets of the Symbol and Wingdings fonts in the private use area.
_REPLACED = str.maketrans(
    {0x0: "", 0xFFFE: "", 0xFFFF: "", 0xF0B7: "•", 0xF0A7: "▪", 0xF0D8: "➢", 0xF0FC: "✓"}
    | {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
)


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
        pages, broken, seen = _pages(document, count, raw)
        title = plausible_title(_title(document), raw.name)
    if count and len(broken) == count:
        raise LoadError(
            raw.source, "corrupt", "has no page that can be read: open it in a PDF program and save it again"
        )
    return _content(pages, broken, seen, title)


def _title(document: Any) -> str:
    try:
        return document.get_metadata_value("Title")
    except UnicodeDecodeError:  # half a character in it
        return ""


def _pages(document: Any, count: int, raw: RawFile) -> tuple[list[list[Line]], list[int], list[int]]:
    """Lines of each page, and the numbers of pages that cannot be read, and of those read as pictures."""
    import pypdfium2

    pages: list[list[Line]] = []
    broken: list[int] = []
    seen: list[int] = []
    for index in range(count):
        lines: list[Line] = []
        try:
            with closing(document[index]) as page:
                with closing(page.get_textpage()) as textpage:
                    lines = list(_lines(textpage))
                if raw.ocr and is_picture(page, lines):
                    lines = picture_lines(page)
                    seen.append(index + 1)
                lines += [Line(text) for text in _fields(page)]
        except pypdfium2.PdfiumError as error:
            logger.warning("%s, page %d cannot be read: %s", raw.source, index + 1, error)
            broken.append(index + 1)
        pages.append(lines)
    return pages, broken, seen


def _content(pages: list[list[Line]], broken: list[int], seen: list[int], title: str) -> Content:
    vocabulary = Vocabulary([line.text for page in pages for line in page])
    texts = [join_lines(page, vocabulary) for page in pages]
    placed = PlacedText()
    for number, text in enumerate(texts, 1):
        placed.add(text, join_pages(placed.last, text), page=number, **({"ocr": True} if number in seen else {}))
    bare = [number for number, text in enumerate(texts, 1) if not text and number not in broken]
    listed = (("unreadable_pages", broken), ("pages_without_text", bare), ("ocr_pages", seen))
    metadata = {key: value for key, value in listed if value}
    part = Part(placed.text, title=title, places=placed.places, metadata=metadata)
    note = "has only pages in which no words were found" if seen else f"is a scanned PDF, no text layer: {ADVICE}"
    return Content((part,), pages=len(pages), note=note)


def _lines(textpage: Any) -> Iterator[Line]:
    """Part a page's characters into lines with their geometry, in points from the page's lower left corner."""
    handle = textpage.raw
    characters = _characters(handle, textpage.count_chars())
    for found in _LINE.finditer(characters):
        first, last = found.start(), found.end() - 1
        gap = _SPACE.search(characters, first, last)
        left, bottom, _, top = _box(handle, first)
        right = _box(handle, last)[2]
        if right - left < 0.1 * (top - bottom) * (last - first):  # text that runs up or down the page
            yield Line(_text(found[0]), hyphen=characters[last + 1 : last + 2] == _HYPHEN)
            continue
        yield Line(
            text=_text(found[0]),
            left=left,
            right=right,
            bottom=bottom,
            height=top - bottom,
            first_word=_box(handle, gap.start() - 1 if gap else last)[2] - left,
            hyphen=characters[last + 1 : last + 2] == _HYPHEN,
        )


def _characters(handle: Any, count: int) -> str:
    """The page's characters, one for each index of PDFium's; hyphens at line ends are U+0002."""
    import pypdfium2.raw as pdfium

    buffer = (ctypes.c_ushort * (count + 1))()
    if pdfium.FPDFText_GetText(handle, 0, count, buffer) == count + 1:
        text = bytes(buffer)[:-2].decode("utf-16-le", "surrogatepass")
        if len(text) == count:
            # PDFium writes U+FFFE both for those hyphens and for glyphs without a meaning.
            return _UNMAPPED.sub(lambda found: chr(pdfium.FPDFText_GetUnicode(handle, found.start())), text)
    # Characters beyond the first plane are missing there; asking for each is slower.
    return "".join([chr(pdfium.FPDFText_GetUnicode(handle, index)) for index in range(count)])


def _text(characters: str) -> str:
    text = characters.translate(_REPLACED)
    if _SURROGATE.search(text):  # on systems whose wide characters have 16 bits
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return " ".join(text.split())


def _box(handle: Any, index: int) -> tuple[float, float, float, float]:
    """Box of a character with its font's full height: left, bottom, right, top."""
    import pypdfium2.raw as pdfium

    box = pdfium.FS_RECTF()
    pdfium.FPDFText_GetLooseCharBox(handle, index, ctypes.byref(box))
    return box.left, box.bottom, box.right, box.top


def _fields(page: Any) -> Iterator[str]:
    """Values typed into a form and text notes put on the page; neither is in the page's own text."""
    import pypdfium2.raw as pdfium

    for index in range(pdfium.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            kind = pdfium.FPDFAnnot_GetSubtype(annotation)
            if kind == pdfium.FPDF_ANNOT_WIDGET:
                name, value = _string(annotation, b"T"), _string(annotation, b"V")
                if value:
                    yield f"{name}: {value}" if name else value
            elif kind == pdfium.FPDF_ANNOT_FREETEXT and (text := _string(annotation, b"Contents")):
                yield text
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)


def _string(annotation: Any, key: bytes) -> str:
    import pypdfium2.raw as pdfium

    if pdfium.FPDFAnnot_GetValueType(annotation, key) != pdfium.FPDF_OBJECT_STRING:
        return ""
    size = pdfium.FPDFAnnot_GetStringValue(annotation, key, None, 0)
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDFAnnot_GetStringValue(annotation, key, ctypes.cast(buffer, ctypes.POINTER(pdfium.FPDF_WCHAR)), size)
    return " ".join(buffer.raw.decode("utf-16-le", "replace").replace("\0", "").split())
