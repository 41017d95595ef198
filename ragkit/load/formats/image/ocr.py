"""Words in pictures: photographs, scans and pages of a PDF without a text layer (extra ``ocr``)."""

from __future__ import annotations

import threading
import warnings
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ragkit.core.errors import LoadError, MissingExtra
from ragkit.load.content import Content, Part, PlacedText, RawFile
from ragkit.load.formats.layout.lines import Vocabulary, join_lines, join_pages
from ragkit.load.formats.layout.page import Line
from ragkit.load.workers.patience import still_working

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]

ADVICE: Final = "use --ocr (it needs ragkit[ocr])"
LONGEST_SIDE: Final = 2400  # pixels; more adds time and memory but no words
_DETECTION_SIDE = 1024  # text is looked for in a smaller copy and read in the picture itself
_LOCK = threading.Lock()  # the engine keeps state between its steps
_SURE = 0.8  # mean confidence below which a page may stand on its head
_THREADS = 2


@dataclass(frozen=True, slots=True)
class SeenLine:
    """A line read in a picture; lengths in pixels, from the lower left corner.

    Attributes:
        text: its text.
        left: left edge.
        bottom: lower edge.
        right: right edge.
        top: upper edge.
    """

    text: str
    left: float
    bottom: float
    right: float
    top: float


@dataclass(frozen=True, slots=True)
class _Found:
    """What was read in a picture: lines with their boxes (left, top, right, bottom, in pixels), and how surely."""

    texts: tuple[str, ...]
    boxes: tuple[tuple[float, float, float, float], ...]
    confidence: float


def require_ocr() -> None:
    """Check that reading pictures is possible.

    Raises:
        MissingExtra: the extra ``ocr`` is not installed.
    """
    for package in ("rapidocr", "onnxruntime", "PIL"):
        if find_spec(package) is None:
            raise MissingExtra("reading words in pictures (--ocr)", package, "ocr")


def read_picture(raw: RawFile) -> Content:
    """Read the words in a picture file; each picture of a TIFF file is a page.

    Raises:
        LoadError: the picture is damaged, too large, or of a kind that cannot be opened.
    """
    from PIL import UnidentifiedImageError

    placed, count = PlacedText(), 0
    try:
        with _opened(raw) as picture:
            for count, page in enumerate(_pages(raw, picture), 1):
                still_working()
                text = _text_of(page)
                many = {"page": count} if raw.media_type == "image/tiff" else {}
                placed.add(text, join_pages(placed.last, text), **many, ocr=True)
    except UnidentifiedImageError as error:
        raise LoadError(raw.source, "corrupt", "is a damaged or unknown picture: save it as PNG or JPEG") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise LoadError(raw.source, "corrupt", f"is a damaged picture ({error}): get it again") from error
    part = Part(placed.text, places=placed.places, metadata={"ocr": True})
    return Content((part,), pages=count, note="is a picture in which no words were found")


def _opened(raw: RawFile) -> Any:
    from PIL import Image

    try:
        with warnings.catch_warnings():  # about sizes for which there is a limit of our own
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return Image.open(BytesIO(raw.data))
    except Image.DecompressionBombError as error:
        raise LoadError(raw.source, "too-large", f"is too large a picture ({error}): make it smaller") from error


def _pages(raw: RawFile, picture: Any) -> Iterator[Picture]:
    """The pictures in a file as they are to be looked at: upright, on white, of a size that is enough to read."""
    import numpy as np
    from PIL import ImageOps

    frames = getattr(picture, "n_frames", 1) if raw.media_type == "image/tiff" else 1  # elsewhere frames are a film
    if frames > raw.limits.pages:
        raise LoadError(raw.source, "too-large", f"has {frames} pages: split it or raise Limits.pages")
    for frame in range(frames):
        picture.seek(frame)
        if picture.width * picture.height > raw.limits.pixels:
            size = f"{picture.width} x {picture.height} pixels"
            raise LoadError(raw.source, "too-large", f"has {size}: make it smaller or raise Limits.pixels")
        picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # JPEG is then unpacked at a fraction of its size
        upright = ImageOps.exif_transpose(picture)
        upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        yield np.ascontiguousarray(np.asarray(_on_white(upright))[:, :, ::-1])


def _on_white(picture: Any) -> Any:
    import numpy as np
    from PIL import Image

    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):  # more than 8 bits of grey
        grey = np.asarray(picture, np.float32)
        grey -= grey.min()
        picture = Image.fromarray((grey * (255 / max(float(grey.max()), 1.0))).astype(np.uint8))
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return picture.convert("RGB")


