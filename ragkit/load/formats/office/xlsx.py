"""What the parser of workbooks leaves out: which cells are percentages, and the text boxes and charts on sheets.

People see 65 %, the file holds 0.65: only the format of a cell says so.
"""

from __future__ import annotations

import logging
import re
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from ragkit.core.errors import LoadError
from ragkit.load.formats.office.drawing import attribute_of_relation, chart_text, paragraphs, words_of_part
from ragkit.load.formats.package import attribute, child, descendants, local_name, whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ragkit.load.formats.package import Package

    Cells = frozenset[int]

logger = logging.getLogger(__name__)

_MOST_COLUMNS = 1 << 14  # of the formats
_BUILT_IN = frozenset((9, 10))  # numbers of the formats 0% and 0.00% (ECMA-376, part 1, 18.8.30)
# Of a format code: what is written as it stands ("%", \%), widths and fillers (_x, *x), and conditions ([Red]).
_QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_CELL = re.compile(rb"<(?:\w+:)?c\s((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>")
_PLACE = re.compile(rb"""(?:^|\s)r\s*=\s*["']([A-Za-z]{1,3})(\d{1,7})["']""")
_STYLE = re.compile(rb"""(?:^|\s)s\s*=\s*["'](\d{1,6})["']""")


def percent_cells(package: Package) -> dict[str, Cells]:
    """Find the cells of an Excel workbook (.xlsx) whose format shows them as percentages.

    Returns:
        Name of a sheet -> its percentages, as ``cell_number`` counts them; sheets without any are left out. Of damaged
        formats nothing is known, which is logged.
    """
    try:
        return dict(_of_workbook(package))
    except LoadError as error:
        logger.warning("percentages stay as the file holds them, since the formats cannot be read: %s", error)
        return {}


def percent_cells_of_odf(content: Any) -> dict[str, Cells]:
    """Find the percentages of an OpenDocument sheet, by the root of its ``content.xml``; see :func:`percent_cells`."""
    found: dict[str, Cells] = {}
    for table in descendants(content, "table"):
        cells, row_number = set[int](), 0
        for row in descendants(table, "table-row"):
            rows, column = whole_number(attribute(row, "number-rows-repeated"), 1), 0
            for cell in row:
                if local_name(cell) not in ("table-cell", "covered-table-cell"):
                    continue
                columns = whole_number(attribute(cell, "number-columns-repeated"), 1)
                if len(cell) and attribute(cell, "value-type") == "percentage":
                    cells |= {cell_number(row_number + i, column + j) for i in range(rows) for j in range(columns)}
                column += columns
            row_number += rows
        if cells:
            found[attribute(table, "name") or ""] = frozenset(cells)
    return found


def cell_number(row: int, column: int) -> int:
    """Return one number for a cell of a sheet; row and column count from 0."""
    return row * _MOST_COLUMNS + column


def column_number(letters: bytes) -> int:
    """Return the number of a column, from 1, by its letters; any eight of them at most, as damaged files have more."""
    number = 0
    for letter in letters[:8].upper():
        number = number * 26 + letter - 64
    return number


def as_percent(value: float) -> str:
    """Write a share as a percentage with all its digits: 0.125 to 12.5%."""
    # In decimals: 0.07 * 100 is 7.000000000000001 as a float.
    number = (Decimal(format(value, ".15g")) * 100).normalize()
    return f"{number:f}%"


def _of_workbook(package: Package) -> Iterator[tuple[str, Cells]]:
    main = package.main_part("xl/workbook.xml")
    if main not in package:
        return
    # Number format -> cell style -> cell: a cell names its style, the style its format, the format has a % or not.
    relations = package.relations(main)
    styles = next((target for kind, target in relations.values() if kind == "styles" and target in package), None)
    percents = _styles(package.xml(styles)) if styles else frozenset[int]()
    if not percents:
        return
    for sheet in descendants(package.xml(main), "sheet"):
        target = relations.get(attribute_of_relation(sheet), ("", ""))[1]
        cells = frozenset(_cells(package.read(target), percents)) if target in package else frozenset[int]()
        if cells:
            yield attribute(sheet, "name") or "", cells


def _styles(root: Any) -> frozenset[int]:
    """Return the numbers of the cell styles that show percentages."""
    codes = {
        whole_number(attribute(each, "numFmtId"), -1): attribute(each, "formatCode") or ""
        for each in descendants(root, "numFmt")
    }
    formats = {number for number, code in codes.items() if "%" in _QUOTED.sub("", code)} | (_BUILT_IN - set(codes))
    styles = child(root, "cellXfs")
    styles = [each for each in styles if local_name(each) == "xf"] if styles is not None else []
    return frozenset(
        place for place, style in enumerate(styles) if whole_number(attribute(style, "numFmtId"), -1) in formats
    )


def _cells(sheet: bytes, percents: frozenset[int]) -> Iterator[int]:
    # By regular expressions: a sheet may have millions of cells, and an element for each would take the memory.
    for found in _CELL.finditer(sheet):
        style, place = _STYLE.search(found[1]), _PLACE.search(found[1])
        if style and place and int(style[1]) in percents:
            yield cell_number(int(place[2]) - 1, column_number(place[1]) - 1)


def drawn_on_sheets(package: Package) -> dict[str, list[str]]:
    """Read the text boxes and charts of each sheet; sheets without any are left out.

    Raises:
        LoadError: the list of sheets is damaged, or a part goes beyond a limit.
    """
    main = package.main_part("xl/workbook.xml")
    if main not in package:
        return {}
    relations = package.relations(main)
    found: dict[str, list[str]] = {}
    for sheet in descendants(package.xml(main), "sheet"):
        target = relations.get(attribute_of_relation(sheet), ("", ""))[1]
        if target not in package:
            continue
        for kind, drawing in package.relations(target).values():
            blocks = words_of_part(package, drawing, partial(_blocks, package, drawing)) if kind == "drawing" else []
            if blocks:
                found.setdefault(attribute(sheet, "name") or "", []).extend(blocks)
    return found


def _blocks(package: Package, name: str, root: Any) -> Iterator[str]:
    relations = package.relations(name)
    for element in root.iter("{*}txBody", "{*}chart"):
        if local_name(element) == "txBody":
            yield from paragraphs(element)
        else:
            target = relations.get(attribute_of_relation(element), ("", ""))[1]
            yield from words_of_part(package, target, chart_text)
