"""Splitting one document: ranges of atoms, each a chunk, with its heading."""

from __future__ import annotations

from bisect import bisect_right
from math import ceil, inf
from typing import TYPE_CHECKING, Any

from ragkit.core.places import passage_places
from ragkit.core.types import Chunk, content_id
from ragkit.split.atoms import CHARACTERS_PER_TOKEN, Atom, TokenMap, atoms, cuts_words, whole_character
from ragkit.split.blocks import blocks, is_code, is_markdown
from ragkit.split.code import language_of
from ragkit.split.headings import Headings
from ragkit.split.prices import GLUED, WORD, reprice

if TYPE_CHECKING:
    from collections.abc import Iterator

    from langchain_core.documents import Document

    from ragkit.split.splitter import Splitter

# Price of a chunk below ``min_tokens``: rather a cut in a clause than a piece that says nothing.
_TOO_SHORT = WORD


class Cutting:
    """The state of cutting one document: its atoms, the sizes of its tokens, its headings."""

    def __init__(self, splitter: Splitter, document: Document) -> None:
        self._tokenizer = splitter.tokenizer
        self._most = splitter.tokenizer.max_tokens
        self._size = size = splitter.size
        self._overlap = splitter.overlap_tokens
        self._least = splitter.least
        self._by_sentence = splitter.unit == "sentence"
        self._text = text = document.page_content
        self._about = document.metadata
        self._metadata: dict[str, Any] = {key: value for key, value in document.metadata.items() if key != "places"}
        self._document_id = _document_id(document)
        # A heading takes at most half of what the embedder takes, so that the text decides the vector.
        limit = self._most // 2 if splitter.headings else 0
        about = document.metadata
        parts = blocks(text, markdown=is_markdown(about), code=language_of(about) if is_code(about) else None)
        self._headings = Headings(str(document.metadata.get("title") or ""), text, parts, self._tokenizer, limit)
        self._tokens = TokenMap(self._tokenizer, text)
        largest = max(1, min(size, self._most - limit - 1))
        fine = self._by_sentence or splitter.semantic is not None
        self._atoms = atoms(text, parts, self._headings.sections, self._tokens, largest, fine=fine)
        if splitter.semantic is not None:
            self._atoms = reprice(text, self._atoms, splitter.semantic.encode)
        # Headings that begin a section; one right below another belongs to it.
        self._breaks = [index for index, atom in enumerate(self._atoms) if atom.heading and atom.price == 0]
        # Up to here the arithmetic is trusted: cut between words, no tokenizer counts a quarter more than within the
        # document. Everything above is counted again.
        self._surely = 0 if cuts_words(self._atoms) else self._most - max(16, self._most // 4)
        self._firsts = [self._tokens.first(atom.start) for atom in self._atoms]
        self._lasts = [self._tokens.last(atom.end) for atom in self._atoms]

    def chunks(self) -> Iterator[Chunk]:
        """Cut."""
        ordinal = 0
        for first, last in self._ranges():
            heading, taken = self._heading(self._atoms[first])
            span = self._atoms[first].start, self._atoms[last - 1].end, heading
            certain = self._cost(first, last) + taken <= self._surely
            for start, end, heading in [span] if certain else self._fitted(*span):
                yield self._chunk(start, end, heading, ordinal)
                ordinal += 1

    def _ranges(self) -> Iterator[tuple[int, int]]:
        """Ranges of atoms, each a chunk."""
        first, last, count = 0, 0, len(self._atoms)
        while first < count:
            budget = self._budget(first)
            reach = first + 1
            while reach < count and self._cost(first, reach + 1) <= budget:
                reach += 1
            last = self._cut(first, max(first, last), reach, budget)
            yield first, last
            first = self._next_start(first, last)

    def _cost(self, first: int, last: int) -> int:
        """Tokens from one atom up to before another, or their length by characters where that is more."""
        characters = self._atoms[last - 1].end - self._atoms[first].start
        return max(self._lasts[last - 1] - self._firsts[first], -(-characters // CHARACTERS_PER_TOKEN))

    def _budget(self, first: int) -> int:
        _, taken = self._heading(self._atoms[first])
        return max(1, min(self._size, self._most - taken - 1 if taken else self._most))

    def _heading(self, atom: Atom) -> tuple[str, int]:
        first_line = self._text[atom.start : atom.end].strip("# \t=-\n") if atom.heading else ""
        return self._headings.above(atom.section, atom.header, first_line)

    def _cut(self, first: int, passed: int, reach: int, budget: int) -> int:
        """Choose where the chunk that begins at ``first`` and may go up to ``reach`` ends; behind ``passed``."""
        count = len(self._atoms)
        section_end = self._section_end(first)
        if self._by_sentence:
            return self._sentence_end(first, passed, min(reach, section_end))
        if section_end <= reach:
            return section_end
        if reach == count:
            return count
        # Pieces of equal length instead of full ones and a small rest.
        whole = self._cost(first, section_end)
        target = whole / ceil(whole / budget)
        # Backwards, so that of equal prices the longest chunk is taken; never at or before the cut before, or the
        # overlap could make the same chunk again.
        best, lowest = reach, inf
        for cut in range(reach, passed, -1):
            size = self._cost(first, cut)
            price = self._atoms[cut].price + abs(size - target) / budget + (_TOO_SHORT if size < self._least else 0.0)
            if price < lowest:
                best, lowest = cut, price
        return best

    def _sentence_end(self, first: int, passed: int, reach: int) -> int:
        for cut in range(passed + 1, reach):
            if self._atoms[cut].price < GLUED and self._cost(first, cut) >= self._least:
                return cut
        return reach

    def _section_end(self, first: int) -> int:
        """The next heading with enough text before it, or the end of the document."""
        for index in self._breaks[bisect_right(self._breaks, first) :]:
            if self._cost(first, index) >= self._least:
                return index
        return len(self._atoms)

    def _next_start(self, first: int, last: int) -> int:
        """Step back by whole atoms for the overlap, as long as the next chunk still gets further."""
        # The second loop gives up overlap where the next atom would not fit behind it: each chunk must end behind the
        # one before.
        start = last
        if last == len(self._atoms) or self._atoms[last].heading:
            return last
        while start - 1 > first and self._cost(start - 1, last) <= self._overlap and not self._atoms[start].heading:
            start -= 1
        while start < last and self._cost(start, last + 1) > self._budget(start):
            start += 1
        return start

    def _fitted(self, start: int, end: int, heading: str) -> Iterator[tuple[int, int, str]]:
        """Ask the tokenizer about a finished chunk; one that the arithmetic misjudged loses headings, or is cut."""
        text = self._text[start:end]
        while heading and self._tokenizer.count(f"{heading}\n{text}") > self._most:
            heading = heading.rpartition(" > ")[0] if " > " in heading else ""
        if heading or len(text) <= 1 or self._tokenizer.count(text) <= self._most:
            yield start, end, heading
            return
        cut = _middle(self._text, start, end)
        for piece_start, piece_end in ((start, cut), (cut, end)):
            piece = self._text[piece_start:piece_end]
            left = piece_start + len(piece) - len(piece.lstrip())
            right = piece_start + len(piece.rstrip())
            if left < right:
                yield from self._fitted(left, right, "")

    def _chunk(self, start: int, end: int, heading: str, ordinal: int) -> Chunk:
        text = self._text[start:end]
        return Chunk(
            id=content_id(self._document_id, start, end, text),
            document_id=self._document_id,
            text=text,
            start=start,
            end=end,
            ordinal=ordinal,
            heading=heading,
            metadata={**self._metadata, **passage_places(self._about, self._text, start, end)},
        )


def _document_id(document: Document) -> str:
    """The document's own id, else its source (with its number, where a file holds several), else a hash of its text."""
    if document.id:
        return document.id
    source, part = document.metadata.get("source"), document.metadata.get("part")
    if not source:
        return content_id(document.page_content)
    return f"{source}#{part}" if part is not None else str(source)


def _middle(text: str, start: int, end: int) -> int:
    """The white space nearest to the middle of text[start:end], or the middle itself."""
    middle = (start + end) // 2
    before = max(text.rfind(space, start + 1, middle) for space in " \n\t")
    after = [found for space in " \n\t" if (found := text.find(space, middle, end)) > 0]
    spaces = [place for place in (before, *after) if place > start]
    if spaces:
        return min(spaces, key=lambda place: abs(place - middle))
    return whole_character(text, start, middle)
