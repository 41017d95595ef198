"""Checks of generated code: it parses, it is complete, and the names and parameters that it uses exist."""

from __future__ import annotations

import ast
import builtins
import re
import sys
import textwrap
from functools import cache
from typing import TYPE_CHECKING

from ragkit.chains.code.names import DECLARED, PYTHON, CodeBlock, bound_in
from ragkit.text.rules.english import RULES as ENGLISH

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from ragkit.chains.code.names import Modules, Signature

_CALLED = re.compile(r"([^\W\d]\w*)\s*\(")
_CONTROL = frozenset(
    "if for while switch catch return sizeof typeof match when until foreach elif and or not in".split()
)


def check_block(
    block: CodeBlock,
    known: Container[str],
    taken: Mapping[str, Signature],
    asked: Container[str] = (),
    modules: Modules | None = None,
) -> CodeBlock:
    """Return a block with the problems found in it.

    Args:
        block: the block.
        known: names that occur in the code base.
        taken: signatures of its functions, as far as they are known; calls of them are checked.
        asked: names that occur in the request; they may be new.
        modules: names that each Python file of the code base offers for import, by the parts of its path.
    """
    problems, unknown = (), ()
    if block.language in PYTHON:
        problems = tuple(dict.fromkeys(_python_problems(block.code, known, taken, asked, modules or {})))
    else:
        # Without a parser for the language only calls are looked at, and reported as unknown, not as wrong: they
        # may be functions of its library.
        own = set(DECLARED.findall(block.code)) | _CONTROL
        unknown = tuple(
            sorted(
                each
                for each in set(_CALLED.findall(block.code))
                if each not in own and each not in known and each not in asked
            )
        )
    return CodeBlock(block.language, block.code, block.start, problems, unknown)


def _python_problems(
    code: str, known: Container[str], taken: Mapping[str, Signature], asked: Container[str], modules: Modules
) -> Iterator[str]:
    try:
        tree = ast.parse(textwrap.dedent(code))
    except (SyntaxError, ValueError) as error:
        line = f"line {error.lineno}: " if isinstance(error, SyntaxError) and error.lineno else ""
        yield f"{line}this does not parse as Python ({getattr(error, 'msg', error)})"
        return
    yield from _gaps(code, tree)
    bound, library = bound_in(tree), set[str]()
    nodes = list(ast.walk(tree))
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from _import_problems(node, known, asked, modules, library)
    # Indented code is meant for a place inside an existing file, which has its own imports.
    yield from _name_problems(nodes, bound, known, asked, whole=not code.lstrip("\n")[:1].isspace())
    for node in nodes:
        if isinstance(node, ast.Attribute):
            # The type of a value is not known, so an attribute passes when any common type, the code base or the
            # block itself has one of that name. Those of library modules cannot be looked up without importing them.
            usual = node.attr in bound or node.attr in _usual_attributes() or node.attr in known or node.attr in asked
            if not usual and _root(node) not in library:
                yield f"line {node.lineno}: `.{node.attr}` occurs nowhere in the code base"
        elif isinstance(node, ast.Call):
            yield from _call_problems(node, taken)


def _name_problems(
    nodes: Sequence[ast.AST], bound: Container[str], known: Container[str], asked: Container[str], *, whole: bool
) -> Iterator[str]:
    """Yield names that are neither bound nor Python's own; with ``whole``, those of the code base must be imported."""
    reported = set[str]()
    # After `from x import *` any name may be bound.
    for node in nodes if "*" not in bound else ():
        if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load) or node.id in reported:
            continue
        if node.id in bound or node.id in _BUILT_IN:
            continue
        reported.add(node.id)
        if node.id in known and whole:
            yield f"line {node.lineno}: `{node.id}` is not imported: import it from where it is defined"
        elif node.id not in known and node.id not in asked:
            yield f"line {node.lineno}: `{node.id}` is defined nowhere, neither here nor in the code base"


def _gaps(code: str, tree: ast.Module) -> Iterator[str]:
    """Yield the places that were left unwritten."""
    for number, line in enumerate(code.splitlines(), 1):
        if ENGLISH.unwritten.search(line):
            yield f"line {number}: this is left unwritten: {line.strip()}"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            rest = [each for each in node.body if not _is_empty(each)]
            # A decorated function (abstract, overload) or one that raises may be empty on purpose.
            abstract = node.decorator_list or (node.body and isinstance(node.body[-1], ast.Raise))
            if not rest and not abstract:
                yield f"line {node.lineno}: `{node.name}` does nothing"


