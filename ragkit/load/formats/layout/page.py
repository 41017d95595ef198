"""A page while it is read: its lines, and the text they become, with the place of each word."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from ragkit.load.formats.layout.boxes import Run

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class PageLine:
    """One line of a page; lengths in points, from the page's lower left corner."""

    text: str  # words separated by single spaces
    left: float = 0.0
    right: float = 0.0
    bottom: float = 0.0  # lower edge of the font
    # Height of the font; 0 where the text does not run as the page's does, or nothing is known of its place.
    height: float = 0.0
    first_word: float = 0.0  # width of the first word
    hyphen: bool = False  # the line ended in a hyphen that joins it to the next one
    soft: bool = False  # the line ended in a soft hyphen
    # Edges of each word, the hyphen at the end included; all four are of one length.
    lefts: Sequence[float] = ()
    rights: Sequence[float] = ()
    lows: Sequence[float] = ()
    highs: Sequence[float] = ()
    # Left, lower, right and upper edge of a line whose height is 0, where they are known.
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of a line that stand together, separated from others by a wide gap: those numbered first to last - 1."""

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
        """Append characters that have no place on the page: line ends, the bars of a table."""
        self._parts.append(text)
        self._length += len(text)

    def put_line(self, line: PageLine, hyphen: str = "") -> None:
        """Append a line as it is, with the hyphen at its end unless the words are joined."""
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
        """Record where the words stand that were appended last."""
        lefts, rights = line.lefts[first:last], line.rights[first:last]
        lows, highs = line.lows[first:last], line.highs[first:last]
        if sorted(lefts) == lefts:
            self.runs.append(Run(start, self._length, _usual(lows), _usual(highs), lefts, rights))
            return
        # PDFium takes two lines for one where they are close, and writes Arabic from the right. A run needs ascending
        # edges, so another one begins where a word stands further left than the one before it.
        words = self._parts[-1].split(" ")
        cuts = [index for index in range(1, len(lefts)) if lefts[index] < lefts[index - 1]]
        for begin, end in pairwise([0, *cuts, len(words)]):
            behind = start + len(" ".join(words[begin:end]))
            part = slice(begin, end)
            self.runs.append(Run(start, behind, _usual(lows[part]), _usual(highs[part]), lefts[part], rights[part]))
            start = behind + 1


def _usual(edges: Sequence[float]) -> float:
    # The median, since raised numbers and initials are higher than most of a line.
    if edges[0] == edges[-1]:
        return edges[0]
    return sorted(edges)[len(edges) // 2]
