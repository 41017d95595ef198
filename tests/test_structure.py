"""How ragkit is built stays as it was meant: sizes, names, bases, the way of a question, layers, and the map of it.

``benchmarks/structure.py`` takes the figures; each rule is also tried on a small tree that breaks it.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ragkit import Index
from ragkit.core.settings import DEFAULT_MODEL

if TYPE_CHECKING:
    from collections.abc import Callable

    from ragkit.embed import SentenceTransformerEmbeddings

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))
import structure  # noqa: E402 - a script of the benchmarks, which is no package
from structure import modules_of  # noqa: E402

MOST_MODULES = 14  # of a folder, `__init__` among them: what can be taken in at a glance
MOST_LINES = 600  # the 95th percentile of well-kept projects of this kind is between 400 and 600
MOST_RETURNS = 15  # to an earlier stage, of one question that quotes: routing and re-ranking look things up too
LARGE: dict[str, str] = {}  # modules above MOST_LINES, with the reason
USED_ONCE: dict[str, str] = {}  # bases with one subclass, with the reason
TWICE: dict[str, str] = {}  # class names that stand in two places, with the reason
SHARED_BY_FORMATS = {"layout"}  # rows, columns and boxes of pages: what several families read
MIRRORS_NOTHING = {"conformance", "corpora", "docs", "golden", "property"}  # folders of tests


# -- the rules, each a list of what breaks it --------------------------------------------------------------------


def too_full(root: Path) -> list[str]:
    found = structure.folders(modules_of(root))
    return [f"{folder.relative_to(root)} {count}" for folder, count in found.items() if count > MOST_MODULES]


def too_long(root: Path) -> list[str]:
    return [f"{each.name} {each.lines}" for each in modules_of(root) if each.lines > MOST_LINES]


def bases_used_once(root: Path) -> list[str]:
    return [base for base, _ in structure.Bases(modules_of(root)).used_once()]


def class_names_twice(root: Path) -> list[str]:
    return list(structure.class_names_twice(modules_of(root)))


def cached_settings(root: Path) -> list[str]:
    return structure.cached_settings(modules_of(root))


def packages_without_a_word(root: Path) -> list[str]:
    """Folders of Python files whose ``__init__`` is missing or has no docstring."""
    found = []
    for folder in structure.folders(modules_of(root)):
        init = folder / "__init__.py"
        if not init.is_file() or not ast.get_docstring(ast.parse(init.read_text(encoding="utf-8"))):
            found.append(folder.relative_to(root).as_posix())
    return found


def not_on_the_map(root: Path) -> list[str]:
    """Folders and modules directly in ragkit/ that the docstring of ``ragkit`` does not name in double backquotes."""
    package = root / "ragkit"
    words = ast.get_docstring(ast.parse((package / "__init__.py").read_text(encoding="utf-8"))) or ""
    named = set(re.findall(r"``(\w+)(?:\.\w+)*``", words))
    here = {path.parent.name if path.name == "__init__.py" else path.stem for path in package.glob("*/__init__.py")}
    here |= {path.stem for path in package.glob("*.py") if not path.stem.startswith("__")}
    return sorted(here - named)


def gone_from_the_map(root: Path) -> list[str]:
    """What the first column of the map names and ragkit has not."""
    package = root / "ragkit"
    words = ast.get_docstring(ast.parse((package / "__init__.py").read_text(encoding="utf-8"))) or ""
    named = re.findall(r"^``(\w+)`` ", words, flags=re.MULTILINE)
    return [name for name in named if not (package / name).is_dir() and not (package / f"{name}.py").is_file()]


def folders_of_tests_that_mirror_nothing(root: Path) -> list[str]:
    tests = root / "tests"
    found = []
    for folder in sorted({path.parent for path in tests.rglob("test_*.py")} - {tests}):
        place = folder.relative_to(tests)
        if place.parts[0] not in MIRRORS_NOTHING and not (root / "ragkit" / place).is_dir():
            found.append(place.as_posix())
    return found


def not_independent(root: Path, family: str, shared: set[str]) -> list[str]:
    """Packages of a family, ``chains`` or ``load/formats``, that no contract holds independent of the others."""
    contracts = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    held = {name for each in contracts if each["type"] == "independence" for name in each["modules"]}
    folder = root / "ragkit" / family
    dotted = f"ragkit.{family.replace('/', '.')}"
    packages = {path.parent.name for path in folder.glob("*/__init__.py")} - shared
    return sorted(f"{dotted}.{name}" for name in packages if f"{dotted}.{name}" not in held)


def chains_not_independent(root: Path) -> list[str]:
    return not_independent(root, "chains", set())


def formats_not_independent(root: Path) -> list[str]:
    return not_independent(root, "load/formats", SHARED_BY_FORMATS)


def steps_lint_leaves_out(root: Path) -> list[str]:
    """Checks that the target ``lint`` of the Makefile does not run."""
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    recipe = re.search(r"^lint:.*\n((?:\t.*\n?)*)", makefile, flags=re.MULTILINE)
    steps = recipe[1] if recipe else ""
    return [each for each in ("ruff check", "ruff format --check", "pyright", "lint-imports") if each not in steps]


# -- ragkit keeps them -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rule",
    [
        too_full,
        cached_settings,
        packages_without_a_word,
        not_on_the_map,
        gone_from_the_map,
        folders_of_tests_that_mirror_nothing,
        chains_not_independent,
        formats_not_independent,
        steps_lint_leaves_out,
    ],
)
def test_ragkit_keeps_the_rule(rule: Callable[[Path], list[str]]):
    assert rule(ROOT) == []


@pytest.mark.parametrize(
    ("rule", "known"), [(too_long, LARGE), (bases_used_once, USED_ONCE), (class_names_twice, TWICE)]
)
def test_ragkit_keeps_the_rule_but_for_what_is_known(rule: Callable[[Path], list[str]], known: dict[str, str]):
    broken = {each.partition(" ")[0] for each in rule(ROOT)}
    assert broken - set(known) == set(), "new, change it"
    assert set(known) - broken == set(), "no longer so, remove it from the list"


def test_a_question_that_quotes_seldom_returns_to_an_earlier_stage(
    tmp_path: Path, embedder: SentenceTransformerEmbeddings, handbook_files: Path
):
    index = Index(tmp_path / "small.index", embedder=embedder, model=DEFAULT_MODEL)
    assert not index.sync(handbook_files).count("failed")
    calls = structure.record_ask(index, mode="quote")
    way = structure.way_of(calls)
    assert {"embed", "store", "retrieve", "ground"} <= {stage for stage, _ in way}
    back = structure.returns(way)
    assert len(back) <= MOST_RETURNS, back


@pytest.fixture
def handbook_files() -> Path:
    return ROOT / "corpora" / "handbook" / "documents"


# -- each rule finds what breaks it ------------------------------------------------------------------------------

KEPT = {
    "ragkit/__init__.py": '"""Some words.\n\n``chains``  chains\n``load``  files; ``index``: one of them\n"""\n',
    "ragkit/index.py": '"""One."""\n',
    "ragkit/chains/__init__.py": '"""Chains."""\n',
    "ragkit/chains/answer/__init__.py": '"""Answers."""\n',
    "ragkit/load/__init__.py": '"""Files."""\n',
    "ragkit/load/formats/__init__.py": '"""Formats."""\n',
    "ragkit/load/formats/pdf/__init__.py": '"""PDF."""\n',
    "tests/load/test_pdf.py": "",
    "tests/golden/test_old.py": "",
    "Makefile": "test:\n\tpytest\n\nlint:\n\truff check .\n\truff format --check .\n\tpyright\n\tlint-imports\n",
    "pyproject.toml": """
