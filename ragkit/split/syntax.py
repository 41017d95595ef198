"""The syntax tree of source code, by tree-sitter: where its lines can be cut. Needs ``ragkit[code]``."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ragkit.split.code import CodeLine, title_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_MODULES = {  # module of a grammar: the languages it is for, as media types and the fences of Markdown name them
    "python:language": "python py",
    "javascript:language": "javascript js jsx",
    "typescript:language_tsx": "typescript ts tsx",
    "java:language": "java",
    "go:language": "go",
    "rust:language": "rust rs",
    "c:language": "c",
    "cpp:language": "c++ cpp",
    "c_sharp:language": "csharp cs",
    "php:language_php": "php",
    "ruby:language": "ruby rb",
    "bash:language": "shell bash sh",
}
GRAMMARS = {name: f"tree_sitter_{module}" for module, names in _MODULES.items() for name in names.split()}
# Levels of the tree that are followed; below them a line counts as part of the one above.
DEEPEST = 200
# Ends of the names that grammars give to nodes: each language has its own, but they follow a custom.
_DEFINITIONS = ("_definition", "_declaration", "_item", "_specifier", "_spec", "class", "module", "method")
_WITHOUT_BODY = ("type_spec",)
_LISTS = ("parameter", "argument")
# Levels that a list of parameters counts as, since it says little in two parts.
_LISTED = 5
_SEPARATORS = (",", ";")
_ANNOTATIONS = ("comment", "attribute", "decorator", "annotation")


def syntax_lines(code: str, spans: Sequence[tuple[int, int]], language: str) -> list[CodeLine]:
    """Place lines in the syntax tree of their code.

    Args:
        code: the code.
        spans: (start, end) of its lines, without white space at their ends.
        language: its language.

    Returns:
        The lines; nothing where no grammar for the language is installed.
    """
    parser = _parser(language.lower())
    if parser is None or not spans:
        return []
    # tree-sitter counts in bytes; rows are the same in bytes and characters, so places are compared by row.
    data = code.encode("utf-8", "replace")
    rows = [code.count("\n", 0, spans[0][0])]
    for (_, above), (start, _) in pairwise(spans):
        rows.append(rows[-1] + code.count("\n", above, start))
    found = _Tree(data, spans, rows)
    found.visit(parser.parse(data).root_node)
    return found.lines()


@lru_cache(maxsize=32)
def _parser(language: str) -> Any:
    module, _, function = GRAMMARS.get(language, "").partition(":")
    if not module or find_spec("tree_sitter") is None or find_spec(module) is None:
        return None
    import tree_sitter

    grammar: object = getattr(import_module(module), function)()
    return tree_sitter.Parser(tree_sitter.Language(grammar))


class _Tree:
    """Facts about lines from a walk through the tree, by their number in the code."""

    def __init__(self, code: bytes, spans: Sequence[tuple[int, int]], rows: Sequence[int]) -> None:
        self._code = code
        self._spans = spans
        self._rows = rows
        self._depths = {rows[0]: 0}
        self._definitions: dict[int, tuple[int, str]] = {}  # the row of the name: the last row, the title

    def visit(self, root: Any) -> None:
        """Walk through all that spans several lines."""
        # A stack of its own instead of recursion: generated code nests deeper than Python's stack is.
        waiting = [(root, 0)]
        while waiting:
            node, depth = waiting.pop()
            above = None
            for number, child in enumerate(node.children):
                row = child.start_point[0]
                if above is not None and row > above.end_point[0] and self._parts(node, number, above, row):
                    self._depths.setdefault(row, depth)
                if child.end_point[0] > row:
                    self._define(child)
                    if depth < DEEPEST:
                        listed = any(word in child.type for word in _LISTS)
                        waiting.append((child, depth + (_LISTED if listed else 1)))
                above = child

    def _parts(self, parent: Any, number: int, above: Any, row: int) -> bool:
        """Whether a child is one of a list: a part that has a role of its own stays with what is before it."""
        child = parent.children[number]
        if not child.is_named or parent.field_name_for_child(number) is not None:
            return False
        annotates = any(word in above.type for word in _ANNOTATIONS) and "comment" not in child.type
        if annotates and above.end_point[0] + 1 >= row:
            return False
        return above.is_named or above.type in _SEPARATORS

    def _define(self, node: Any) -> None:
        """Record a definition at the line of its name; what annotates it stands above that."""
        body = node.child_by_field_name("body")
        if not node.type.endswith(_DEFINITIONS) or (body is None and node.type not in _WITHOUT_BODY):
            return
        name = node.child_by_field_name("name") or node
        begin = self._code.rfind(b"\n", 0, name.start_byte) + 1
        end = self._code.find(b"\n", begin) if body is None else body.start_byte
        title = title_of(self._code[begin:end].decode("utf-8", "ignore"))
        self._definitions.setdefault(name.start_point[0], (node.end_point[0], title))

    def lines(self) -> list[CodeLine]:
        """Return the lines with these facts."""
        made: list[CodeLine] = []
        ends: list[int] = []  # last rows of the definitions that a line stands in
        for (start, end), row in zip(self._spans, self._rows, strict=True):
            while ends and ends[-1] < row:
                ends.pop()
            last, title = self._definitions.get(row, (row, ""))
            depth = self._depths.get(row)
            made.append(CodeLine(start, end, depth or 0, depth is None, len(ends), title))
            if title:
                ends.append(last)
        return made
