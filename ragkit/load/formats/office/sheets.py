"""Spreadsheets (.xlsx, .xlsb, .xls, .ods): each sheet a heading and its tables."""

from __future__ import annotations

import datetime as dt
import re
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ragkit.core.errors import LoadError
from ragkit.load.content import Content, Part, PlacedText, RawFile
from ragkit.load.detect import ODF, XLSX
from ragkit.load.formats.markdown import add_sheet, join_blocks
from ragkit.load.formats.office.opendocument import refuse_encrypted
from ragkit.load.formats.office.xlsx import (
    as_percent,
    cell_number,
    column_number,
    drawn_on_sheets,
    percent_cells,
    percent_cells_of_odf,
)
from ragkit.load.formats.package import Package, attribute, descendants, whole_number
from ragkit.load.formats.properties import package_properties

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# Rows (no letters) and cells with the place they claim, as loosely as the parser reads it; and cells, placed or not.
# By regular expressions and not from the XML, which the parser goes through right after.
_PLACED = re.compile(rb"""<(?:\w+:)?(?:c|row)\b(?:[^>"']|"[^"]*"|'[^']*')*?\sr\s*=\s*["']([A-Za-z]*)(\d+)["']""")
_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_LAST_ROW, _LAST_COLUMN = 1_048_576, 16_384  # of the format itself


def read(raw: RawFile) -> Content:
    """Read a workbook: numbers and dates as people see them, empty rows and columns left out.

    Text boxes and charts follow the cells of their sheet.

    Raises:
        LoadError: the workbook is damaged, encrypted or too large.
    """
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    package = _checked_package(raw)
    drawn = drawn_on_sheets(package) if package and raw.media_type == XLSX else {}
    percents: dict[str, frozenset[int]] = {}
    if package:
        odf = raw.media_type != XLSX
        percents = percent_cells_of_odf(package.xml("content.xml")) if odf else percent_cells(package)
    placed = PlacedText()
    try:
        with CalamineWorkbook.from_filelike(BytesIO(raw.data)) as book:
            for name in book.sheet_names:
                sheet = book.get_sheet_by_name(name)
                # Rows come from row 1, but from the first column used.
                left = sheet.start[1] + 1 if sheet.start else 1
                rows = _rows(sheet.iter_rows(), left - 1, percents.get(name, frozenset()))
                rows = _filled_down(rows, left - 1, sheet.merged_cell_ranges or ())
                table, places = add_sheet(rows, heading=f"# {name}", left=left, sheet=name)
                placed.add_placed(table, places)
                above = [] if table or name not in drawn else [f"# {name}"]
                placed.add(join_blocks([*above, *drawn.get(name, ())]), sheet=name)
    except PasswordError as error:
        raise LoadError(raw.source, "encrypted", "is protected by a password: save a copy without one") from error
    except BaseException as error:
        # A panic of the parser, which is written in Rust, is no Exception and has no class that could be imported.
        if not isinstance(error, CalamineError) and type(error).__name__ != "PanicException":
            raise
        detail = f"is damaged ({error}): open it in its program and save it again"
        raise LoadError(raw.source, "corrupt", detail) from error
    title, about = package_properties(package, raw.name) if package else ("", {})
    return Content((Part(placed.text, title=title, places=placed.places, metadata=about),))


def _rows(rows: Iterable[Sequence[Any]], left: int, percents: frozenset[int]) -> Iterator[list[str]]:
    for number, row in enumerate(rows):
        texts = [_cell_text(cell) for cell in row]
        for place, cell in enumerate(row) if percents else ():
            if cell_number(number, left + place) in percents and isinstance(cell, float):
                texts[place] = as_percent(cell)
        yield texts


