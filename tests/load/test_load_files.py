"""Files and folders: what is picked up, and that each file ends in exactly one outcome."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from load_builders import encrypted_pdf, make_docx, make_pdf, make_zip, paragraph

from ragkit.core.errors import LoadError
from ragkit.load import FileLoader, Limits, iter_files, load, load_file
from ragkit.load.readers import READERS

FILES = Path(__file__).parents[2] / ".." / "shared" / "documents"


def names(root, **options):
    return [path.relative_to(root).as_posix() for path in iter_files(root, **options)]


def write(root, *paths):
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("text")


def test_a_folder_is_walked_in_sorted_order(tmp_path):
    write(tmp_path, "b.txt", "a/z.txt", "a/b.txt", "c.txt")
    assert names(tmp_path) == ["a/b.txt", "a/z.txt", "b.txt", "c.txt"]


def test_hidden_files_and_folders_are_left_out(tmp_path):
    write(tmp_path, "seen.txt", ".hidden.txt", ".git/config", "a/.cache/x.txt")
    assert names(tmp_path) == ["seen.txt"]


def test_a_hidden_file_that_is_named_itself_is_read(tmp_path):
    write(tmp_path, ".hidden.txt")
    assert list(iter_files([tmp_path / ".hidden.txt"])) == [tmp_path / ".hidden.txt"]


def test_gitignore_counts_from_its_own_folder_and_can_be_undone_below(tmp_path):
    write(tmp_path, "a.log", "keep.txt", "sub/b.log", "sub/only.tmp", "build/x.txt", "sub/build.txt")
    (tmp_path / ".gitignore").write_text("*.log\nbuild/\n")
    (tmp_path / "sub" / ".gitignore").write_text("!b.log\n/only.tmp\n")
    assert names(tmp_path) == ["keep.txt", "sub/b.log", "sub/build.txt"]


def test_ragkitignore_overrides_gitignore(tmp_path):
    write(tmp_path, "a.log", "b.txt")
    (tmp_path / ".gitignore").write_text("*.log\n")
    (tmp_path / ".ragkitignore").write_text("!a.log\nb.txt\n")
    assert names(tmp_path) == ["a.log"]


def test_include_and_exclude_choose_files(tmp_path):
    write(tmp_path, "a.md", "b.txt", "drafts/c.md", "d/e.md")
    assert names(tmp_path, include=["*.md"], exclude=["drafts/"]) == ["a.md", "d/e.md"]


def test_links_lead_out_of_the_folder_nowhere(tmp_path):
    write(tmp_path, "outside/secret.txt", "root/own.txt", "root/.data/real.txt")
    root = tmp_path / "root"
    (root / "link.txt").symlink_to(tmp_path / "outside" / "secret.txt")
    (root / "folder").symlink_to(tmp_path / "outside")
    (root / "loop").symlink_to(root)
    (root / "again.txt").symlink_to(root / "own.txt")
    (root / "alias.txt").symlink_to(root / ".data" / "real.txt")
    assert names(root) == ["alias.txt", "own.txt"]


def test_a_file_given_twice_is_read_once(tmp_path):
    write(tmp_path, "a.txt")
    assert len(list(iter_files([tmp_path, tmp_path / "a.txt", tmp_path]))) == 1


def test_a_missing_path_is_named_before_anything_is_read(tmp_path):
    write(tmp_path, "a.txt")
    with pytest.raises(LoadError, match=r"nowhere\.txt") as caught:
        load([tmp_path, tmp_path / "nowhere.txt"])
    assert caught.value.reason == "missing"


def test_an_empty_folder_yields_nothing(tmp_path):
    assert list(load([tmp_path])) == []


def test_the_source_is_the_path_as_walked(tmp_path, monkeypatch):
    write(tmp_path, "docs/a.txt")
    monkeypatch.chdir(tmp_path)
    (file,) = load(["./docs/../docs"])
    assert file.source == str(Path("docs", "a.txt"))
    assert file.documents[0].metadata["source"] == file.source


@pytest.mark.parametrize(
    ("name", "data", "outcome", "reason"),
    [
        ("a.txt", b"", "empty", "empty"),
        ("a.txt", b" \n\t ", "empty", "empty"),
        ("a.pdf", b"", "error", "empty"),
        ("a.docx", b"", "error", "empty"),
        ("a.docx", bytes(range(256)) * 8, "error", "corrupt"),
        ("a.docx", make_docx(paragraph("x"))[:300], "error", "corrupt"),
        ("a.txt", bytes(range(256)) * 8, "error", "corrupt"),
        ("a.bin", bytes(range(256)) * 8, "error", "unsupported"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c" + bytes(100), "error", "unsupported"),
        ("a.zip", make_zip({"a.txt": "text"})[:-30], "error", "corrupt"),
        ("a.pdf", b"%PDF-1.4\nnothing", "error", "corrupt"),
        ("a.pdf", encrypted_pdf(), "error", "encrypted"),
        ("a.pdf", make_pdf([[]]), "empty", "empty"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(100), "empty", "empty"),
        ("a.mbox", b"no mail in here", "error", "corrupt"),
    ],
)
def test_every_bad_file_has_an_outcome_and_says_what_to_do(tmp_path, name, data, outcome, reason):
    path = tmp_path / name
    path.write_bytes(data)
    file = load_file(path)
    assert (file.outcome, file.reason) == (outcome, reason)
    assert file.detail


def test_content_decides_over_the_name(tmp_path):
    for name, data in (("a.doc", make_docx(paragraph("from Word"))), ("b.txt", make_pdf([[(72, 700, "from PDF")]]))):
        (tmp_path / name).write_bytes(data)
    assert [file.documents[0].page_content for file in load(tmp_path)] == ["from Word", "from PDF"]


def test_text_without_a_known_extension_is_text(tmp_path):
    (tmp_path / "LICENSE").write_text("All rights")
    (tmp_path / "page").write_text("<!doctype html><p>Hello</p>")
    assert [file.media_type for file in load(tmp_path)] == ["text/plain", "text/html"]


def test_a_file_beyond_the_size_limit_is_not_opened(tmp_path):
    (tmp_path / "a.txt").write_text("x" * 100)
    file = load_file(tmp_path / "a.txt", limits=Limits(file_bytes=99))
    assert (file.outcome, file.reason) == ("error", "too-large")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert load_file(tmp_path / "pipe").reason == "unsupported"


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_what_may_not_be_read_is_reported(tmp_path):
    write(tmp_path, "closed/a.txt", "b.txt")
    (tmp_path / "b.txt").chmod(0)
    (tmp_path / "closed").chmod(0)
    assert [(Path(file.source).name, file.reason) for file in load(tmp_path)] == [
        ("b.txt", "unreadable"),
        ("closed", "unreadable"),
    ]
    (tmp_path / "closed").chmod(0o700)


def test_a_link_that_leads_nowhere_is_unreadable(tmp_path):
    (tmp_path / "a.txt").symlink_to(tmp_path / "gone.txt")
    assert load_file(tmp_path / "a.txt").reason == "unreadable"


class Panic(BaseException):
    """Like pyo3's PanicException: no Exception, so that a plain except does not stop it."""


