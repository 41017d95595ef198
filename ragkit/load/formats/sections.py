"""Heading paths and line numbers of a text, found in it and added to the places its reader knows."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_JOINT = " > "
# A place with one of these begins a part that headings above do not reach into.
_APART = ("slide", "section")
_LINES = 1000  # lines counted from one place, so that a file of a thousand lines has one and not a thousand
# Anchors and possessive quantifiers keep time linear: one long line once took readers hours.
_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(\S.*)$", re.MULTILINE)
_UNDERLINED = re.compile(r"^ {0,3}(?![ \-=>|#*+])(\S.*)\n {0,3}(=+|-{2,})[ \t]*$", re.MULTILINE)
_FENCED = re.compile(r"^ {0,3}(`{3,}+|~{3,}+)[^\n]*+\n(?:.*\n)*?(?: {0,3}\1[`~]*[ \t]*$|\Z)", re.MULTILINE)
# Formats whose readers write headings as Markdown ones.
_HEADED = (
    "text/html",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.",
    "application/vnd.openxmlformats-officedocument.presentationml.",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.presentation",
    "application/epub+zip",
    "application/rtf",
    "application/x-ipynb+json",
)
_MARKDOWN = "text/markdown"
_CONVERTED = ("text/html", "text/csv", "text/tab-separated-values")  # their lines are not those of the file


def with_derived(text: str, places: Sequence[Mapping[str, Any]], media_type: str) -> list[dict[str, Any]]:
    """Add to places what follows from the text: the path of headings above, and the line.

    Args:
        text: the document's text.
        places: what its reader knows; nothing is added where it has ``section`` or ``line`` already.
        media_type: what the document is; Markdown headings count in formats that are read as Markdown, lines where the
            text is the file's own.
    """
    known = [dict(place) for place in places]
    if any("section" in place or "line" in place for place in known):
        return known
    if media_type == _MARKDOWN:
        known = with_sections(text, known, underlined=True)
    elif media_type.startswith(_HEADED):
        known = with_sections(text, known)
    lined = media_type.startswith("text/") and media_type not in _CONVERTED
    return _with_lines(text, known) if lined else known


def with_sections(text: str, places: Sequence[Mapping[str, Any]], *, underlined: bool = False) -> list[dict[str, Any]]:
    """Add the path of headings above; a place that has a ``section`` itself is the head of the paths in it.

    Args:
        text: the document's text.
        places: sorted by ``start``; headings above a slide or a place with a section do not reach into it.
        underlined: whether a line of ``===`` or ``---`` makes the one above it a heading.
    """
    # Places and headings in the order of the text; at the same offset the place comes first (level 0).
    marks: list[tuple[int, int, str, Mapping[str, Any]]] = [(place["start"], 0, "", place) for place in places]
    marks += [(start, level, title, {}) for start, level, title in _headings(text, underlined=underlined)]
    found: list[dict[str, Any]] = []
    base: Mapping[str, Any] = {}
    path: dict[int, str] = {}
    for start, level, title, place in sorted(marks, key=lambda mark: mark[:2]):
        if level:
            path = {above: name for above, name in path.items() if above < level} | {level: title}
        else:
            base = place
            if not base.keys().isdisjoint(_APART):
                path = {0: base["section"]} if base.get("section") else {}
        names = list(dict.fromkeys(path.values()))
        section = {"section": _JOINT.join(names)} if names else {}
        inherited = {key: value for key, value in base.items() if key != "section"}
        if found and found[-1]["start"] == start:
            found.pop()
        found.append({**inherited, "start": start, **section})
    return found


def _headings(text: str, *, underlined: bool) -> Iterator[tuple[int, int, str]]:
    """Offset, level and title of each heading outside of code fences."""
    fences = [found.span() for found in _FENCED.finditer(text)] if "```" in text or "~~~" in text else []
    headings = [(found.start(), len(found[1]), _open(found[2])) for found in _HEADING.finditer(text)]
    if underlined:
        headings += [(each.start(), 1 if "=" in each[2] else 2, each[1]) for each in _UNDERLINED.finditer(text)]
    ends = [end for _, end in fences]  # ascending, so that each heading finds its fence by bisection
    for start, level, title in sorted(headings):
        fence = bisect_right(ends, start)
        if fence == len(fences) or start < fences[fence][0]:
            yield start, level, " ".join(title.split())


def _open(title: str) -> str:
    """Leave out the number signs that close a heading."""
    return title.rstrip().rstrip("#").rstrip() or title


def _with_lines(text: str, places: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Number the lines: at each place, and at least every thousand lines."""
    ends = [found.end() for found in re.finditer("\n", text)]
    starts = set(ends[_LINES - 1 :: _LINES]) - {len(text)}
    merged: dict[int, dict[str, Any]] = {0: {}} | {place["start"]: place for place in places}
    numbered: list[dict[str, Any]] = []
    base: dict[str, Any] = {}
    line, position = 1, 0
    for start in sorted(starts | merged.keys()):
        line, position = line + text.count("\n", position, start), start
        base = merged.get(start, base)
        numbered.append({**base, "start": start, "line": line})
    return numbered
