"""Sheets in a DuckDB of their own, in memory: one SELECT at a time, without files, network or settings."""

from __future__ import annotations

import copy
import json
import threading
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ragkit.chains.table.sheets import ROW
from ragkit.core.errors import ConfigError
from ragkit.text.terms import terms

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from duckdb import DuckDBPyConnection

    from ragkit.chains.table.sheets import Kind, Sheet, Value

SECONDS = 10.0  # that a statement may take
MEMORY = "512MB"
MOST_ROWS = 1000  # of a result that are read

MOST_JOINED = 100_000  # rows of a join that are looked at
JOINED = 0.8  # share of the rows of one of its sheets that a join keeps at least

_TYPES: dict[Kind, str] = {"number": "DOUBLE", "date": "DATE", "boolean": "BOOLEAN", "text": "VARCHAR"}
_LOCKED = (
    f"SET memory_limit = '{MEMORY}'",
    "SET temp_directory = ''",
    "SET threads = 1",
    "SET enable_external_access = false",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET lock_configuration = true",
)
_COMPARED = {
    "COMPARE_EQUAL": "=",
    "COMPARE_NOTEQUAL": "!=",
    "COMPARE_LESSTHAN": "<",
    "COMPARE_LESSTHANOREQUALTO": "<=",
    "COMPARE_GREATERTHAN": ">",
    "COMPARE_GREATERTHANOREQUALTO": ">=",
    "COMPARE_BETWEEN": "between",
    "COMPARE_IN": "in",
    "COMPARE_NOT_IN": "not in",
    "OPERATOR_IS_NULL": "is null",
    "OPERATOR_IS_NOT_NULL": "is not null",
    "OPERATOR_NOT": "not",
}


class BadSQL(Exception):
    """A statement that is not run, or that DuckDB refuses; the message says why."""


@dataclass(frozen=True)
class Select:
    """A parsed SELECT.

    Attributes:
        sql: as it is run.
        tree: as DuckDB parsed it.
        sheets: names of those it reads.
        columns: names of the columns it uses.
        shown: names of the columns in what it returns, calculated or not; "*" for all.
        returned: names of the columns that it returns as they are.
        literals: its texts and numbers.
        compared: texts that columns are compared with, days and numbers aside.
        functions: names of the functions and operators it uses.
        comparisons: signs of the comparisons it makes, such as ``>=``.
        orders: ``ASCENDING`` or ``DESCENDING``.
        keys: names of the columns that it groups rows by.
        limit: rows that it returns at most; 0 for all.
    """

    sql: str
    tree: dict[str, Any]
    sheets: frozenset[str]
    columns: frozenset[str]
    shown: frozenset[str]
    returned: frozenset[str]
    literals: tuple[str, ...]
    compared: frozenset[str]
    functions: frozenset[str]
    comparisons: frozenset[str]
    orders: frozenset[str]
    keys: frozenset[str]
    limit: int

    @property
    def aggregates(self) -> bool:
        """Whether it calculates one value of several rows."""
        return bool(self.functions & _aggregates())


