"""What lies on the cells of a workbook (.xlsx): text boxes and charts, by the sheet that they are on."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from ragkit.load.drawing import attribute_of_relation, chart_text, paragraphs, words_of_part
from ragkit.load.package import attribute, descendants, local_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ragkit.load.package import Package


def drawn_on_sheets(package: Package) -> dict[str, list[str]]:
    """Read text boxes and charts.

    Returns:
        Name of a sheet -> blocks of text; sheets on which nothing is drawn are left out.

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