def panic(raw):
    raise Panic("parser gave up")


def interrupt(raw):
    raise KeyboardInterrupt


def test_a_panic_in_a_parser_becomes_an_outcome(tmp_path, monkeypatch):
    monkeypatch.setitem(READERS, "text/plain", f"{__name__}:panic")
    write(tmp_path, "a.txt", "b.md")
    assert [file.reason for file in load(tmp_path)] == ["crashed", ""]


def test_an_interrupt_is_passed_on(tmp_path, monkeypatch):
    monkeypatch.setitem(READERS, "text/plain", f"{__name__}:interrupt")
    write(tmp_path, "a.txt")
    with pytest.raises(KeyboardInterrupt):
        load_file(tmp_path / "a.txt", isolate=False)


def test_the_langchain_loader_yields_documents_and_keeps_the_failures(tmp_path, caplog):
    write(tmp_path, "a.txt")
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.4 broken")
    loader = FileLoader(tmp_path)
    assert [document.page_content for document in loader.load()] == ["text"]
    assert [file.reason for file in loader.failures] == ["corrupt"]
    assert "b.pdf" in caplog.text


@pytest.mark.skipif(not FILES.exists(), reason="the folder of shared test documents is not there")
def test_every_shared_document_ends_in_one_outcome_with_json_serialisable_documents():
    rows = list(load(FILES / "files"))
    assert len(rows) > 100
    for row in rows:
        assert row.outcome == "text" or row.detail
        for document in row.documents:
            json.dumps(document.metadata)
            document.page_content.encode("utf-8")
            starts = [place["start"] for place in document.metadata.get("places", ())]
            assert starts == sorted(starts)
