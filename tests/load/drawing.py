"""Draws boxes on the pages of a PDF: what PDFium finds inside them."""

from __future__ import annotations

import ctypes
from collections import Counter

import pypdfium2
import pypdfium2.raw as pdfium

_LETTERS = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "\uf0b7": "•", "\uf0a7": "▪"}
_NOTHING = frozenset("\0\x02\xad\ufffe\uffff")


class Drawing:
    """The characters of a PDF's pages with the middles of their boxes, in the pages' own coordinates."""

    def __init__(self, data):
        self.pages = {}
        document = pypdfium2.PdfDocument(data)
        for number in range(1, len(document) + 1):
            page = document[number - 1]
            textpage = page.get_textpage()
            self.pages[number] = list(_characters(textpage))
            textpage.close()
            page.close()
        document.close()

    def inside(self, boxes):
        """Return how often each character stands inside the boxes."""
        found = Counter()
        for box in boxes:
            for text, x, y in self.pages[box.page]:
                if box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1:
                    found.update(text)
        return found


def written(text, start, end):
    """Return how often each character stands in text[start:end], bars and rules of tables aside."""
    found = Counter()
    while start < end:
        line = text.rfind("\n", 0, start) + 1
        behind = min((text.find("\n", start) + 1) or end, end)
        bars = ("|", "---") if text.startswith("|", line) else ()
        found.update("".join(word for word in text[start:behind].split() if word not in bars).replace("\\|", "|"))
        start = behind
    return found


def _characters(textpage):
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    for index in range(textpage.count_chars()):
        code = pdfium.FPDFText_GetUnicode(textpage.raw, index)
        text = chr(code)
        if text.isspace() or text in _NOTHING:
            continue
        places = (ctypes.byref(each) for each in (left, right, bottom, top))
        pdfium.FPDFText_GetCharBox(textpage.raw, index, *places)
        if right.value > left.value or top.value > bottom.value:
            loose = pdfium.FS_RECTF()
            pdfium.FPDFText_GetLooseCharBox(textpage.raw, index, ctypes.byref(loose))
            yield _LETTERS.get(text, text), (loose.left + loose.right) / 2, (loose.bottom + loose.top) / 2
