"""Where characters of a document stand: page, slide, sheet and cells, section, line; standard library only.

A loader that knows places keeps them in ``metadata["places"]``: a list of objects sorted by ``start``, each valid up to
the next one's start, for example ``[{"start": 0, "page": 1}, {"start": 1830, "page": 2}]``. Keys besides ``start``:
``page`` (from 1), ``slide``, ``sheet``, ``cells``, ``section``, ``line``, ``cell``, ``row``; ``boxes`` is a page's own.

Two keys are counted from a place's start instead of being written down for every line: ``line`` goes up by one at each
line end, and ``cells`` are those of a table that has one line a row, besides the rule below its header.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_HIDDEN = ("start", "boxes")
_OF_DOCUMENTS = ("member", "message", "attachment")  # what a whole document of a file is
_OF_PLACES: dict[str, type] = {
    **dict.fromkeys(("page", "slide", "line", "cell", "row"), int),
    **dict.fromkeys(("sheet", "cells", "section"), str),
}
_WRITTEN = ("member", "message", "attachment", "page", "slide", "sheet", "cell", "row", "line")
_CELLS = re.compile(r"([A-Z]+)(\d+):([A-Z]+)(\d+)")
_RULE = "| ---"


def place_at(metadata: Mapping[str, Any], offset: int, text: str = "", end: int | None = None) -> dict[str, Any]:
    """Return where a character of a document stands.

    Args:
        metadata: the document's.
        offset: of a character in its text.
        text: the document's text, in which lines and rows of cells are counted. Without it ``line`` is left out and
            ``cells`` are those of the whole table.
        end: offset behind a passage that begins there: ``cells`` are those of all its rows.

    Returns:
        The place without ``start``, and the ``member``, ``message`` or ``attachment`` that the document is; empty where
        nothing is known.
    """
    found = {key: metadata[key] for key in _OF_DOCUMENTS if key in metadata}
    places: Sequence[Mapping[str, Any]] = metadata.get("places", ())
    # The last place that starts at or before the offset; the list is sorted.
    index = bisect_right(places, offset, key=_start) - 1
    if index < 0:
        return found
    place = places[index]
    found.update((key, value) for key, value in place.items() if key not in _HIDDEN)
    start: int = place["start"]
    if "line" in place:
        if text:
            found["line"] += text.count("\n", start, offset)
        else:
            del found["line"]
    if text and "cells" in place:
        found["cells"] = _narrowed(place["cells"], text, start, offset, offset + 1 if end is None else end)
    return found


def _start(place: Mapping[str, Any]) -> int:
    return place["start"]


def _narrowed(cells: str, text: str, start: int, first: int, last: int) -> str:
    """The rows of a range of cells that text[first:last] has; the range's first row stands at ``start``."""
    known = _CELLS.fullmatch(cells)
    if known is None:
        return cells
    left, top, right, bottom = known[1], int(known[2]), known[3], int(known[4])
    # A table is written as Markdown: header, rule `| --- |`, rows; the rule is a line of text but no row of the sheet.
    ruled = text.startswith(_RULE, text.find("\n", start) + 1)
    lines = text.count("\n", start, first), text.count("\n", start, max(last - 1, first))
    rows = [min(top + (line - 1 if ruled and line else line), bottom) for line in lines]
    return f"{left}{rows[0]}:{right}{rows[1]}"


def pages_inside(metadata: Mapping[str, Any], start: int, end: int) -> list[dict[str, int]]:
    """List the pages that begin within (start, end) of a document, as ``{"start": offset, "page": number}``."""
    return [
        {"start": place["start"], "page": place["page"]} for place in _inside(metadata, start, end) if "page" in place
    ]


def places_inside(metadata: Mapping[str, Any], start: int, end: int) -> list[dict[str, Any]]:
    """List the places without pages that begin within (start, end) of a document."""
    return [dict(place) for place in _inside(metadata, start, end) if "page" not in place]


def _inside(metadata: Mapping[str, Any], start: int, end: int) -> Sequence[Mapping[str, Any]]:
    places: Sequence[Mapping[str, Any]] = metadata.get("places", ())
    return places[bisect_right(places, start, key=_start) : bisect_left(places, end, key=_start)]


def passage_places(metadata: Mapping[str, Any], text: str, start: int, end: int) -> dict[str, Any]:
    """Return the places that go into the metadata of a passage.

    Args:
        metadata: the document's.
        text: the document's text.
        start: offset of the passage.
        end: offset behind it.

    Returns:
        The place of its first character; ``pages_inside`` and ``places_inside`` where others begin within it.
    """
    later = {"pages_inside": pages_inside(metadata, start, end), "places_inside": places_inside(metadata, start, end)}
    return place_at(metadata, start, text, end) | {key: value for key, value in later.items() if value}


def within(metadata: Mapping[str, Any], text: str, shift: int, start: int, end: int) -> dict[str, Any]:
    """Return where a span within a passage stands, from the places in the passage's metadata.

    Args:
        metadata: the passage's.
        text: the passage.
        shift: offset of the passage in its document.
        start: offset of the span in the document.
        end: offset behind it.
    """
    # A passage has the place of its first character in its own metadata and the later ones in lists; put together, with
    # offsets counted from the passage's start, they are the places of a small document.
    first = {key: metadata[key] for key, kind in _OF_PLACES.items() if isinstance(metadata.get(key), kind)}
    later = [*metadata.get("pages_inside", ()), *metadata.get("places_inside", ())]
    places = [{"start": 0, **first}, *({**place, "start": place["start"] - shift} for place in later)]
    known = {key: metadata[key] for key in _OF_DOCUMENTS if key in metadata}
    return place_at({**known, "places": places}, start - shift, text, end - shift)


def place_words(place: Mapping[str, Any]) -> str:
    """Write a place for people, for example ``page 2``, ``sheet Abroad, cells A3:C9``; empty where nothing is known."""
    words = [f"{key} {place[key]}" for key in _WRITTEN if key in place]
    if "cells" in place:
        words.append(f"cells {place['cells']}")
    if not words and place.get("section"):
        words.append(f"section {place['section']}")
    return ", ".join(words)
