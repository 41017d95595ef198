"""Lines on a page to paragraphs: which line ends are the author's and which the page's."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from ragkit.load.formats.layout.page import PageLine, PageText

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragkit.load.formats.layout.tables import PageTable

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_LAST_WORD = re.compile(r"[^\W_]+$")
_FIRST_WORD = re.compile(r"^[^\W_]+")
# Bullets, "1.", "(a)", "iv)": a line that begins so is an item of a list.
_ITEM = re.compile(r"^(?:[•◦▪▫●○■□➢➤✓*–—-]\s|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]\s)")
_NUMERIC = re.compile(r"^[($€£¥+−–-]*\d[\d.,:/%)]*$|^[$€£¥%—–-]$|^\(?\d")
_SENTENCE_END = re.compile(r"[.!?:;。！？][\"'”’»)\]]*$")
_CJK = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")


class Vocabulary:
    """The words of a document, to tell a hyphen that belongs to a word from one that a line end made."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        # Collected at the first hyphen only, since many documents have none.
        self._words: frozenset[str] | None = None

    def hyphen(self, before: str, after: str) -> str:
        """Join two lines at a hyphen: ``long-`` and ``term`` stay ``long-term`` where the document writes it so.

        Returns:
            What stands between the lines: a hyphen, or nothing.
        """
        head, tail = _LAST_WORD.search(before), _FIRST_WORD.search(after)
        if head is None or tail is None:
            return "-"
        first, second = head[0], tail[0]
        # "1990-95" and "non-European" keep theirs; else the document decides by how it writes the word elsewhere.
        keeps = not (first.isalpha() and second.isalpha()) or second[0].isupper()
        if not keeps and self._has(f"{first}-{second}"):
            keeps = not self._has(first + second)
        return "-" if keeps else ""

    def _has(self, word: str) -> bool:
        if self._words is None:
            self._words = frozenset(found.lower() for text in self._texts for found in _WORD.findall(text))
        return word.lower() in self._words


def join_lines(lines: Sequence[PageLine], tables: Sequence[PageTable], vocabulary: Vocabulary) -> PageText:
    """Join a page's lines: a space where a paragraph goes on, a line end or empty line where one ends."""
    joined = PageText()
    if not lines:
        return joined
    page = _Usual(_usual_pitch(lines), _usual_width(lines))
    blocks = _blocks(lines, page.pitch)
    starts = {table.first: table for table in tables}
    # Tables are written as they are; only the lines between them are joined.
    index, apart = 0, True
    while index < len(lines):
        table = starts.get(index)
        if index:
            joined.put("\n\n" if table or apart else _joint(lines, index, blocks, page))
        if table:
            table.write(joined)
            index = table.last
        else:
            line = lines[index]
            index += 1
            goes_on = index < len(lines) and index not in starts
            dropped = line.hyphen and goes_on and not vocabulary.hyphen(line.text, lines[index].text)
            joined.put_line(line, "-" if line.hyphen and not dropped else "")
        apart = table is not None
    return joined


def _joint(lines: Sequence[PageLine], index: int, blocks: Sequence[_Block], page: _Usual) -> str:
    """What stands between a line and the one before it."""
    above, line = lines[index - 1], lines[index]
    if above.hyphen:
        return ""
    separator = _separator(above, line, blocks[index - 1], blocks[index], page)
    if separator != " ":
        return separator
    # No space after "long-" in "long-term", after a soft hyphen, and between Chinese or Japanese characters.
    compound = above.text.endswith("-") and above.text[-2:-1].isalnum()
    together = compound or above.soft or (_CJK.match(above.text[-1]) and _CJK.match(line.text))
    return "" if together else " "


def join_pages(above: str, below: str) -> str:
    """Choose what to put between two pages: a space where a sentence goes on, else an empty line."""
    goes_on = above and below[:1].islower() and not _SENTENCE_END.search(above) and len(above.rpartition("\n")[2]) > 40
    return " " if goes_on else "\n\n"


def _usual_pitch(lines: Sequence[PageLine]) -> float:
    """Distance between the lines of a paragraph, as most of the page has it; 0 on a page without paragraphs."""
    steps = [above.bottom - line.bottom for above, line in itertools.pairwise(lines) if _is_below(above, line)]
    return median(steps) if steps else 0.0


