"""Picture files (PNG, JPEG, TIFF, WebP, ...): the words in them, where OCR is asked for (extra ``ocr``)."""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ragkit.core.errors import LoadError
from ragkit.load.content import Content, Part, PlacedText, RawFile
from ragkit.load.formats.layout.lines import Vocabulary, join_lines, join_pages
from ragkit.load.formats.ocr import ADVICE, LONGEST_SIDE, recognise
from ragkit.load.workers.patience import still_working

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ragkit.load.formats.ocr import Picture


def read(raw: RawFile) -> Content:
    """Read the words in a picture file, where OCR is asked for; each picture of a TIFF file is a page.

    Raises:
        LoadError: the picture is damaged, too large, or of a kind that cannot be opened.
    """
    if not raw.ocr:
        return Content(note=f"is a picture, its words are not read: {ADVICE}")
    from PIL import UnidentifiedImageError

    placed, count = PlacedText(), 0
    try:
        with _open(raw) as picture:
            for count, page in enumerate(_pages(raw, picture), 1):
                still_working()
                lines = recognise(page)
                text = join_lines(lines, (), Vocabulary([line.text for line in lines])).text
                many = {"page": count} if raw.media_type == "image/tiff" else {}
                placed.add(text, join_pages(placed.last, text), **many, ocr=True)
    except UnidentifiedImageError as error:
        raise LoadError(raw.source, "corrupt", "is a damaged or unknown picture: save it as PNG or JPEG") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise LoadError(raw.source, "corrupt", f"is a damaged picture ({error}): get it again") from error
    part = Part(placed.text, places=placed.places, metadata={"ocr": True})
    return Content((part,), pages=count, note="is a picture in which no words were found")


def _open(raw: RawFile) -> Any:
    from PIL import Image

    try:
        # Opening reads the header only. Pillow warns about sizes for which there is a limit of our own.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return Image.open(BytesIO(raw.data))
    except Image.DecompressionBombError as error:
        raise LoadError(raw.source, "too-large", f"is too large a picture ({error}): make it smaller") from error


def _pages(raw: RawFile, picture: Any) -> Iterator[Picture]:
    """The pictures in a file as they are to be looked at: upright, on white, of a size that is enough to read."""
    import numpy as np
    from PIL import ImageOps

    # In a TIFF file frames are pages; elsewhere they are a film, whose first picture counts.
    frames = getattr(picture, "n_frames", 1) if raw.media_type == "image/tiff" else 1
    if frames > raw.limits.pages:
        raise LoadError(raw.source, "too-large", f"has {frames} pages: split it or raise Limits.pages")
    for frame in range(frames):
        picture.seek(frame)
        if picture.width * picture.height > raw.limits.pixels:
            size = f"{picture.width} x {picture.height} pixels"
            raise LoadError(raw.source, "too-large", f"has {size}: make it smaller or raise Limits.pixels")
        # JPEG is then decoded at 1/2, 1/4 or 1/8 of its size, which is faster than decoding and shrinking all of it.
        picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        upright = ImageOps.exif_transpose(picture)
        upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        # uint8, shape (height, width, 3); the engine expects blue first, as OpenCV has it.
        yield np.ascontiguousarray(np.asarray(_on_white(upright))[:, :, ::-1])


def _on_white(picture: Any) -> Any:
    import numpy as np
    from PIL import Image

    # More than 8 bits of grey: scaled to its own range, since Pillow's conversion would cut all above 255 to white.
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        grey = np.asarray(picture, np.float32)
        grey -= grey.min()
        picture = Image.fromarray((grey * (255 / max(float(grey.max()), 1.0))).astype(np.uint8))
    # Transparent pixels have any colour, often black, as the letters have.
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return picture.convert("RGB")
