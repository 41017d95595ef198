"""The parts of an indexed code base: definitions that a request is about, and all names that occur."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from ragkit.chains.code.names import PYTHON, names, top_names
from ragkit.core.types import place_at
from ragkit.split.blocks import is_code
from ragkit.split.code import enclosing, language_of
from ragkit.text.terms import terms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ragkit.chains.context import Context
    from ragkit.core.types import Hit

DEFINITION_CHARACTERS = 3000  # longest definition that is quoted whole; of longer ones the passage is taken


@dataclass(frozen=True, slots=True)
class CodePart:
    """A part of the code base: a definition, or the passage that was found.

    Attributes:
        document: path of its file.
        document_id: id of the file in the index.
        start: offset in the file.
        end: offset behind it.
        text: the file's exact text at [start, end).
        title: what it defines; empty for other passages.
        language: of the file; empty where it is none of code.
        place: where it stands.
    """

    document: str
    document_id: str
    start: int
    end: int
    text: str
    title: str = ""
    language: str = ""
    place: Mapping[str, Any] = field(default_factory=dict[str, Any])


class CodeBase:
    """An indexed code base.

    Args:
        context: the parts of the index; names are collected once for each state of its documents.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self._known: _Known | None = None

    def parts(self, request: str, hits: Sequence[Hit]) -> list[CodePart]:
        """Return the definitions that hits stand in, and that fit the request best, or the passages as they are."""
        return _distinct([self._part(request, hit) for hit in hits])

    def _part(self, request: str, hit: Hit) -> CodePart:
        """Return the definition that a hit stands in and that fits the request best, or the passage as it is."""
        chunk = hit.chunk
        language = language_of(chunk.metadata) if is_code(chunk.metadata) else ""
        plain = CodePart(
            chunk.source, chunk.document_id, chunk.start, chunk.end, chunk.text, "", language, chunk.place()
        )
        # Without the original text, or where it no longer matches the index, offsets of a definition would be wrong.
        original = self.context.documents.document(chunk)
        if not language or original is None or original[0][chunk.start : chunk.end] != chunk.text:
            return plain
        text, about = original
        inside = enclosing(text, language, chunk.start, chunk.end, DEFINITION_CHARACTERS)
        if not inside:
            return plain
        wanted = set(terms(request))
        # Definitions are nested (method, class): the one with most of the request's words is taken, and of equal
        # ones the first.
        start, end, title = max(inside, key=lambda each: len(wanted & set(terms(text[each[0] : each[1]]))))
        place = place_at(about, start, text, end)
        return CodePart(chunk.source, chunk.document_id, start, end, text[start:end], title, language, place)

    def names(self) -> frozenset[str]:
        """Return all names that occur in the code of the index, and those of its files and folders."""
        return self._gathered().names

    def modules(self) -> dict[tuple[str, ...], frozenset[str]]:
        """Return the names that each Python file offers for import, by the parts of its path."""
        return self._gathered().modules

    def shown(self, part: CodePart) -> tuple[str, str]:
        """Return a part with its file's path, from the folder above all files of the index: as an import spells it."""
        root = self._gathered().root
        path = os.path.relpath(part.document, root) if root and part.document.startswith(root) else part.document
        return path, part.text

    def _gathered(self) -> _Known:
        # All passages are read once for each state of the documents; a request then costs no pass over the index.
        state = self.context.documents.state()
        if self._known is None or self._known.state != state:
            out, modules = set[str](), dict[str, frozenset[str] | None]()
            index = self.context.searcher.index
            for chunk in index.chunks(index.rows_where({}).tolist()).values():
                if not is_code(chunk.metadata):
                    continue
                out |= names(chunk.text)
                if chunk.source not in modules:
                    out.update(PurePath(chunk.source).with_suffix("").parts)
                    original = self.context.documents.document(chunk) if language_of(chunk.metadata) in PYTHON else None
                    modules[chunk.source] = top_names(original[0]) if original else None
            # The folder above the common one: `import harbour.tides` is spelled from the parent of `harbour`.
            folders = {str(PurePath(each).parent) for each in modules if PurePath(each).is_absolute()}
            root = str(PurePath(os.path.commonpath(folders)).parent) if folders and len(folders) > 1 else ""
            by_path = {PurePath(each).with_suffix("").parts: top for each, top in modules.items() if top is not None}
            self._known = _Known(state, frozenset(out), by_path, root)
        return self._known


@dataclass(frozen=True, slots=True)
class _Known:
    state: str
    names: frozenset[str]
    modules: dict[tuple[str, ...], frozenset[str]]
    root: str


def _distinct(parts: Sequence[CodePart]) -> list[CodePart]:
    """Return parts without those that lie inside another one; of equal ones the first remains."""
    out: list[CodePart] = []
    for part in parts:
        if not any(_inside(part, other) for other in out):
            out = [other for other in out if not _inside(other, part)]
            out.append(part)
    return out


def _inside(part: CodePart, other: CodePart) -> bool:
    return part.document == other.document and other.start <= part.start and part.end <= other.end


def spelled(text: str) -> str:
    """Split camel-case names into their words: ``readRows`` to ``read Rows``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)
