"""``ragkit search`` and ``ragkit ask`` with filters, diversity and several indexes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ragkit.cli.app import run


@pytest.fixture(scope="module")
def folders(tmp_path_factory, models_dir) -> tuple[str, str]:
    base = tmp_path_factory.mktemp("options")
    for name, texts in {
        "ship": ["The canteen serves lunch at noon.", "Ropes are kept in the bow.", "The canteen closes at night."],
        "shore": ["The office canteen serves lunch at one."],
    }.items():
        (base / name).mkdir()
        for number, text in enumerate(texts):
            (base / name / f"{name}{number}.txt").write_text(text, "utf-8")
        assert run(["index", str(base / name), "--index", str(base / f"{name}.index")]) == 0
    return str(base / "ship.index"), str(base / "shore.index")


def found(capsys, *words: str) -> list[dict]:
    capsys.readouterr()
    assert run(["search", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)["hits"]


def names(hits: list[dict]) -> list[str]:
    return [Path(hit["source"]).name for hit in hits]


def test_a_filter_is_json_over_the_metadata(folders, capsys):
    ship, _ = folders
    assert names(found(capsys, "canteen", "--index", ship, "--filter", '{"title": "ship1"}')) == ["ship1.txt"]
    assert found(capsys, "canteen", "--index", ship, "--filter", '{"title": {"$in": []}}') == []


@pytest.mark.parametrize(
    ("given", "message"),
    [("title=x", "--filter is no JSON"), ("[1]", "JSON object"), ('{"title": {"$like": 1}}', "unknown operator")],
)
def test_a_filter_that_cannot_be_read_is_told(folders, capsys, given: str, message: str):
    assert run(["search", "canteen", "--index", folders[0], "--filter", given]) == 2
    assert message in capsys.readouterr().err


def test_search_is_narrowed_to_files(folders, capsys):
    ship, _ = folders
    assert names(found(capsys, "canteen", "--index", ship, "--in", "ship2.*")) == ["ship2.txt"]
    assert len(found(capsys, "canteen", "--index", ship, "--in", "ship/")) == 3
    assert len(found(capsys, "canteen", "--index", ship, "--in", "ship0.txt", "--in", "ship1.txt")) == 2
    assert found(capsys, "canteen", "--index", ship, "--in", "shore") == []


@pytest.mark.parametrize("narrow", [["--in", "ship2.txt"], ["--filter", '{"title": "ship2"}']])
@pytest.mark.parametrize("command", ["ask", "chat"])
def test_so_is_what_is_asked(folders, capsys, tmp_path, command: str, narrow: list[str]):
    ship, _ = folders
    more = ["--sessions", str(tmp_path / "sessions")] if command == "chat" else []
    assert (
        run([command, "When does the canteen serve?", "--index", ship, "--mode", "quote", "--json", *narrow, *more])
        == 0
    )
    row = json.loads(capsys.readouterr().out)
    assert {Path(each["source"]).name for each in row["citations"]} <= {"ship2.txt"}


def test_since_needs_a_date(folders, capsys):
    ship, _ = folders
    assert found(capsys, "canteen", "--index", ship, "--since", "2026") == []  # nobody knows when these were written
    assert run(["ask", "When?", "--index", ship, "--since", "yesterday"]) == 2
    assert "2026-10-05" in capsys.readouterr().err


def test_diversity_changes_what_comes_second(folders, capsys):
    ship, _ = folders
    plain = names(found(capsys, "canteen", "--index", ship, "--mode", "dense", "-k", "2"))
    diverse = names(found(capsys, "canteen", "--index", ship, "--mode", "dense", "-k", "2", "--diversity", "1"))
    assert plain[0] == diverse[0]
    assert diverse[1] == "ship1.txt" != plain[1]


def test_several_indexes_are_searched_and_asked_as_one(folders, capsys):
    ship, shore = folders
    both = ("--index", ship, "--index", shore)
    assert set(names(found(capsys, "When is lunch in the canteen?", *both, "-k", "2"))) == {"ship0.txt", "shore0.txt"}
    assert run(["ask", "When does the office canteen serve lunch?", *both, "--mode", "quote", "--json"]) == 0
    assert "at one" in json.loads(capsys.readouterr().out)["answer"]


def test_a_folder_without_a_cross_encoder_is_told(folders, capsys, tmp_path):
    assert run(["search", "canteen", "--index", folders[0], "--rerank", str(tmp_path)]) == 1
    assert "there is no model in" in capsys.readouterr().err


def test_search_takes_the_embedder_that_the_index_was_made_with(tmp_path: Path, capsys):
    (tmp_path / "tide.txt").write_text("The gangway is checked at every tide.")
    spec = "sentence-transformers:all-MiniLM-L6-v2?query_prefix=query: "
    folder = str(tmp_path / "own.index")
    assert run(["index", str(tmp_path / "tide.txt"), "--embedder", spec, "--index", folder]) == 0
    assert run(["search", "gangway", "--index", folder]) == 0
    assert "checked at every tide" in capsys.readouterr().out
