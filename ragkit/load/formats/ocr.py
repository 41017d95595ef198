"""Recognition of words in a bitmap, shared by pictures and by scanned pages of a PDF (extra ``ocr``)."""

from __future__ import annotations

import threading
from functools import cache
from importlib.util import find_spec
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ragkit.core.errors import MissingExtra
from ragkit.load.formats.layout.page import PageLine

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]
    Box = tuple[float, float, float, float]

ADVICE: Final = "use --ocr (it needs ragkit[ocr])"
# Pixels. A larger picture adds time and memory but no words: A4 at 200 dots an inch has 2339 on its longer side.
LONGEST_SIDE: Final = 2400
# Text is located in a smaller copy and recognised in the picture itself.
_DETECTION_SIDE = 1024
# The engine keeps state between its steps, so only one thread may use it at a time.
_LOCK = threading.Lock()
_SURE = 0.8  # mean confidence below which a page may stand on its head
_THREADS = 2


class _Found(NamedTuple):
    lines: list[tuple[str, Box]]  # boxes: left, top, right, bottom, in pixels from the upper left corner
    confidence: float  # mean over the letters, from 0 to 1


def require_ocr() -> None:
    """Check that reading pictures is possible.

    Raises:
        MissingExtra: the extra ``ocr`` is not installed.
    """
    for package in ("rapidocr", "onnxruntime", "PIL"):
        if find_spec(package) is None:
            raise MissingExtra("reading words in pictures (--ocr)", package, "ocr")


def recognise(picture: Picture, scale: float = 1.0, origin: tuple[float, float] = (0.0, 0.0)) -> list[PageLine]:
    """Recognise the lines of a picture, in reading order.

    Args:
        picture: uint8 array of shape (height, width, 3), blue first.
        scale: pixels per unit of the returned lengths.
        origin: left and lower edge of the picture on its page, in those units.

    Returns:
        The lines, measured from the lower left corner of the picture after the turn in which it is read best.
    """
    with _LOCK:
        turned, found = _upright(picture)
    height = turned.shape[0]
    return [
        _line(
            text,
            left / scale + origin[0],
            right / scale + origin[0],
            (height - bottom) / scale + origin[1],
            (height - top) / scale + origin[1],
        )
        for text, (left, top, right, bottom) in found.lines
    ]


def _line(text: str, left: float, right: float, bottom: float, top: float) -> PageLine:
    # The engine locates whole lines only, so the edges of words are estimated from the number of their letters.
    words = text.split(" ")
    letter = (right - left) / max(len(text), 1)
    starts = list(accumulate((len(word) + 1 for word in words[:-1]), initial=0))
    return PageLine(
        text,
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


def _upright(picture: Picture) -> tuple[Picture, _Found]:
    """Read a picture the way round in which it is read best; only a doubtful one is read more than once."""
    import numpy as np

    best = picture, _recognise(picture)
    # Lines higher than wide are sideways text: a quarter turn to either side. Text on its head is still found in
    # upright boxes, and only a low confidence gives it away.
    sideways = sum(bottom - top > 1.5 * (right - left) for _, (left, top, right, bottom) in best[1].lines)
    turns = (1, 3) if 2 * sideways > len(best[1].lines) else (2,) if best[1].confidence < _SURE else ()
    for turn in turns if best[1].lines else ():
        turned = np.ascontiguousarray(np.rot90(picture, turn))
        found = _recognise(turned)
        if found.confidence > best[1].confidence:
            best = turned, found
    return best


def _recognise(picture: Picture) -> _Found:
    result = _engine()(picture)
    if result.boxes is None or not result.txts:
        return _Found([], 0.0)
    lines: list[tuple[str, Box]] = []
    letters, weighted = 0, 0.0
    for text, corners, score in zip(result.txts, result.boxes, result.scores, strict=True):
        if text := text.strip():
            (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)  # corners: float, shape (4, 2)
            lines.append((text, (float(left), float(top), float(right), float(bottom))))
            letters += len(text)
            weighted += score * len(text)
    return _Found(lines, float(weighted / max(letters, 1)))


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
            # Lines differ in length; padding them to one batch costs more time and memory than it saves.
            "Rec.rec_batch_num": 1,
            "EngineConfig.onnxruntime.intra_op_num_threads": _THREADS,
        }
    )
