"""What ``ragkit index`` and ``ragkit status`` say of every path: counts, sentences, exit codes, and reading again."""

from __future__ import annotations

import json


def rows(report):
    return {row["source"].rpartition("/")[2]: (row["outcome"], row["reason"]) for row in report["files"]}


def test_every_path_is_accounted_for_and_a_failure_is_exit_code_3(ragkit, documents):
    (documents / "broken.pdf").write_bytes(b"%PDF-1.7 and then the download broke off")
    (documents / "empty.txt").write_bytes(b"")
    (documents / "again.txt").symlink_to(documents / "bread.txt")
    (documents / "draft.log").write_text("Nothing yet.")
    (documents / ".ragkitignore").write_text("*.log\n")

    shown = ragkit("index", documents)
    assert shown.code == 3
    lines = shown.out.splitlines()
    assert any(line.startswith("failed") and "broken.pdf: " in line for line in lines)
    assert [line.split() for line in lines[-5:-1]] == [
        ["failed", "corrupt", "1"],
        ["skipped", "duplicate", "1"],
        ["skipped", "empty", "1"],
        ["skipped", "ignored", "2"],
    ]
    assert "--retry-failed" in shown.err

    report = json.loads(ragkit("index", documents, "--json").out)
    assert (report["unchanged"], report["failed"], report["skipped"]) == (2, 1, 4)
    assert rows(report) == {
        ".ragkitignore": ("skipped", "ignored"),
        "again.txt": ("skipped", "duplicate"),
        "bread.txt": ("unchanged", ""),
        "broken.pdf": ("failed", "corrupt"),
        "draft.log": ("skipped", "ignored"),
        "empty.txt": ("skipped", "empty"),
        "engines.md": ("unchanged", ""),
    }
    assert all(row["detail"] for row in report["files"] if row["reason"])

    state = json.loads(ragkit("status", "--json").out)
    assert state["files"] == 4
    assert state["ledger"] == {
        "empty": {"empty": 1},
        "error": {"corrupt": 1},
        "skipped": {"duplicate": 1, "ignored": 2},
        "text": {"": 2},
    }
    assert {row["reason"] for row in state["problems"]} == {"corrupt", "empty", "duplicate", "ignored"}
    assert state["vanished"] == []


def test_failed_files_are_read_again_on_request_without_naming_them(ragkit, documents):
    assert ragkit("index", documents, RAGKIT_LIMITS__FILE_BYTES="50").code == 3
    assert rows(json.loads(ragkit("index", documents, "--json").out))["bread.txt"] == ("failed", "too-large")
    again = ragkit("index", "--retry-failed", "--json")
    assert again.code == 0
    assert rows(json.loads(again.out)) == {"bread.txt": ("indexed", ""), "engines.md": ("indexed", "")}
    assert "nothing in the index failed" in ragkit("index", "--retry-failed").err


def test_the_index_itself_is_no_document(ragkit, documents):
    for _ in range(2):
        report = json.loads(ragkit("index", documents, "--index", documents / "own", "--json").out)
    assert rows(report)["own"] == ("skipped", "ignored")
    assert len(report["files"]) == 3


def test_a_limit_that_is_none_is_named(ragkit, documents):
    wrong = ragkit("index", documents, RAGKIT_LIMITS__BITES="80")
    assert wrong.code == 2
    assert "bites = 80 is no limit" in wrong.err


def test_files_of_a_folder_that_may_not_be_read_are_not_pruned(tmp_path, monkeypatch):
    from ragkit.store.sqlite import records

    def refused(path):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(records.os, "lstat", refused)
    assert not records.is_gone(str(tmp_path / "a.txt"))
    monkeypatch.undo()
    assert records.is_gone(str(tmp_path / "a.txt"))
    (tmp_path / "a.txt").write_text("text")
    assert not records.is_gone(str(tmp_path / "a.txt"))


def test_what_of_a_file_was_not_read_is_said_and_kept(tmp_path, capsys, models_dir):
    from zipfile import ZipFile

    from ragkit.cli.app import run

    with ZipFile(tmp_path / "papers.zip", "w") as archive:
        archive.writestr("tide.txt", "The gangway is checked at every tide.")
        archive.writestr("broken.pdf", b"%PDF-1.4 broken")
    folder = str(tmp_path / "own.index")
    assert run(["index", str(tmp_path / "papers.zip"), "--index", folder]) == 0
    said = capsys.readouterr().out
    assert "partly" in said
    assert "members not read: broken.pdf (corrupt)" in said
    assert run(["status", "--index", folder]) == 0
    assert "members not read: broken.pdf (corrupt)" in capsys.readouterr().out
    assert run(["search", "gangway", "--index", folder]) == 0
    assert "member tide.txt" in capsys.readouterr().out


def test_an_index_within_a_folder_is_no_document(tmp_path, capsys, models_dir):
    from ragkit.cli.app import run

    (tmp_path / "box").mkdir()
    (tmp_path / "box" / "a.txt").write_text("The gangway is checked at every tide.")
    for name in ("one.index", "two.index"):
        assert run(["index", str(tmp_path / "box"), "--index", str(tmp_path / "box" / name)]) == 0
    assert "1 indexed, 1 skipped" in capsys.readouterr().out.splitlines()[-1].replace("2 skipped", "1 skipped")