@dataclass(frozen=True)
class Found:
    """What a statement returns.

    Attributes:
        columns: names of its columns.
        rows: its rows.
        used: rows of the sheets that it rests on: name of the sheet, number of the row.
        without_totals: sheets whose rows of totals were left out.
        cut: whether there are more rows.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    used: tuple[tuple[str, int], ...]
    without_totals: frozenset[str]
    cut: bool


class SheetDatabase:
    """Sheets in memory. Whoever opened it closes it.

    Raises:
        ConfigError: DuckDB is not installed.
    """

    def __init__(self, sheets: Sequence[Sheet]) -> None:
        self.sheets = {each.name: each for each in sheets}
        self.connection = _connected()
        for each in sheets:
            self._add(each)
        for statement in _LOCKED:
            self.connection.execute(statement)

    def __enter__(self) -> SheetDatabase:
        return self

    def __exit__(self, *error: object) -> None:
        self.connection.close()

    def _add(self, sheet: Sheet) -> None:
        # Without case, so that a model need not know how a cell is spelled.
        declared = [
            f'"{each.name}" {_TYPES[each.kind]}{" COLLATE NOCASE" if each.kind == "text" else ""}'
            for each in sheet.columns
        ]
        self.connection.execute(f"CREATE TABLE {sheet.name} ({ROW} INTEGER, {', '.join(declared)})")
        lists = ", ".join(["unnest(?::INTEGER[])", *(f"unnest(?::{_TYPES[each.kind]}[])" for each in sheet.columns)])
        columns = [list(range(len(sheet.rows))), *(list(each.values) for each in sheet.columns)]
        self.connection.execute(f"INSERT INTO {sheet.name} SELECT {lists}", columns)
        if sheet.totals:
            left_out = ", ".join(map(str, sorted(sheet.totals)))
            view = f"SELECT * FROM {sheet.name} WHERE {ROW} NOT IN ({left_out})"  # noqa: S608
            self.connection.execute(f"CREATE VIEW {sheet.name}{_WITHOUT_TOTALS} AS {view}")

    def parse(self, sql: str, question: str = "") -> Select:
        """Parse a statement and check that it only reads the sheets.

        A text that no cell is, but one begins with or holds, becomes that cell: ``item = 'Glider'``.

        Args:
            sql: the statement.
            question: that it answers; its words decide between cells that hold the same text.

        Raises:
            BadSQL: it is no single SELECT, or reads something else.
        """
        told = json.loads(self._rows("SELECT json_serialize_sql(?::VARCHAR)", [sql])[0][0])
        if told["error"]:
            raise BadSQL(str(told["error_message"]))
        if len(told["statements"]) != 1:
            raise BadSQL("write one SELECT statement")
        for each in walk(told):
            path = each.get("column_names", ())
            if each.get("type") == "COLUMN_REF" and path[-1] == ROW:
                raise BadSQL(f"there is no column {ROW}")
        self._check_tables(told)
        self._repair_literals(told, question)
        return _facts(self._written(told), told, frozenset(self.sheets))

    def _check_tables(self, tree: dict[str, Any]) -> None:
        own = {each["key"].casefold() for node in walk(tree) for each in (node.get("cte_map") or {}).get("map", ())}
        for node in _froms(tree):
            kind = node["type"]
            if kind not in ("BASE_TABLE", "JOIN", "SUBQUERY", "EMPTY"):
                raise BadSQL(f"read {', '.join(self.sheets)} and nothing else")
            if kind == "BASE_TABLE" and (
                node["schema_name"] or node["table_name"].casefold() not in own | {*self.sheets}
            ):
                raise BadSQL(f"there is no table {node['table_name']}: there are {', '.join(self.sheets)}")

    def _repair_literals(self, tree: dict[str, Any], question: str) -> None:
        for node in walk(tree):
            if node.get("type") not in ("COMPARE_EQUAL", "COMPARE_NOTEQUAL", "COMPARE_IN"):
                continue
            sides = [each for each in (node.get("left"), node.get("right"), *(node.get("children") or ())) if each]
            names = {each["column_names"][-1] for each in sides if each["type"] == "COLUMN_REF"}
            columns = [found for each in self.sheets.values() for name in names if (found := each.column(name))]
            cells = [cell for each in columns if each.kind == "text" for cell in each.distinct]
            for each in sides if cells else ():
                if each.get("literal", {}).get("kind") == "STRING":
                    each["literal"]["text"] = _cell_meant(each["literal"]["text"], cells, question)

    def _written(self, tree: dict[str, Any]) -> str:
        return str(self._rows("SELECT json_deserialize_sql(?::JSON)", [json.dumps(tree)])[0][0])

    def run(self, statement: Select) -> Found:
        """Run a statement.

        Raises:
            BadSQL: DuckDB cannot run it, or not within ten seconds and the memory it has.
        """
        tree = copy.deepcopy(statement.tree)
        without = frozenset(_leave_totals_out(tree, self.sheets))
        for node in _selects(tree):
            self._check_join(node)
        self._widen_to_ties(tree["statements"][0]["node"])
        sql = self._written(tree)
        rows = self._rows(sql, [], MOST_ROWS + 1)
        columns = tuple(str(each[0]) for each in self.connection.description or ())
        found = [tuple(_plain(each) for each in row) for row in rows[:MOST_ROWS]]
        used = list(dict.fromkeys(each for node in _selects(tree) for each in self._used(node, found)))
        return Found(columns, tuple(found), tuple(used), without, len(rows) > MOST_ROWS)

    def _check_join(self, node: dict[str, Any]) -> None:
        """Refuse a join that keeps all rows of none of its sheets: its columns do not hold the same things."""
        bases = [each for each in _froms(node["from_table"]) if each["type"] == "BASE_TABLE"]
        names = [each["table_name"].removesuffix(_WITHOUT_TOTALS) for each in bases]
        if node["from_table"]["type"] != "JOIN" or not set(names) <= set(self.sheets):
            return
        counted = [_reference(each["alias"] or each["table_name"], ROW) for each in bases]
        asked = {**_EMPTY_SELECT, "select_list": counted, "from_table": copy.deepcopy(node["from_table"])}
        rows = self._rows(self._written(_statement_of(asked)), [], MOST_JOINED)
        kept = [len({row[place] for row in rows}) / len(self.sheets[name].rows) for place, name in enumerate(names)]
        if len(rows) < MOST_JOINED and max(kept) < JOINED:
            raise BadSQL(
                "the join finds no partners for most rows: join columns that hold the same things, or do not join"
            )

    def _widen_to_ties(self, node: dict[str, Any]) -> None:
        """Raise the limit of an ordered SELECT by the rows behind the last one that are equal to it in their order."""
        modifiers = {each["type"]: each for each in node.get("modifiers", ())}
        limit = (modifiers.get("LIMIT_MODIFIER") or {}).get("limit") or {}
        if set(modifiers) != {"ORDER_MODIFIER", "LIMIT_MODIFIER"} or limit.get("literal", {}).get("kind") != "INTEGER":
            return
        asked = copy.deepcopy(node)
        keys = [each["expression"] for each in asked["modifiers"][0].get("orders", [])]
        places = [each.get("literal", {}).get("text", "") for each in keys]
        asked["select_list"] += [
            copy.deepcopy(asked["select_list"][int(place) - 1]) if place.isdigit() else key
            for place, key in zip(places, keys, strict=True)
        ]
        asked["modifiers"] = [modifiers["ORDER_MODIFIER"]]
        rows = self._rows(self._written(_statement_of(asked)), [], MOST_ROWS)
        last = int(limit["literal"]["text"])
        if 0 < last < len(rows) and keys:
            limit["literal"]["text"] = str(
                last + sum(row[-len(keys) :] == rows[last - 1][-len(keys) :] for row in rows[last:])
            )

    def _used(self, node: dict[str, Any], result: Sequence[tuple[Value, ...]]) -> list[tuple[str, int]]:
        """Return the rows of the sheets that a SELECT rests on; of groups, those of the groups that are shown."""
        bases = [each for each in _froms(node["from_table"]) if each["type"] != "JOIN"]
        names = [each["table_name"].removesuffix(_WITHOUT_TOTALS) for each in bases if each["type"] == "BASE_TABLE"]
        if not bases or len(names) != len(bases) or not set(names) <= set(self.sheets):
            return []
        asked = copy.deepcopy(node)
        grouped = _calculates(node)
        keys = list(asked["group_expressions"])
        most = _most_of(node)
        aliases = [each["alias"] or each["table_name"] for each in bases]
        asked["select_list"] = [_reference(alias, ROW) for alias in aliases] + keys + most
        asked |= {"group_expressions": [], "group_sets": [], "having": None}
        asked["qualify"] = None if grouped else node["qualify"]
        asked["aggregate_handling"] = "STANDARD_HANDLING"
        kept = [each for each in node["modifiers"] if each["type"] != "DISTINCT_MODIFIER"]
        asked["modifiers"] = [] if grouped else kept
        try:
            rows = self._rows(self._written(_statement_of(asked)), [])
        except BadSQL:  # it refers to the query around it
            return []
        shown = [set(map(_plain, row)) for row in result]
        count = len(names)
        if keys or most:
            rows = [
                row for row in rows if any({_plain(each) for each in row[count:]} <= each for each in shown)
            ] or rows
        return [(name, row[place]) for row in rows for place, name in enumerate(names) if row[place] is not None]

    def _rows(self, sql: str, given: Sequence[Any], most: int = -1) -> list[tuple[Any, ...]]:
        import duckdb

        timer = threading.Timer(SECONDS, self.connection.interrupt)
        timer.start()
        try:
            ran = self.connection.execute(sql, given)
            return ran.fetchall() if most < 0 else ran.fetchmany(most)
        except duckdb.InterruptException as error:
            raise BadSQL(f"it takes more than {SECONDS:g} seconds") from error
        except duckdb.Error as error:
            raise BadSQL(" ".join(str(error).partition("\n\nLINE")[0].split())) from error
        finally:
            timer.cancel()


_WITHOUT_TOTALS = "_no_totals"
_EMPTY_SELECT: dict[str, Any] = {
    "type": "SELECT_NODE", "modifiers": [], "cte_map": {"map": []}, "where_clause": None, "group_expressions": [],
    "group_sets": [], "aggregate_handling": "STANDARD_HANDLING", "having": None, "sample": None, "qualify": None,
}  # fmt: skip


def _connected() -> DuckDBPyConnection:
    try:
        import duckdb
    except ImportError as error:
        raise ConfigError("questions over tables need DuckDB: pip install 'duckdb>=2.0'") from error
    return duckdb.connect(":memory:")


@lru_cache(maxsize=1)
def reserved_words() -> frozenset[str]:
    """Return the words that are no name in SQL."""
    with _connected() as connection:
        sql = "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category != 'unreserved'"
        return frozenset(row[0] for row in connection.execute(sql).fetchall())


@lru_cache(maxsize=1)
def _aggregates() -> frozenset[str]:
    with _connected() as connection:
        sql = "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'aggregate'"
        return frozenset(row[0] for row in connection.execute(sql).fetchall()) | {"count_star"}


def walk(tree: Any) -> Iterator[dict[str, Any]]:
    """Return every object of a parsed statement."""
    stack = [tree]
    while stack:
        each = stack.pop()
        if isinstance(each, dict):
            yield each
            stack.extend(reversed(each.values()))
        elif isinstance(each, list):
            stack.extend(reversed(each))


def _froms(tree: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Return what is read, joins included; what stands in a SUBQUERY as well."""
    return (each for each in walk(tree) if "query_location" in each and "sample" in each and "class" not in each)


