"""Importing ragkit or asking for help loads nothing heavy; every module imports, every public name is there."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from importlib import import_module

import pytest

import ragkit

HEAVY = (
    "torch",
    "transformers",
    "sentence_transformers",
    "openai",
    "faiss",
    "langchain",
    "langchain_core",
    "langchain_openai",
    "langchain_text_splitters",
    "numpy",
    "openvino",
    "tantivy",
    "tokenizers",
    "lxml",
    "xllamacpp",
)
MODULES = sorted(module.name for module in pkgutil.walk_packages(ragkit.__path__, "ragkit."))
PACKAGES = sorted({name.rpartition(".")[0] for name in MODULES} | {"ragkit"})


def loaded_by(code: str) -> list[str]:
    report = f"import sys; print('LOADED', *[name for name in {HEAVY!r} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", f"{code}\n{report}"], capture_output=True, text=True, check=True)
    return ran.stdout.rpartition("LOADED")[2].split()


def test_importing_ragkit_loads_nothing_heavy():
    assert loaded_by("import ragkit") == []


def test_asking_for_help_loads_nothing_heavy():
    code = """
import sys
sys.argv = ["ragkit", "--help"]
from ragkit.cli import main
try:
    main()
except SystemExit as stop:
    assert not stop.code
"""
    assert loaded_by(code) == []


@pytest.mark.parametrize(
    "code",
    [
        "import ragkit.core.types, ragkit.core.errors, ragkit.core.registry, ragkit.models",
        "import ragkit.store, ragkit.embed, ragkit.retrieve, ragkit.split, ragkit.load",
        "from ragkit import Index; Index('nowhere')",
    ],
)
def test_naming_parts_loads_nothing_heavy(code: str):
    assert loaded_by(code) == []


@pytest.mark.parametrize("name", MODULES)
def test_every_module_imports_and_says_what_it_is_for(name: str):
    if name != "ragkit.__main__" and not name.endswith(".__main__"):
        assert import_module(name).__doc__ or name == "ragkit.testing"


@pytest.mark.parametrize("name", PACKAGES)
def test_every_public_name_is_there(name: str):
    module = import_module(name)
    for public in getattr(module, "__all__", ()):
        assert getattr(module, public) is not None, public


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        ragkit.nonsense  # noqa: B018 - asking for it is the test
    assert set(ragkit.__all__) <= set(dir(ragkit))
