"""The site that `make docs` builds has every page and package, leads somewhere with its links, needs no network."""

import importlib
import importlib.util
import logging
import re

import pytest
import yaml
from docs_blocks import ROOT

spec = importlib.util.spec_from_file_location("site_hooks", ROOT / "docs" / "site_hooks.py")
hooks = importlib.util.module_from_spec(spec)
spec.loader.exec_module(hooks)

CONFIG = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
NO_GRIFFE = "griffe is not installed: pip install -c constraints.txt -e '.[docs]'"


def pages_in(entries):
    for entry in entries:
        for below in entry.values() if isinstance(entry, dict) else [entry]:
            yield from pages_in(below) if isinstance(below, list) else [below]


def test_the_navigation_names_every_page_once_and_no_other():
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    expected = pages | set(hooks.ROOT_PAGES.values()) | {"reference/index.md"}
    assert sorted(pages_in(CONFIG["nav"])) == sorted(expected)


def test_pages_of_the_root_exist():
    assert [name for name in hooks.ROOT_PAGES if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("name", hooks.ROOT_PAGES)
def test_every_link_of_a_page_of_the_root_leads_to_a_file(name):
    targets = re.findall(r"\]\(([^)#\s]+)", (ROOT / name).read_text(encoding="utf-8"))
    assert [target for target in targets if "://" not in target and not (ROOT / target).exists()] == []


@pytest.mark.parametrize(
    ("link", "here", "page", "expected"),
    [
        ("[a](docs/chat.md#commands)", "README.md", "overview.md", "[a](chat.md#commands)"),
        ("[a](chat.md)", "docs/answers.md", "answers.md", "[a](chat.md)"),
        ("[a](../SECURITY.md)", "docs/web.md", "web.md", "[a](security.md)"),
        ("[`a`](../ragkit/load/formats/html.py)", "docs/web.md", "web.md", "[`a`](reference/ragkit.load.formats.md)"),
        ("[a](../tests/store/test_kills.py)", "docs/web.md", "web.md", "a"),
        ("[a](https://dspy.ai)", "docs/web.md", "web.md", "[a](https://dspy.ai)"),
        ("[a](#commands)", "docs/web.md", "web.md", "[a](#commands)"),
        ("```\n[a](../LICENSE)\n```", "docs/web.md", "web.md", "```\n[a](../LICENSE)\n```"),
    ],
)
def test_a_link_leads_to_the_page_that_shows_its_file(link, here, page, expected):
    assert hooks.site_links(link, here, page) == expected


def test_with_an_address_of_the_repository_links_to_its_files_lead_there():
    link = hooks.site_links("[a](../tests/conftest.py)", "docs/web.md", "web.md", "https://code.example/ragkit")
    assert link == "[a](https://code.example/ragkit/blob/HEAD/tests/conftest.py)"


def test_what_a_page_would_load_from_elsewhere_is_found_and_links_are_not():
    page = '<a href="https://a.example/"></a><link rel="canonical" href="https://b.example/"><img src="c.png">'
    assert hooks.fetched(page) == []
    page += '<script src="//d.example/x.js"></script><link rel="stylesheet" href="https://e.example/f.css">'
    assert hooks.fetched(page) == ["//d.example/x.js", "https://e.example/f.css"]


def test_roles_before_names_are_taken_away():
    assert hooks.on_page_content("<p>As :meth:<code>close</code>, at 10:<code>30</code>.</p>") == (
        "<p>As <code>close</code>, at 10:<code>30</code>.</p>"
    )


def test_fonts_are_those_of_the_reader():
    assert CONFIG["theme"]["font"] is False


def test_the_reference_has_every_package_of_the_tree():
    pytest.importorskip("griffe", reason=NO_GRIFFE)
    packages = {path.parent.relative_to(ROOT) for path in (ROOT / "ragkit").rglob("__init__.py")}
    public = {".".join(path.parts) for path in packages if not any(part.startswith("_") for part in path.parts)}
    assert set(hooks.packages()) == public


def test_the_reference_offers_the_names_that_each_package_does():
    pytest.importorskip("griffe", reason=NO_GRIFFE)
    for name, package in hooks.packages().items():
        assert sorted(hooks._offered(package)) == sorted(getattr(importlib.import_module(name), "__all__", [])), name


def test_every_docstring_is_in_the_style_that_the_reference_reads(caplog):
    griffe = pytest.importorskip("griffe", reason=NO_GRIFFE)

    def parse(documented):
        if documented.docstring:
            documented.docstring.parse("google")
        for member in documented.members.values():
            if not member.is_alias:
                parse(member)

    with caplog.at_level(logging.WARNING, "griffe"):
        griffe.Docstring("One.\n\nArgs:\n    missing: no such argument.", parent=griffe.Function("one")).parse("google")
        assert "'missing' does not appear" in caplog.text
        caplog.clear()
        parse(hooks.packages()["ragkit"])
    assert caplog.messages == []