def _usual_width(lines: Sequence[PageLine]) -> float:
    """Width that the longer lines of a page have, its column width on a page of prose."""
    widths = sorted(line.right - line.left for line in lines)
    return widths[len(widths) * 4 // 5]


def _is_below(above: PageLine, line: PageLine) -> bool:
    """Whether a line stands under the one before it, close enough to belong to the same paragraph."""
    step = above.bottom - line.bottom
    if not above.height or not line.height or not 0.5 * line.height < step < 3 * max(above.height, line.height):
        return False
    return line.left < above.right and line.right > above.left


@dataclass(frozen=True, slots=True)
class _Usual:
    pitch: float  # from one line of a paragraph to the next
    width: float  # of a full line


@dataclass(slots=True)
class _Block:
    """A run of lines at the usual pitch and in the same size, one under another."""

    left: float
    right: float


def _blocks(lines: Sequence[PageLine], pitch: float) -> list[_Block]:
    """The run that each line belongs to."""
    blocks: list[_Block] = []
    for index, line in enumerate(lines):
        above = lines[index - 1] if index else None
        if above is not None and _continues_block(above, line, pitch):
            block = blocks[-1]
            block.left, block.right = min(block.left, line.left), max(block.right, line.right)
        else:
            block = _Block(line.left, line.right)
        blocks.append(block)
    return blocks


def _continues_block(above: PageLine, line: PageLine, pitch: float) -> bool:
    same_size = 0.8 * above.height < line.height < 1.25 * above.height
    return same_size and _is_below(above, line) and above.bottom - line.bottom < 1.35 * pitch


# What stands between two lines is decided in this order: the same line going on, two blocks, one block. Where nothing
# speaks for a paragraph that goes on, the line end stays.


def _separator(above: PageLine, line: PageLine, block_above: _Block, block: _Block, page: _Usual) -> str:
    if not above.height or not line.height:
        return "\n"
    if _on_same_line(above, line):
        gap = line.left - above.right
        return "" if gap < 0.12 * line.height else " "
    if block_above is not block:
        return _between_blocks(above, line, page)
    return _within_block(above, line, block, page)


def _between_blocks(above: PageLine, line: PageLine, page: _Usual) -> str:
    below = _is_below(above, line)
    if below and above.bottom - line.bottom < 1.35 * page.pitch:
        return "\n"
    goes_on = line.text[:1].islower() and not _SENTENCE_END.search(above.text) and len(above.text) > 30
    return " " if goes_on and not below else "\n\n"


def _within_block(above: PageLine, line: PageLine, block: _Block, page: _Usual) -> str:
    if _ITEM.match(line.text) or _is_row(above) or _is_row(line):
        return "\n"
    # A line that does not end a sentence, reaches far to the right, and goes on in lower case: a paragraph.
    ended = bool(_SENTENCE_END.search(above.text))
    lower = line.text[:1].islower()
    if lower and not ended and above.right - above.left > 0.6 * page.width:
        return " "
    indented = line.left > block.left + 0.6 * line.height and above.left < line.left - 0.6 * line.height
    narrow = block.right - block.left < 0.7 * page.width  # a list of short lines, not a paragraph in a narrow box
    # Where the first word of this line would have fitted above, the line above was ended on purpose.
    fitting = above.right + line.first_word + 0.25 * line.height < block.right - 0.5 * line.height
    return "\n" if (indented and ended) or (narrow and not lower) or fitting else " "


def _on_same_line(above: PageLine, line: PageLine) -> bool:
    """Whether a line goes on at the right of the one before it (after a superscript, or the next cell of a row)."""
    overlap = min(above.bottom + above.height, line.bottom + line.height) - max(above.bottom, line.bottom)
    gap = line.left - above.right
    tall = max(above.height, line.height)
    return overlap > 0.5 * min(above.height, line.height) and -0.6 * tall < gap < 3 * tall


def _is_row(line: PageLine) -> bool:
    """Whether a line is the row of a table rather than prose: cells set apart by gaps, or mostly numbers."""
    width = len(line.text) + len(_CJK.findall(line.text))
    if line.right - line.left > 0.85 * line.height * width:
        return True
    words = line.text.split()
    numbers = sum(bool(_NUMERIC.match(word)) for word in words)
    if _NUMERIC.match(words[0]):  # "26, 2021 (in millions):" goes on from above; a row of numbers has nothing else
        return numbers == len(words) > 1
    return numbers >= max(2, 0.35 * len(words))
