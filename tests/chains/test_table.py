"""Questions over sheets: queries by words and by a generator, worked out on the cells, the rows quoted."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.documents import Document

from ragkit.chains import TableAnswer, table
from ragkit.chains.results import result_json, result_text
from ragkit.chains.table.chain import query_problems
from ragkit.chains.table.prompt import as_query, query_schema
from ragkit.chains.table.query import Condition, Query, run
from ragkit.chains.table.words import query_by_words
from ragkit.core.errors import ConfigError
from ragkit.pipelines import build, load
from ragkit.testing import ScriptedChat
from ragkit.text.amounts import number
from ragkit.text.tables import tables

DOCUMENTS = Path(__file__).parents[2] / "corpora" / "handbook" / "documents"
PRICES = DOCUMENTS / "money" / "charter-price-list-2026.xlsx"
STAFF = DOCUMENTS / "governance" / "staff-directory.csv"
CATCHES = """Boat,Region,Year,Catch,Price
Fulmar,North,2023,12.5,"$1,200"
Gannet,South,2023,8,$900
Fulmar,North,2024,14,"$1,500"
Gannet,South,2024,,($50)
Petrel,East,2024,3,n/a
"""


@pytest.fixture
def catches(tmp_path: Path) -> Path:
    path = tmp_path / "t.csv"
    path.write_text(CATCHES, "utf-8")
    return path


def by_words(path: Path, question: str) -> TableAnswer:
    return table(path, mode="words").invoke(question)


@pytest.mark.parametrize(
    ("question", "text", "query"),
    [
        ("What is the total catch of Fulmar?", "26.5", "sum of Catch, in t, where Boat = Fulmar"),
        ("How many rows are there in the South?", "2", "count, in t, where Region = South"),
        ("What was the catch of Gannet in 2023?", "8", "Catch, in t, where Boat = Gannet and Year = 2023"),
        ("Which boat had the largest catch?", "Fulmar | 14", "Boat, Catch, in t, by falling Catch, the first"),
        ("Which boat had the smallest catch?", "Petrel | 3", "Boat, Catch, in t, by rising Catch, the first"),
        (
            "What is the average catch per region?",
            "North | 13.25\nSouth | 8\nEast | 3",
            "average of Catch, in t, for each Region",
        ),
        (
            "Which region has the highest total catch?",
            "North | 26.5",
            "sum of Catch, in t, for each Region, by falling aggregate, the first",
        ),
        (
            "Which boats had a catch of more than 10?",
            "Fulmar | 12.5\nFulmar | 14",
            "Boat, Catch, in t, where Catch > 10",
        ),
        ("How many boats are there?", "3", "distinct of Boat, in t"),
        ("How many different years are there?", "2", "distinct of Year, in t"),
        ("Top 2 boats by catch", "Fulmar | 14\nFulmar | 12.5", "Boat, Catch, in t, by falling Catch, the first 2"),
        ("What was the lowest price?", "Gannet | ($50)", "Boat, Price, in t, by rising Price, the first"),
    ],
)
def test_questions_are_answered_by_their_words(catches: Path, question: str, text: str, query: str):
    answer = by_words(catches, question)
    assert (answer.text, answer.query) == (text, query)
    assert not answer.abstained


SALES = """Date,Region,Units
2024-01-05,North,10
2024-02-14,East,-2
2024-03-01,South,7
2023-03-09,North,20
"""


@pytest.mark.parametrize(
    ("question", "text", "query"),
    [
        (
            "Which regions had units before 2024?",
            "2023-03-09 | North | 20",
            "Date, Region, Units, in s, where Date < 2024",
        ),
        ("How many units were sold in the North?", "30", "sum of Units, in s, where Region = North"),
        ("How many sales were there in March?", "2", "count, in s, where Date contains -03-"),
        ("How many sales were there in March 2024?", "1", "count, in s, where Date contains 2024-03-"),
        ("What was the total of units in 2023?", "20", "sum of Units, in s, where Date contains 2023-"),
        ("Units after 2024-02-10?", "2024-02-14 | -2\n2024-03-01 | 7", "Date, Units, in s, where Date > 2024-02-10"),
        ("What were the units on 2024-01-05?", "10", "Units, in s, where Date = 2024-01-05"),
    ],
)
def test_dates_and_what_is_counted(tmp_path: Path, question: str, text: str, query: str):
    path = tmp_path / "s.csv"
    path.write_text(SALES, "utf-8")
    answer = by_words(path, question)
    assert (answer.text, answer.query) == (text, query)


ORDERS = """Order ID,Date,Region,Product,Units,Profit
1001,2024-02-03,North,Desk Lamp,4,-12.40
1002,2024-03-10,South,Chair,7,n/a
1003,2024-03-20,North,Desk Lamp,2,15
1004,2024-12-26,East,Chair,9,-60.75
Total,,,,22,-58.15
"""


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How many orders are there?", "4"),
        ("How many orders have fewer than 5 units?", "2"),
        ("What is the total of units?", "22"),
        ("What is the average number of units?", "5.5"),
        ("Which product has the highest profit?", "Desk Lamp | 15"),
        ("Which order had the lowest profit?", "1004 | -60.75"),
        ("Orders with a profit below -20?", "1004 | -60.75"),
        ("How many units before March 2024?", "4"),
        ("How many units after March 2024?", "9"),
        ("How many units after 24 December 2024?", "9"),
        ("What is the average profit by region?", "North | 1.3\nEast | -60.75"),
    ],
)
def test_identifiers_totals_and_missing_numbers_are_no_amounts(tmp_path: Path, question: str, text: str):
    path = tmp_path / "orders.csv"
    path.write_text(ORDERS, "utf-8")
    assert by_words(path, question).text == text
    assert "1 row of totals left out" in by_words(path, "What is the total of units?").reason


@pytest.mark.parametrize(
    "question",
    [
        "How many units were sold in the North or South?",
        "How many lamps were sold in the North?",
        "Who sold Chairs or Lamps?",
    ],
)
def test_conditions_are_not_lost(tmp_path: Path, question: str):
    path = tmp_path / "orders.csv"
    path.write_text(ORDERS, "utf-8")
    assert by_words(path, question).abstained


def test_a_column_that_is_named_whole_stands_before_those_named_in_part(tmp_path: Path):
    path = tmp_path / "domes.csv"
    path.write_text("Day,Dome A,Dome B\nMo,3,30\nTu,1,50\nWe,9,10\n", "utf-8")
    assert by_words(path, "What is the average of Dome B?").text == "30"
    assert by_words(path, "Which day had the lowest Dome A?").text == "Tu | 1"


def test_rows_are_quoted_verbatim_with_their_cells(catches: Path):
    answer = by_words(catches, "What was the catch of Gannet in 2023?")
    cited = answer.citations[0]
    assert cited.quote == "| Gannet | South | 2023 | 8 | $900 |"
    assert cited.place["cells"] == "A3:E3"
    assert answer.rows == 1
    largest = by_words(catches, "Which boat had the largest catch?").citations
    assert [each.place["cells"] for each in largest] == ["A4:E4"]


def test_cells_that_hold_no_number_are_told(catches: Path):
    answer = by_words(catches, "What is the total catch?")
    assert answer.text == "37.5"
    assert answer.reason == "1 cell without a number left out"


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("How many rows has Albatross?", "nothing in t is called Albatross"),
        ("Who sings best?", "do not say which rows or column"),
        ("What share of the catch is from the North?", "asks for what no query works out: share"),
        ("What is the total catch of Fulmar and Gannet?", "do not say which rows or column"),
        ("What was the second highest catch?", "no query works out: second"),
        ("Which boat did not fish in the North?", "no query works out: not"),
        ("Which captain earns the most?", "do not say which rows or column"),
        ("How many captains sing?", "do not say which rows or column"),
        ("Which boat is the best?", "do not say which rows or column"),
        ("  ", "the question is empty"),
        ("What was the catch of Petrel in 2023?", "no row meets the conditions"),
    ],
)
def test_what_the_sheets_do_not_say_is_refused(catches: Path, question: str, reason: str):
    answer = by_words(catches, question)
    assert answer.abstained
    assert reason in answer.reason
    assert not answer.values


def test_words_that_had_no_part_are_told(catches: Path):
    assert "not used: captain" in by_words(catches, "Who is the captain of Petrel?").reason


def test_the_sheet_that_fits_is_found():
    chain = table([STAFF, PRICES], mode="words")
    assert {each.table.name for each in chain.sheets()} >= {"staff-directory", "Ships", "Equipment"}
    assert chain.invoke("What is the deposit of the glider?").text == "12000"
    assert chain.invoke("What is the extension of Mairi Gunn?").text == "4321"
    ships = chain.invoke("What does a day of the Fulmar Bank of 12 hours cost commercially?")
    assert ships.text == "5150"
    assert ships.citations[0].place["sheet"] == "Ships"


RIGHT: dict[str, Any] = {
    "table": "t", "where": [{"column": "Boat", "operator": "=", "value": "fulmar"}], "aggregate": "maximum",
    "column": "Catch", "group_by": "", "order_by": "", "descending": False, "limit": 0, "show": [],
}  # fmt: skip
ASKED = "What did Fulmar bring in?"


def with_model(path: Path, *replies: str, **options: Any) -> tuple[TableAnswer, ScriptedChat]:
    chat = ScriptedChat(replies=list(replies))
    return table(path, chat, mode="model", **options).invoke(ASKED), chat


def test_a_generator_says_what_to_look_up_and_the_cells_answer(catches: Path):
    answer, chat = with_model(catches, f"```json\n{json.dumps(RIGHT)}\n```")
    assert (answer.text, answer.tries, answer.problems) == ("14", 1, ())
    assert answer.citations[0].quote == "| Fulmar | North | 2024 | 14 | $1,500 |"
    assert "Price (number: $1,200, $900, $1,500, ($50), ...)" in str(chat.asked[0][-1].text)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"column": "Weight"}, "has no column 'Weight'"),
        ({"column": "Region"}, "holds no numbers"),
        ({"column": ""}, "of which column the maximum is wanted"),
        ({"table": "crews"}, "there is no table 'crews'"),
        ({"where": []}, "the question names 'Fulmar', a value of Boat"),
        (
            {"where": [{"column": "Boat", "operator": "=", "value": "Fulmars"}]},
            "no Boat is 'Fulmars'; there are Fulmar",
        ),
    ],
)
def test_what_is_wrong_with_a_query_is_told_and_asked_for_again(catches: Path, change: dict[str, Any], told: str):
    answer, chat = with_model(catches, json.dumps({**RIGHT, **change}), json.dumps(RIGHT))
    assert (answer.text, answer.tries) == ("14", 2)
    assert told in str(chat.asked[1][-1].text)


def test_a_reply_that_is_no_query_gives_way_to_the_words(catches: Path):
    answer, chat = with_model(catches, "I think 14.", tries=2)
    assert len(chat.asked) == 2
    assert answer.reason.startswith("by the question's words: the model made no query that fits")
    assert answer.citations
    refused = table(catches, ScriptedChat(replies=["no"]), mode="model", tries=1).invoke("Who sings?")
    assert refused.abstained
    assert refused.problems


def test_auto_asks_the_generator_only_where_words_are_left_over(catches: Path):
    chat = ScriptedChat(replies=[json.dumps({**RIGHT, "aggregate": "sum"})])
    chain = table(catches, chat)
    assert chain.invoke("What is the total catch of Fulmar?").text == "26.5"
    assert not chat.asked
    assert chain.invoke("What did Fulmar bring in altogether?").text == "26.5"
    assert len(chat.asked) == 1


def test_every_way_to_call_it_gives_the_same(catches: Path):
    chain = table(catches, mode="words")

    def bare(answer: TableAnswer) -> tuple[Any, ...]:
        return answer.text, answer.values, answer.citations, answer.query

    asked = "What is the total catch of Fulmar?"
    whole = bare(chain.invoke(asked))
    assert [bare(each) for each in chain.stream(asked)] == [whole]
    assert [bare(each) for each in chain.batch([asked, asked])] == [whole, whole]

    async def others() -> list[TableAnswer]:
        return [
            await chain.ainvoke(asked),
            *[each async for each in chain.astream(asked)],
            *await chain.abatch([asked]),
        ]

    assert [bare(each) for each in asyncio.run(others())] == [whole] * 3


def test_the_small_model_is_held_to_tables_and_columns(catches: Path):
    chain = build(load("table", {"files": str(catches), "mode": "model", "tries": "1"})).chain
    answer = chain.invoke("What is the total catch of Fulmar?")
    assert answer.model == "llamacpp:SmolLM2-135M-Instruct-Q4_1"
    assert answer.tries == 1
    assert all("has no column" not in each and "there is no table" not in each for each in answer.problems)
    told = result_json(answer)
    json.dumps(told)
    assert set(told) >= {"text", "columns", "values", "query", "rows", "citations", "problems", "tries"}
    assert result_text(answer)


def test_the_pipeline_names_files_from_the_working_folder(catches: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(catches.parent)
    built = build(load("table", {"files": "t.csv"}))
    assert result_text(built.chain.invoke("What is the total catch of Fulmar?")).startswith(
        "26.5\n(sum of Catch, in t, where Boat = Fulmar; 2 rows)\n\n[1] | Fulmar | North | 2023 | 12.5 |"
    )
    unnamed = build(load("table"))
    assert "files that are still to be named" in unnamed.picture()
    with pytest.raises(ConfigError, match="no file with a table is named"):
        unnamed.chain.invoke("What is the total catch?")


def test_wrong_options_and_files_are_told(catches: Path, tmp_path: Path):
    with pytest.raises(ConfigError, match="unknown mode"):
        table(catches, mode="guess")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="one try"):
        table(catches, tries=0)
    with pytest.raises(ConfigError, match="there is no file"):
        by_words(tmp_path / "gone.csv", "x?")
    with pytest.raises(ConfigError, match="hold no table"):
        table([Document("No table here.")], mode="words").invoke("x?")


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("12.5", 12.5), ("1,234", 1234), ("1.234,5", 1234.5), ("$1,200.50", 1200.5), ("(50)", -50), ("($50)", -50),
        ("-3", -3), ("−3", -3), ("45 %", 45), ("3 kg", 3), ("€ 7", 7), ("2024", 2024), ("Room 3", None), ("", None),
        ("n/a", None), ("3 of 4", None), ("2024-05-01", None), ("1,2,3", None),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(cell: str, value: float | None):
    assert number(cell) == value


def test_tables_are_found_below_their_headings():
    text = "# A\n\n| x | x |  |\n| --- | --- | --- |\n| 1 | a \\| b | c |\n| 2 |\n\ntext\n\n| y |\n| --- |\n| 3 |\n"
    first, second = tables(text)
    assert (first.name, first.columns) == ("A", ("x", "x (2)", "column 3"))
    assert [row.cells for row in first.rows] == [("1", "a | b", "c"), ("2", "", "")]
    assert text[first.rows[0].start : first.rows[0].end] == "| 1 | a \\| b | c |"
    assert second.name == "A (2)"
    assert tables("| not | a table |") == []


def test_the_schema_knows_only_what_is_there():
    found = tables("# A\n| x | y |\n| --- | --- |\n| 1 | 2 |\n")
    schema = query_schema(found)
    assert schema["properties"]["table"]["enum"] == ["A"]
    assert schema["properties"]["column"]["enum"] == ["", "x", "y"]
    with pytest.raises(ValueError, match="no query"):
        as_query({"where": [{"column": "x"}]})


ROWS = st.lists(st.tuples(st.sampled_from(["a", "b", ""]), st.integers(-99, 99)), min_size=1, max_size=12)


@settings(max_examples=50, deadline=None)
@given(ROWS)
def test_groups_add_up_to_the_whole(rows: list[tuple[str, int]]):
    text = "| k | v |\n| --- | --- |\n" + "\n".join(f"| {k} | {v} |" for k, v in rows)
    found = tables(text, "t")[0]
    groups = run(found, Query("t", aggregate="sum", column="v", group_by="k"))
    named = sum(v for k, v in rows if k)
    assert sum(float(value) for _, value in groups.values) == named
    most = run(found, Query("t", aggregate="maximum", column="v")).values[0][0]
    first = run(found, Query("t", order_by="v", descending=True, limit=1)).values[0][1]
    assert number(str(first)) == most


def test_a_query_that_leaves_nothing_is_told():
    found = tables("| k | v |\n| --- | --- |\n| a | 1 |\n| b | 2 |\n", "t")[0]
    where = (Condition("k", "=", "a"), Condition("v", ">", "1"))
    assert query_problems(found, Query("t", where=where), "x") == ["no row meets these conditions together"]
    assert query_by_words(found, "hello there") is None


GERMAN = """| Stadt | Einwohner | Anteil |
| --- | --- | --- |
| Köln | 1.250.000 | 12,5 |
| Mainz | 87.500 | 1,250 |
| Worms | 950 | 3 |"""


def test_marks_of_a_column_are_read_alike():
    (table,) = tables(GERMAN)
    read = table.reads("Einwohner")
    assert [read(cell) for cell in table.values("Einwohner")] == [1_250_000, 87_500, 950]
    read = table.reads("Anteil")  # the other column says which mark is which, as does 12,5
    assert [read(cell) for cell in table.values("Anteil")] == [12.5, 1.25, 3]
    total = run(table, Query(table.name, aggregate="sum", column="Einwohner"))
    assert total.values == ((1_338_450.0,),)
    for condition, towns in (
        (Condition("Einwohner", "=", "87.500"), ["Mainz"]),
        (Condition("Einwohner", ">", "87.000"), ["Köln", "Mainz"]),
        (Condition("Einwohner", "<", "1,000"), ["Worms"]),
        (Condition("Anteil", "=", "1,250"), ["Mainz"]),
        (Condition("Anteil", "!=", "1,250"), ["Köln", "Worms"]),
    ):
        assert [row.cells[0] for row in run(table, Query(table.name, where=(condition,))).rows] == towns
    ordered = run(table, Query(table.name, order_by="Einwohner"))
    assert [row.cells[0] for row in ordered.rows] == ["Worms", "Mainz", "Köln"]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1,250", "2,500"], [1250, 2500]),
        (["1.250", "2.500"], [1.25, 2.5]),  # nothing tells
        (["1.250", "0.5"], [1.25, 0.5]),
        (["1,250", "0,5"], [1.25, 0.5]),
        (["1,250", "1,250.75"], [1250, 1250.75]),
        (["1,250.75", "1.250,75"], [1250.75, 1250.75]),  # each tells something else
    ],
)
def test_which_mark_is_before_decimals(cells: list[str], values: list[float]):
    (table,) = tables("| n |\n| --- |\n" + "\n".join(f"| {cell} |" for cell in cells))
    read = table.reads("n")
    assert [read(cell) for cell in cells] == values


ORDER_BOOK = """Order,Customer,Date,Amount
A-17,Lund,2024-03-02,120
A-18,Berg,2024-01-15,80
A-19,Lund,2024-06-30,300
A-20,Dahl,2024-05-11,45
"""


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("What was the first order?", "A-18 | 2024-01-15"),
        ("Which is the latest order?", "A-19 | 2024-06-30"),  # not the dearest
        ("What is the earliest date?", "A-18 | 2024-01-15"),
        ("What is the first order of Lund?", "A-17 | 2024-03-02"),
        ("Who made the most recent order?", "A-19 | Lund | 2024-06-30"),
        ("What were the last two orders?", "A-19 | 2024-06-30\nA-20 | 2024-05-11"),
        ("What is the newest order's amount?", "A-19 | 300 | 2024-06-30"),
    ],
)
def test_first_and_last_are_those_in_time(tmp_path: Path, question: str, text: str):
    (tmp_path / "orders.csv").write_text(ORDER_BOOK)
    assert table(tmp_path / "orders.csv", mode="words").invoke(question).text == text


@pytest.mark.parametrize(
    "question",
    [
        "Show the first two rows",
        "How much was the total of the last two orders?",
        "What was ordered last year?",
        "What was the first order of each customer?",
    ],
)
def test_first_and_last_of_what_is_not_clear_is_refused(tmp_path: Path, question: str):
    (tmp_path / "orders.csv").write_text(ORDER_BOOK)
    assert table(tmp_path / "orders.csv", mode="words").invoke(question).abstained


def test_columns_called_first_and_last_are_no_order(tmp_path: Path):
    (tmp_path / "people.csv").write_text("First name,Last name,Since\nAda,Berg,2020-01-01\nBo,Dahl,2021-01-01\n")
    assert table(tmp_path / "people.csv", mode="words").invoke("What is the last name of Ada?").text == "Berg"


def test_years_order_what_has_no_dates(tmp_path: Path):
    (tmp_path / "books.csv").write_text("Title,Year,Pages\nWind,1999,120\nTide,2005,80\nSalt,2001,300\n")
    assert table(tmp_path / "books.csv", mode="words").invoke("Which is the latest title?").text == "Tide | 2005"


def test_what_ties_with_the_last_one_shown_is_counted(tmp_path: Path):
    (tmp_path / "boats.csv").write_text("Boat,Length,Port\nA,12,Oban\nB,12,Tarbert\nC,9,Oban\nD,12,Oban\n")
    chain = table(tmp_path / "boats.csv", mode="words")
    assert chain.invoke("Which boat has the highest length?").reason == "2 more have the same Length, and are not shown"
    assert chain.invoke("Which boat has the lowest length?").reason == ""
    assert chain.invoke("Which port has the most boats?").text == "Oban | 3"
    assert chain.invoke("Which port has the fewest boats?").abstained
