"""Names of a package are there before its modules are imported, and import them when used."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import ragkit

ROOT = Path(ragkit.__file__).parent
LAZY = [path for path in sorted(ROOT.rglob("__init__.py")) if "lazy_exports(" in path.read_text("utf-8")]
INIT = """
from ragkit.core.lazy import lazy_exports

__getattr__, __dir__, __all__ = lazy_exports(
    __name__, {".shapes": "Circle Square", "lazy_sample.colours": "mix"}, own="here"
)


def here():
    return "defined in the package"
"""


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A package of two modules behind lazy names."""
    folder = tmp_path / "lazy_sample"
    folder.mkdir()
    (folder / "__init__.py").write_text(INIT, "utf-8")
    (folder / "shapes.py").write_text("class Circle: ...\nclass Square: ...\nclass Hidden: ...\n", "utf-8")
    (folder / "colours.py").write_text("def mix():\n    return 'green'\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    import lazy_sample  # pyright: ignore[reportMissingImports]

    yield lazy_sample
    for name in [name for name in sys.modules if name.partition(".")[0] == "lazy_sample"]:
        del sys.modules[name]


def test_a_name_is_what_its_module_defines(sample):
    from lazy_sample import Circle, mix  # pyright: ignore[reportMissingImports]

    assert sys.modules["lazy_sample.shapes"].Circle is Circle is sample.Circle
    assert mix() == "green"


def test_a_module_is_imported_when_a_name_of_it_is_used_and_not_before(sample):
    assert {"Circle", "mix"} <= set(dir(sample))
    assert not {"lazy_sample.shapes", "lazy_sample.colours"} & sys.modules.keys()
    sample.mix()
    assert "lazy_sample.colours" in sys.modules
    assert "lazy_sample.shapes" not in sys.modules


def test_every_public_name_is_listed_and_comes_with_a_star(sample):
    assert sample.__all__ == ["Circle", "Square", "here", "mix"]
    assert {*sample.__all__, "__name__"} <= set(dir(sample))
    names: dict[str, object] = {}
    exec("from lazy_sample import *", names)
    assert {"Circle", "Square", "here", "mix"} <= names.keys()


@pytest.mark.parametrize("name", ["Hidden", "circle", "lazy_exports_", "__path_of__"])
def test_any_other_name_is_an_attribute_error_that_names_both(sample, name: str):
    with pytest.raises(AttributeError, match=f"module 'lazy_sample' has no attribute '{name}'"):
        getattr(sample, name)
    with pytest.raises(ImportError, match=name):
        exec(f"from lazy_sample import {name}")


def test_the_names_of_ragkit_are_listed_before_their_modules_are_imported():
    code = """
import sys, ragkit
assert {"Index", "Answer", "load_generator"} <= set(ragkit.__all__) <= set(dir(ragkit))
assert {name for name in sys.modules if name.startswith("ragkit.")} == {"ragkit.core", "ragkit.core.lazy"}
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("path", LAZY, ids=lambda path: str(path.relative_to(ROOT.parent).parent))
def test_type_checkers_read_the_same_names_from_the_same_modules(path: Path):
    package = import_module(".".join(path.relative_to(ROOT.parent).parent.parts))
    (block,) = [
        part
        for part in ast.parse(path.read_text("utf-8")).body
        if isinstance(part, ast.If) and ast.unparse(part.test) == "TYPE_CHECKING"
    ]
    imported = {
        alias.asname: f"{part.module}.{alias.name}"
        for part in block.body
        if isinstance(part, ast.ImportFrom)
        for alias in part.names
        if alias.asname
    }
    own = vars(package).keys() & set(package.__all__)
    assert imported.keys() == set(package.__all__) - own
    for name, place in imported.items():
        module, _, original = place.rpartition(".")
        assert getattr(package, name) is getattr(import_module(module), original)
