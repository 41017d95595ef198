"""What a reader gets and what it returns; shared by all families of formats."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ragkit.load.limits import Limits, LimitsUsed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# C0 controls other than white space, surrogates without a partner, byte-order marks and non-characters: none of them
# is text, and JSON, SQLite or a tokenizer would fail on one of them later.
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1b\x7f\ufeff\ufffe\uffff]|[\ud800-\udfff]")
# Titles that programs write by themselves: "Microsoft Word - report.doc", "Slide 1", "untitled", a file name.
_FILE_NAME = re.compile(r"(?i).*\.(docx?|pptx?|xlsx?|pdf|indd|qxd|tex|dvi|rtf|odt|html?)\W*$")


@dataclass(frozen=True, slots=True)
class RawFile:
    """The bytes of one file and what is known about them.

    Attributes:
        source: path or URL as the user sees it.
        name: file name; of an attachment or archive member its own name.
        data: the bytes.
        media_type: what the content was found to be.
        limits: bounds for this file.
        depth: how many files this one lies within.
        ocr: whether words in pictures are to be read.
        spent: what this file and those around it have used of the limits so far.
    """

    source: str
    name: str
    data: bytes
    media_type: str = ""
    limits: Limits = field(default_factory=Limits)
    depth: int = 0
    ocr: bool = False
    spent: LimitsUsed = field(default_factory=LimitsUsed)


@dataclass(frozen=True, slots=True)
class Part:
    """The text of one document in a file.

    Attributes:
        text: the document's text; offsets everywhere count in it.
        title: the document's title, where the file names one.
        places: objects as ``ragkit.core.types.place_at`` reads them, sorted by ``start``.
        id: the id that the data itself gives the document.
        metadata: further JSON-serialisable facts.
        media_type: what this part is, where it differs from the file (an attachment).
    """

    text: str
    title: str = ""
    places: tuple[Mapping[str, Any], ...] = ()
    id: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """All that a reader found in one file.

    Attributes:
        parts: the documents, in order.
        pages: page count, where the format has pages.
        note: why there is no text, where the reader knows; a sentence a person can act on.
    """

    parts: tuple[Part, ...] = ()
    pages: int | None = None
    note: str = ""


class PlacedText:
    """Text put together from pieces, each with its place."""

    # Offsets are counted along and the pieces joined at the end: adding up a long text would take its length squared.

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._places: list[dict[str, Any]] = []
        self._length = 0

    def add(self, text: str, separator: str = "\n\n", **place: Any) -> None:
        """Append a piece that begins at ``place``; a piece without text leaves nothing."""
        if not text:
            return
        if self._pieces:
            self._pieces.append(separator)
            self._length += len(separator)
        if place:
            self._places.append({"start": self._length, **place})
        self._pieces.append(text)
        self._length += len(text)

    def add_placed(self, text: str, places: Sequence[Mapping[str, Any]]) -> None:
        """Append a piece that has places of its own, counted from its first character."""
        if text:
            start = self._length + (2 if self._pieces else 0)  # behind the separator that add() writes
            self.add(text)
            self._places += [{**place, "start": start + place["start"]} for place in places]

    @property
    def last(self) -> str:
        """The piece added last; empty at the beginning."""
        return self._pieces[-1] if self._pieces else ""

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._pieces)

    @property
    def places(self) -> tuple[dict[str, Any], ...]:
        """Where each piece begins."""
        return tuple(self._places)


def names(*lines: str) -> frozenset[str]:
    """Make a set of the words in some lines."""
    return frozenset(" ".join(lines).split())


def clean(text: str) -> str:
    """Replace what is not text by a space (a lone surrogate by U+FFFD), character for character."""
    # Never by nothing: offsets of places that a reader has measured must stay right.
    if not _NOT_TEXT.search(text):
        return text
    return _NOT_TEXT.sub(lambda found: "\ufffd" if "\ud800" <= found[0] <= "\udfff" else " ", text)


def plausible_title(title: str | None, name: str = "") -> str:
    """Return a file's own title on one line, or nothing where a program left a placeholder there.

    Args:
        title: the title as the file has it.
        name: the file's name, which some programs repeat as title.
    """
    from ragkit.text.rules.english import RULES as ENGLISH

    line = " ".join(clean(title or "").split())
    stem = name.rpartition("/")[2].rpartition(".")[0]
    if len(line) > 300 or line == stem or not any(character.isalpha() for character in line):
        return ""
    if ENGLISH.junk_titles.match(line) or _FILE_NAME.match(line):
        return ""
    return line
