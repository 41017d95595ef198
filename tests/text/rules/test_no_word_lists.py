"""Lists and patterns of natural-language words stand in ``ragkit/text/rules`` and nowhere else."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import ragkit
from ragkit.text.rules.function_words import FUNCTION_WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(ragkit.__file__).parent
HOME = ROOT / "text" / "rules"
MOST = 1  # different function words of three letters or more that one pattern or list may hold by chance
# Words of programming languages, keys of formats and output of programs.
NO_LANGUAGE = {
    "split/code.py",
    "chains/code/names.py",
    "chains/code/check.py",
    "models/wheels.py",
    "generate/failures.py",
    "store/search/filters.py",
    "store/care/findings.py",
}
KNOWN = frozenset[str]().union(*(FUNCTION_WORDS[code] for code in ("en", "de", "fr", "es", "it", "nl", "pt")))
CALLS = frozenset(("compile", "search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer"))


def constants(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Find the texts of patterns, of split texts, and of sets and dictionaries of single words."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = ast.unparse(node.func.value)
            if owner in ("re", "regex") and node.func.attr in CALLS and node.args:
                yield node.lineno, text_of(node.args[0])
            elif node.func.attr == "split" and not node.args:
                yield node.lineno, text_of(node.func.value)
        elif isinstance(node, ast.Set | ast.List | ast.Tuple | ast.Dict):
            parts = node.keys if isinstance(node, ast.Dict) else node.elts
            said = [each.value for each in parts if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            if all(re.fullmatch(r"[^\W\d_]+", each) for each in said):
                yield node.lineno, " ".join(said)


def text_of(node: ast.AST) -> str:
    return " ".join(
        each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)
    )


def words_of(text: str) -> set[str]:
    plain = re.sub(r"\\[a-zA-Z]|\[[^\]]*\]|\(\?(?:[:=!<]+|[a-z]+[:)])", " ", text)
    return {word for word in re.findall(r"[^\W\d_]{3,}", plain.casefold()) if word in KNOWN}


def found(path: Path) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{line}: {', '.join(sorted(words))}"
        for line, text in constants(ast.parse(path.read_text(encoding="utf-8")))
        if len(words := words_of(text)) > MOST
    ]


def test_no_word_list_stands_outside_the_rules() -> None:
    paths = [each for each in sorted(ROOT.rglob("*.py")) if HOME not in each.parents]
    wrong = [each for path in paths if str(path.relative_to(ROOT)) not in NO_LANGUAGE for each in found(path)]
    assert wrong == []


@pytest.mark.parametrize("code", ['re.compile(r"\\b(?:this|those|which)\\b")', 'x = "not never nor neither".split()'])
def test_the_search_finds_what_it_looks_for(code: str) -> None:
    assert any(len(words_of(text)) > MOST for _, text in constants(ast.parse(code)))
