"""A page of a PDF while it is read: its lines, and the text they become with the place of each word kept."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from ragkit.load.formats.layout.boxes import Run

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class PageLine:
    """One line of a page; lengths in points, from the page's lower left corner.

    Attributes:
        text: its text, words parted by single spaces.
        left: left edge.
        right: right edge.
        bottom: lower edge of its font.
        height: height of its font; 0 where its text does not run as the page's does, or nothing is known of its place.
        first_word: width of its first word.
        hyphen: whether it ended in a hyphen that joins it to the next line.
        soft: whether it ended in a soft hyphen.
        lefts: left edge of each word.
        rights: right edge of each word, its hyphen included.
        lows: lower edge of each word.
        highs: upper edge of each word.
        box: left, bottom, right and upper edge of a line whose height is 0, where they are known.
    """

    text: str
    left: float = 0.0
    right: float = 0.0
    bottom: float = 0.0
    height: float = 0.0
    first_word: float = 0.0
    hyphen: bool = False
    soft: bool = False
    lefts: Sequence[float] = ()
    rights: Sequence[float] = ()
    lows: Sequence[float] = ()
    highs: Sequence[float] = ()
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of a line that stand together, apart from others by a wide gap.

    Attributes:
        line: the line.
        first: number of its first word.
        last: number behind its last word.
        text: the words.
    """

    line: PageLine
    first: int
    last: int
    text: str

    @property
    def hyphen(self) -> bool:
        """Whether a hyphen at the line's end joins it to the next piece of its cell."""
        return self.line.hyphen and self.last == len(self.line.lefts)

    @property
    def left(self) -> float:
        """Left edge."""
        return self.line.lefts[self.first]

    @property
    def right(self) -> float:
        """Right edge."""
        return self.line.rights[self.last - 1]


class PageText:
    """The text of a page, put together line by line."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self.runs: list[Run] = []

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._parts)

    def put(self, text: str) -> None:
        """Append characters that stand nowhere on the page: line ends, the bars of a table."""
        self._parts.append(text)
        self._length += len(text)

    def put_line(self, line: PageLine, hyphen: str = "") -> None:
        """Append a line as it is, and the hyphen at its end where that is kept."""
        start = self._length
        self.put(line.text + hyphen)
        if line.box is not None:
            left, bottom, right, top = line.box
            self.runs.append(Run(start, self._length, bottom, top, (left,), (right,)))
        elif line.height:
            self._run(start, line, 0, len(line.lefts))

    def put_piece(self, piece: Piece) -> None:
        """Append a piece of a line as part of a table's cell."""
        start = self._length
        self.put(piece.text.replace("|", "\\|") + "-" * piece.hyphen)
        self._run(start, piece.line, piece.first, piece.last)

    def _run(self, start: int, line: PageLine, first: int, last: int) -> None:
        """Note where some words stand that were appended last.

        PDFium takes two lines for one where they are close, and writes Arabic from the right: where a word stands
        further left than the one before it, another run begins.
        """
        lefts, rights = line.lefts[first:last], line.rights[first:last]
        lows, highs = line.lows[first:last], line.highs[first:last]
        if sorted(lefts) == lefts:
            self.runs.append(Run(start, self._length, _usual(lows), _usual(highs), lefts, rights))
            return
        words = self._parts[-1].split(" ")
        cuts = [index for index in range(1, len(lefts)) if lefts[index] < lefts[index - 1]]
        for begin, end in pairwise([0, *cuts, len(words)]):
            behind = start + len(" ".join(words[begin:end]))
            part = slice(begin, end)
            self.runs.append(Run(start, behind, _usual(lows[part]), _usual(highs[part]), lefts[part], rights[part]))
            start = behind + 1


def _usual(edges: Sequence[float]) -> float:
    """The middle one of some edges: raised numbers and initials are higher than most of a line."""
    if edges[0] == edges[-1]:
        return edges[0]
    return sorted(edges)[len(edges) // 2]