def _selects(tree: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (each for each in walk(tree) if each.get("type") == "SELECT_NODE")


def _facts(sql: str, tree: dict[str, Any], sheets: frozenset[str]) -> Select:
    nodes = list(walk(tree))
    items = tree["statements"][0]["node"].get("select_list", [])
    functions = {each["function_name"].casefold() for each in nodes if each.get("class") == "FUNCTION"}
    orders = {order["type"] for each in nodes if each.get("type") == "ORDER_MODIFIER" for order in each["orders"]}
    limits = [each["limit"] for each in nodes if each.get("type") == "LIMIT_MODIFIER" and each.get("limit")]
    counts = [int(each["literal"]["text"]) for each in limits if each.get("literal", {}).get("text", "").isdigit()]
    return Select(
        sql,
        tree,
        frozenset(each["table_name"].casefold() for each in _froms(tree) if each["type"] == "BASE_TABLE") & sheets,
        frozenset(_columns(nodes)),
        frozenset(_columns(walk(items))),
        frozenset(each["column_names"][-1].casefold() for each in items if each["type"] == "COLUMN_REF"),
        tuple(str(each["literal"]["text"]) for each in nodes if each.get("class") == "CONSTANT" and "literal" in each),
        frozenset(each["literal"]["text"] for each in nodes if _is_text(each)),
        frozenset(functions),
        frozenset(_COMPARED[each["type"]] for each in nodes if each.get("type") in _COMPARED),
        frozenset("ASCENDING" if each == "ORDER_DEFAULT" else each for each in orders),
        frozenset(_columns(list(walk([each.get("group_expressions") for each in nodes])))),
        min(counts, default=0),
    )


def _is_text(node: dict[str, Any]) -> bool:
    literal = node.get("literal", {})
    return (
        literal.get("kind") == "STRING"
        and not any(sign.isdigit() for sign in literal["text"][:4])
        and "%Y" not in literal["text"]
    )


def _columns(nodes: Iterator[dict[str, Any]] | list[dict[str, Any]]) -> Iterator[str]:
    for each in nodes:
        if each.get("type") == "COLUMN_REF":
            yield each["column_names"][-1].casefold()
        elif each.get("type") == "STAR":
            yield "*"


def _calculates(node: dict[str, Any]) -> bool:
    parts = (node["select_list"], node["having"])
    called = (each.get("function_name", "").casefold() for part in parts for each in walk(part))
    return bool(node["group_expressions"]) or any(each in _aggregates() for each in called)


def _most_of(node: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the column of which a SELECT returns nothing but the most or the least."""
    (only, *others) = node["select_list"]
    extreme = only.get("function_name") in ("max", "min") and len(only["arguments"]) == 1
    return [only["arguments"][0]["expression"]] if extreme and not others and not node["group_expressions"] else []


def _leave_totals_out(tree: dict[str, Any], sheets: dict[str, Sheet]) -> Iterator[str]:
    """Let what calculates or ranks read the views without rows of totals, which would count everything twice.

    A SELECT that names such a row in a condition, as "Total assets", reads it.
    """
    for node in _selects(tree):
        ranks = node["qualify"] or any(each["type"] == "LIMIT_MODIFIER" for each in node["modifiers"])
        if not ranks and not _calculates(node):
            continue
        literals = {str(each["literal"]["text"]).casefold() for each in walk(node) if "literal" in each}
        for base in _froms(node["from_table"]):
            sheet = sheets.get(str(base.get("table_name", "")).casefold())
            if base["type"] != "BASE_TABLE" or sheet is None or not sheet.totals:
                continue
            named = {cell.casefold() for number in sheet.totals for cell in sheet.rows[number].cells if cell}
            if not any(each.strip("%") in cell for each in literals - {""} for cell in named if not each.isdigit()):
                base["alias"] = base["alias"] or base["table_name"]
                base["table_name"] = f"{sheet.name}{_WITHOUT_TOTALS}"
                base["qualified_name"] = {"path": [base["table_name"]]}
                yield sheet.name


def _statement_of(node: dict[str, Any]) -> dict[str, Any]:
    return {"error": False, "statements": [{"node": node, "named_param_map": []}]}


def _reference(table: str, column: str) -> dict[str, Any]:
    return {
        "class": "COLUMN_REF",
        "type": "COLUMN_REF",
        "alias": "",
        "query_location": 0,
        "query_location_length": 0,
        "column_names": [table, column],
    }


def _cell_meant(wanted: str, cells: Sequence[str], question: str) -> str:
    folded = {each.casefold(): each for each in cells}
    plain = wanted.casefold()
    if plain in folded:
        return wanted
    holding = [each for each in folded if plain in each] or [each for each in folded if each in plain]
    asked = set(terms(question))
    most = max((len(asked & set(terms(each))) for each in holding), default=0)
    holding = [each for each in holding if len(asked & set(terms(each))) == most]
    if len(holding) == 1:
        return folded[holding[0]]
    if holding:
        listed = ", ".join(repr(folded[each]) for each in holding[:5])
        raise BadSQL(f"several cells hold '{wanted}': {listed}; use IN with those that are meant")
    near = get_close_matches(plain, folded, 3, 0.4) or list(folded)[:3]
    raise BadSQL(f"no cell is '{wanted}'; there are {', '.join(repr(folded[each]) for each in near)}")


def _plain(value: Any) -> Any:
    from decimal import Decimal

    if isinstance(value, Decimal):
        return float(value)
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