def see(picture: Picture) -> list[SeenLine]:
    """Read the lines of a picture in reading order.

    Args:
        picture: uint8 array of shape (height, width, 3), blue first.

    Returns:
        The lines with their places in pixels, counted from the lower left corner of the picture as it is read best.
    """
    with _LOCK:
        turned, found = _upright(picture)
    height = turned.shape[0]
    return [
        SeenLine(text, left, height - bottom, right, height - top)
        for text, (left, top, right, bottom) in zip(found.texts, found.boxes, strict=True)
    ]


def as_line(seen: SeenLine, scale: float = 1.0, origin: tuple[float, float] = (0.0, 0.0)) -> Line:
    """Make a line of a page of one that was seen in its picture; where its words stand is told by their lengths.

    Args:
        seen: the line.
        scale: pixels a point.
        origin: left and lower edge of the picture on its page, in points.
    """
    left, right = (edge / scale + origin[0] for edge in (seen.left, seen.right))
    bottom, top = (edge / scale + origin[1] for edge in (seen.bottom, seen.top))
    words = seen.text.split(" ")
    letter = (right - left) / max(len(seen.text), 1)
    starts = list(accumulate((len(word) + 1 for word in words[:-1]), initial=0))
    return Line(
        seen.text,
        left=left,
        right=right,
        bottom=bottom,
        height=top - bottom,
        first_word=letter * len(words[0]),
        lefts=[left + letter * start for start in starts],
        rights=[left + letter * (start + len(word)) for start, word in zip(starts, words, strict=True)],
        lows=[bottom] * len(words),
        highs=[top] * len(words),
    )


def _text_of(picture: Picture) -> str:
    """The paragraphs in a picture."""
    lines = [as_line(seen) for seen in see(picture)]
    return join_lines(lines, (), Vocabulary([line.text for line in lines])).text


def _upright(picture: Picture) -> tuple[Picture, _Found]:
    """Read a picture the way round in which it is read best; only what is doubtful is read more than once."""
    import numpy as np

    best = picture, _recognise(picture)
    sideways = sum(bottom - top > 1.5 * (right - left) for left, top, right, bottom in best[1].boxes)
    turns = (1, 3) if 2 * sideways > len(best[1].boxes) else (2,) if best[1].confidence < _SURE else ()
    for turn in turns if best[1].texts else ():
        turned = np.ascontiguousarray(np.rot90(picture, turn))
        found = _recognise(turned)
        if found.confidence > best[1].confidence:
            best = turned, found
    return best


def _recognise(picture: Picture) -> _Found:
    result = _engine()(picture)
    if result.boxes is None or not result.txts:
        return _Found((), (), 0.0)
    rows = [
        (text.strip(), (box[:, 0].min(), box[:, 1].min(), box[:, 0].max(), box[:, 1].max()), score)
        for text, box, score in zip(result.txts, result.boxes, result.scores, strict=True)
        if text.strip()
    ]
    weight = sum(len(text) for text, _, _ in rows)
    confidence = sum(score * len(text) for text, _, score in rows) / max(weight, 1)
    return _Found(
        tuple(text for text, _, _ in rows),
        tuple((float(left), float(top), float(right), float(bottom)) for _, (left, top, right, bottom), _ in rows),
        float(confidence),
    )


@cache
def _engine() -> Any:
    """The engine with the models that its package brings; named as files, so that none is ever fetched."""
    import rapidocr

    models = Path(rapidocr.__file__).parent / "models"
    found = {kind: next(iter(sorted(models.glob(f"*_{kind}_*.onnx"))), None) for kind in ("det", "rec")}
    if None in found.values():
        raise MissingExtra("reading words in pictures (--ocr)", "rapidocr>=3.10", "ocr")
    return rapidocr.RapidOCR(
        params={
            "Global.use_cls": False,
            "Global.log_level": "error",
            "Global.max_side_len": LONGEST_SIDE,
            "Det.model_path": str(found["det"]),
            "Det.limit_type": "max",
            "Det.limit_side_len": _DETECTION_SIDE,
            "Rec.model_path": str(found["rec"]),
            "Rec.rec_batch_num": 1,  # lines differ in length; padding them costs more time and memory than it saves
            "EngineConfig.onnxruntime.intra_op_num_threads": _THREADS,
        }
    )
