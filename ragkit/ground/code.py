"""Code that a generator wrote: whether it parses, and whether what it uses is there."""

from __future__ import annotations

import ast
import builtins
import re
import sys
import textwrap
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

_FENCE = re.compile(r"^[ \t]*```[ \t]*([\w+#.-]*)[^\n]*\n(.*?)(?:^[ \t]*```[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"[^\W\d]\w*")
_CALLED = re.compile(r"([^\W\d]\w*)\s*\(")
_DECLARED = re.compile(
    r"\b(?:def|fn|func|fun|function|class|struct|interface|trait|enum|let|const|var|val|type)\s+([^\W\d]\w*)"
)
_CONTROL = frozenset(
    "if for while switch catch return sizeof typeof match when until foreach elif and or not in".split()
)
_QUOTED = re.compile(r"`([^`\n]+)`")
_CODE_LIKE = re.compile(
    r"\b(?:[a-z]+[A-Z]\w*|[A-Z][a-z0-9]+[A-Z]\w*|\w*[^\W_]_\w+|_\w+|[^\W\d]\w*(?=\())"  # camelCase, PascalCase, a_b, f(
)
_UNWRITTEN = re.compile(
    r"#.*\b(?:TODO|FIXME|placeholder|your (?:own )?(?:\w+ ){0,3}(?:here|logic|code)|implement (?:this|the actual|your)"
    r"|(?:code|logic|rest|implementation) (?:goes )?here|rest of the)\b",
    re.IGNORECASE,
)
PYTHON = ("python", "py", "python3", "")


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A block of code in a reply.

    Attributes:
        language: as the fence names it, in small letters; empty where it names none.
        code: what stands between the fences.
        start: offset of the code in the reply.
        problems: what is wrong with it.
        unknown: names called in it that neither it nor the code base defines, where the language is not one whose
            library is known; they may well be the language's own.
    """

    language: str
    code: str
    start: int
    problems: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signature:
    """What a function takes.

    Attributes:
        parameters: names, without ``self`` and ``cls``.
        open: whether it takes any other name too (``**options``).
    """

    parameters: tuple[str, ...]
    open: bool


def code_blocks(reply: str) -> list[CodeBlock]:
    """Find the fenced blocks of a reply; one that is cut off runs to its end."""
    return [CodeBlock(found[1].lower(), found[2], found.start(2)) for found in _FENCE.finditer(reply)]


def names(text: str) -> set[str]:
    """Return all names of a piece of code, and the words of its comments."""
    return set(_NAME.findall(text))


def names_in_prose(sentence: str) -> set[str]:
    """Return the names that a sentence takes from code: what stands in backticks, or is spelled as only code is."""
    quoted = {name for found in _QUOTED.findall(sentence) for name in _NAME.findall(found)}
    return quoted | set(_CODE_LIKE.findall(_QUOTED.sub(" ", sentence)))


def signatures(code: str) -> dict[str, Signature]:
    """Return what the functions and classes of a piece of Python take; nothing where it does not parse."""
    tree = _parsed(code)
    if tree is None:
        return {}
    out: dict[str, Signature] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            out.setdefault(node.name, _taken(node))
        if isinstance(node, ast.ClassDef):
            made = [each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"]
            if made:
                out[node.name] = _taken(made[0])
    return out


def _taken(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Signature:
    told = node.args
    parameters = [each.arg for each in (*told.posonlyargs, *told.args, *told.kwonlyargs)]
    return Signature(tuple(each for each in parameters if each not in ("self", "cls")), told.kwarg is not None)


def _parsed(code: str) -> ast.Module | None:
    try:
        return ast.parse(textwrap.dedent(code))
    except (SyntaxError, ValueError):
        return None


def defined_at_top(code: str) -> set[str]:
    """Return the functions and classes that a piece of Python defines, not those inside others."""
    tree = _parsed(code)
    nodes = tree.body if tree else []
    return {each.name for each in nodes if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}


def use_of(name: str, block: CodeBlock) -> int | None:
    """Return the offset in a block's code where it first uses a name, does not merely define it; None where nowhere."""
    if block.language in PYTHON and name in defined_at_top(block.code):
        return None
    declared = {found.start(1) for found in _DECLARED.finditer(block.code)}
    found = (each.start() for each in re.finditer(rf"\b{re.escape(name)}\b", block.code))
    return next((start for start in found if start not in declared), None)


def check_block(
    block: CodeBlock, known: Container[str], taken: Mapping[str, Signature], asked: Container[str] = ()
) -> CodeBlock:
    """Return a block with what is wrong in it.

    Args:
        block: the block.
        known: names that occur in the code base.
        taken: what its functions take, as far as it is known; their calls are looked at.
        asked: names that the request says.
    """
    problems, unknown = (), ()
    if block.language in PYTHON:
        problems = tuple(dict.fromkeys(_python_problems(block.code, known, taken, asked)))
    else:
        own = set(_DECLARED.findall(block.code)) | _CONTROL
        unknown = tuple(
            sorted(
                each
                for each in set(_CALLED.findall(block.code))
                if each not in own and each not in known and each not in asked
            )
        )
    return CodeBlock(block.language, block.code, block.start, problems, unknown)


def _python_problems(
    code: str, known: Container[str], taken: Mapping[str, Signature], asked: Container[str]
) -> Iterator[str]:
    try:
        tree = ast.parse(textwrap.dedent(code))
    except (SyntaxError, ValueError) as error:
        line = f"line {error.lineno}: " if isinstance(error, SyntaxError) and error.lineno else ""
        yield f"{line}this does not parse as Python ({getattr(error, 'msg', error)})"
        return
    yield from _gaps(code, tree)
    bound, library = _bound(tree), set[str]()
    nodes = list(ast.walk(tree))
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from _import_problems(node, known, asked, library)
    # What is indented is to be put into a file that has its imports.
    yield from _name_problems(nodes, bound, known, asked, whole=not code.lstrip("\n")[:1].isspace())
    for node in nodes:
        if isinstance(node, ast.Attribute):
            usual = node.attr in bound or node.attr in _usual_attributes() or node.attr in known or node.attr in asked
            if not usual and _root(node) not in library:
                yield f"line {node.lineno}: `.{node.attr}` occurs nowhere in the code base"
        elif isinstance(node, ast.Call):
            yield from _call_problems(node, taken)


def _name_problems(
    nodes: Sequence[ast.AST], bound: Container[str], known: Container[str], asked: Container[str], *, whole: bool
) -> Iterator[str]:
    """Tell names that are neither bound nor Python's own; those of the code base must be imported where all is told."""
    told = set[str]()
    for node in nodes if "*" not in bound else ():
        if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load) or node.id in told:
            continue
        if node.id in bound or node.id in _BUILT_IN:
            continue
        told.add(node.id)
        if node.id in known and whole:
            yield f"line {node.lineno}: `{node.id}` is not imported: import it from where it is defined"
        elif node.id not in known and node.id not in asked:
            yield f"line {node.lineno}: `{node.id}` is defined nowhere, neither here nor in the code base"


