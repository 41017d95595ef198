"""ROUGE as it is defined, and summaries measured on a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ragkit.chains.summarize.chain import SummaryChain
from ragkit.core.errors import ConfigError
from ragkit.evaluate.metrics import rouge
from ragkit.evaluate.summaries import drawn, evaluate_summaries, load_summaries
from ragkit.generate.generator import Generator, LazyModel

NEVER = Generator("", LazyModel("nobody:loads-this"))


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    row = {
        "id": "p",
        "title": "Boats",
        "document": "Many people sail. We present a boat that needs no wind at all. It was tested in three harbours.",
        "summaries": ["A boat without wind.", "A boat that needs no wind at all."],
    }
    path = tmp_path / "papers.jsonl"
    path.write_text("\n".join(json.dumps({**row, "id": f"p{number}"}) for number in range(5)), "utf-8")
    return path


def test_rouge_counts_words_pairs_and_order():
    scores = rouge("the cat sat on the mat", ["the cat was on the mat"])
    assert scores["rouge1"] == pytest.approx(5 / 6)
    assert scores["rouge2"] == pytest.approx(3 / 5)
    assert scores["rougeL"] == pytest.approx(5 / 6)


def test_rouge_takes_the_best_reference_and_compares_stems():
    assert rouge("Running boats!", ["nothing", "run boat"])["rouge1"] == 1.0
    assert rouge("", ["something"]) == {"rouge1": 0.0, "rouge2": 0.0, "rougeL": 0.0}


def test_summaries_are_measured_beside_the_first_sentences(papers: Path):
    rows: list[dict] = []
    chain = SummaryChain(NEVER, method="extractive", sentences=1)
    metrics = evaluate_summaries(chain, load_summaries(papers), record=rows.append)
    assert metrics["rouge1"] > metrics["lead_rouge1"]
    assert metrics["quotes_verbatim"] == 1.0
    assert [row["id"] for row in rows] == ["p0", "p1", "p2", "p3", "p4"]


def test_a_draw_can_be_repeated(papers: Path):
    given = load_summaries(papers)
    assert drawn(given, 2, 7) == drawn(given, 2, 7)
    assert len(drawn(given, 2, 7)) == 2
    assert drawn(given, 50, 7) == given


@pytest.mark.parametrize("content", ["", '{"id": "p"}', '{"document": "x"}'])
def test_files_without_summaries_are_told(tmp_path: Path, content: str):
    path = tmp_path / "x.jsonl"
    path.write_text(content, "utf-8")
    with pytest.raises(ConfigError, match=r"no rows|needs"):
        load_summaries(path)


def test_the_extractive_method_beats_the_first_sentence_on_abstracts(shared: Path):
    given = load_summaries(shared / "data" / "scitldr" / "dev.jsonl")
    metrics = evaluate_summaries(SummaryChain(NEVER, method="extractive", sentences=1), given)
    assert metrics["rouge1"] > 0.40 > metrics["lead_rouge1"]
