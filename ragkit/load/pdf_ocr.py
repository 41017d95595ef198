"""Pages of a PDF that are pictures: which ones, and the lines that are read in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragkit.load.ocr import LONGEST_SIDE, as_line, see
from ragkit.load.patience import still_working

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragkit.load.pdf_page import Line

_SCALE = 200 / 72  # 200 dots an inch
_STAMP = 60  # characters; programs that scan print their name or a number on the page
_COVERED = 0.6  # share of the page that a scan covers


def is_picture(page: Any, lines: Sequence[Line]) -> bool:
    """Tell whether a page is to be read as a picture: it has no text, or hardly any beside a scan."""
    if not lines:
        return True
    return sum(len(line.text) for line in lines) <= _STAMP and _scanned(page)


def _scanned(page: Any) -> bool:
    import pypdfium2.raw as pdfium

    width, height = page.get_size()
    for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=2):
        left, bottom, right, top = item.get_bounds()
        if (right - left) * (top - bottom) >= _COVERED * width * height:
            return True
    return False


def picture_lines(page: Any) -> list[Line]:
    """Draw a page and read it; lengths in points, from the origin of the page as it is shown."""
    still_working()
    scale = min(_SCALE, LONGEST_SIDE / max(*page.get_size(), 1))
    left, bottom, *_ = page.get_cropbox()
    bitmap = page.render(scale=scale, may_draw_forms=False)
    try:
        lines = [as_line(seen, scale, (left, bottom)) for seen in see(bitmap.to_numpy()[:, :, :3].copy())]
    finally:
        bitmap.close()
    return lines
