"""``ragkit load``."""

from __future__ import annotations

import json

import pytest
import typer
from load_builders import make_pdf
from typer.testing import CliRunner

from ragkit.cli.load import load_command
from ragkit.core.errors import LoadError

app = typer.Typer()
app.command()(load_command)
KEYS = ["source", "outcome", "reason", "detail", "media_type", "pages", "text", "metadata"]


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a.pdf").write_bytes(make_pdf([[(72, 700, "First")], [(72, 700, "Second")]]))
    (tmp_path / "b.jsonl").write_text('{"_id": "1", "text": "one"}\n{"_id": "2", "text": "two"}\n')
    (tmp_path / "c.pdf").write_bytes(b"%PDF-1.4 broken")
    return tmp_path


def test_people_see_the_text_page_by_page(folder):
    result = run(folder)
    assert result.exit_code == 0
    assert (
        f"=== {folder / 'a.pdf'} (application/pdf, 2 pages)\n--- page 1\nFirst\n--- page 2\nSecond\n" in result.stdout
    )
    assert "c.pdf: error (corrupt)" in result.stderr
    assert "c.pdf" not in result.stdout


def test_programs_get_a_row_a_file(folder):
    result = run(folder, "--jsonl")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [list(row) for row in rows] == [KEYS] * 3
    assert [(row["outcome"], row["reason"]) for row in rows] == [("text", ""), ("text", ""), ("error", "corrupt")]
    assert rows[0]["pages"] == 2
    assert rows[0]["metadata"]["places"][1]["page"] == 2


def test_documents_of_one_file_can_be_told_apart_in_its_row(folder):
    (row,) = json.loads(run(folder / "b.jsonl", "--json").stdout)
    documents = row["metadata"]["documents"]
    assert [(part["id"], row["text"][part["start"] : part["end"]]) for part in documents] == [
        ("1", "one"),
        ("2", "two"),
    ]


def test_json_is_one_document(folder):
    assert len(json.loads(run(folder, "--json").stdout)) == 3
    assert json.loads(run(folder, "--json", "--include", "*.nothing").stdout) == []


def test_patterns_choose_files(folder):
    rows = run(folder, "--jsonl", "--include", "*.pdf", "--exclude", "c.*").stdout.splitlines()
    assert [json.loads(row)["source"] for row in rows] == [str(folder / "a.pdf")]


def test_nothing_readable_is_a_failure(folder, tmp_path):
    assert run(folder / "c.pdf").exit_code == 1
    (tmp_path / "empty").mkdir()
    result = run(tmp_path / "empty")
    assert result.exit_code == 1
    assert "no file to read" in result.stderr


def test_a_missing_path_is_a_typed_error(tmp_path):
    result = run(tmp_path / "nowhere")
    assert isinstance(result.exception, LoadError)
    assert result.stdout == ""


def test_paths_that_are_left_out_are_rows_and_no_failure(folder):
    (folder / ".hidden").write_text("text")
    (folder / "again.pdf").symlink_to(folder / "a.pdf")
    rows = [json.loads(line) for line in run(folder, "--jsonl").stdout.splitlines()]
    left_out = [(row["source"], row["reason"]) for row in rows if row["outcome"] == "skipped"]
    assert left_out == [(str(folder / ".hidden"), "ignored"), (str(folder / "again.pdf"), "duplicate")]
    assert [list(row) for row in rows] == [KEYS] * 5
    assert "again.pdf: skipped (duplicate): " in run(folder).stderr


def test_a_folder_of_nothing_but_left_out_paths_is_a_failure(tmp_path):
    (tmp_path / ".hidden").write_text("text")
    result = run(tmp_path)
    assert result.exit_code == 1
    assert "no file to read" in result.stderr
