"""What a statement returned, in plain words: figures with their units as people write them, and what they are of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragkit.text.amounts import unit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ragkit.chains.table.database import Found, Select
    from ragkit.chains.table.sheets import Column, Sheet, Value

LISTED = 50  # rows of a result that the text lists at most
DECIMALS = 2
_YEARS = range(1000, 3000)
_WORDS: Mapping[str, str] = {
    "sum": "sum of {}",
    "avg": "average of {}",
    "max": "highest {}",
    "min": "lowest {}",
    "median": "median of {}",
    "count": "number of {}",
    "count_star": "number of rows",
    "year": "year of {}",
}
_SIGNS: Mapping[str, str] = {
    "COMPARE_EQUAL": "is",
    "COMPARE_NOTEQUAL": "is not",
    "COMPARE_LESSTHAN": "is below",
    "COMPARE_LESSTHANOREQUALTO": "is at most",
    "COMPARE_GREATERTHAN": "is above",
    "COMPARE_GREATERTHANOREQUALTO": "is at least",
}


def worded(found: Found, statement: Select, sheets: Mapping[str, Sheet], *, share: bool = False) -> str:
    """Write a result: a sentence for one figure, else a line for each row.

    Args:
        found: the result; it has a row at least.
        statement: it is of.
        sheets: by their names in SQL.
        share: whether a share was asked for: a part of one is then written in per cent.
    """
    read = [sheets[each] for each in sorted(statement.sheets)]
    items: list[dict[str, Any]] = statement.tree["statements"][0]["node"].get("select_list", [])
    described = [_Item(each, read, share=share) for each in items]
    if len(described) != len(found.columns) or any(each.get("type") == "STAR" for each in items):
        columns = [column for sheet in read for column in sheet.columns]
        described = [
            _Item.of(next((each for each in columns if each.name == name), None), name) for name in found.columns
        ]
    notes = {each.note for each in read} - {""}
    plain = [each.plain for each in described]
    note = f" ({', '.join(sorted(notes))})" if notes and any(plain) else ""
    if len(found.rows) == 1 and len(described) == 1:
        told = described[0].said(found.rows[0][0])
        words = f"{described[0].words or 'result'}{_conditions(statement, read)}"
        return f"{words[:1].upper()}{words[1:]}: {told}{note}"
    lines = [_line(described, row) for row in found.rows[:LISTED]]
    return "\n".join(lines) + note


def _line(described: Sequence[_Item], row: Sequence[Value]) -> str:
    """Write a row: its first text, then the figures, each with its header."""
    told = [each.said(value) for each, value in zip(described, row, strict=True)]
    if len(told) == 1:
        return told[0]
    if described[0].column is None:
        return "; ".join(f"{each.words} {value}" for each, value in zip(described, told, strict=True))
    if len(told) == 2:
        return f"{told[0]}: {told[1]}"
    return f"{told[0]}: " + "; ".join(
        f"{each.words} {value}" for each, value in zip(described[1:], told[1:], strict=True)
    )


class _Item:
    """An expression that a statement returns."""

    def __init__(self, node: dict[str, Any], sheets: Sequence[Sheet], *, share: bool = False) -> None:
        from ragkit.chains.table.database import walk

        nodes = list(walk(node))
        names = [each["column_names"][-1] for each in nodes if each.get("type") == "COLUMN_REF"]
        self.columns = [found for each in names for sheet in sheets if (found := sheet.column(each))]
        functions = {each["function_name"] for each in nodes if each.get("class") == "FUNCTION"}
        self.column = self.columns[0] if node.get("type") == "COLUMN_REF" and self.columns else None
        hundred = any(
            str(each["literal"]["text"]).rstrip("0").rstrip(".") in ("100", "1")
            and "100" in str(each["literal"]["text"])
            for each in nodes
            if "literal" in each
        )
        self.percent = "/" in functions and hundred
        self.part = share and "/" in functions and not hundred
        counts = bool(functions & {"count", "count_star"})
        units = {each.unit for each in self.columns if each.kind == "number"}
        mixes = functions & {"/", "*"} and not functions <= {"/", "+", "avg"}
        self.unit = next(iter(units)) if len(units) == 1 and not counts and not mixes else ""
        self.plain = not counts and not self.percent and not self.part and bool(units)
        self.words = _described(node, sheets)

    @classmethod
    def of(cls, column: Column | None, name: str) -> _Item:
        """Return the item that a column is by itself."""
        made = cls({}, ())
        made.column, made.words = column, column.header if column else name
        made.unit, made.plain = (column.unit, column.kind == "number") if column else ("", False)
        return made

    def said(self, value: Value) -> str:
        """Write a value."""
        if value is None or isinstance(value, bool):
            return {None: "nothing", True: "yes", False: "no"}[value]
        if not isinstance(value, float):
            return str(value)
        if self.percent or self.part:
            return f"{_figure(100 * value if self.part else value)} %"
        return self._cell(value) or _with_unit(_figure(value), self.unit)

    def _cell(self, value: float) -> str:
        """Return the cell that a number stands in, where it says more than the number."""
        if self.column is None:
            return ""
        pairs = zip(self.column.cells, self.column.values, strict=True)
        cell = next((cell for cell, own in pairs if own == value), "")
        if cell.isdigit():
            return cell if not self.unit and int(cell) in _YEARS else ""
        return (
            "" if cell.replace(".", "").isdigit() or not cell else cell if unit(cell) else _with_unit(cell, self.unit)
        )


def _with_unit(figure: str, own: str) -> str:
    if not own:
        return figure
    if len(own) == 1 and not own.isalnum() and own != "%":
        return f"-{own}{figure[1:]}" if figure.startswith("-") else f"{own}{figure}"
    return f"{figure} {own}"


def _figure(value: float) -> str:
    """Write a number with marks of thousands, and with as many decimals as tell something."""
    if value.is_integer():
        return f"{value:,.0f}"
    text = f"{value:,.{DECIMALS}f}" if abs(value) >= 0.1 else f"{value:.3g}"
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def _described(node: dict[str, Any], sheets: Sequence[Sheet]) -> str:
    if not node:
        return ""
    if node.get("type") == "COLUMN_REF":
        name = node["column_names"][-1]
        column = next((found for sheet in sheets if (found := sheet.column(name))), None)
        return column.header if column else str(name)
    form = _WORDS.get(str(node.get("function_name", "")))
    if form is None:
        return str(node.get("alias", "")).replace("_", " ")
    inner = [_described(each["expression"], sheets) for each in node["arguments"]]
    return form.format(("different " if node.get("distinct") else "") + ", ".join(inner))


def _conditions(statement: Select, sheets: Sequence[Sheet]) -> str:
    where = statement.tree["statements"][0]["node"].get("where_clause")
    said = _condition(where, sheets) if where else ""
    return f" where {said}" if said else " where the conditions of the SQL hold" if where else ""


def _condition(node: dict[str, Any], sheets: Sequence[Sheet]) -> str:
    """Say a condition in words; nothing where it is no plain one."""
    kind, parts = node["type"], node.get("children") or node.get("arguments") or []
    if kind in ("CONJUNCTION_AND", "CONJUNCTION_OR"):
        parts = [each for each in parts if each["type"] != "OPERATOR_IS_NOT_NULL"]
        told = [_condition(each, sheets) for each in parts]
        return (" and " if kind == "CONJUNCTION_AND" else " or ").join(told) if all(told) else ""
    if kind in _SIGNS and "literal" in node["right"]:
        subject = _described(node["left"], sheets)
        return f"{subject} {_SIGNS[kind]} {node['right']['literal']['text']}" if subject else ""
    if kind == "COMPARE_IN" and all("literal" in each for each in parts[1:]):
        listed = ", ".join(str(each["literal"]["text"]) for each in parts[1:])
        return f"{_described(parts[0], sheets)} is one of {listed}"
    if kind == "COMPARE_BETWEEN" and "literal" in node["lower"] and "literal" in node["upper"]:
        lower, upper = node["lower"]["literal"]["text"], node["upper"]["literal"]["text"]
        return f"{_described(node['input'], sheets)} is between {lower} and {upper}"
    if kind in ("OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL", "OPERATOR_NOT") and parts[0]["type"] == "COLUMN_REF":
        form = {"OPERATOR_IS_NULL": "{} is empty", "OPERATOR_NOT": "not {}"}.get(kind, "{} is not empty")
        return form.format(_described(parts[0], sheets))
    return _described(node, sheets) if kind == "COLUMN_REF" else ""
