"""The smallest pieces chunks are made of, each with its size in tokens and the price of a cut before it."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragkit.split.code import code_lines
from ragkit.split.prices import CHARACTER, CLAUSE, LINE, SENTENCE, WORD, line_price, price_before
from ragkit.text.sentences import sentences, stretches

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ragkit.core.types import Tokenizer
    from ragkit.split.blocks import TextBlock

_WORDS = re.compile(r"\S+")
# No language has words of more characters a token than this on average; text beyond it is one a tokenizer gives up on
# (one unknown token for ten thousand letters), and counts by its length.
CHARACTERS_PER_TOKEN = 16

# Zero-width joiners, variation selectors and the keycap, which make one sign of several characters.
_JOINERS = frozenset("\u200c\u200d\ufe0e\ufe0f\u20e3")
# Vowels of Thai and Lao that are written before their consonant.
_THAI_BEFORE = frozenset("เแโใไເແໂໃໄ")


@dataclass(frozen=True, slots=True)
class Atom:
    """A piece that is not cut further.

    Attributes:
        start: offset of its first character, no white space.
        end: offset behind its last one.
        price: what a cut before it costs.
        section: index of the heading it stands under; -1 above the first one. A heading stands under its parent.
        heading: whether it is a heading.
        header: span of the header row of the table it is a row of; (0, 0) for others.
    """

    start: int
    end: int
    price: float
    section: int
    heading: bool = False
    header: tuple[int, int] = (0, 0)


class TokenMap:
    """Where the tokens of a text are; every size follows from it without asking the tokenizer again."""

    def __init__(self, tokenizer: Tokenizer, text: str) -> None:
        spans = tokenizer.offsets(text)
        self.starts = [start for start, _ in spans]
        self._ends = [end for _, end in spans]

    def first(self, start: int) -> int:
        """Index of the first token that reaches beyond ``start``."""
        return bisect_right(self._ends, start)

    def last(self, end: int) -> int:
        """Index behind the last token that begins before ``end``."""
        return bisect_left(self.starts, end)

    def size(self, start: int, end: int) -> int:
        """Tokens of text[start:end], or its length by characters where that is more."""
        return max(self.last(end) - self.first(start), -(-(end - start) // CHARACTERS_PER_TOKEN))


def atoms(
    text: str,
    parts: Sequence[TextBlock],
    sections: Sequence[int],
    tokens: TokenMap,
    largest: int,
    *,
    fine: bool = False,
) -> list[Atom]:
    """Part blocks into atoms of at most ``largest`` tokens: whole blocks, else sentences, words, characters.

    Args:
        text: the document's text.
        parts: its blocks.
        sections: for each block the index of its section, see ``Atom.section``.
        tokens: the document's tokens.
        largest: tokens an atom may have, at least 1.
        fine: part paragraphs and list items into sentences also where they are short enough.
    """
    found: list[Atom] = []
    cutter = _Cutter(text, tokens, largest)
    above: TextBlock | None = None
    for block, section in zip(parts, sections, strict=True):
        price = price_before(above, block, text)
        heading = block.kind == "heading"
        whole = not (fine and block.kind in ("paragraph", "item"))
        if whole and cutter.fits(block.start, block.end):
            found.append(Atom(block.start, block.end, price, section, heading, block.header))
        else:
            for start, end, inner in cutter.pieces(block):
                found.append(Atom(start, end, inner or price, section, heading, block.header))
                heading = False
        above = block
    return found


def cuts_words(parts: Sequence[Atom]) -> bool:
    """Whether any cut falls inside a word, where a tokenizer may count the pieces quite differently."""
    return any(atom.price == CHARACTER for atom in parts)


@dataclass(frozen=True, slots=True)
class _Cutter:
    """Cuts blocks that are too long; the price of a block's first piece is 0, standing for the block's own."""

    text: str
    tokens: TokenMap
    largest: int

    def fits(self, start: int, end: int) -> bool:
        return self.tokens.size(start, end) <= self.largest

    def pieces(self, block: TextBlock) -> Iterator[tuple[int, int, float]]:
        for start, end, price in self._code_lines(block) if block.kind == "code" else self._sentences(block):
            if self.fits(start, end):
                yield start, end, price
            else:
                yield from self._words(start, end, price)

    def _sentences(self, block: TextBlock) -> Iterator[tuple[int, int, float]]:
        # Lines that begin a stretch were not merely wrapped: a cut before them is as good as one between list items.
        text = self.text[block.start : block.end]
        lines = {start for start, _ in stretches(text)} if "\n" in text else ()
        for start, end in sentences(text):
            price = LINE if start in lines else SENTENCE
            yield block.start + start, block.start + end, price if start else 0.0

    def _code_lines(self, block: TextBlock) -> Iterator[tuple[int, int, float]]:
        """Cut a fenced block between its lines; the fences stay with the lines beside them."""
        code = self.text[block.start : block.end]
        inside = code.find("\n") + 1 or len(code)
        fence = code[:inside].rstrip()
        yield block.start, block.start + len(fence), 0.0
        language = "".join(fence.strip("`~ \t{.").split()[:1]).rstrip("}")
        for number, line in enumerate(code_lines(code[inside:], language)):
            glued = line.glued or number == 0 or code.startswith(("```", "~~~"), inside + line.start)
            start = block.start + inside
            yield start + line.start, start + line.end, line_price(line.depth, glued=glued)

    def _words(self, start: int, end: int, price: float) -> Iterator[tuple[int, int, float]]:
        for found in _WORDS.finditer(self.text, start, end):
            begin, stop = found.span()
            if begin > start:
                price = CLAUSE if self.text[begin - 2] in ",;:—" else WORD
            for piece_start, piece_end in self._characters(begin, stop):
                yield piece_start, piece_end, price
                price = CHARACTER

    def _characters(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Cut a word that no chunk can hold, between tokens where there are any."""
        while not self.fits(start, end):
            stop = min(end, start + self.largest * CHARACTERS_PER_TOKEN)
            index = self.tokens.first(start) + self.largest
            if index < len(self.tokens.starts):
                stop = min(stop, self.tokens.starts[index])
            stop = whole_character(self.text, start, max(stop, start + 1))
            if stop >= end:
                break
            yield start, stop
            start = stop
        yield start, end