def _is_empty(node: ast.stmt) -> bool:
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def _import_problems(
    node: ast.Import | ast.ImportFrom,
    known: Container[str],
    asked: Container[str],
    modules: Modules,
    library: set[str],
) -> Iterator[str]:
    """Yield imports of modules and names that do not exist, and collect the names that come from Python's library."""
    imported = [each.name for each in node.names] if isinstance(node, ast.Import) else [node.module or ""]
    relative = isinstance(node, ast.ImportFrom) and node.level > 0
    for module in imported:
        top = module.partition(".")[0]
        if top in sys.stdlib_module_names and not relative:
            library.update((each.asname or each.name).partition(".")[0] for each in node.names)
            continue
        missing = [part for part in module.split(".") if part and part not in known and part not in asked]
        if missing:
            yield f"line {node.lineno}: there is no `{missing[0]}` to import, neither in the code base nor in Python"
        elif isinstance(node, ast.ImportFrom):
            for each in node.names:
                if each.name != "*" and (lack := _lacking(module, each.name, known, asked, modules)):
                    yield f"line {node.lineno}: {lack}"


def _lacking(module: str, name: str, known: Container[str], asked: Container[str], modules: Modules) -> str:
    """Return a sentence that a module has no such name; empty where it has, or where the module is not known."""
    parts = tuple(each for each in module.split(".") if each)
    # Imports may start at any folder above a file, so a module matches every path that ends in its parts.
    files = [names for path, names in modules.items() if parts and _ends(path, parts)]
    if files and name not in asked:
        there = any(name in names or "*" in names for names in files)
        if there or any(_ends(path, (*parts, name)) for path in modules):
            return ""
        # The file where the name is defined is in the message: with it the generator corrects the import.
        places = sorted(".".join(path[-2:]) for path, names in modules.items() if name in names)
        hint = f"it is in {', '.join(f'`{each}`' for each in places[:3])}" if places else "no file defines it"
        return f"`{module}` has no `{name}`: {hint}"
    if name not in known and name not in asked:
        return f"`{module}` has no `{name}`: it occurs nowhere in the code base"
    return ""


def _ends(path: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    path = path[:-1] if path[-1] == "__init__" else path
    return path[-len(parts) :] == parts


def _call_problems(node: ast.Call, taken: Mapping[str, Signature]) -> Iterator[str]:
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    if name not in taken:
        return
    signature = taken[name]
    # With `*values` or `**options` in the call it is not known which parameters are passed. A method called on a
    # value is checked by its keywords only: the type of the value, and so whether `self` is bound, is not known.
    spread = any(isinstance(each, ast.Starred) for each in node.args) or any(not each.arg for each in node.keywords)
    if isinstance(node.func, ast.Name) and not spread:
        passed = {*signature.parameters[: len(node.args)], *(each.arg for each in node.keywords)}
        missing = [each for each in signature.required if each not in passed]
        if missing:
            yield f"line {node.lineno}: `{name}` is called without {', '.join(missing)}"
        if signature.positional is not None and len(node.args) > signature.positional:
            takes = ", ".join(signature.parameters) or "nothing"
            yield f"line {node.lineno}: `{name}` is given {len(node.args)} values without a name; it takes {takes}"
    for keyword in node.keywords:
        if keyword.arg and not signature.open and keyword.arg not in signature.parameters:
            takes = ", ".join(signature.parameters) or "nothing"
            yield f"line {node.lineno}: `{name}` takes no `{keyword.arg}`; it takes {takes}"


def _root(node: ast.expr) -> str:
    """Return the name that a chain of attributes and calls begins with."""
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


_BUILT_IN = frozenset(dir(builtins)) | {"__name__", "__file__", "self", "cls"}


@cache
def _usual_attributes() -> frozenset[str]:
    """Return the attributes of Python's own common types."""
    from collections import Counter, OrderedDict, defaultdict, deque
    from datetime import datetime, timedelta
    from pathlib import Path
    from re import Match, Pattern
    from unittest import TestCase

    kinds = (
        str, bytes, int, float, list, tuple, dict, set, frozenset, object, type, Exception, OSError, Counter,
        OrderedDict, defaultdict, deque, datetime, timedelta, Path, Match, Pattern, TestCase,
    )  # fmt: skip
    return frozenset(name for kind in kinds for name in dir(kind)) | {"__name__", "__doc__", "__dict__", "__class__"}
