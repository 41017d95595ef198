"""Judging replies of any system, in Python, as a Runnable, by rows, against an index."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

import ragkit
from ragkit.chains.check.chain import CheckChain
from ragkit.cli.app import make_app
from ragkit.core.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

SOURCES = ["The Halden bridge was opened in 1931 by Ida Brun.", "Leave takes 80 days."]
REPLY = (
    "The Halden bridge was opened in 1931 by Ida Brun [1]. It was opened in 1913 by Ida Brun【1†source】. Leave takes "
    "80 days (2)."
)


def says(sentence: str, sources: list[str]) -> bool:
    return "days" in sentence


def test_each_sentence_of_a_reply_gets_a_verdict_and_the_sources_that_carry_it():
    checked = ragkit.check(REPLY, SOURCES, verifier=says)
    assert [each.label for each in checked.sentences] == ["quoted", "contradicted", "quoted"]
    assert [each.sources for each in checked.sentences] == [(0,), (0,), (1,)]
    assert checked.faithfulness == pytest.approx(2 / 3)


def test_rows_go_in_and_out_with_their_own_numbers():
    row = {"id": "a", "reply": REPLY, "sources": [{"n": 7, "text": SOURCES[0]}, {"n": 9, "text": SOURCES[1]}]}
    found = CheckChain(says).invoke(row).to_json()
    assert found["id"] == "a"
    assert found["sentences"][2] == {
        "text": "Leave takes 80 days.",
        "verdict": "quoted",
        "probability": found["sentences"][2]["probability"],
        "sources": [9],
        "reason": "",
    }
    assert "1913" in found["sentences"][1]["reason"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"sources": SOURCES}, '"reply"'),
        ({"reply": REPLY}, '"sources"'),
        ({"reply": REPLY, "sources": "one text"}, "list of texts"),
        ({"reply": REPLY, "sources": [{"body": "x"}]}, "source 1"),
    ],
)
def test_a_row_that_cannot_be_checked_says_what_it_lacks(row: dict[str, object], message: str):
    with pytest.raises(ConfigError, match=message):
        CheckChain(says).invoke(row)


def test_a_reply_without_a_sentence_is_faithful_to_anything():
    assert CheckChain(says).invoke({"reply": "", "sources": []}).faithfulness == 1


def test_the_embedded_verifier_tells_a_paraphrase_from_another_matter():
    sources = ["The ferry leaves Elgin for the islands at noon on Mondays and returns on Thursday evening."]
    reply = "On Mondays the boat to the islands departs at twelve. The captain was born in a village near Oslo."
    near, far = ragkit.check(reply, sources, verifier="embedded").sentences
    assert near.probability > far.probability
    assert far.label == "unsupported"


def test_the_command_checks_rows_and_loses_none_for_a_bad_one(tmp_path: Path):
    rows = tmp_path / "rows.jsonl"
    rows.write_text(
        "\n".join([json.dumps({"id": 1, "reply": REPLY, "sources": SOURCES}), "no json", json.dumps({"id": 2})])
        + "\n", "utf-8"
    )  # fmt: skip
    out = tmp_path / "out.jsonl"
    words = ["check", "--input", str(rows), "--output", str(out), "--verifier", "rules"]
    done = CliRunner().invoke(make_app(words), words)
    assert done.exit_code == 3, done.output
    found = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [each.get("id") for each in found] == [1, None, 2]
    assert [each["verdict"] for each in found[0]["sentences"]] == ["quoted", "contradicted", "quoted"]
    assert "reply" in found[2]["error"]


def test_the_command_reads_sources_from_files(tmp_path: Path):
    (tmp_path / "leave.md").write_text("# Leave\n\nLeave takes 80 days.\n", "utf-8")
    words = ["check", "Leave takes 80 days. Leave takes 95 days.", "--source", str(tmp_path / "leave.md")]
    done = CliRunner().invoke(make_app(words), words)
    assert done.exit_code == 0, done.output
    assert "[leave.md] “Leave takes 80 days.”" in done.output
    assert "1 of 2 sentences hold" in done.output


def test_a_reply_is_checked_against_what_an_index_finds(tmp_path: Path):
    (tmp_path / "leave.md").write_text("# Leave\n\nParental leave takes 80 days for each parent.\n", "utf-8")
    index = ragkit.Index(tmp_path / "i")
    index.sync(tmp_path / "leave.md")
    checked = CheckChain(says, index=index).invoke({"reply": "Parental leave takes 80 days for each parent."})
    assert checked.sentences[0].label == "quoted"
    assert str(checked.numbers[0]).endswith("leave.md")
