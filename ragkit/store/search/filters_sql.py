"""Metadata filters as SQL over the chunks of an index.

SQLite's JSON functions agree with Python's about almost everything. Where they may not (NaN, null characters, quotation
marks in keys, operands beyond 64 bits), :func:`ragkit.store.search.filters.passes` decides, row by row.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ragkit.store.search.filters import Comparison, Joined, kind, parse, passes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from ragkit.store.search.filters import MetadataFilter, Node, Scalar
    from ragkit.store.sqlite.store import Store

MOST = 100  # conditions in one statement; SQLite limits how deep expressions are
# Passages cut from a file have these beside their metadata, as the documents that retrievers return show them.
PLACES = {
    "document_id": ("text", "documents.uid"),
    "start": ("integer", "start"),
    "end": ("integer", '"end"'),
    "heading": ("text", "heading"),
}
_CUT = "chunks.uid != documents.uid"
_FROM = "FROM chunks JOIN documents ON documents.id = document_id"
# Metadata that json.loads() accepts and SQLite does not (NaN), or reads only in part (null characters).
_CERTAIN = " AND ".join(
    rf"json_valid({table}.metadata) AND instr({table}.metadata, '\u0000') = 0" for table in ("chunks", "documents")
)
_METADATA = (
    f'SELECT chunks.id, documents.metadata, chunks.metadata, {_CUT}, documents.uid, start, "end", heading {_FROM}'
)
_ORDERS = {"$gt": ">", "$gte": ">=", "$lt": "<", "$lte": "<="}


def rows_where(store: Store, filter: MetadataFilter) -> NDArray[np.int64]:
    """Return the row ids, ascending, of the chunks whose metadata passes a filter.

    Raises:
        ConfigError: the filter is not of the language.
    """
    node = parse(filter)
    expression = _Expression()
    where = expression.sql(node)
    if not expression.certain:
        return _sorted(_by_python(store, node, f"{_METADATA} WHERE 1"))
    # One long text of numbers, quicker than a row for each; rows that Python has to decide on are negative in it. Row
    # ids begin at 1, so that the sign is free.
    marked = f"CASE WHEN {_CERTAIN} THEN CASE WHEN {where} THEN chunks.id END ELSE -chunks.id END"
    [(listed,)] = store.rows(f"SELECT group_concat({marked}) {_FROM}", expression.parameters)
    found = np.fromstring(listed or "", np.int64, sep=",")
    if (found < 0).any():
        decided = _sorted(_by_python(store, node, f"{_METADATA} WHERE NOT ({_CERTAIN})"))
        found = np.concatenate([found[found > 0], decided])
    return np.sort(found)


def _sorted(rows: Iterable[int]) -> NDArray[np.int64]:
    return np.sort(np.fromiter(rows, np.int64))


def _by_python(store: Store, node: Node, sql: str) -> Iterator[int]:
    for block in store.blocks(sql):
        for row, shared, own, cut, *places in block:
            metadata = {**json.loads(shared), **json.loads(own)}
            if passes(node, metadata | dict(zip(PLACES, places, strict=True)) if cut else metadata):
                yield row


class _Expression:
    """Makes SQL of nodes and collects its parameters on the way.

    Attributes:
        parameters: values of ``?1``, ``?2`` and so on: nothing from a filter is ever part of the SQL itself.
        certain: whether SQLite surely reads the conditions as Python does.
    """

    def __init__(self) -> None:
        self.parameters: list[str] = []
        self.certain = True
        self._count = 0

    def sql(self, node: Node) -> str:
        """Return an expression that is 0 or 1, never NULL."""
        if isinstance(node, Comparison):
            self._count += 1
            self.certain &= self._count <= MOST
            return f"({self._comparison(node)})"
        if isinstance(node, Joined):
            parts = [self.sql(part) for part in node.parts]
            return f"({(' AND ' if node.how == 'all' else ' OR ').join(parts)})" if parts else "1"
        return f"NOT {self.sql(node.part)}"

    def _comparison(self, node: Comparison) -> str:
        found, value = self._found(node.key)
        operand = node.operand
        if node.operator == "$exists":
            return f"{found} != 'missing'"
        if isinstance(operand, tuple):
            return self._one_of(found, value, operand)
        if node.operator == "$eq":
            return self._one_of(found, value, (operand,))
        if node.operator == "$contains":
            return self._contains(found, value, operand)
        if node.operator == "$glob":
            # SQLite negates sets of characters by another sign, and reads unclosed ones in another way.
            self.certain &= "[" not in str(operand)
            return f"{_is(found, operand)} AND {value} GLOB {self._json(operand)}"
        return f"{_is(found, operand)} AND {value} {_ORDERS[node.operator]} {self._json(operand)}"

    def _found(self, key: str) -> tuple[str, str]:
        """Return expressions of SQLite's JSON type of a key's value, or 'missing', and of the value."""
        # Quotation marks and empty steps in SQLite's JSON paths differ between its releases.
        steps = key.split(".")
        self.certain &= '"' not in key and all(steps) and (steps[0] not in PLACES or len(steps) == 1)
        # As `{**document.metadata, **chunk.metadata}` reads them: the chunk's own value first.
        exact = self._path([key])
        places = [("chunks", exact), ("documents", exact)]
        types = [f"json_type({table}.metadata, {path})" for table, path in places]
        values = [f"json_extract({table}.metadata, {path})" for table, path in places]
        if len(steps) > 1:
            # A dict of the chunk replaces the document's as a whole: `a.b` is looked for in one of them only.
            within = f"CASE WHEN json_type(chunks.metadata, {self._path(steps[:1])}) IS NOT NULL THEN %s ELSE %s END"
            nested = self._path(steps)
            types.append(within % tuple(f"json_type({table}.metadata, {nested})" for table, _ in places))
            values.append(within % tuple(f"json_extract({table}.metadata, {nested})" for table, _ in places))
        found, value = f"coalesce({', '.join(types)}, 'missing')", f"coalesce({', '.join(values)})"
        if key in PLACES:
            column_type, column = PLACES[key]
            found = f"CASE WHEN {_CUT} THEN '{column_type}' ELSE {found} END"
            value = f"CASE WHEN {_CUT} THEN {column} ELSE {value} END"
        return found, value

    def _one_of(self, found: str, value: str, operands: tuple[Scalar, ...]) -> str:
        parts = [f"{found} = '{name}'" for name, one in _NAMED if any(operand is one for operand in operands)]
        for sort in ("text", "number"):
            same = [operand for operand in operands if kind(operand) == sort]
            if len(same) == 1:
                parts.append(f"{_is(found, same[0])} AND {value} = {self._json(same[0])}")
            elif same:
                listed = self._bound(same, json.dumps(same))
                among = f"{value} IN (SELECT value FROM json_each({listed}))"  # noqa: S608 - operands are bound
                parts.append(f"{_is(found, same[0])} AND {among}")
        return " OR ".join(parts) if parts else f"{found} = 'none of these'"

    def _contains(self, found: str, value: str, operand: Scalar) -> str:
        element = self._one_of("element.type", "element.value", (operand,))
        inside = f"EXISTS (SELECT 1 FROM json_each({value}) AS element WHERE {element})"  # noqa: S608 - bound
        part = f"instr({value}, {self._json(operand)}) > 0" if isinstance(operand, str) else "0"
        return f"CASE {found} WHEN 'text' THEN {part} WHEN 'array' THEN {inside} ELSE 0 END"

    def _json(self, operand: Scalar) -> str:
        """Bind an operand so that SQLite reads it as it reads the metadata."""
        return f"json_extract({self._bound([operand], json.dumps(operand))}, '$')"

    def _path(self, steps: list[str]) -> str:
        return self._bound(steps, "$" + "".join(f".{json.dumps(step)}" for step in steps))

    def _bound(self, values: list[Any], parameter: str) -> str:
        # SQLite ends texts at a null character and has 64-bit integers; NaN and infinity are no JSON.
        for value in values:
            if isinstance(value, str):
                self.certain &= "\0" not in value
            else:
                self.certain &= math.isfinite(value) and abs(value) < 2**63
        self.parameters.append(parameter)
        return f"?{len(self.parameters)}"


_NAMED: tuple[tuple[str, Scalar], ...] = (("null", None), ("true", True), ("false", False))


def _is(found: str, operand: Scalar) -> str:
    return f"{found} = 'text'" if isinstance(operand, str) else f"{found} IN ('integer', 'real')"
