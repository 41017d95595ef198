"""The registry of chains: what is in it, what is made from it, and chains that other packages add."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import ragkit.chains
from ragkit.chains import Blueprint, ChainOptions, Completion, RegisteredChain, Resources
from ragkit.chains.registry import built_in, chain_names, find_chain
from ragkit.core.errors import ConfigError
from ragkit.core.registry import register, unregister
from ragkit.pipelines import build, load

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(each.name for each in (ROOT / "ragkit" / "chains").iterdir() if (each / "__init__.py").is_file())


@pytest.mark.parametrize("name", sorted(built_in()))
def test_every_chain_has_options_and_the_function_of_its_name(name: str):
    chain = built_in()[name]
    assert issubclass(chain.load_options(), ChainOptions)
    assert chain.summary.endswith(".")
    assert chain.function is None or getattr(ragkit.chains, name) is chain.function
    for each in chain.classes:
        assert getattr(ragkit.chains, each).__name__ == each


def test_a_function_stays_itself_after_its_folder_was_imported():
    code = "import ragkit.chains.few_shot.chain, ragkit.chains.math.arithmetic, ragkit.chains as c; c.few_shot, c.math"
    code += "; assert callable(c.few_shot) and callable(c.math)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_chain_imports_no_other_chain(folder: str):
    """For folders that the contract in pyproject.toml does not list yet; names for types alone may be imported."""
    for path in (ROOT / "ragkit" / "chains" / folder).rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        for_types = [
            inner for node in ast.walk(tree) if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
            for inner in ast.walk(node)
        ]  # fmt: skip
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module and node not in for_types:
                other = re.match(r"ragkit\.chains\.(\w+)", node.module)
                assert other is None or other[1] == folder or other[1] not in FOLDERS, f"{path}:{node.lineno}"


class Shouting(ChainOptions):
    """Options of a chain of another package."""

    mark: str = "!"

    def blueprint(self, resources: Resources) -> Blueprint:
        from langchain_core.runnables import RunnableLambda

        shout = RunnableLambda(lambda text: Completion(text.upper() + self.mark))
        return Blueprint(lambda: shout, (("shout", f"with {self.mark}"),))


def shout(mark: str = "!") -> str:
    return mark


ADDED = RegisteredChain(
    "shout",
    "Shouts a text.",
    f"{__name__}:Shouting",
    input="text",
    takes="a text",
    result="Completion",
    keys=("text",),
    function=shout,
)


@pytest.fixture
def added():
    sys.modules.setdefault(__name__, sys.modules[__name__])
    register("chains", "shout", ADDED)
    yield
    unregister("chains", "shout")


def test_a_registered_chain_is_a_pipeline_and_a_function(added: Any, tmp_path: Path):
    path = tmp_path / "loud.yaml"
    path.write_text("task: shout\ndescription: Shouts.\nmark: '?'\n")
    built = build(load(path))
    assert built.chain.invoke("hello").text == "HELLO?"
    assert "with ?" in built.picture()
    assert ragkit.chains.shout is shout
    path.write_text("task: shout\ndescription: Shouts.\nmarc: '?'\n")
    with pytest.raises(ConfigError, match="did you mean mark"):
        load(path)


def test_what_is_no_chain_is_an_error():
    register("chains", "broken", object())
    try:
        with pytest.raises(ConfigError, match=r"register a ragkit\.chains\.RegisteredChain"):
            find_chain("broken")
    finally:
        unregister("chains", "broken")
    with pytest.raises(ConfigError, match="did you mean summarize"):
        find_chain("sumarize")
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        ragkit.chains.nonsense  # noqa: B018 - asking for it is the test


def test_the_page_of_tasks_lists_every_chain_with_its_options_and_keys():
    """Each row: name, what it works on, its own options, keys of its result; all from the registry."""
    page = (ROOT / "docs" / "tasks.md").read_text("utf-8")
    rows = {
        cells[0]: cells
        for cells in re.findall(r"^\| \[?`(\w+)`[^|]*\| ([^|]*) \| ([^|]*) \| ([^|]*) \|$", page, re.MULTILINE)
    }
    assert sorted(rows) == sorted(chain_names())
    for name, (_, takes, options, keys) in rows.items():
        chain = find_chain(name)
        own = [each for each in chain.load_options().model_fields if each not in ("model", "embedder")]
        assert f"`{chain.input}`" in takes, name
        assert sorted(re.findall(r"`(\w+)`", options)) == sorted(own), name
        assert sorted(re.findall(r"`(\w+)`", keys)) == sorted(set(chain.keys) - {"model", "usage", "timings"}), name
