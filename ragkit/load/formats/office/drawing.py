"""What Word, PowerPoint and Excel draw in the same way: paragraphs of shapes and diagrams, and charts."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from ragkit.core.errors import LoadError
from ragkit.load.formats.markdown import markdown_table
from ragkit.load.formats.package import child, descendants, local_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ragkit.load.formats.package import Package

logger = logging.getLogger(__name__)


def words_of_part(package: Package, name: str, reader: Callable[[Any], Iterator[str]]) -> list[str]:
    """Read the blocks of text of a part that something is drawn in; ``reader`` yields them from its root element.

    A damaged or missing part is left out, since the text goes on without it.

    Raises:
        LoadError: the part goes beyond a limit.
    """
    if name not in package:
        return []
    try:
        return list(reader(package.xml(name)))
    except LoadError as error:
        if error.reason != "corrupt":
            raise
        logger.warning("%s: what is drawn in %s is left out: %s", error.source, name, error.detail)
        return []


def attribute_of_relation(element: Any) -> str:
    """Return an element's relationship id (``r:id``, beside which there may be a plain ``id``)."""
    return next((value for key, value in element.attrib.items() if key.endswith("relationships}id")), "")


def paragraphs(element: Any) -> Iterator[str]:
    """The paragraphs below an element that hold text."""
    for paragraph in descendants(element, "p"):
        text = "".join(_runs(paragraph)).strip()
        if text:
            yield text


def _runs(paragraph: Any) -> Iterator[str]:
    # Runs lie in fields and links too, so all that is below the paragraph is looked at.
    for inner in paragraph.iter():
        name = local_name(inner)
        if name == "t":
            yield inner.text or ""
        elif name == "br":
            yield "\n"
        elif name == "tab":
            yield " "


def chart_text(chart: Any) -> Iterator[str]:
    """A chart's title, then its numbers as a table: categories down, series across."""
    # The numbers that the program stored when it drew the chart; the workbook behind it is not looked at.
    for title in descendants(chart, "title"):
        yield from paragraphs(title)
    header, columns = [""], []
    categories: list[str] = []
    for series in descendants(chart, "ser"):
        header.append(" ".join(_values(child(series, "tx"))))
        categories = categories or _values(child(series, "cat")) or _values(child(series, "xVal"))
        columns.append(_values(child(series, "val")) or _values(child(series, "yVal")))
    length = max(map(len, [categories, *columns]), default=0)
    rows = [[column[row] if row < len(column) else "" for column in (categories, *columns)] for row in range(length)]
    table = markdown_table([header, *rows]) if columns else ""
    if table:
        yield table


def _values(element: Any) -> list[str]:
    return [value.text or "" for value in descendants(element, "v")] if element is not None else []
