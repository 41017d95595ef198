"""Lines that state nothing: titles, headings, running headers, page numbers, synopses. They are no evidence.

No word list decides here, only the form of a line and where it stands, so that it holds for every language.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from ragkit.text.rules.function_words import PAGE_OF

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ragkit.core.types import Chunk

MOST_WORDS = 14  # of a heading; a longer line says something
BLOCK = 3  # short lines in a row from which they are a block that says something together: a title page, an address
LONGEST_BLOCK = 320  # characters of such a block
CODE = 0.4  # share of words made of signs from which a line is a synopsis

_ENDED = re.compile(r"[.!?…。！？:;,][\"'”’»)\]]*\Z")
_NUMBERING = re.compile(r"(?:\(?(?:\d{1,2}(?:\.\d{1,3})*|[A-Za-z]|[IVXLC]{1,5})[.)]?\s+)?")
_LABELLED = re.compile(r"[^:|]{2,40}:\s*\S|\S\s{3,}\S|\S\t\S")  # "Telephone: 123", and columns set apart by blanks
_ITEM = re.compile(r"(?:[-*+•◦▪]|\(?\w{1,3}[.)])\s+\Z")  # the mark of a list's item, before it
_PAGE = re.compile(
    rf"(?:(?<=\s)|(?<=\|)|^)(?:[-–]\s*)?\d{{1,4}}(?:\s*[-–])?(?:\s*(?:/|{'|'.join(PAGE_OF)})\s*\d{{1,4}})?\Z"
)
_SIGNS = re.compile(r"[\[\]<>{}|=]|^--?\w|\.\.\.")


def repeated_lines(chunks: Sequence[Chunk]) -> frozenset[str]:
    """Return the lines, without their numbers, that several passages of one document hold: headers and footers."""
    found: Counter[tuple[str, str]] = Counter()
    for chunk in {chunk.id: chunk for chunk in chunks}.values():
        lines = {_shape(line) for line in chunk.text.splitlines()}
        found.update((chunk.source, line) for line in lines if line)
    return frozenset(line for (_, line), count in found.items() if count > 1)


def _shape(line: str) -> str:
    """Return a line as it is the same on every page; empty for rows of tables, which may repeat."""
    line = line.strip()
    return "" if line.startswith("|") else re.sub(r"\d+", "", line).strip(" |-–·").casefold()


def statements_of(
    chunk: Chunk, places: Sequence[tuple[int, int]], repeated: Collection[str] = ()
) -> list[tuple[int, int]]:
    """Return the spans of a passage that may state something; short lines in a row are joined to one.

    Args:
        chunk: the passage.
        places: its sentences and lines, in order.
        repeated: lines that several passages of the document hold, as :func:`repeated_lines` returns them.

    Returns:
        Spans in order; all of ``places`` where none would be left.
    """
    titles = {_plain(line) for line in chunk.heading.splitlines()} | {_plain(str(chunk.metadata.get("title", "")))}
    titles |= {_plain(part) for line in chunk.heading.splitlines() for part in re.split(r"\s[>›/|—–-]\s", line)}
    out: list[tuple[int, int]] = []
    run: list[tuple[int, int]] = []
    for start, end in places:
        text = chunk.text[start:end]
        if start == 0 < chunk.start and text[0].islower():  # the rest of a sentence that was cut
            continue
        if _plain(text) in titles or _is_header_row(chunk.text, start, end):
            continue
        if _whole_line(chunk.text, start, end) and not text.startswith("|"):
            if _is_running(text, repeated) or _is_synopsis(text):
                continue
            if _is_short(text):
                run.append((start, end))
                continue
        out += _block(run)
        run = []
        out.append((start, end))
    out += _block(run)
    return _introduced(chunk.text, out, places) or list(places)


def _introduced(text: str, out: Sequence[tuple[int, int]], places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Let a sentence that ends with a colon go on over what it introduces: the next lines, a list, an example."""
    joined: list[tuple[int, int]] = []
    done = 0
    for start, end in out:
        if start < done and joined and end <= joined[-1][1]:  # an item of a list that is quoted as a whole
            joined.append((start, end))
            continue
        stop = end
        if text[end - 1] == ":" and text[start] != "|":
            behind = [place for place in places if place[0] >= end]
            for begin, last in behind:
                blank = "\n\n" in text[stop:begin].strip(" ") and stop != end
                if (
                    text[begin] == "|"
                    or last - start > LONGEST_BLOCK
                    or (blank and not _ITEM.search(text[:begin].rpartition("\n")[2]))
                ):
                    break
                stop = last
        joined.append((start, stop))
        done = stop
    return joined


def _block(run: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return what short lines in a row make: one span or a few; nothing where they are a heading or two."""
    if len(run) < BLOCK:
        return []
    out = [run[0]]
    for start, end in run[1:]:
        if end - out[-1][0] <= LONGEST_BLOCK:
            out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return out


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _whole_line(text: str, start: int, end: int) -> bool:
    """Whether a span fills its line or lines, but for its number; items behind a bullet do not."""
    begin, stop = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    before, behind = text[begin:start], text[end : stop if stop >= 0 else len(text)]
    return bool(_NUMBERING.fullmatch(f"{before.strip()} " if before.strip() else "")) and not behind.strip()


def _is_header_row(text: str, start: int, end: int) -> bool:
    """Whether a row of a table is the one above its rule."""
    if text[start] != "|":
        return False
    below = text[end:].lstrip("\n").partition("\n")[0].strip()
    return below.startswith("|") and bool(re.fullmatch(r"[\s|:=-]+", below))


def _is_running(text: str, repeated: Collection[str]) -> bool:
    """Whether a line is a header or a footer: on several pages, or all capitalised with a page number at its end."""
    if len(text) > 160 or _ENDED.search(text) or _LABELLED.search(text):
        return False
    if _shape(text) in repeated:
        return True
    words = re.findall(r"[^\W\d_]\w*", text)
    return (
        bool(_PAGE.search(text)) and len(words) <= MOST_WORDS and sum(w[0].isupper() for w in words) > 0.7 * len(words)
    )


def _is_short(text: str) -> bool:
    """Whether a line could be a title or heading: few words, no end of a sentence, no value behind a label."""
    body = text[_NUMBERING.match(text).end() :]  # pyright: ignore[reportOptionalMemberAccess] - always matches
    words = body.split()
    if not words or body[0].islower() or len(words) > MOST_WORDS or _ENDED.search(body) or _LABELLED.search(body):
        return False
    return not any(sign.isdigit() for sign in body) or sum(word[0].isupper() for word in words) > 0.6 * len(words)


def _is_synopsis(text: str) -> bool:
    """Whether a line is the syntax of a command, mostly brackets and options."""
    words = text.split()
    return len(words) > 2 and sum(bool(_SIGNS.search(word)) for word in words) >= CODE * len(words)
