"""What the pages point at exists."""

import pkgutil
import re

import pytest
from docs_blocks import PAGES, ROOT

from ragkit.core import registry

ALL_PAGES = (*PAGES, *(ROOT / name for name in ("CONTRIBUTING.md", "SECURITY.md", "benchmarks/README.md")))
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(#[^)\s]*)?\)")
PATH = re.compile(r"`((?:ragkit|tests|corpora|docs|benchmarks|pipelines)/[\w./-]*)`")
TEST_FILE = re.compile(r"\b(test_(?!NAME)\w+\.py)\b")
DOTTED = re.compile(r"(?<![\w./-])ragkit(?:\.[A-Za-z_]\w*)+")
FILES = ("ragkit.toml", "ragkit.sqlite3")
GROUPS = {f"ragkit.{kind}" for kind in registry.BUILT_IN}  # of entry points
EVENTS = {
    name
    for path in (ROOT / "ragkit" / "chains").rglob("*.py")
    for name in re.findall(r'\bEvent\("(ragkit\.\w+)"', path.read_text(encoding="utf-8"))
}


def name_of(page):
    return page.relative_to(ROOT).as_posix()


def exists(name):
    try:
        pkgutil.resolve_name(name)
    except (ImportError, AttributeError):
        return False
    return True


@pytest.mark.parametrize("page", ALL_PAGES, ids=name_of)
def test_every_link_leads_to_a_file(page):
    targets = [target for target, _ in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in target]
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", ALL_PAGES, ids=name_of)
def test_every_path_of_the_repository_that_is_named_exists(page):
    text = page.read_text(encoding="utf-8")
    paths = [path for path in PATH.findall(text) if "NAME" not in path]  # NAME stands for one to be chosen
    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert [name for name in TEST_FILE.findall(text) if not any((ROOT / "tests").rglob(name))] == []


@pytest.mark.parametrize("page", ALL_PAGES, ids=name_of)
def test_every_dotted_name_of_ragkit_is_a_module_or_a_name_in_one(page):
    names = set(DOTTED.findall(page.read_text(encoding="utf-8"))) - GROUPS - EVENTS
    assert sorted(name for name in names if not name.startswith(FILES) and not exists(name)) == []


def test_every_page_is_in_the_table_of_contents():
    contents = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    named = {target for target, _ in LINK.findall(contents)}
    assert {page.name for page in (ROOT / "docs").glob("*.md")} - {"index.md"} <= named
