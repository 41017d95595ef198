"""JSON in its forms: a value as readable text, rows (.jsonl) as documents, notebooks (.ipynb) as prose and code."""

from __future__ import annotations

import itertools
import json
import logging
import re
from math import isfinite
from typing import TYPE_CHECKING, Any

from ragkit.load.content import Content, Part, PlacedText, RawFile, clean
from ragkit.load.detect import is_json
from ragkit.load.formats.html import html_page
from ragkit.load.formats.properties import properties
from ragkit.load.formats.text.plain import markdown_title
from ragkit.load.formats.text.plain import read as read_text

if TYPE_CHECKING:
    from collections.abc import Iterator

logger = logging.getLogger(__name__)

# Metadata that ragkit itself writes; a field of a row must not pass for it.
_RESERVED = frozenset(("source", "title", "places", "media_type", "part"))
_NAMES = ("_id", "id")
# Escape sequences that terminals show tracebacks in colour by (ECMA-48).
_COLOURS = re.compile(r"\x1b\[[\d;]*[A-Za-z]")
_LOOKED_AT = 20  # lines in which two values decide whether a file is JSON or one value a line


def read_json(raw: RawFile) -> Content:
    """Read a JSON value as ``key: value`` lines; what is no JSON, or too deep, stays the text it is."""
    text = read_text(raw).parts[0].text
    try:
        # Numbers stay as they are written, and of a key that comes twice no value is lost.
        value = json.loads(text, parse_float=str, parse_int=str, object_pairs_hook=_object)
        return Content((Part("\n".join(_lines(value))),))
    except (ValueError, RecursionError) as error:
        if _first_lines(text) == [True, True]:
            return read_jsonl(raw)
        logger.warning("%s is read as plain text, since it is no readable JSON: %s", raw.source, error)
        return Content((Part(text),))


def read_jsonl(raw: RawFile) -> Content:
    """Read a file of JSON values, one a line, each a document.

    A row with ``text`` (and perhaps ``_id`` or ``id`` and ``title``, as in BEIR's corpora) is that text; its other
    fields become metadata. Any other row becomes ``key: value`` lines. A line that is no JSON stays as it is.
    """
    parts: list[Part] = []
    text = read_text(raw).parts[0].text
    if _first_lines(text)[:1] == [False] and is_json(text):
        return read_json(raw)  # a single value over many lines
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            parts.append(_row(raw.source, number, line))
    return Content(tuple(parts))


def read_notebook(raw: RawFile) -> Content:
    """Read a notebook: Markdown cells as they are, code in fences, the text of its outputs."""
    text, placed = read_text(raw).parts[0].text, PlacedText()
    try:
        notebook = json.loads(text)
        language, about = _language(notebook), properties(author=_authors(notebook))
        for number, cell in enumerate(_cells(notebook), 1):
            placed.add("\n\n".join(block for block in _cell_blocks(cell, language) if block.strip()), cell=number)
    except (ValueError, RecursionError, AttributeError, TypeError) as error:
        logger.warning("%s is read as plain text, since it is no readable notebook: %s", raw.source, error)
        return Content((Part(text),))
    return Content((Part(placed.text, title=markdown_title(placed.text), places=placed.places, metadata=about),))


def _first_lines(text: str) -> list[bool]:
    """For each of the first two lines that hold anything, whether it is a whole JSON value."""
    lines = [line for line in itertools.islice(text.split("\n"), _LOOKED_AT) if line.strip()]
    return [is_json(line) for line in lines[:2]]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    # A key that comes twice: each value stays, in a list.
    every: dict[str, list[Any]] = {}
    for key, value in pairs:
        every.setdefault(key, []).append(value)
    return {key: values if len(values) > 1 else values[0] for key, values in every.items()}


def _row(source: str, number: int, line: str) -> Part:
    places = ({"start": 0, "row": number},)
    try:
        value = json.loads(line)
        text = "\n".join(_lines(value))
    except (ValueError, RecursionError) as error:
        logger.warning("%s, line %d is read as plain text, since it is no readable JSON: %s", source, number, error)
        return Part(line, places=places)
    if not isinstance(value, dict):
        return Part(text, places=places)
    named = next((value[key] for key in _NAMES if isinstance(value.get(key), str | int)), None)
    name = None if named is None else clean(str(named))
    if not isinstance(value.get("text"), str):
        return Part(text, places=places, id=name)
    title = value["title"] if isinstance(value.get("title"), str) else ""
    taken = {"text", "title", *_NAMES}
    fields = {key: field for key, field in value.items() if key not in taken | _RESERVED and field not in ({}, None)}
    body = value["text"]
    # A row whose text is empty says all it has in its title.
    return Part(body if body.strip() else title, title=title, places=places, id=name, metadata=_storable(fields))


def _storable(value: Any) -> Any:
    """What Python reads as JSON but nobody else does: infinite numbers become words, halves of characters U+FFFD."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if isinstance(value, dict):
        return {clean(str(key)): _storable(inner) for key, inner in value.items()}
    return [_storable(inner) for inner in value] if isinstance(value, list) else value


def _lines(value: Any, indent: str = "") -> Iterator[str]:
    """Write a JSON value for reading: scalars after their key, deeper values indented below it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, dict | list):
                lines = list(_lines(inner, indent + "  "))
                yield from [f"{indent}{key}:", *lines] if lines else []
            else:
                yield f"{indent}{key}: {_scalar(inner)}"
    elif isinstance(value, list):
        for inner in value:
            lines = list(_lines(inner, indent + "  "))
            yield from [f"{indent}- {lines[0][len(indent) + 2 :]}", *lines[1:]] if lines else []
    else:
        yield indent + _scalar(value)


def _scalar(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _cells(notebook: Any) -> list[Any]:
    # Format 4 has cells at the top, format 3 in worksheets.
    if "cells" in notebook:
        return notebook["cells"]
    return [cell for sheet in notebook.get("worksheets", ()) for cell in sheet["cells"]]


def _language(notebook: Any) -> str:
    about = notebook.get("metadata", {})
    return about.get("kernelspec", {}).get("language") or about.get("language_info", {}).get("name", "")


def _authors(notebook: Any) -> list[str]:
    listed = notebook.get("metadata", {}).get("authors") or ()
    return [str(each["name"]) for each in listed if isinstance(each, dict) and "name" in each]


def _cell_blocks(cell: Any, language: str) -> Iterator[str]:
    text = _joined(cell.get("source", cell.get("input", "")))
    if cell.get("cell_type") != "code":
        yield "#" * cell["level"] + " " + text if cell.get("cell_type") == "heading" else text
        return
    if text.strip():
        yield f"```{language}\n{text}\n```"
    for output in cell.get("outputs", ()):
        yield from _output_blocks(output)


def _output_blocks(output: Any) -> Iterator[str]:
    """The text of an output: prose as it is, all else in a fence."""
    data = output.get("data", output)  # format 3 has no ``data``
    text = _joined(output.get("text") or data.get("text/plain", ""))
    if "ename" in output:
        text = _joined([line + "\n" for line in output.get("traceback", ())])
        text = _COLOURS.sub("", text) or f"{output['ename']}: {output.get('evalue', '')}"
    if data.get("text/markdown"):
        yield _joined(data["text/markdown"])
    elif text.strip():
        yield f"```\n{text.rstrip()}\n```"
    elif data.get("text/html"):
        yield html_page(_joined(data["text/html"])).text


def _joined(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)
