"""What a cut costs, against 1.0 for a chunk that misses its best length by a whole chunk."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ragkit.core.types import Vectors
    from ragkit.split.atoms import Atom
    from ragkit.split.blocks import TextBlock

# Only their order and distances matter: a cut at the next better kind of place is taken where the chunk then misses its
# best length by less than the difference. Chunks of MiniLM's size are compared in `benchmarks/chunking.py`.
HEADING = 0.0
PARAGRAPH = 0.1
ITEM = LINE = 0.2
SENTENCE = 0.5
# A row's header goes along in the heading, but a table says more as a whole.
ROW = 0.6
CLAUSE = 1.2
WORD = 2.0
CHARACTER = 3.0
# Below a short line that looks like a heading, in text that marks none.
CAPTIONED = 0.8
# Between a heading or table header and what follows it: more than at any other place.
GLUED = 5.0
# More for each level that a line of code is nested.
NESTED = 0.1

# Semantic cuts: how much more the cut between the most alike costs than that between the least alike, and how many
# sentences are compared on either side. One sentence says too little; more blur where the subject changes.
WEIGHT = 1.2
SPAN = 2
# A line of up to 80 characters that begins with a capital (or a digit, or a letter of a script without capitals) and
# does not end like a sentence.
_CAPTION = re.compile(r"[^\W_a-z(][^\n|]{1,78}[\w)\]\"'’”:%]")


def price_before(above: TextBlock | None, block: TextBlock, text: str) -> float:
    """Return what a cut before a block costs; ``above`` is the block before it, None at the start of the text."""
    if block.kind == "heading":
        # A heading right below another belongs to it.
        return GLUED if above is not None and above.kind == "heading" and block.level > above.level else HEADING
    if above is None:
        return PARAGRAPH
    if above.kind in ("heading", "header"):
        return GLUED
    if block.kind == "line":
        apart = text.count("\n", above.end, block.start) > 1
        return line_price(block.depth, glued=block.depth < 0) + (0.0 if apart else NESTED)
    return _price_in_prose(above, block, text)


def line_price(depth: int, *, glued: bool) -> float:
    """Return what a cut before a line of code costs, by how many constructs it would part."""
    return CLAUSE if glued else min(PARAGRAPH + NESTED * depth, CAPTIONED)


def _price_in_prose(above: TextBlock, block: TextBlock, text: str) -> float:
    if block.kind == "row":
        return ROW
    if block.kind == "item" and above.kind == "item":
        return ITEM
    if block.kind in ("item", "header") and text[above.end - 1] == ":":
        return SENTENCE
    captioned = above.kind in ("paragraph", "item") and _CAPTION.fullmatch(text, above.start, above.end)
    return CAPTIONED if captioned else PARAGRAPH


def reprice(text: str, parts: Sequence[Atom], encode: Callable[[Sequence[str]], Vectors]) -> list[Atom]:
    """Change the prices of cuts between sentences by how alike the two sides are, compared within the document.

    After Hearst, "TextTiling: Segmenting Text into Multi-paragraph Subtopic Passages" (Computational Linguistics 23,
    1997), with vectors of sentences in place of counts of words.

    Args:
        text: the document's text.
        parts: its atoms, sentences apart.
        encode: texts to vectors of length 1.
    """
    import numpy as np

    # Only cuts between sentences and paragraphs: structure (headings, rows, code) outweighs likeness of words.
    places = [
        place
        for place in range(1, len(parts))
        if PARAGRAPH <= parts[place].price <= SENTENCE and parts[place].section == parts[place - 1].section
    ]
    if len(places) < 2:
        return list(parts)
    needed = sorted({max(place - SPAN, 0) for place in places} | set(places))
    ends = [parts[min(first + SPAN, len(parts)) - 1].end for first in needed]
    windows = [text[parts[first].start : end] for first, end in zip(needed, ends, strict=True)]
    vectors = dict(zip(needed, encode(windows), strict=True))
    # Ranks within the document and not cosines, whose range differs from embedder to embedder.
    alike = np.array([float(vectors[max(place - SPAN, 0)] @ vectors[place]) for place in places])
    ranks = alike.argsort().argsort() / (len(places) - 1) - 0.5
    made = list(parts)
    for place, rank in zip(places, ranks.tolist(), strict=True):
        made[place] = replace(made[place], price=max(PARAGRAPH / 2, made[place].price + WEIGHT * rank))
    return made
