"""Pieces of code: the names they have, define and use, and what their functions take."""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Modules = Mapping[tuple[str, ...], frozenset[str]]

# A fence may carry more behind its language, and the last one may be missing in a reply that was cut off.
_FENCE = re.compile(r"^[ \t]*```[ \t]*([\w+#.-]*)[^\n]*\n(.*?)(?:^[ \t]*```[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"[^\W\d]\w*")
DECLARED = re.compile(
    r"\b(?:def|fn|func|fun|function|class|struct|interface|trait|enum|let|const|var|val|type)\s+([^\W\d]\w*)"
)
_QUOTED = re.compile(r"`([^`\n]+)`")
_CODE_LIKE = re.compile(
    r"\b(?:[a-z]+[A-Z]\w*|[A-Z][a-z0-9]+[A-Z]\w*|\w*[^\W_]_\w+|_\w+|[^\W\d]\w*(?=\())"  # camelCase, PascalCase, a_b, f(
)
PYTHON = ("python", "py", "python3", "")


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """A block of code in a reply.

    Attributes:
        language: as the fence names it, in small letters; empty where it names none.
        code: what stands between the fences.
        start: offset of the code in the reply.
        problems: the problems found in it, a sentence each.
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
    """The parameters of a function.

    Attributes:
        parameters: names, without ``self`` and ``cls``.
        open: whether it takes any other name too (``**options``).
        required: those of them without a default.
        positional: how many may be passed by position; None for any number (``*values``).
    """

    parameters: tuple[str, ...]
    open: bool
    required: tuple[str, ...] = ()
    positional: int | None = None


def code_blocks(reply: str) -> list[CodeBlock]:
    """Find the fenced blocks of a reply; one that is cut off runs to its end."""
    return [CodeBlock(found[1].lower(), found[2], found.start(2)) for found in _FENCE.finditer(reply)]


def names(text: str) -> set[str]:
    """Return all names of a piece of code, and the words of its comments."""
    return set(_NAME.findall(text))


def names_in_prose(sentence: str) -> set[str]:
    """Return the names that a sentence takes from code: what stands in backticks, or is spelled as only code is."""
    # Backticks are removed before the search for spellings, so that each name is taken once and whole.
    quoted = {name for found in _QUOTED.findall(sentence) for name in _NAME.findall(found)}
    return quoted | set(_CODE_LIKE.findall(_QUOTED.sub(" ", sentence)))


def signatures(code: str) -> dict[str, Signature]:
    """Return the signatures of functions and classes in a piece of Python; empty where it does not parse."""
    tree = parsed(code)
    if tree is None:
        return {}
    out: dict[str, Signature] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            out.setdefault(node.name, _taken(node))
        if isinstance(node, ast.ClassDef):
            made = [each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == "__init__"]
            # A class is called by its own name, with the parameters of its __init__.
            if made:
                out[node.name] = _taken(made[0])
    return out


def _taken(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Signature:
    arguments = node.args
    # ast.arguments aligns `defaults` with the last positional parameters, and `kw_defaults` with all keyword-only
    # ones, None for those without.
    placed = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    needed = placed[: len(placed) - len(arguments.defaults)]
    needed += [
        each.arg for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if default is None
    ]
    named = [*placed, *(each.arg for each in arguments.kwonlyargs)]
    bound = ("self", "cls")
    return Signature(
        tuple(each for each in named if each not in bound),
        arguments.kwarg is not None,
        tuple(each for each in needed if each not in bound),
        None if arguments.vararg else len([each for each in placed if each not in bound]),
    )


def top_names(code: str) -> frozenset[str]:
    """Return the names that a Python file offers for import; ``*`` where it imports all of another."""
    out = set[str]()

    def gather(nodes: Iterable[ast.stmt]) -> None:
        for node in nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                out.add(node.name)
            # Names bound below `if TYPE_CHECKING`, `try` and the like belong to the module, too.
            elif isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.While):
                inner = [getattr(node, part, []) for part in ("body", "orelse", "finalbody")]
                inner += [handler.body for handler in getattr(node, "handlers", [])]
                for part in inner:
                    gather(part)
            else:
                out.update(bound_in(node))

    tree = parsed(code)
    gather(tree.body if tree else ())
    return frozenset(out)


def parsed(code: str) -> ast.Module | None:
    """Parse Python, indented or not; None where it does not parse."""
    try:
        return ast.parse(textwrap.dedent(code))
    except (SyntaxError, ValueError):
        return None


def defined_at_top(code: str) -> set[str]:
    """Return the functions and classes that a piece of Python defines, not those inside others."""
    tree = parsed(code)
    nodes = tree.body if tree else []
    return {each.name for each in nodes if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}


def use_of(name: str, block: CodeBlock) -> int | None:
    """Return the offset in a block's code where it first uses a name, does not merely define it; None where nowhere."""
    if block.language in PYTHON and name in defined_at_top(block.code):
        return None
    declared = {found.start(1) for found in DECLARED.finditer(block.code)}
    found = (each.start() for each in re.finditer(rf"\b{re.escape(name)}\b", block.code))
    return next((start for start in found if start not in declared), None)


def bound_in(tree: ast.AST) -> set[str]:
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