def _gaps(code: str, tree: ast.Module) -> Iterator[str]:
    """Tell what was left for others to write."""
    for number, line in enumerate(code.splitlines(), 1):
        if _UNWRITTEN.search(line):
            yield f"line {number}: this is left unwritten: {line.strip()}"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            rest = [each for each in node.body if not _says_nothing(each)]
            abstract = node.decorator_list or (node.body and isinstance(node.body[-1], ast.Raise))
            if not rest and not abstract:
                yield f"line {node.lineno}: `{node.name}` does nothing"


def _says_nothing(node: ast.stmt) -> bool:
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def _import_problems(
    node: ast.Import | ast.ImportFrom, known: Container[str], asked: Container[str], library: set[str]
) -> Iterator[str]:
    """Tell imports of what is not there, and collect the names that come from Python's library."""
    modules = [each.name for each in node.names] if isinstance(node, ast.Import) else [node.module or ""]
    relative = isinstance(node, ast.ImportFrom) and node.level > 0
    for module in modules:
        top = module.partition(".")[0]
        if top in sys.stdlib_module_names and not relative:
            library.update((each.asname or each.name).partition(".")[0] for each in node.names)
            continue
        missing = [part for part in module.split(".") if part and part not in known and part not in asked]
        if missing:
            yield f"line {node.lineno}: there is no `{missing[0]}` to import, neither in the code base nor in Python"
        elif isinstance(node, ast.ImportFrom):
            for each in node.names:
                if each.name != "*" and each.name not in known and each.name not in asked:
                    yield f"line {node.lineno}: `{module}` has no `{each.name}`: it occurs nowhere in the code base"


def _call_problems(node: ast.Call, taken: Mapping[str, Signature]) -> Iterator[str]:
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    if name not in taken:
        return
    signature = taken[name]
    for keyword in node.keywords:
        if keyword.arg and not signature.open and keyword.arg not in signature.parameters:
            told = ", ".join(signature.parameters) or "nothing"
            yield f"line {node.lineno}: `{name}` takes no `{keyword.arg}`; it takes {told}"


def _bound(tree: ast.AST) -> set[str]:
    """Return every name that a piece of code binds, in whatever scope."""
    out: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            out.add(node.name)
        elif isinstance(node, ast.arg):
            out.add(node.arg)
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
            out.add(node.id if isinstance(node, ast.Name) else node.attr)
        elif isinstance(node, ast.alias):
            out.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            out.add(node.name)
    return out


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

    kinds = (
        str, bytes, int, float, list, tuple, dict, set, frozenset, object, type, Exception, OSError, Counter,
        OrderedDict, defaultdict, deque, datetime, timedelta, Path, Match, Pattern,
    )  # fmt: skip
    return frozenset(name for kind in kinds for name in dir(kind)) | {"__name__", "__doc__", "__dict__", "__class__"}
