"""Texts that are given, and where their sentences begin and end, for many languages; exact offsets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ragkit.core.errors import ConfigError
from ragkit.text.rules.sentence_ends import INSIDE, NUMBERED, OPEN, ORDINALS, PRONOUN_LETTERS, STARTERS

if TYPE_CHECKING:
    from collections.abc import Iterator

_CLOSERS = r"[\"'”’»)\]}」』】》〉）］]*(?:\[\d{1,3}\])*"
# Full stops that need no space behind them (Chinese, Japanese), those of other scripts, and the Latin ones.
_END = re.compile(rf"(?:(?P<cjk>[。！？｡]+)|(?P<other>[؟۔।॥።։]+)|(?P<latin>[.!?…‥．]+)){_CLOSERS}")
_BEFORE = re.compile(r"[\w.&'’/-]*\Z")
_WORD_AFTER = re.compile(r"[\"'“‘«„(\[]*([\w'’]+)(\.?)")
_DOTTED = re.compile(r"(?:\w\.)+\w")
_NUMBERING = re.compile(r"[\divxlc]{1,4}(?:\.\d{1,3})*|[a-z]")
_WORD_JOINED = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
_ROMAN_OR_LETTER = re.compile(r"[IVXLC]+|[A-Z]")

# Lines that are a block of their own: list items, headings, table rows, quotes, fences and rules.
_BLOCK_START = re.compile(r"\s*(?:[-*+•◦▪●○■□➢–—]\s|#{1,6}\s|\||>|```|~~~|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,4})[.)]\s)")
_WHOLE_LINE = re.compile(r"\s*(?:#{1,6}\s|\||```|~~~|[-=_*]{3,}\s*$)")
_LONGEST_WRAPPED = 200  # no one wraps lines at more characters than this
_SHORTEST_WRAPPED = 40


def sentences(text: str) -> list[tuple[int, int]]:
    """Find the sentences of a text.

    Knows abbreviations, initials, decimals, numbering, quotes and brackets, and the full stops of Chinese, Japanese,
    Arabic, Urdu, Hindi, Amharic and Armenian. An empty line ends a sentence; a single line end does unless the lines
    look wrapped; a heading, list item or table row is never joined to the line above.

    Args:
        text: any text.

    Returns:
        Spans (start, end) in order, without overlap, without white space at their ends; every character that is not
        white space lies in exactly one.
    """
    spans: list[tuple[int, int]] = []
    for start, end in stretches(text):
        if text[start] == "|":
            spans.append((start, end))
            continue
        begin, cased = start, not text[start:end].islower()
        for found in _END.finditer(text, start, end):
            stop = found.end()
            if stop < end and _ends_sentence(text, begin, found, cased=cased):
                _append(spans, text, begin, stop)
                begin = stop
        _append(spans, text, begin, end)
    return spans


def _append(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        spans.append((start, end))


def stretches(text: str) -> Iterator[tuple[int, int]]:
    """Find the stretches of a text within which only punctuation ends a sentence: lines that are not merely wrapped.

    Yields:
        Spans (start, end) in order, without white space at their ends.
    """
    group: list[tuple[int, int]] = []
    position = 0
    for line in text.split("\n"):
        stop = position + len(line)
        start = position + len(line) - len(line.lstrip())
        end = start + len(line.strip())
        if start < end:
            group.append((start, end))
        elif group:
            yield from _unwrapped(text, group)
            group = []
        position = stop + 1
    if group:
        yield from _unwrapped(text, group)


def _unwrapped(text: str, lines: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Join the lines of a paragraph that were wrapped to a width."""
    width = max(end - start for start, end in lines)
    begin, last = lines[0]
    for start, end in lines[1:]:
        above = text[max(begin, text.rfind("\n", begin, last) + 1) : last].lstrip()
        if not _is_wrapped(above, text[start:end], width):
            yield begin, last
            begin = start
        last = end
    yield begin, last


def _is_wrapped(above: str, line: str, width: int) -> bool:
    if len(above) > _LONGEST_WRAPPED or _BLOCK_START.match(line) or _WHOLE_LINE.match(above):
        return False
    if line[0].islower() and above[-1] not in ".!?:;":
        return True
    first_word = line.split(None, 1)[0]
    # Where the next word would have fitted, the line was ended on purpose.
    return width >= _SHORTEST_WRAPPED and len(above) + 1 + len(first_word) > width - 8


def _ends_sentence(text: str, start: int, found: re.Match[str], *, cased: bool) -> bool:
    """Decide whether a full stop, with text behind it, ends the sentence that began at ``start``.

    ``cased`` says whether sentences begin with capitals in this text at all.
    """
    stop = found.end()
    following = text[stop]
    if found["cjk"]:
        return True
    mark = found["latin"]
    before = text[found.start() - 1] if found.start() > start else ""
    if not following.isspace():
        # Without a space only between ideographs, where Latin marks stand for their own.
        return bool(mark != "．" and _WORD_JOINED.match(before) and _WORD_JOINED.match(following))
    if mark is None:
        return True
    after = stop
    while text[after].isspace():
        after += 1
    if mark == "." and before.isspace():  # text whose words and marks were all set apart by spaces
        return True
    if (cased and text[after].islower()) or text[after] in ",;:)]}":
        return False
    period = mark == "." and stop == found.start() + 1
    return not period or _period_ends_sentence(text, start, found.start(), after)


def _period_ends_sentence(text: str, start: int, dot: int, after: int) -> bool:
    """Decide for a single period: abbreviation, initial, numbering or end."""
    # After Kiss and Strunk (2006): what stands before the period (abbreviation, initial, number) and what follows it
    # (case, a word that commonly begins a sentence) decide together; lists take the place of their statistics.
    token = _BEFORE.search(text, max(start, dot - 30), dot)
    word = (token[0] if token else "").strip("'’-/&.")
    if not word:
        return True
    plain = word.lower()
    following = _WORD_AFTER.match(text, after)
    next_word, next_dot = (following[1], following[2]) if following else ("", "")
    begins = next_word.lower() in STARTERS and not next_dot
    at_start = not text[start : dot - len(word)].strip(" \t\n(#*-•")
    numbering = at_start and _NUMBERING.fullmatch(plain)
    ordinal = word.isdigit() and len(word) <= 2 and next_word.lower() in ORDINALS
    if plain in INSIDE or numbering or ordinal:
        return False
    if plain in NUMBERED:
        return not (next_word[:1].isdigit() or _ROMAN_OR_LETTER.fullmatch(next_word))
    if plain in OPEN or _DOTTED.fullmatch(word):
        return begins
    if len(word) == 1 and word.isalpha() and word.isupper():
        return begins or (word in PRONOUN_LETTERS and text[max(start, dot - 3) : dot - 1].rstrip()[-1:].islower())
    return True


def text_given(given: object, name: str, *, blank: bool = True) -> str:
    """Return a text that somebody has given.

    Args:
        given: what should be a text.
        name: what it is called, for messages.
        blank: whether it may be empty.

    Raises:
        ConfigError: it is none, or empty where it may not be.
    """
    if not isinstance(given, str):
        shown = "null" if given is None else type(given).__name__
        raise ConfigError(f"the {name} must be a text, not {shown}: give it as a string")
    if not blank and not given.strip():
        raise ConfigError(f"the {name} is empty: there is nothing to work on")
    return given