[[tool.importlinter.contracts]]
type = "independence"
modules = ["ragkit.chains.answer"]
[[tool.importlinter.contracts]]
type = "independence"
modules = ["ragkit.load.formats.pdf"]
""",
}
PAIR = "class Base: ...\nclass One(Base): ...\n"
BROKEN = [
    (too_full, {f"ragkit/load/m{number}.py": "" for number in range(MOST_MODULES)}, ["ragkit/load 15"]),
    (too_long, {"ragkit/load/long.py": "x = 1\n" * 601}, ["ragkit.load.long 601"]),
    (bases_used_once, {"ragkit/load/a.py": PAIR}, ["ragkit.load.a:Base"]),
    (bases_used_once, {"ragkit/load/a.py": PAIR.replace("Base", "_Base")}, ["ragkit.load.a:_Base"]),
    (
        bases_used_once,
        {
            "ragkit/load/a.py": "class Base(Generic[T]): ...\n",
            "ragkit/load/formats/__init__.py": "from ragkit.load.a import Base as Base\n",
            "ragkit/chains/b.py": "from ragkit.load import formats\ndef f():\n  class One(formats.Base[int]): ...\n",
        },
        ["ragkit.load.a:Base"],
    ),
    (class_names_twice, {"ragkit/load/a.py": PAIR, "ragkit/chains/b.py": "class One: ...\n"}, ["One"]),
    (cached_settings, {"ragkit/load/a.py": "@lru_cache(1)\ndef f():\n  return Settings()\n"}, ["ragkit.load.a:2"]),
    (cached_settings, {"ragkit/load/a.py": "f = functools.cache(load_settings)\n"}, ["ragkit.load.a:1"]),
    (cached_settings, {"ragkit/load/a.py": "SETTINGS = settings.load_settings()\n"}, ["ragkit.load.a:1"]),
    (packages_without_a_word, {"ragkit/load/__init__.py": "x = 1\n"}, ["ragkit/load"]),
    (packages_without_a_word, {"ragkit/load/web/crawl.py": '"""No package."""\n'}, ["ragkit/load/web"]),
    (not_on_the_map, {"ragkit/split/__init__.py": '"""Cuts."""\n'}, ["split"]),
    (not_on_the_map, {"ragkit/amounts.py": '"""Amounts."""\n'}, ["amounts"]),
    (
        gone_from_the_map,
        {"ragkit/__init__.py": '"""x\n\n``usage``  counts\n``arrows``  more\n"""'},
        ["usage", "arrows"],
    ),
    (folders_of_tests_that_mirror_nothing, {"tests/index/test_x.py": ""}, ["index"]),
    (folders_of_tests_that_mirror_nothing, {"tests/load/chains/test_x.py": ""}, ["load/chains"]),
    (chains_not_independent, {"ragkit/chains/new/__init__.py": '"""New."""\n'}, ["ragkit.chains.new"]),
    (formats_not_independent, {"ragkit/load/formats/new/__init__.py": '"""N."""\n'}, ["ragkit.load.formats.new"]),
    (steps_lint_leaves_out, {"Makefile": "lint:\n\truff check .\n\nall:\n\tpyright\n\tlint-imports\n"}, None),
]
FINE = [
    (bases_used_once, PAIR + "class Two(Base): ...\n"),
    (bases_used_once, "class Base(Protocol): ...\nclass One(Base): ...\n"),
    (bases_used_once, "class Base(ValueError): ...\nclass One(Base): ...\nclass Two(One): ...\n"),
    (bases_used_once, "from pydantic import BaseModel\nclass One(BaseModel): ...\n"),
    (cached_settings, "@cache\ndef f(settings):\n  return settings.index\ndef g():\n  return Settings()\n"),
]


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(("rule", "files", "found"), BROKEN)
def test_a_rule_finds_what_breaks_it_and_nothing_before(rule, files, found, tmp_path: Path):
    write(tmp_path, KEPT)
    assert rule(tmp_path) == []
    write(tmp_path, files)
    broken = rule(tmp_path)
    assert broken == (found or ["ruff format --check", "pyright", "lint-imports"])


@pytest.mark.parametrize(("rule", "source"), FINE)
def test_a_rule_lets_pass_what_is_meant(rule, source, tmp_path: Path):
    write(tmp_path, KEPT | {"ragkit/load/a.py": source})
    assert rule(tmp_path) == []


# -- the figures are counted rightly -----------------------------------------------------------------------------


def test_returns_are_counted_from_the_calls_of_a_question():
    calls = [
        "ragkit.collection:ask",
        "ragkit.retrieve.search:search",
        "ragkit.store.search.reader:dense",
        "ragkit.store.sqlite.store:rows",
        "ragkit.core.types:make",
        "ragkit.retrieve.search:search",
        "ragkit:version",
        "ragkit.ground.grounder:ground",
        "ragkit.embed.encoder:encode",
    ]
    way = structure.way_of(calls)
    assert [stage for stage, _ in way] == ["retrieve", "store", "retrieve", "ground", "embed"]
    assert structure.returns(way) == ["ragkit.store.search.reader:dense", "ragkit.embed.encoder:encode"]


def test_only_functions_that_run_while_recording_are_calls():
    from ragkit.text import sentences

    with structure.profiled() as calls:
        sentences.sentences("Before. It is recorded.")
        assert calls.names == []
        calls.recording = True
        exec(compile("class Body:\n    x = 1", "fake", "exec"), {"__name__": "ragkit.fake"})
        assert calls.names == []
        sentences.sentences("It is recorded.")
    assert "ragkit.text.sentences:sentences" in calls.names
    assert sys.getprofile() is not calls


def test_lines_are_counted_by_what_they_hold(tmp_path: Path):
    source = (
        '"""One.\n\nTwo."""\n\n# why\nx = 1  # beside\n\n\ndef f():\n    """Say."""\n    # why\n    return "# no"\n'
    )
    write(tmp_path, {"ragkit/a.py": source})
    (module,) = modules_of(tmp_path)
    assert (module.lines, module.code, len(module.comments), len(module.docstrings)) == (12, 3, 2, 4)
    assert structure.function_lengths([module]) == [4]


def test_figures_of_a_tree_name_what_stands_twice(tmp_path: Path):
    write(tmp_path, KEPT | {"ragkit/load/a.py": PAIR, "ragkit/chains/a.py": "import re\nx = re.compile('a')\n"})
    found = structure.figures(tmp_path)
    assert (found["modules"], found["most_in_one_folder"], found["re_compile"]) == (9, 2, 1)
    assert found["file_names_twice"] == {"a": ["ragkit.chains.a", "ragkit.load.a"]}
    assert found["bases_used_once"] == ["ragkit.load.a:Base <- ragkit.load.a:One"]


def test_a_root_without_ragkit_says_what_is_wrong(tmp_path: Path):
    with pytest.raises(SystemExit, match="--root names a checkout"):
        structure.figures(tmp_path)
