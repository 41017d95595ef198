"""What a walk says of paths that are not read: each is there once, with a reason and what to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ragkit.core.types import LoadedFile
from ragkit.load import iter_files, load, survey


def said(root, **options):
    rows = [each for each in survey(root, **options) if isinstance(each, LoadedFile)]
    assert all((row.outcome == "skipped" and ":" in row.detail) or row.reason == "duplicate" for row in rows)
    return [(os.path.relpath(row.source, root), row.reason) for row in rows]


def write(root, *paths):
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("text")


def test_ignored_files_and_folders_are_a_row_each(tmp_path):
    write(tmp_path, "a.log", "build/one.txt", "build/deep/two.txt", ".hidden/x.txt", "seen.txt")
    (tmp_path / ".gitignore").write_text("*.log\nbuild/\n")
    assert said(tmp_path) == [
        (".gitignore", "ignored"),
        (".hidden", "ignored"),
        ("a.log", "ignored"),
        ("build", "ignored"),
    ]


@pytest.mark.parametrize(
    "made", ["__pycache__/a.pyc", "env/pyvenv.cfg", "tmp/CACHEDIR.TAG", "old.index/ragkit.sqlite3"]
)
def test_folders_that_programs_made_are_a_row(tmp_path, made):
    folder = made.partition("/")[0]
    write(tmp_path, made, f"{folder}/lib/note.txt", "seen.txt")
    assert said(tmp_path) == [(folder, "ignored")]
    assert [each.name for each in iter_files(tmp_path)] == ["seen.txt"]
    assert len(list(iter_files(tmp_path / folder))) == 2  # named itself, it is read


def test_many_ignored_files_of_one_folder_are_counted_in_one_row(tmp_path):
    write(tmp_path, *[f"{number:03}.log" for number in range(100)])
    (tmp_path / ".ragkitignore").write_text("*.log\n")
    rows = list(survey(tmp_path))
    assert len(rows) == 21
    assert rows[-1].source == str(tmp_path)
    assert "81 more" in rows[-1].detail


def test_the_rule_that_left_a_file_out_is_named(tmp_path):
    write(tmp_path, "sub/a.log")
    (tmp_path / "sub" / ".gitignore").write_text("*.log\n")
    row = next(each for each in survey(tmp_path / "sub") if each.source.endswith("a.log"))
    assert str(tmp_path / "sub" / ".gitignore") in row.detail


def test_what_was_not_asked_for_is_no_row(tmp_path):
    write(tmp_path, "a.md", "b.txt", "drafts/c.md")
    assert said(tmp_path, include=["*.md"], exclude=["drafts"]) == []


def test_links_are_duplicates_lead_out_or_lead_nowhere(tmp_path):
    write(tmp_path, "outside/secret.txt", "root/own.txt")
    root = tmp_path / "root"
    (root / "again.txt").symlink_to(root / "own.txt")
    (root / "here").symlink_to(root)
    (root / "out.txt").symlink_to(tmp_path / "outside" / "secret.txt")
    (root / "outside").symlink_to(tmp_path / "outside")
    (root / "nowhere.txt").symlink_to(root / "gone.txt")
    (root / "round.txt").symlink_to(root / "round.txt")
    assert said(root) == [
        ("again.txt", "duplicate"),
        ("here", "duplicate"),
        ("out.txt", "ignored"),
        ("outside", "ignored"),
    ]
    read = {Path(file.source).name: (file.outcome, file.reason) for file in load(root) if file.outcome != "skipped"}
    assert read == {
        "own.txt": ("text", ""),
        "nowhere.txt": ("error", "unreadable"),
        "round.txt": ("error", "unreadable"),
    }


def test_a_file_that_is_named_twice_by_other_names_is_read_once(tmp_path):
    write(tmp_path, "root/own.txt")
    (tmp_path / "link").symlink_to(tmp_path / "root")
    found = list(load([tmp_path / "root", tmp_path / "link"]))
    assert [(file.source, file.outcome, file.reason) for file in found] == [
        (str(tmp_path / "root" / "own.txt"), "text", ""),
        (str(tmp_path / "link" / "own.txt"), "skipped", "duplicate"),
    ]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_in_a_folder_is_unsupported(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert said(tmp_path) == [("pipe", "unsupported")]


def test_paths_are_the_shortest_that_lead_from_where_one_is(tmp_path, monkeypatch):
    write(tmp_path, "docs/a.txt")
    monkeypatch.chdir(tmp_path)
    assert list(survey(".")) == [str(Path("docs", "a.txt"))]
    assert list(survey("docs/")) == [str(Path("docs", "a.txt"))]
