"""Source code as lines: how deep each is nested, which must follow the one above, and the definitions they stand in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# Of a definition's first line, which says what it defines.
TITLE_CHARACTERS = 120
TAB = 4

_LINE = re.compile(r"\S[^\n]*")
# What can begin no statement of its own in any of the common languages, and what belongs to the line below.
_FOLLOWS = re.compile(r"[)\]}>]|(?:else|elif|except|finally|catch|rescue|ensure|end|fi|done|esac|then|do|in|and|or)\b")
_ANNOTATES = re.compile(r"(?:#(?!include|define|if|pragma)|//|/\*|\*|--|;;|@|%%|<!--|\[[A-Z])")
_DEFINES = re.compile(
    r"(?:(?:export|default|public|private|protected|internal|static|final|abstract|async|unsafe|sealed|partial|inline"
    r"|override|open|data|pub(?:\([^)]*\))?)\s+)*"
    r"(?:class|def|defp?|defmodule|fn|func|fun|function|sub|interface|trait|struct|enum|impl|module|namespace|object"
    r"|protocol|extension|type|record|union|message|service|resource|CREATE\s+\w+|create\s+\w+)\b.*"
)
_NAMES_WHAT_FOLLOWS = re.compile(r"[^\s:#{}\[\]][^:{}\[\]]*:\s*$")
_KEYED = frozenset(("yaml", "toml"))


@dataclass(frozen=True, slots=True)
class CodeLine:
    """A line of code with something on it.

    Attributes:
        start: offset of its first character, no white space.
        end: offset behind its last one.
        depth: how many constructs a cut before it would part.
        glued: whether it belongs to the line above.
        level: how many definitions it stands in.
        title: what it defines; empty for other lines.
    """

    start: int
    end: int
    depth: int
    glued: bool = False
    level: int = 0
    title: str = ""


def language_of(metadata: Mapping[str, object]) -> str:
    """Return the programming language of a document with this metadata, as its media type names it; else nothing."""
    media_type = str(metadata.get("media_type", ""))
    return media_type.rpartition("/")[2].removeprefix("x-")


def code_lines(code: str, language: str) -> list[CodeLine]:
    """Find the lines of a piece of code.

    The syntax tree is used where ``ragkit[code]`` is installed and knows the language, else indentation.

    Args:
        code: any text.
        language: a name such as ``python`` or ``c++``; may be unknown or empty.

    Returns:
        Lines in order; together they hold every character that is not white space.
    """
    from ragkit.split.syntax import syntax_lines

    spans = [(found.start(), found.start() + len(found[0].rstrip())) for found in _LINE.finditer(code)]
    return syntax_lines(code, spans, language) or list(_indented_lines(code, spans, language))


def title_of(line: str) -> str:
    """Return what the first line of a definition says, without what opens its body."""
    words = " ".join(line.split()).rstrip("{:= ")
    return words[:TITLE_CHARACTERS].rstrip()


def _indented_lines(code: str, spans: Sequence[tuple[int, int]], language: str) -> Iterator[CodeLine]:
    """Take the nesting from the indentation, which nearly all code has, and from what lines begin with."""
    indents = [_indent(code, start) for start, _ in spans]
    columns: list[int] = []  # of the lines that this one stands below
    defined: list[bool] = []  # which of them are definitions
    annotated = False
    for number, (start, end) in enumerate(spans):
        text, column = code[start:end], indents[number]
        while columns and columns[-1] >= column:
            columns.pop()
            defined.pop()
        # A line that annotates (a comment, a decorator) holds the line below to it, a line that opens a body the first.
        opens = number + 1 < len(spans) and indents[number + 1] > column
        begins_body = number > 0 and indents[number - 1] < column
        adjoins = number > 0 and code.count("\n", spans[number - 1][1], start) == 1
        glued = bool(_FOLLOWS.match(text)) or (begins_body and adjoins) or (annotated and adjoins)
        title = title_of(text) if opens and _defines(text, language) else ""
        # A level of indentation counts twice: a syntax tree has two nodes for it, the statement and its body.
        yield CodeLine(start, end, 2 * len(columns), glued, sum(defined), title)
        columns.append(column)
        defined.append(bool(title))
        annotated = bool(_ANNOTATES.match(text))


def _defines(line: str, language: str) -> bool:
    return bool(_DEFINES.match(line) or (language in _KEYED and _NAMES_WHAT_FOLLOWS.match(line)))


def _indent(code: str, start: int) -> int:
    return len(code[code.rfind("\n", 0, start) + 1 : start].expandtabs(TAB))


def enclosing(code: str, language: str, start: int, end: int, longest: int) -> list[tuple[int, int, str]]:
    """Find the innermost definitions that a stretch of code touches.

    Args:
        code: the whole file.
        language: as for :func:`code_lines`.
        start: offset of the stretch.
        end: offset behind it.
        longest: characters of a definition; larger ones are left out.

    Returns:
        Offsets where each begins and ends, and its title; none where the stretch stands in no definition.
    """
    lines = code_lines(code, language)
    found: list[tuple[int, int, str]] = []
    for number, line in enumerate(lines):
        if not line.title or line.start >= end:
            continue
        behind = next((n for n in range(number + 1, len(lines)) if lines[n].level <= line.level), len(lines))
        first = number
        while first and lines[first - 1].level <= line.level and _ANNOTATES.match(code, lines[first - 1].start):
            first -= 1
        while behind > number + 1 and _ANNOTATES.match(code, lines[behind - 1].start):
            behind -= 1  # what stands above the next definition is that one's
        begins, ends = code.rfind("\n", 0, lines[first].start) + 1, lines[behind - 1].end
        if ends > start and ends - begins <= longest:
            found.append((begins, ends, line.title))
    # A class that holds a method found is left out: the method is what the stretch is about.
    inner = [each for each in found if not any(each[0] < other[0] and other[1] <= each[1] for other in found)]
    return inner or found
