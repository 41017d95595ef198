"""Examples that an index holds: in which forms, chosen as those of a file are, followed as the index changes."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from ragkit import Index, chains
from ragkit.chains.few_shot.chain import FewShotChain
from ragkit.core.errors import ConfigError, IndexMissing
from ragkit.core.types import Example
from ragkit.embed import SentenceTransformerEmbeddings
from ragkit.generate.generator import Generator
from ragkit.index import Indexes
from ragkit.pipelines import build, load
from ragkit.prompt.examples import examples_in, load_examples
from ragkit.prompt.pool import ExamplePool
from ragkit.prompt.selecting import SELECTORS, Selector, select
from ragkit.testing import ScriptedChat

ROWS = (
    ("How do I order a new card?", "card"),
    ("My card has not arrived.", "card"),
    ("The card was swallowed by the machine.", "card"),
    ("Which exchange rate do you use for dollars?", "rate"),
    ("Is the rate for euros worse at weekends?", "rate"),
    ("Where can I see last month's payments in the app?", "app"),
)
ASKED = "Has my card arrived, and which exchange rate do you use for dollars?"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    path.write_text("".join(json.dumps({"text": asked, "label": said}) + "\n" for asked, said in ROWS))
    return path


@pytest.fixture(scope="module")
def index(file: Path, tmp_path_factory: pytest.TempPathFactory, embedder: SentenceTransformerEmbeddings) -> Index:
    made = Index(tmp_path_factory.mktemp("index") / "rows.index", embedder=embedder)
    made.sync(file)
    return made


@pytest.mark.parametrize("selector", [each for each in SELECTORS if each != "random"])
@pytest.mark.parametrize("balanced", [False, True])
def test_an_index_gives_the_examples_that_its_file_gives(
    file: Path, index: Index, embedder: SentenceTransformerEmbeddings, selector: Selector, balanced: bool
):
    of_file = select(ExamplePool(load_examples(file), embedder), ASKED, 3, selector, balanced=balanced)
    of_index = select(index.examples(), ASKED, 3, selector, balanced=balanced)
    assert [(each.question, each.answer) for each in of_index] == [(each.question, each.answer) for each in of_file]


def test_chains_take_an_index_for_a_file(index: Index):
    chat = ScriptedChat(replies=["card"])
    done = chains.few_shot(index, Generator("", chat), k=2, selector="similarity").invoke("My card has not come")
    assert done.examples[-1].question == "My card has not arrived."
    assert chains.classify(examples=index, nearest=True).invoke("is the rate for pounds better?").label == "rate"


def test_what_is_indexed_later_is_chosen_too(tmp_path: Path, embedder: SentenceTransformerEmbeddings):
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"text": "How do I order a new card?", "label": "card"}\n')
    index = Index(tmp_path / "index", embedder=embedder)
    index.sync(rows)
    chain = FewShotChain(Generator("", ScriptedChat(replies=["x"])), index.examples(), k=1)
    assert chain.choose("Is the app free?")[0].answer == "card"
    rows.write_text('{"text": "Is the app free of charge?", "label": "app"}\n')
    index.sync(rows)
    assert chain.choose("Is the app free?")[0].answer == "app"
    assert [each.answer for each in index.examples().whole().examples] == ["app"]


def test_rows_of_tables_and_of_keys_are_examples(tmp_path: Path, embedder: SentenceTransformerEmbeddings):
    (tmp_path / "table.csv").write_text("question,answer,context\nIs it free?,yes,the app\nHow old are you?,,\n")
    (tmp_path / "keys.jsonl").write_text('{"question": "Are you open?", "answer": "no"}\n{"question": "Who?"}\n')
    index = Index(tmp_path / "index", embedder=embedder)
    index.sync(tmp_path / "table.csv", tmp_path / "keys.jsonl")
    pool = index.examples()
    assert {(each.question, each.answer, each.context) for each in pool.whole().examples} == {
        ("Is it free?", "yes", "the app"),
        ("Are you open?", "no", ""),
    }
    assert {each.answer for each in select(pool, "Is it free?", 2, "similarity")} == {"yes", "no"}


def test_a_passage_of_a_table_gives_the_rows_that_it_holds():
    text = "| text | label |\n| --- | --- |\n| a | 1 |\n| b | 2 |\n| c | 3 |"
    of_b = text.index("| b"), text.index("| b") + 9
    assert [each.question for each in examples_in(text, {}, id="t")] == ["a", "b", "c"]
    assert examples_in(text, {}, id="t", within=of_b) == [Example("b", "2", answers=("2",), id="t:2")]


@pytest.mark.parametrize("text", ["question: a\nquestion: b\nanswer: c", "question: a\nand more\nanswer: c", "prose"])
def test_what_cannot_be_told_apart_is_no_example(text: str):
    assert examples_in(text, {}) == []


def test_documents_that_are_no_examples_are_counted(
    file: Path, tmp_path: Path, embedder: SentenceTransformerEmbeddings, caplog: pytest.LogCaptureFixture
):
    (tmp_path / "prose.txt").write_text("A card is a piece of plastic that has a number.")
    index = Index(tmp_path / "index", embedder=embedder)
    index.sync(file, tmp_path / "prose.txt")
    pool = index.examples()
    with caplog.at_level(logging.WARNING):
        assert len(pool.whole().examples) == len(ROWS)
    assert pool.passed_over == 1
    assert "documents that are no examples, passed over: 1" in caplog.text
    assert len(select(pool, "What is a card?", 5, "similarity")) == 5


def test_an_index_without_examples_says_what_one_is(tmp_path: Path, embedder: SentenceTransformerEmbeddings):
    (tmp_path / "prose.txt").write_text("Only prose.")
    index = Index(tmp_path / "index", embedder=embedder)
    index.sync(tmp_path / "prose.txt")
    for selector in SELECTORS:
        with pytest.raises(ConfigError, match="holds no examples: index rows that say what is wanted"):
            select(index.examples(), "text", 2, selector)
    with pytest.raises(IndexMissing):
        select(Index(tmp_path / "nowhere", embedder=embedder).examples(), "text", 2)


def test_examples_of_several_indexes(index: Index, tmp_path: Path, embedder: SentenceTransformerEmbeddings):
    rows = tmp_path / "more.jsonl"
    rows.write_text('{"text": "The app does not start", "label": "app"}\n')
    more = Index(tmp_path / "index", embedder=embedder)
    more.sync(rows)
    both = Indexes(index.folder, more.folder, embedder=embedder).examples()
    assert len(both.whole().examples) == len(ROWS) + 1
    assert select(both, "My app does not start", 1)[0].question == "The app does not start"


def test_pipelines_name_an_index_beside_them_or_in_the_working_folder(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "topics").symlink_to(index.folder)
    path = tmp_path / "topic.yaml"
    path.write_text("task: classify\ndescription: topics\nexamples: topics\n")
    assert build(load(path)).chain.invoke("where is my card?").label == "card"
    monkeypatch.chdir(tmp_path)
    few_shot = load("few_shot", {"examples": "topics"})
    assert "4 of topics by similarity" in build(few_shot).picture()
    assert load("classify", {"examples": "topics"}).spec.task == "classify"


def test_a_folder_in_place_of_a_file_of_examples_is_told(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"is a folder: give a JSONL or CSV file of examples, or ragkit\.Index"):
        chains.few_shot(tmp_path, "scripted:x")
