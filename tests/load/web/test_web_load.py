"""Addresses given to load(), the LangChain loader and ``ragkit load``."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner
from web_site import Site

from ragkit.cli.load import load_command
from ragkit.core.errors import LoadError
from ragkit.load import FileLoader, WebLoader, WebOptions, load, load_file

HERE = WebOptions(allow_private=True, delay=0)
app = typer.Typer()
app.command()(load_command)


def run(*arguments: str):
    return CliRunner().invoke(app, [*arguments, "--allow-private", "--delay", "0"])


def test_files_and_pages_are_loaded_together(site: Site, tmp_path):
    (tmp_path / "a.txt").write_text("a file")
    loaded = load([site.put("/", "<p>a page</p>"), tmp_path / "a.txt"], web=HERE)
    assert [(file.source, file.documents[0].page_content) for file in loaded] == [
        (str(tmp_path / "a.txt"), "a file"),
        (site.url("/"), "a page"),
    ]


def test_one_page_is_loaded_like_one_file(site: Site):
    loaded = load_file(site.put("/", "text"))
    assert (loaded.source, loaded.outcome, loaded.reason) == (site.url("/"), "error", "unreadable")
    assert "--allow-private" in loaded.detail


@pytest.mark.parametrize("address", ["ftp://example.org/a", "https://me:secret@example.org/"])
def test_an_address_that_is_never_read_is_an_error_at_once(address: str):
    with pytest.raises(LoadError) as refused:
        load(["README.md", address])
    assert refused.value.reason == "unsupported"


def test_the_langchain_loader_yields_documents_and_keeps_failures(site: Site):
    site.link("/", "/a", "/gone")
    site.put("/a", "<p>second</p>")
    loader = WebLoader(site.url("/"), WebOptions(depth=1, allow_private=True, delay=0))
    assert [document.metadata["source"] for document in loader.lazy_load()] == [site.url("/"), site.url("/a")]
    assert [(file.source, file.reason) for file in loader.failures] == [(site.url("/gone"), "missing")]


def test_the_file_loader_takes_addresses_too(site: Site):
    loader = FileLoader(site.url("/"))
    assert list(loader.lazy_load()) == []
    assert loader.failures[0].reason == "unreadable"


def test_the_command_shows_a_page_and_those_it_links_to(site: Site):
    site.link("/", "/a")
    site.put("/a", "<p>second page</p>")
    result = run(site.url("/"), "--depth", "1", "--jsonl")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(row["source"], row["media_type"]) for row in rows] == [
        (site.url("/"), "text/html"),
        (site.url("/a"), "text/html"),
    ]
    assert result.exit_code == 0


def test_the_command_says_what_the_page_limit_left_out(site: Site):
    site.link("/", "/a", "/b")
    result = run(site.url("/"), "--depth", "1", "--max-pages", "1")
    assert "2 links were not followed" in result.stderr


def test_the_command_says_why_a_page_is_not_read(site: Site):
    result = CliRunner().invoke(app, [site.put("/", "text")])
    assert result.exit_code == 1
    assert f"{site.url('/')}: error (unreadable): is not read, since 127.0.0.1 is this machine itself" in result.stderr
