"""Pipelines run: each with the real small model, over rows, with failures, and after they were cut off."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from langchain_core.runnables import RunnableLambda

from ragkit import Index
from ragkit.chains.results import result_json, result_text
from ragkit.core.errors import BudgetExceeded, ConfigError
from ragkit.core.settings import DEFAULT_MODEL
from ragkit.pipelines import Built, build, built_in, load, run_rows
from ragkit.pipelines.rows import finished, read_rows

NEWS = "corpora/handbook/documents/news/autumn-2026.md"
ROOT = Path(__file__).parents[2]
SETTINGS = {"table": {"files": str(ROOT / "corpora/handbook/documents/governance/staff-directory.csv")}}
SLOW = {"extract", "math", "multi_hop", "translate", "triage"}  # their chains have a test of every way to call them
OVER_INDEX = ("answer", "chat", "code", "multi_hop", "search", "write")
GIVEN: dict[str, Any] = {
    "answer": "How many days of parental leave are there?",
    "chat": {
        "question": "Can it be taken in blocks?",
        "turns": [{"question": "How many days of parental leave are there?", "answer": "80 days"}],
    },
    "code": "How many days of parental leave are there?",
    "table": "What is the extension of Mairi Gunn?",
    "multi_hop": "How many days of parental leave are there, and when is the helpdesk staffed?",
    "write": "# Leave\n\n## Parental leave\nHow many days of parental leave are there?\n",
    "math": "A ferry carries 40 cars a voyage and makes 6 voyages. How many cars is that?",
    "hybrid_search": "parental leave",
    "summarize": str(ROOT / NEWS),
    "compare": [str(ROOT / NEWS), {"text": "The Fulmar Bank stays in the harbour all winter long.", "title": "Fulmar"}],
    "few_shot": "The boat sails on 7 March 2025.",
    "classify": "The printer does not print.",
    "sentiment": "a wonderful evening",
    "extract": str(ROOT / NEWS),
    "translate": "# Good day\n\nThe boat sails at 12.\n",
    "rewrite": "The vessel departs at noon.",
    "triage": "The printer in the hall is jammed again. Nobody can print.",
}


@pytest.fixture(scope="module")
def ran(handbook: Index) -> dict[str, Any]:
    """What the pipelines that come with ragkit make of something, with the default models."""
    out: dict[str, Any] = {}
    for name, given in GIVEN.items():
        path = built_in()[name]
        over_index = load(path).spec.task in OVER_INDEX
        settings = {"index": json.dumps(str(handbook.folder))} if over_index else SETTINGS.get(name, {})
        out[name] = build(load(path, settings)).chain.invoke(given)
    return out


@pytest.mark.parametrize("name", sorted(built_in().keys() - GIVEN.keys()))
def test_a_pipeline_that_is_not_run_here_is_run_by_the_tests_of_its_chain(name: str):
    tests = (ROOT / "tests" / "chains" / f"test_{name}.py").read_text("utf-8")
    assert f'build(load("{name}"' in tests


@pytest.mark.parametrize("name", sorted(GIVEN))
def test_each_pipeline_runs_with_the_real_models(ran: dict[str, Any], name: str):
    told = result_json(ran[name])
    json.dumps(told)
    assert result_text(ran[name])


def test_they_give_what_they_promise(ran: dict[str, Any]):
    assert "80 days" in ran["answer"].text
    assert "three blocks" in ran["chat"].text
    assert "80 days" in ran["code"].text  # a passage of prose is quoted as it is
    assert "80 days" in ran["multi_hop"].text
    assert "07:45" in ran["multi_hop"].text
    assert ran["write"].text.startswith("# Leave\n\n## Parental leave\n\n")
    assert "80 days" in ran["write"].text
    assert ran["math"].text
    assert ran["hybrid_search"][0].chunk.text
    assert ran["summarize"].citations
    assert {each.document for each in ran["compare"].citations} == {str(ROOT / NEWS), ""}
    assert "4,321" in ran["table"].text
    assert ran["few_shot"].text
    assert ran["classify"].label == "hardware"
    assert ran["sentiment"].label == "positive"
    assert all(each.quote or each.value is None for each in ran["extract"].fields)
    assert ran["translate"].text.startswith("# ")
    assert ran["rewrite"].text
    assert ran["triage"].steps["topic"].label == "hardware"
    assert [each.name for each in ran["triage"].result.fields] == ["device", "place"]


@pytest.mark.parametrize("name", sorted(set(GIVEN) - SLOW))
def test_each_way_to_call_a_pipeline_gives_the_same(handbook: Index, name: str):
    over_index = load(name).spec.task in OVER_INDEX
    settings = {"index": json.dumps(str(handbook.folder))} if over_index else dict(SETTINGS.get(name, {}))
    # What is remembered of the prompt before, and prompts that are read at the same time, round likelihoods in their
    # last places.
    settings["model"] = f"{DEFAULT_MODEL}?cache_prompt=false"
    chain, given = build(load(name, settings)).chain, GIVEN[name]

    def bare(result: Any) -> dict[str, Any]:
        return {key: value for key, value in result_json(result).items() if key not in ("timings", "usage")}

    async def others() -> list[Any]:
        parts = [part async for part in chain.astream(given)]
        return [await chain.ainvoke(given), sum(parts[1:], parts[0]), *await chain.abatch([given])]

    parts = list(chain.stream(given))
    whole = bare(chain.invoke(given))
    likely = ("probability", "probabilities")
    whole |= {key: pytest.approx(whole[key], abs=0.01) for key in likely if whole.get(key)}
    assert [bare(each) for each in (sum(parts[1:], parts[0]), *chain.batch([given, given]))] == [whole] * 3
    assert [bare(each) for each in asyncio.run(others())] == [whole] * 3


@pytest.mark.parametrize("name", sorted(GIVEN))
def test_each_pipeline_can_be_drawn_without_an_index_or_a_model(name: str):
    settings = {"index": "/nowhere"} if load(name).spec.task in OVER_INDEX else SETTINGS.get(name, {})
    picture = build(load(name, settings)).picture()
    assert picture.splitlines()[1:3] == ["  |", "  v"]
    assert picture.splitlines()[0].startswith(load(name).spec.input)


def upper(given: str) -> Any:
    from ragkit.chains import Completion

    if given == "boom":
        raise ValueError("it went off")
    if given == "dear":
        raise BudgetExceeded("spent")
    return Completion(given.upper())


def plain(given: str) -> Any:
    from ragkit.chains import Completion

    return Completion(given)


def built() -> Built:
    return Built("upper", lambda: RunnableLambda(upper), "text", "", (("text", ""), ("Completion", "")))


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def given(*texts: str) -> list[dict[str, Any]]:
    return [{"id": f"r{number}", "text": text} for number, text in enumerate(texts)]


def test_rows_come_out_in_their_order_with_a_row_for_each_failure(tmp_path: Path):
    out = tmp_path / "out.jsonl"
    done = run_rows(built(), [*given("a", "boom", "c"), {"id": "bare"}], out, concurrency=3)
    rows = rows_of(out)
    assert [row["id"] for row in rows] == ["r0", "r1", "r2", "bare"]
    assert rows[0]["result"]["text"] == "A"
    assert {key: value for key, value in rows[1].items() if key != "of"} == {
        "id": "r1", "ok": False, "error": {"type": "ValueError", "message": "it went off"},
    }  # fmt: skip
    assert "no field 'text'" in rows[3]["error"]["message"]
    assert (done.done, done.failed) == (2, 2)


def test_a_run_goes_on_where_it_was_cut_off(tmp_path: Path):
    out = tmp_path / "out.jsonl"
    run_rows(built(), given("a", "b"), out)
    with out.open("a", encoding="utf-8") as file:
        file.write('{"id": "r2", "ok": tr')
    done = run_rows(built(), given("a", "b", "c", "d"), out)
    assert (done.before, done.done) == (2, 2)
    assert [row["id"] for row in rows_of(out)] == ["r0", "r1", "r2", "r3"]


def test_rows_that_failed_are_done_again_when_asked_for(tmp_path: Path):
    out = tmp_path / "out.jsonl"
    rows = given("a", "boom", "c")
    run_rows(built(), rows, out)
    told = run_rows(built(), rows, out)
    assert (told.before, told.failed_before) == (3, 1)
    again = run_rows(replace(built(), make=lambda: RunnableLambda(plain)), rows, out, retry_failed=True)
    assert (again.before, again.done) == (2, 1)
    assert [(row["id"], row["ok"]) for row in rows_of(out)] == [("r0", True), ("r1", True), ("r2", True)]


def test_rows_whose_input_or_pipeline_changed_are_done_again(tmp_path: Path):
    out = tmp_path / "out.jsonl"
    run_rows(built(), given("a", "b", "c"), out)
    told = run_rows(built(), given("a", "other", "c"), out)
    assert (told.before, told.done, told.changed) == (2, 1, 1)
    assert [row["result"]["text"] for row in rows_of(out)] == ["A", "OTHER", "C"]
    told = run_rows(replace(built(), said="k: 3"), given("a", "other", "c"), out)
    assert (told.before, told.done, told.changed) == (0, 3, 3)
    assert len(rows_of(out)) == 3


def test_rows_that_are_no_more_asked_for_stay_behind_the_others(tmp_path: Path):
    out = tmp_path / "out.jsonl"
    run_rows(built(), given("a", "b"), out)
    run_rows(built(), [{"id": "r1", "text": "b"}, {"id": "new", "text": "n"}], out)
    assert [row["id"] for row in rows_of(out)] == ["r1", "new", "r0"]


@pytest.mark.parametrize("text", ["my notes\n", '{"a": 1}\n', '{"id": "r0", "ok": true}\nmore\n', "\udcff"])
def test_a_file_of_something_else_is_left_as_it_is(tmp_path: Path, text: str):
    out = tmp_path / "notes.txt"
    out.write_bytes(text.encode("utf-8", "surrogateescape"))
    was = out.read_bytes()
    with pytest.raises(ConfigError, match=r"is no result of a pipeline|cannot be read as results"):
        run_rows(built(), given("a"), out)
    assert out.read_bytes() == was


def test_nothing_is_begun_after_the_budget_is_spent(tmp_path: Path):
    out = tmp_path / "out.jsonl"
    done = run_rows(built(), given("a", "dear", *"cdefghijklm"), out)
    assert done.unasked >= 1
    assert done.done + done.unasked == 13
    assert "r1" not in finished(out)


def test_an_error_in_between_leaves_whole_rows(tmp_path: Path):
    out = tmp_path / "out.jsonl"
    with pytest.raises(ConfigError, match="two rows"):
        run_rows(built(), [*given("a"), *given("b")], out)
    assert all(row["ok"] for row in rows_of(out))


def test_progress_is_told_for_every_row(tmp_path: Path):
    told: list[int] = []
    run_rows(built(), given("a", "b", "boom"), tmp_path / "o", progress=lambda ran: told.append(ran.done + ran.failed))
    assert told == [1, 2, 3]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path):
    with pytest.raises(ConfigError, match="another place"):
        run_rows(built(), given("a"), tmp_path / "absent" / "out.jsonl")


@pytest.mark.parametrize(("line", "told"), [("no", "is no JSON"), ("[1]", "no JSON object")])
def test_wrong_rows_are_told(tmp_path: Path, line: str, told: str):
    path = tmp_path / "rows.jsonl"
    path.write_text(f'{{"text": "a"}}\n\n{line}\n', "utf-8")
    with pytest.raises(ConfigError, match=f"line 3 {told}|line 3 is {told}"):
        list(read_rows(path))
    with pytest.raises(ConfigError, match="no file"):
        list(read_rows(tmp_path / "absent"))


def test_rows_without_an_id_have_the_number_of_their_line(tmp_path: Path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "a"}\n{"_id": 7, "text": "b"}\n{"id": "x", "text": "c"}\n', "utf-8")
    assert [row["id"] for row in read_rows(path)] == ["1", "7", "x"]


def test_documents_of_a_row_may_be_texts_paths_or_objects(tmp_path: Path):
    from ragkit.chains.documents import documents

    with pytest.raises(ConfigError, match=r"there is no file notes/gone\.md"):
        documents("notes/gone.md")

    path = tmp_path / "a.txt"
    path.write_text("From a file.", "utf-8")
    found = documents([str(path), "A text.", {"text": "An object.", "title": "T"}])
    assert [each.page_content.strip() for each in found] == ["From a file.", "A text.", "An object."]
    assert found[2].metadata["title"] == "T"
    for wrong in (7, {"title": "T"}):
        with pytest.raises(ConfigError, match="a document is"):
            documents(wrong)


def test_conversations_of_rows_are_read_and_wrong_ones_told():
    from ragkit.chains.chat.options import conversation

    assert conversation("a question").turns == ()
    asked = conversation(GIVEN["chat"] | {"summary": "s"})
    assert (asked.turns[0].answer, asked.summary) == ("80 days", "s")
    for wrong in (7, {}, {"question": "q", "turns": [{"question": "x"}]}):
        with pytest.raises(ConfigError, match="a conversation is"):
            conversation(wrong)


@pytest.mark.parametrize("name", sorted(GIVEN))
@pytest.mark.parametrize("given", [None, 5, True, {}, [5]])
def test_what_is_no_text_is_told(name: str, given: Any, handbook: Index):
    over_index = load(name).spec.task in OVER_INDEX
    settings = {"index": json.dumps(str(handbook.folder))} if over_index else SETTINGS.get(name, {})
    with pytest.raises(ConfigError, match=r"must be a text, not|text is empty|is a text, |is a question, |takes 2 to"):
        build(load(name, settings)).chain.invoke(given)


@pytest.mark.parametrize("name", ["classify", "sentiment", "few_shot", "math"])
def test_nothing_is_made_of_an_empty_text(name: str):
    with pytest.raises(ConfigError, match="is empty: there is nothing to work on"):
        build(load(name)).chain.invoke("  ")


def test_an_empty_text_is_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.txt").write_text("A file that nobody named lies in the working folder.")
    found = build(load("summarize", {"method": "extractive"})).chain.invoke("")
    assert found.text == "There is no text to summarise."


def test_an_outline_may_be_a_list(handbook: Index):
    chain = build(load("write", {"index": json.dumps(str(handbook.folder)), "mode": "quote"})).chain
    assert "80 days" in chain.invoke(["How many days of parental leave are there?"]).text