def whole_character(text: str, start: int, cut: int) -> int:
    """Move a cut back so that it does not part a letter from its marks, an emoji from its joiners, or a flag.

    Args:
        text: any text.
        start: where the piece begins that the cut ends.
        cut: where it is to be cut, above ``start``.

    Returns:
        A place above ``start``, at most ``cut``; ``cut`` itself where there is no better one near.
    """
    moved = cut
    while start + 1 < moved < len(text) and _joined(text, start, moved) and cut - moved < CHARACTERS_PER_TOKEN:
        moved -= 1
    return cut if _joined(text, start, moved) else moved


def _joined(text: str, start: int, index: int) -> bool:
    """Whether the character belongs to the one before it."""
    if index >= len(text):
        return False
    before, character = text[index - 1], text[index]
    if character.isascii():
        return before == "\r" and character == "\n"
    if unicodedata.category(character)[0] == "M" or character in _JOINERS or "🏻" <= character <= "🏿":
        return True
    if before == "\u200d" or before in _THAI_BEFORE:
        return True
    # Two regional indicators make a flag, so a cut stands before every second one of a row.
    return _is_flag(character) and _flags_before(text, start, index) % 2 == 1


def _is_flag(character: str) -> bool:
    return "🇦" <= character <= "🇿"


def _flags_before(text: str, start: int, index: int) -> int:
    first = index
    while first > start and _is_flag(text[first - 1]):
        first -= 1
    return index - first
