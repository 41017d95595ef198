"""The benchmarks: their arithmetic, and that a small run writes its table and plot."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture(autouse=True)
def _importable(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))


def _figure(value, least=3.0, aim=1.5, **named):
    from harness import Figure

    return Figure("name", "what it is", "s", least, aim, value=value, **named)


@pytest.mark.parametrize(
    ("value", "more_is_better", "reached"),
    [(1.0, False, "aim"), (1.5, False, "aim"), (2.9, False, "least"), (3.1, False, "no"), (None, False, "")],
)
def test_a_figure_says_what_of_the_asked_it_reaches(value, more_is_better, reached):
    assert _figure(value, more_is_better=more_is_better).reached() == reached


def test_more_is_better_turns_the_comparison_round():
    assert [_figure(value, 4, 5.5, more_is_better=True).reached() for value in (3.9, 4, 5.5)] == ["no", "least", "aim"]


def test_sides_take_turns_and_the_median_of_the_rounds_counts():
    from harness import take_turns

    order = []
    values = {"ragkit": iter([100.0, 1.0, 9.0, 2.0]), "peer": iter([100.0, 8.0, 4.0, 6.0])}

    def side(name):
        def once():
            order.append(name)
            return {"wall_s": next(values[name])}

        return once

    taken = take_turns({name: side(name) for name in values}, 3, warm_up=True)
    assert order == ["ragkit", "peer"] * 4
    assert (taken.median("ragkit", "wall_s"), taken.median("peer", "wall_s")) == (2.0, 6.0)
    assert taken.fastest(["peer"], "wall_s") == "peer"


def test_a_peer_that_fails_is_left_out_with_its_reason():
    from harness import ChildFailedError, SkippedError, take_turns

    calls = []

    def failing():
        calls.append(1)
        raise ChildFailedError("no such package")

    taken = take_turns({"ragkit": lambda: {"wall_s": 1.0}, "peer": failing}, 3)
    assert taken.failed == {"peer": "no such package"}
    assert len(calls) == 1
    with pytest.raises(SkippedError, match="no such package"):
        taken.fastest(["peer"], "wall_s")


def test_ragkit_may_not_fail():
    from harness import ChildFailedError, take_turns

    def failing():
        raise ChildFailedError("damaged")

    with pytest.raises(ChildFailedError, match="damaged"):
        take_turns({"ragkit": failing}, 1)


def test_a_child_gives_its_json_its_time_and_its_memory():
    from harness import run

    words = [sys.executable, "-c", "held = b'x' * 60_000_000; print('said before'); print('{\"answer\": 42}')"]
    sample = run(words)
    assert sample["answer"] == 42
    assert sample["wall_s"] > 0
    assert sample["peak_mb"] is None or sample["peak_mb"] > 60


@pytest.mark.parametrize(
    ("code", "message"),
    [("raise SystemExit('went wrong')", "went wrong"), ("print('words')", "no JSON"), ("print([1])", "no JSON")],
)
def test_a_child_that_fails_or_prints_no_json_is_named(code, message):
    from harness import ChildFailedError, run

    with pytest.raises(ChildFailedError, match=message):
        run([sys.executable, "-c", code])


def test_a_child_that_takes_too_long_is_stopped():
    from harness import ChildFailedError, run

    with pytest.raises(ChildFailedError, match="stopped after"):
        run([sys.executable, "-c", "import time; time.sleep(60)"], timeout=0.2)


def test_the_encoder_takes_as_many_operations_as_its_products_say():
    from tokens import flop

    # One text of 2 tokens, width 1, one layer: 2 tokens x (4 + 2) products, and 2 x 2 x 2 of attention.
    assert flop(2, hidden=1, inner=1, layers=1) == 2 * (2 * 6) + 2 * (2 * 2 * 2)
    assert flop(150, hidden=384, inner=1536, layers=6) / 150 == pytest.approx(22.6e6, rel=0.01)


def test_percentiles_are_values_that_were_measured():
    from warm import percentile

    values = [float(number) for number in range(100, 0, -1)]
    assert (percentile(values, 0.5), percentile(values, 0.95), percentile([7.0], 0.95)) == (50.0, 95.0, 7.0)


def test_time_for_embedding_is_counted_once_however_the_embedder_is_asked():
    from warm import timed

    class Embedder:
        def encode(self, text):
            return len(text)

        def encode_query(self, text):
            return self.encode(text)

    embedder = Embedder()
    spent = timed(embedder)
    assert embedder.encode_query("abc") == 3
    assert spent[0] > 0


def test_a_question_set_becomes_a_folder_of_judgements(tmp_path):
    import sets
    from harness import Bench

    folder = tmp_path / "data" / "small"
    folder.mkdir(parents=True)
    sets.write(folder / "corpus.jsonl", [{"_id": "d1", "title": "", "text": "Ropes."}])
    asked = [
        {"id": "q1", "question": "Ropes?", "doc_id": "d1", "answerable": True},
        {"id": "q2", "question": "Sails?", "doc_id": "d1", "answerable": False},
    ]
    sets.write(folder / "qa.jsonl", asked)
    found = sets.judged(Bench(tmp_path / "data", tmp_path / "work", tmp_path))
    assert set(found) == {"small"}
    made = found["small"]
    assert (made / "qrels" / "test.tsv").read_text() == "query-id\tcorpus-id\tscore\nq1\td1\t1\n"
    assert [row["text"] for row in sets.read(made / "queries.jsonl")] == ["Ropes?"]
    assert list(sets.read(made / "corpus.jsonl")) == [{"_id": "d1", "title": "", "text": "Ropes."}]


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (5.512, "x", "5.51 x"),
        (87.25, "%", "87.2 %"),
        (1200.0, "MB", "1200 MB"),
        (0.99997, "", "0.99997"),
        (0.735, "", "0.735"),
        (1.0, "", "1"),
        (None, "s", "-"),
    ],
)
def test_amounts_are_written_as_precisely_as_they_deserve(value, unit, shown):
    from report import amount

    assert amount(value, unit) == shown


def test_what_was_not_measured_stands_in_the_table_with_its_reason(tmp_path):
    import report

    about = {"versions": {"ragkit": "1"}, "rounds": 3, "quick": False, "bf16": True, "load": 0.1}
    about |= {"processor": "cpu", "cores": 2, "system": "Linux", "python": "3"}
    figures = [_figure(None, detail="no scifact"), _figure(2.0, bars={"ragkit": 2.0, "peer": 8.0})]
    text = report.markdown(figures, about)
    assert "| what it is | not measured | 3 s | 1.5 s |  | no scifact |" in text
    assert "| what it is | **2 s** | 3 s | 1.5 s | least |  |" in text
    report.save(tmp_path, figures, about)
    assert json.loads((tmp_path / "index.json").read_text())["figures"][1]["reached"] == "least"
    said = [node.text for node in ET.parse(tmp_path / "index.svg").iter() if node.tag.endswith("text")]
    assert {"peer", "8.00 s"} <= set(said)


def test_a_small_run_without_peers_and_data_writes_its_table(tmp_path, models_dir):
    words = [
        "--quick",
        "--only",
        "reindex",
        "quality",
        "--data",
        str(tmp_path / "none"),
        "--out",
        str(tmp_path / "out"),
    ]
    command = [sys.executable, str(BENCHMARKS / "run.py"), *words, "--work", str(tmp_path / "work")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == (tmp_path / "out" / "index.md").read_text().strip()
    figures = {row["name"]: row for row in json.loads((tmp_path / "out" / "index.json").read_text())["figures"]}
    assert 0 < figures["reindex"]["value"] < 100
    assert figures["unchanged"]["value"] > 0
    assert "cranfield" in figures["quality"]["detail"]
    assert ET.parse(tmp_path / "out" / "index.svg").getroot().tag.endswith("svg")


def test_indexes_are_built_again_when_the_code_that_makes_them_changes(tmp_path):
    from harness import fresh

    package, work = tmp_path / "ragkit", tmp_path / "work"
    (package / "split").mkdir(parents=True)
    (package / "split" / "splitter.py").write_text("size = 200")
    fresh(work, package)
    (work / "index" / "debian").mkdir(parents=True)
    fresh(work, package)
    assert (work / "index" / "debian").exists()
    (package / "split" / "splitter.py").write_text("size = 100")
    fresh(work, package)
    assert not (work / "index" / "debian").exists()


def test_recall_at_a_precision_is_read_off_the_best_settings():
    from chunking import Result, at_precision

    settings = [Result("", 1, recall, precision, 0, 0) for recall, precision in ((0.8, 0.05), (0.6, 0.1), (0.5, 0.06))]
    assert at_precision(settings, 0.075) == pytest.approx(0.7)
    assert at_precision(settings, 0.01) == pytest.approx(0.8)
    assert at_precision(settings, 0.2) is None
