"""Metadata filters as plain dicts that JSON can hold: their language, and their evaluation in Python.

``{"lang": "en", "year": {"$gte": 2000, "$lt": 2010}, "$or": [{"tags": {"$contains": "law"}}, {"page": 1}]}``

- ``{key: value}`` and ``{key: {"$eq": value}}``: the key is there and its value equals; several keys must all match,
  and ``{}`` matches everything.
- ``$ne``, ``$nin``: exactly what ``$eq``, ``$in`` does not match, so a missing key too.
- ``$in``, ``$nin``: a list of values, any of which may be equal.
- ``$gt``, ``$gte``, ``$lt``, ``$lte``: numbers with numbers, texts with texts (by code point); other pairs never match.
- ``$contains``: a part of a text, or an element of a list.
- ``$glob``: a pattern that the whole of a text matches: ``*`` any characters, ``?`` one, ``[abc]`` one of these.
- ``$exists``: True for a key that is there (its value may be null), False for one that is not.
- ``{"$and": [...]}``, ``{"$or": [...]}``: all, any of these filters; ``{"$not": {...}}``: not this filter.

Values are texts, whole numbers, fractions, booleans and None. They are equal within one kind only: 1 equals 1.0, but
neither True nor "1". Lists and dicts in the metadata equal no value. ``"a.b"`` means the key ``a.b`` where there is
one, else ``b`` within ``a``. Keys that begin with ``$`` cannot be compared.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal, cast

from ragkit.core.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

MetadataFilter = Mapping[str, Any]
Scalar = str | int | float | bool | None

# The same names are compared in SQL by `filters_sql`; a property test holds the two against each other.
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "$gt": operator.gt,
    "$gte": operator.ge,
    "$lt": operator.lt,
    "$lte": operator.le,
}
_TESTS: dict[str, Callable[[Any, Any], bool]] = {**_ORDERS, "$glob": fnmatchcase}
OPERATORS = ("$eq", "$ne", *_ORDERS, "$in", "$nin", "$contains", "$glob", "$exists")
JOINS = ("$and", "$or", "$not")
DEEPEST = 50  # filters within filters: SQLite limits how deep an expression may be
_MISSING = object()  # None is a value that metadata may have


@dataclass(frozen=True, slots=True)
class Comparison:
    """One key compared with one operand (for ``$in`` a tuple of them)."""

    key: str
    operator: str
    operand: Scalar | tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Joined:
    """Filters of which all or any must match."""

    how: Literal["all", "any"]
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Negated:
    """A filter that must not match."""

    part: Node


Node = Comparison | Joined | Negated


def matches(filter: MetadataFilter, metadata: Mapping[str, Any]) -> bool:
    """Whether metadata passes a filter.

    Raises:
        ConfigError: the filter is not of the language; the message names what is known.
    """
    return passes(parse(filter), metadata)


def parse(filter: MetadataFilter, depth: int = 0) -> Node:
    """Check a filter and return it as nodes.

    Raises:
        ConfigError: it is not of the language; the message names what is known.
    """
    if not isinstance(filter, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance] - it comes from users
        raise ConfigError(f"a filter is a dict like {{'lang': 'en'}}, not {filter!r}")
    if depth > DEEPEST:
        raise ConfigError(f"filters may be {DEEPEST} deep: join conditions of one level in one dict")
    parts: list[Node] = []
    for key, value in filter.items():
        if key in JOINS:
            parts.append(_join(key, value, depth + 1))
        elif not isinstance(key, str) or key.startswith("$"):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ConfigError(f"unknown filter {key!r}: choose {', '.join(JOINS)}, or a key of the metadata")
        else:
            parts += _comparisons(key, value)
    return parts[0] if len(parts) == 1 else Joined("all", tuple(parts))


def _join(key: str, value: Any, depth: int) -> Node:
    if key == "$not":
        return Negated(parse(value, depth))
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        raise ConfigError(f"{key} needs a list of filters, not {value!r}")
    return Joined("all" if key == "$and" else "any", tuple(parse(part, depth) for part in cast("Sequence[Any]", value)))


def _comparisons(key: str, value: Any) -> list[Node]:
    if not isinstance(value, Mapping):
        return [_comparison(key, "$eq", value)]
    if not value:
        raise ConfigError(f"the condition on {key!r} is empty: choose {', '.join(OPERATORS)}")
    return [_comparison(key, name, operand) for name, operand in cast("Mapping[str, Any]", value).items()]


def _comparison(key: str, name: str, operand: Any) -> Node:
    if name not in OPERATORS:
        raise ConfigError(f"unknown operator {name!r} for {key!r}: choose {', '.join(OPERATORS)}")
    # The negative operators become negations of the positive ones, so that both evaluations treat a missing key alike.
    if name in {"$in", "$nin"}:
        if not isinstance(operand, Sequence | set | frozenset) or isinstance(operand, str):
            raise ConfigError(f"{name} for {key!r} needs a list of values, not {operand!r}")
        comparison = Comparison(key, "$in", tuple(_scalar(key, one) for one in cast("Sequence[Any]", operand)))
        return comparison if name == "$in" else Negated(comparison)
    if name == "$exists" and not isinstance(operand, bool):
        raise ConfigError(f"$exists for {key!r} needs True or False, not {operand!r}")
    if name in _ORDERS and kind(operand) not in {"text", "number"}:
        raise ConfigError(f"{name} for {key!r} compares numbers or texts, not {operand!r}")
    if name == "$glob" and kind(operand) != "text":
        raise ConfigError(f"$glob for {key!r} needs a pattern such as '*.pdf', not {operand!r}")
    if name == "$ne":
        return Negated(Comparison(key, "$eq", _scalar(key, operand)))
    if name == "$exists":
        return Comparison(key, "$exists", None) if operand else Negated(Comparison(key, "$exists", None))
    return Comparison(key, name, _scalar(key, operand))


def _scalar(key: str, value: Any) -> Scalar:
    if kind(value) == "other" or value != value:  # noqa: PLR0124 - the one value unequal to itself is no number
        raise ConfigError(
            f"{key!r} cannot be compared with {value!r}: give a text, a number, True, False or None, "
            "or one of several by {'$in': [...]}"
        )
    return value


def kind(value: Any) -> Literal["null", "bool", "number", "text", "other"]:
    """Return what kind of value it is; only values of one kind are compared."""
    if value is None:
        return "null"
    if isinstance(value, bool):  # before int, which it is a subclass of
        return "bool"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else "other"


def passes(node: Node, metadata: Mapping[str, Any]) -> bool:
    """Whether metadata passes a parsed filter."""
    if isinstance(node, Comparison):
        return _holds(node, _value(metadata, node.key))
    if isinstance(node, Negated):
        return not passes(node.part, metadata)
    return (all if node.how == "all" else any)(passes(part, metadata) for part in node.parts)


def _value(metadata: Mapping[str, Any], key: str) -> Any:
    # The whole key first: metadata of tables may have dots in column names.
    if key in metadata:
        return metadata[key]
    value: Any = metadata
    for step in key.split("."):
        if not isinstance(value, Mapping) or step not in value:
            return _MISSING
        value = cast("Mapping[str, Any]", value)[step]
    return value


def _holds(comparison: Comparison, value: Any) -> bool:
    operand = comparison.operand
    if comparison.operator == "$exists" or value is _MISSING:  # a missing key passes no positive comparison
        return value is not _MISSING
    if isinstance(operand, tuple):
        return any(_equal(value, one) for one in operand)
    if comparison.operator == "$eq":
        return _equal(value, operand)
    if comparison.operator == "$contains":
        if isinstance(value, list | tuple):
            return any(_equal(one, operand) for one in cast("Sequence[Any]", value))
        return isinstance(value, str) and isinstance(operand, str) and operand in value
    return kind(value) == kind(operand) and _TESTS[comparison.operator](value, operand)


def _equal(value: Any, operand: Scalar) -> bool:
    return kind(value) == kind(operand) and value == operand
