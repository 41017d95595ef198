"""Web pages in an index: fetched again only where they changed, kept while they cannot be had, pruned when gone."""

from __future__ import annotations

import pytest
from index_work import SmallEmbedder
from web_site import Site, serve

from ragkit import Index
from ragkit.load import WebOptions

WEB = {"allow_private": True, "delay": 0.0}


@pytest.fixture
def site():
    yield from serve()


@pytest.fixture
def index(tmp_path):
    with_embedder = Index(tmp_path / "web.index", embedder=SmallEmbedder())
    yield with_embedder
    with_embedder.close()


def sync(index: Index, *sources, depth=0, **options) -> dict[str, tuple[str, str]]:
    report = index.sync(*sources, web=WebOptions(depth=depth, **WEB), **options)
    return {row.source: (row.outcome, row.detail) for row in report.files}


def outcomes(index: Index, *sources, **options) -> dict[str, str]:
    return {source: outcome for source, (outcome, _) in sync(index, *sources, **options).items()}


def found(index: Index, word: str) -> list[str]:
    return [hit.chunk.source for hit in index.search(word, mode="lexical")]


def test_pages_and_files_are_indexed_and_found(site: Site, index: Index, tmp_path):
    (tmp_path / "a.txt").write_text("The gangway is checked at every tide.")
    page = site.put("/", "<p>The mooring is checked at noon.</p>")
    assert outcomes(index, tmp_path / "a.txt", page) == {str(tmp_path / "a.txt"): "indexed", page: "indexed"}
    assert found(index, "mooring") == [page]
    assert found(index, "gangway") == [str(tmp_path / "a.txt")]


def test_a_page_whose_version_is_the_same_is_not_sent_again(site: Site, index: Index):
    page = site.put("/", "<p>The mooring.</p>", ETag='"1"', Last_Modified="Tue, 03 Feb 2026 09:12:40 GMT")
    outcomes(index, page)
    assert outcomes(index, page) == {page: "unchanged"}
    assert site.headers[1]["if-none-match"] == '"1"'
    assert site.headers[1]["if-modified-since"] == "Tue, 03 Feb 2026 09:12:40 GMT"
    site.put("/", "<p>The gangway.</p>", ETag='"2"')
    assert outcomes(index, page) == {page: "updated"}
    assert found(index, "gangway") == [page]
    assert found(index, "mooring") == []


def test_a_page_without_a_version_is_compared_by_its_content(site: Site, index: Index):
    page = site.put("/", "<p>The mooring.</p>")
    outcomes(index, page)
    assert outcomes(index, page) == {page: "unchanged"}
    assert "if-none-match" not in site.headers[1]


def test_rehash_asks_for_the_whole_page(site: Site, index: Index):
    page = site.put("/", "<p>The mooring.</p>", ETag='"1"')
    outcomes(index, page)
    assert outcomes(index, page, rehash=True) == {page: "unchanged"}
    assert "if-none-match" not in site.headers[1]


def test_another_way_of_reading_reads_the_page_again(site: Site, index: Index):
    page = site.put("/", "<p>The mooring is long enough.</p>", ETag='"1"')
    outcomes(index, page)
    report = index.sync(page, web=WebOptions(main_content=True, **WEB))
    assert [row.outcome for row in report.files] == ["updated"]
    report = index.sync(page, web=WebOptions(main_content=True, **WEB))
    assert [row.outcome for row in report.files] == ["unchanged"]


def test_a_page_that_cannot_be_had_stays_in_the_index(site: Site, index: Index):
    page = site.put("/", "<p>The mooring.</p>")
    outcomes(index, page)
    site.put("/", status=503)
    ((outcome, reason),) = sync(index, page, prune=True).values()
    assert outcome == "failed"
    assert reason.endswith("; the index keeps what it held before")
    assert found(index, "mooring") == [page]


def test_a_page_that_is_gone_stays_until_pruned(site: Site, index: Index):
    page = site.put("/", "<p>The mooring.</p>")
    outcomes(index, page)
    site.put("/", status=404)
    ((outcome, reason),) = sync(index, page).values()
    assert outcome == "failed"
    assert reason.endswith("--prune removes it")
    assert found(index, "mooring") == [page]
    assert outcomes(index, page, prune=True) == {page: "removed"}
    assert found(index, "mooring") == []


def test_pruning_asks_for_pages_that_no_link_leads_to_any_more(site: Site, index: Index):
    start = site.link("/", "/kept", "/gone")
    site.put("/kept", "<p>The mooring.</p>")
    site.put("/gone", "<p>The gangway.</p>")
    outcomes(index, start, depth=1)
    site.put("/", "<p>No link any more.</p>")
    site.put("/gone", status=410)
    assert outcomes(index, start, depth=1) == {start: "updated"}
    assert outcomes(index, start, depth=1, prune=True) == {
        start: "unchanged",
        site.url("/gone"): "removed",
        site.url("/kept"): "unchanged",
    }
    assert found(index, "gangway") == []


def test_pruning_files_leaves_pages_alone_and_the_other_way_round(site: Site, index: Index, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a.txt").write_text("The gangway.")
    page = site.put("/", "<p>The mooring.</p>")
    outcomes(index, folder, page)
    (folder / "a.txt").unlink()
    assert outcomes(index, page, prune=True) == {page: "unchanged"}
    assert outcomes(index, folder, prune=True) == {str(folder / "a.txt"): "removed"}
    assert found(index, "mooring") == [page]


def test_dead_and_forbidden_links_do_not_fail_the_run(site: Site, index: Index):
    site.put("/robots.txt", "User-agent: *\nDisallow: /no")
    start = site.link("/", "/dead", "/no")
    assert outcomes(index, start, depth=1) == {
        start: "indexed",
        site.url("/dead"): "skipped",
        site.url("/no"): "skipped",
    }
    assert outcomes(index, site.url("/dead")) == {site.url("/dead"): "failed"}


def test_a_page_that_moved_replaces_its_old_address_when_pruned(site: Site, index: Index):
    old = site.put("/old", "<p>The mooring.</p>")
    outcomes(index, old)
    site.put("/old", status=301, Location="/new")
    new = site.put("/new", "<p>The mooring.</p>")
    assert outcomes(index, old) == {new: "indexed"}
    assert sorted(found(index, "mooring")) == [new, old]
    assert sync(index, old, prune=True) == {new: ("unchanged", ""), old: ("removed", f"moved to {new}")}
    assert found(index, "mooring") == [new]


def test_an_error_of_an_address_is_forgotten_when_it_leads_somewhere(site: Site, index: Index):
    page = site.put("/a", status=500)
    assert outcomes(index, page) == {page: "failed"}
    site.put("/a", status=302, Location="/b")
    site.put("/b", "<p>The mooring.</p>")
    assert outcomes(index, page) == {site.url("/b"): "indexed"}
    assert [row.source for row in index.store.sources()] == [site.url("/b")]


def test_pages_can_be_removed_by_their_address(site: Site, index: Index):
    page = site.put("/", "<p>The mooring.</p>")
    outcomes(index, page)
    assert [row.source for row in index.remove(page)] == [page]


def test_the_index_command_takes_addresses(site: Site, index: Index, tmp_path):
    from ragkit.cli.app import run

    page = site.put("/", "<p>The mooring.</p>")
    outcomes(index, page)
    arguments = ["index", page, "--index", str(tmp_path / "web.index"), "--allow-private", "--delay", "0"]
    assert run(arguments) == 0
    assert len(site.asked) == 2
