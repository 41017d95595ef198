"""Arithmetic in a text, worked out exactly: which of the equations that it states are right."""

from __future__ import annotations

import ast
import operator
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from ragkit.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

# Bounds that keep a hostile or senseless reply (9**9**9) from taking all memory.
LARGEST = 10**30  # larger numbers are refused
STEEPEST = 64  # larger exponents are refused
_SIGNS = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "^": "^"})
_NUMBER = r"\d(?:[\d,]*\d)?(?:\.\d+)?"
_EQUATION = re.compile(
    rf"(?P<left>[(\-−$€£]*{_NUMBER}%?(?:[\s()$€£]*(?:\*\*|[-+*/×·÷−–^])[\s()\-−$€£]*{_NUMBER}%?\)*)+)"
    rf"\s*(?:=|≈)\s*[$€£]?(?P<right>[-−]?{_NUMBER})"
)
_OPERATORS: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


@dataclass(frozen=True, slots=True)
class Equation:
    """An equation that a text states.

    Attributes:
        expression: its left side, as it stands.
        stated: its right side, as it stands.
        value: what the left side is.
        right: whether both are the same, as far as the right side is written out.
        start: offset of the equation in the text.
        end: offset behind it.
    """

    expression: str
    stated: str
    value: Fraction
    right: bool
    start: int
    end: int


def evaluate(expression: str) -> Fraction:
    """Work out an expression of numbers, ``+ - * / ^ ( ) %``, exactly; nothing else is ever run.

    Args:
        expression: thousands may be parted by commas; ``×``, ``÷`` and ``**`` are known too.

    Raises:
        ConfigError: it is no such expression, divides by zero or is too large.
    """
    plain = re.sub(r"[$€£]", "", expression.translate(_SIGNS)).replace("^", "**")
    plain = re.sub(r"(?<=\d),(?=\d{3}\b)", "", plain)
    plain = re.sub(r"(\d+(?:\.\d+)?)\s*%", r"(\1/100)", plain)
    try:
        return _value(ast.parse(plain.strip(), mode="eval").body)
    except (SyntaxError, ValueError, ZeroDivisionError, OverflowError, RecursionError, MemoryError) as error:
        raise ConfigError(f"{expression.strip()[:80]!r} cannot be worked out: {error}") from error


def _value(node: ast.expr) -> Fraction:
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        # From the digits as written: Fraction(0.1) would be the nearest binary float, and 0.1 + 0.2 not 0.3.
        value = Fraction(str(node.value))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        value = _value(node.operand) * (-1 if isinstance(node.op, ast.USub) else 1)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        base, power = _value(node.left), _value(node.right)
        if power.denominator != 1 or abs(power) > STEEPEST:
            raise ValueError("only whole exponents of moderate size are worked out")
        value = base ** int(power)
    elif isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        value = _OPERATORS[type(node.op)](_value(node.left), _value(node.right))
    else:
        raise ValueError("only numbers and + - * / ^ ( ) % are known")
    if abs(value) > LARGEST:
        raise ValueError("it is too large")
    return Fraction(value)


def equations(text: str) -> list[Equation]:
    """Find the equations of a text that can be worked out, such as ``3 * 4 = 12`` or ``10 / 3 = 3.33``."""
    out: list[Equation] = []
    for found in _EQUATION.finditer(text):
        left, right = found["left"].strip(), found["right"]
        try:
            value, stated = evaluate(_balanced(left)), evaluate(right)
        except ConfigError:
            continue
        # A right side with decimals may be rounded: right within half a unit of its last place (10 / 3 = 3.33).
        decimals = len(right.partition(".")[2])
        out.append(
            Equation(left, right, value, abs(value - stated) <= Fraction(1, 2 * 10**decimals), *found.span())
            if decimals or value.denominator != 1
            else Equation(left, right, value, value == stated, *found.span())
        )
    return out


def _balanced(expression: str) -> str:
    """Take off brackets at the ends that belong to the words around."""
    while expression.count("(") > expression.count(")") and expression.startswith("("):
        expression = expression[1:]
    while expression.count(")") > expression.count("(") and expression.endswith(")"):
        expression = expression[:-1]
    return expression


def written(value: Fraction) -> str:
    """Write a number as people do: whole, or with up to six decimals."""
    if value.denominator == 1:
        return str(value.numerator)
    return f"{float(value):.6f}".rstrip("0").rstrip(".")
