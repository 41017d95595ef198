"""Examples that documents are: rows with text and answer, rows of keys and values, rows of tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ragkit.prompt.examples import ASKED, SAID, example
from ragkit.tables import tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ragkit.types import Example

_KEYED = re.compile(r"(\w[\w -]*): (.*)")


def examples_in(
    text: str, metadata: Mapping[str, Any], *, id: str = "", within: tuple[int, int] | None = None
) -> list[Example]:
    """Return the examples that a document holds, in their order; none where it is no example.

    One whose metadata says what is wanted (under a name of ``ragkit.prompt.examples.SAID``) is an example as a whole,
    as is one of ``key: value`` lines that name what is given and what is wanted: so rows of JSONL files are read. Of a
    table with columns for both, each row is one.

    Args:
        text: of the document.
        metadata: of the document.
        id: of the document.
        within: offsets between which rows of tables are taken; None takes all.
    """
    if (said := example({**metadata, ASKED[0]: text}, id)) is not None:
        return [said]
    if (keyed := _keyed(text)) is not None and (row := example(keyed, id)) is not None:
        return [row]
    found: list[Example] = []
    for table in tables(text):
        for number, row in enumerate(table.rows, 1):
            if within is None or (row.start < within[1] and row.end > within[0]):
                own = f"{id}:{number}" if id else str(number)
                made = example(dict(zip(table.columns, row.cells, strict=True)), own)
                found += [made] if made is not None else []
    return found


def _keyed(text: str) -> dict[str, str] | None:
    """Return keys and values, where each line has both and no key comes twice."""
    lines = [_KEYED.fullmatch(line) for line in text.split("\n")]
    keys = {line[1]: line[2] for line in lines if line is not None}
    asked_and_said = any(name in keys for name in ASKED) and any(name in keys for name in SAID)
    return keys if asked_and_said and len(keys) == len(lines) else None