def _filled_down(
    rows: Iterable[list[str]], left: int, merged: Sequence[tuple[tuple[int, int], tuple[int, int]]]
) -> Iterator[list[str]]:
    """Repeat a cell that is merged over several rows in each of them, so that each can be read by itself."""
    below: dict[int, list[tuple[int, int]]] = {}
    for (first, column), (last, _) in merged:
        if last > first:
            below.setdefault(first, []).append((last, column - left))
    open_: dict[int, tuple[int, str]] = {}  # column -> last row, text
    for number, row in enumerate(rows):
        for column, (last, text) in open_.items():
            if number <= last and column < len(row) and any(row):
                row[column] = row[column] or text
        for last, column in below.get(number, ()):
            if 0 <= column < len(row):
                open_[column] = (last, row[column])
        yield row


def _cell_text(value: Any) -> str:
    """Write a cell as a spreadsheet program does by default."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        # 15 significant digits, as Excel has them: 0.1 + 0.2 is 0.3.
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else format(value, ".15g")
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ").removesuffix(" 00:00:00")
    if isinstance(value, dt.timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
    return str(value)


def _checked_package(raw: RawFile) -> Package | None:
    """Check sizes, declarations and far-away cells; returns the package, None where the workbook is none."""
    # Before the parser does, which trusts the file: a cell at XFD1048576 beside one at A1 made it abort.
    if raw.media_type == XLSX:
        package = Package(raw)
        for name in package.names:
            if not name.startswith("xl/") or not name.endswith(".xml"):
                continue
            data = package.read(name)
            _refuse_declaration(raw, name, data)
            if name.startswith("xl/worksheets/"):
                _refuse_wide(raw, name, data)
        return package
    if raw.media_type == ODF + "spreadsheet":
        package = Package(raw)
        refuse_encrypted(package, raw.source)
        _refuse_repeated(raw, package.xml("content.xml"))
        return package
    return None


def _refuse_declaration(raw: RawFile, name: str, data: bytes) -> None:
    if b"<!DOCTYPE" in data[:4096] or b"<!ENTITY" in data[:4096]:
        detail = f"declares a document type in {name}, which its format forbids: check where it comes from"
        raise LoadError(raw.source, "corrupt", detail)


def _refuse_wide(raw: RawFile, name: str, data: bytes) -> None:
    # The parser allocates the whole rectangle around the used cells; two cells can claim 17 billion.
    placed = _PLACED.findall(data)
    columns = {column_number(letters) for letters in {letters for letters, _ in placed} if letters}
    # Cells that name no place stand in the row that their row element names, however far down.
    unplaced = len(_CELL.findall(data)) - sum(bool(letters) for letters, _ in placed)
    if unplaced > 0:
        columns |= {1, min(unplaced, _LAST_COLUMN)}
    rows = {_row(digits) for digits in {digits for letters, digits in placed if letters or unplaced > 0}}
    last = max(map(_row, {digits for _, digits in placed}), default=0)
    if max(columns, default=0) > _LAST_COLUMN or last > _LAST_ROW:
        detail = f"names cells in {name} that no sheet has: open it in its program and save it again"
        raise LoadError(raw.source, "corrupt", detail)
    if rows and columns and (max(rows) - min(rows) + 1) * (max(columns) - min(columns) + 1) > raw.limits.cells:
        detail = f"has cells so far apart in {name} that its table has more than {raw.limits.cells} cells"
        raise LoadError(raw.source, "too-large", detail + ": delete the stray ones or raise Limits.cells")


def _refuse_repeated(raw: RawFile, root: Any) -> None:
    # One cell may stand for a million; cells without content cost nothing.
    cells = 0
    for row in descendants(root, "table-row"):
        repeated = sum(_repeats(cell, "number-columns-repeated") for cell in row if len(cell))
        cells += repeated * _repeats(row, "number-rows-repeated")
    if cells > raw.limits.cells:
        detail = f"has more than {raw.limits.cells} cells: split it or raise Limits.cells"
        raise LoadError(raw.source, "too-large", detail)


def _repeats(element: Any, name: str) -> int:
    return whole_number(attribute(element, name), 1)


def _row(digits: bytes) -> int:
    return int(digits.lstrip(b"0")[:18] or b"0")
