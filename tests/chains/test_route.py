"""Routes: which chain a question goes to, what it answers there, and what happens where that has no answer."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from ragkit import Answer, Index
from ragkit.chains import Conversation, Turn
from ragkit.chains.multi_hop.prompt import split_question
from ragkit.chains.trace import TraceFile
from ragkit.core.errors import ConfigError
from ragkit.testing import ScriptedChat

ROOT = Path(__file__).parents[2]
SHEETS = ROOT / "benchmarks" / "routes"
CODE = '''"""Tides."""


def high_water(port_name, hour):
    """Return the height of the water in a port."""
    return 3.2


def low_water(port_name, hour):
    """Return the lowest water in a port."""
    return 0.4
'''


@pytest.fixture(scope="module")
def sheets(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Index:
    index = Index(tmp_path_factory.mktemp("sheets") / "x.index")
    index.sync(SHEETS)
    return index


def routed(index: Index, question: str, **options: Any) -> Answer:
    return index.ask(question, **{"mode": "quote", **options})


@pytest.mark.parametrize(
    ("question", "route"),
    [
        ("How many days of parental leave are there?", "passages"),
        ("Is there a difference in pay?", "passages"),  # it compares nothing that is named
        ("What is the difference between parental leave and recovery leave?", "steps"),
        ("Summarise the remote work policy.", "overview"),
        ("What is this collection about?", "overview"),
        ("Worum geht es in diesen Dokumenten?", "overview"),
        ("Vergleiche den Fulmar mit dem Limpet.", "steps"),
        ("Quels documents mentionnent Limpet ?", "list"),
        ("¿Qué documentos mencionan Limpet?", "list"),
        ("Riassumi questi documenti.", "overview"),
        ("Which documents mention the Limpet?", "list"),
        ("Which file formats can you read?", "talk"),
        ("Hello!", "talk"),
        (" ", "passages"),
    ],
)
def test_a_question_takes_the_route_of_its_kind(handbook: Index, question: str, route: str):
    assert handbook.chain(mode="quote").decide(question).route == route


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How many boats were built after 2000?", "Built is above 2000: 4 ["),
        ("How many boats were built before 1990?", "Built is below 1990: 2 ["),
        ("How many boats were built in 1998?", "Built is 1998: 2 ["),
        ("What is the average price of sold houses?", "255,000 ["),
    ],
)
def test_a_figure_is_worked_out_of_the_sheet_that_has_its_words(sheets: Index, question: str, text: str):
    answer = routed(sheets, question)
    assert answer.route == "table"
    assert text in answer.text
    assert "SELECT" in answer.reason
    for each in answer.citations:
        found = sheets.store.document(each.document_id, each.document)
        assert found is not None
        assert found[0][each.start : each.end] == each.quote
        assert f"[{each.marker}]" in answer.text


@pytest.mark.parametrize(
    ("question", "wrong"),
    [
        ("What is the average price of sold houses?", "272,"),
        ("What is the total price of unsold houses?", "1,634,000"),
        ("How many tickets were closed in March 2024?", ": 1 ["),
        ("How many people work on the Bryn?", ": 1 ["),
    ],
)
def test_a_restriction_is_used_or_there_is_no_figure(sheets: Index, question: str, wrong: str):
    answer = routed(sheets, question)
    assert not (answer.route == "table" and wrong in answer.text)


def test_where_a_route_has_no_answer_passages_do(sheets: Index):
    chain = sheets.chain(mode="quote", threshold=0.0)
    question = "How many of the boats with a sauna catch anything in winter?"
    parts = list(chain.stream(question))
    answer = chain.invoke(question)
    assert answer.route == "passages"
    whole = Answer()
    for part in parts:
        whole += part
    assert (whole.text, whole.reason, whole.route) == (answer.text, answer.reason, answer.route)


def test_a_route_that_is_asked_for_is_taken_and_refuses_itself(sheets: Index):
    answer = routed(sheets, "Who wrote the Iliad?", route="table")
    assert (answer.route, answer.abstained, answer.citations) == ("table", True, ())
    assert routed(sheets, "How many boats were built after 2000?", route="passages").route == "passages"
    with pytest.raises(ConfigError, match="unknown route 'tables': choose auto, passages"):
        sheets.chain(route="tables")


def test_a_list_has_every_document_that_matches_and_says_how_many(handbook: Index):
    answer = routed(handbook, "Which documents mention the Limpet?")
    held = {source for source, text in texts(handbook) if "limpet" in text.casefold()}
    assert {each.document for each in answer.citations} == held
    assert answer.text.startswith(f"{len(held)} documents and ")
    for each in answer.citations:
        assert f"“{' '.join(each.quote.split())}”" == answer.text[each.answer_start : each.answer_end]


def test_a_list_stays_within_the_filter(handbook: Index):
    answer = routed(handbook, "Which documents mention the Limpet?", within="*.txt")
    assert answer.citations
    assert all(each.document.endswith(".txt") for each in answer.citations)


def texts(index: Index) -> list[tuple[str, str]]:
    return [(str(about["source"]), text) for _, text, about in index.documents()]


def test_an_overview_of_a_document_quotes_that_document(handbook: Index):
    answer = routed(handbook, "Give me a short summary of the remote work policy.")
    assert answer.route == "overview"
    assert answer.citations
    assert {Path(each.document).name for each in answer.citations} == {"remote-work.md"}


def test_an_overview_of_the_collection_counts_its_documents_and_quotes_several(handbook: Index):
    answer = routed(handbook, "Give me an overview of all documents.")
    sources = {source for source, _ in texts(handbook)}
    assert answer.text.startswith(f"{len(sources)} documents (")
    assert len({each.document for each in answer.citations}) > 5
    for each in answer.citations:
        found = handbook.store.document(each.document_id, each.document)
        assert found is not None
        assert found[0][each.start : each.end] == each.quote


def test_an_overview_of_what_is_not_there_is_no_summary_of_something_else(handbook: Index):
    assert routed(handbook, "Summarise what is said about Byzantine mosaics.").abstained


def test_two_sides_of_a_comparison_are_each_asked_and_labelled(handbook: Index):
    question = "What is the difference between parental leave and recovery leave?"
    assert split_question(question, 4) == ["parental leave", "recovery leave"]
    answer = routed(handbook, question)
    assert answer.route == "steps"
    assert "parental leave: “" in answer.text
    assert "recovery leave: “" in answer.text


@pytest.mark.parametrize(
    ("question", "sides"),
    [
        ("Which is longer, the Gannet or the Fulmar?", ["the Gannet Which is longer", "the Fulmar Which is longer"]),
        ("Compare the boats in Reyk with those in Tarn.", ["the boats in Reyk", "those in Tarn"]),
        ("How does the Gannet differ from the Fulmar in size?", ["the Gannet in size", "the Fulmar in size"]),
        ("Was ist der Unterschied zwischen Ebbe und Flut?", ["Ebbe", "Flut"]),
        ("Who owns the Gannet?", ["Who owns the Gannet?"]),
        ("Can it be split? (days parental leave)", ["Can it be split? (days parental leave)"]),
    ],
)
def test_comparisons_are_cut_to_their_sides(question: str, sides: list[str]):
    assert split_question(question, 4) == sides


def test_code_is_answered_by_its_definitions(models_dir: Path, tmp_path: Path):
    (tmp_path / "tides.py").write_text(CODE, "utf-8")
    index = Index(tmp_path / "x.index")
    index.sync(tmp_path / "tides.py")
    answer = routed(index, "What does the function high_water return?")
    assert answer.route == "code"
    assert "def high_water(port_name, hour)" in answer.text


def test_small_talk_and_ragkit_itself_need_no_search(sheets: Index):
    for text in ("Hello", "How many documents are in the index?"):
        answer = routed(sheets, text)
        assert (answer.route, answer.abstained, answer.citations, answer.hits) == ("talk", False, (), ())
        assert "3 documents" in answer.text


def test_a_collection_about_ragkit_answers_of_it_itself(models_dir: Path, tmp_path: Path):
    (tmp_path / "a.md").write_text("# Notes\n\nragkit is a framework for grounded answers.\n", "utf-8")
    index = Index(tmp_path / "x.index")
    index.sync(tmp_path / "a.md")
    assert index.chain(mode="quote").decide("What is ragkit?").route == "passages"


def test_chat_takes_the_same_routes(sheets: Index):
    before = [Turn("How many boats were built after 2000?", "4")]
    answer = sheets.chat(mode="quote").invoke(Conversation("Thank you, that helps.", before))
    assert (answer.route, answer.question, answer.citations) == ("talk", "Thank you, that helps.", ())
    answer = sheets.chat(mode="quote").invoke(Conversation("What is the average price of sold houses?", before))
    assert answer.route == "table"
    assert "255,000 [" in answer.text


@pytest.mark.parametrize(("reply", "route"), [("B", "table"), ("A", "passages"), ("I am not sure.", "passages")])
def test_a_capable_generator_decides_where_words_do_not(sheets: Index, reply: str, route: str):
    question = "How many boats with home port Reyk were repainted by anybody?"
    chat = ScriptedChat(replies=[reply])
    decision = Index(sheets.folder, model=chat).chain(mode="answer").decide(question)
    assert (decision.route, decision.model, len(chat.asked)) == (route, True, 1)


def test_the_route_is_in_the_trace_the_json_and_the_async_twin(sheets: Index, tmp_path: Path):
    path = tmp_path / "trace.jsonl"
    question = "How many boats were built after 2000?"
    with TraceFile(path) as trace:
        answer = sheets.chain(mode="quote").invoke(question, {"callbacks": [trace]})
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    (told,) = [row for row in rows if row["step"] == "routed"]
    assert (told["route"], told["by_model"]) == ("table", False)
    assert rows[-1]["output"]["route"] == "table"
    twin = asyncio.run(sheets.chain(mode="quote").ainvoke(question))
    assert (twin.text, twin.route, twin.citations) == (answer.text, answer.route, answer.citations)


def test_a_bound_of_wrong_answers_is_only_known_of_passages(sheets: Index):
    chain = sheets.chain(mode="quote")
    assert chain.route == "auto"
    with pytest.raises(ConfigError, match="calibrate"):
        sheets.chain(mode="quote", max_wrong=0.1)
