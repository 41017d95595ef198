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
