"""reStructuredText: headings become Markdown headings, all else stays as it is written; no directive is carried out."""

from __future__ import annotations

import re

from ragkit.load.content import Content, Part, RawFile, plausible_title
from ragkit.load.formats.text.plain import read as read_text

# A line of one punctuation character, as drawn under (or over and under) a heading.
_RULE = re.compile(r"([!-/:-@\[-`{-~])\1+$")
_DEEPEST = 6


def read(raw: RawFile) -> Content:
    """Read reStructuredText; the title is its first heading."""
    lines = [line.rstrip() for line in read_text(raw).parts[0].text.split("\n")]
    out: list[str] = []
    # What headings of level 1, 2, ... are drawn with: the standard fixes no characters, the order in the file decides.
    styles: list[str] = []
    title, index = "", 0
    while index < len(lines):
        found = _heading(lines, index)
        if found is None:
            out.append(lines[index])
            index += 1
            continue
        text, style, length = found
        if style not in styles:
            styles.append(style)
        out.append("#" * min(styles.index(style) + 1, _DEEPEST) + " " + text)
        title = title or text
        index += length
    return Content((Part("\n".join(out), title=plausible_title(title, raw.name)),))


def _heading(lines: list[str], index: int) -> tuple[str, str, int] | None:
    """A heading that begins at a line: its text, what it is drawn with, and how many lines it takes."""
    line, below, second = (lines[place] if place < len(lines) else "" for place in range(index, index + 3))
    if index and lines[index - 1] and not _RULE.match(lines[index - 1]):  # it follows an empty line or a heading
        return None
    if _RULE.match(line) and line == second and below.strip() and not _RULE.match(below):
        return below.strip(), line[0] * 2, 3
    if not line or line[0].isspace() or _RULE.match(line) or not _RULE.match(below):
        return None
    # A rule shorter than its heading is let pass from four signs, as docutils does.
    return (line, below[0], 2) if len(below) >= min(len(line), 4) else None
