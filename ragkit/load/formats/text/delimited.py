"""Tables as text (.csv, .tsv), whatever the delimiter."""

from __future__ import annotations

import csv
import re
from collections import Counter
from io import StringIO

from ragkit.load.content import Content, Part, RawFile
from ragkit.load.formats.markdown import add_sheet
from ragkit.load.formats.text.plain import read as read_text

_DELIMITERS = ",;\t|"
_SAMPLE = 1 << 16  # characters
_STATED = re.compile(r"sep=(.)\n", re.IGNORECASE)  # a first line for spreadsheet programs


def read(raw: RawFile) -> Content:
    """Read a table as Markdown; a file whose quoting is broken beyond use stays the text it is."""
    text = read_text(raw).parts[0].text
    stated = _STATED.match(text)
    if stated:
        text = text[stated.end() :]
    delimiter = (
        stated[1] if stated else "\t" if raw.media_type == "text/tab-separated-values" else _delimiter(text[:_SAMPLE])
    )
    try:
        table, places = add_sheet(csv.reader(StringIO(text, newline=""), delimiter=delimiter))
        return Content((Part(table, places=tuple(places)),))
    except csv.Error:
        return Content((Part(text),))


def _delimiter(sample: str) -> str:
    """Choose the delimiter by which most rows have the same number of columns, more than one."""
    # Agreement of the rows, and not csv.Sniffer, which raises an error where no pattern is plain to it.
    best, most = ",", 0.0
    for delimiter in _DELIMITERS:
        try:
            widths = Counter(len(row) for row in csv.reader(StringIO(sample, newline=""), delimiter=delimiter) if row)
        except csv.Error:
            continue
        agreeing = max(((count, width) for width, count in widths.items() if width > 1), default=(0, 0))
        score = agreeing[0] / max(sum(widths.values()), 1)
        if score > most:
            best, most = delimiter, score
    return best
