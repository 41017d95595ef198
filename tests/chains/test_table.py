"""Questions over sheets: SQL by words and by a generator, held to the question, the rows and cells quoted."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from langchain_core.documents import Document

from ragkit.chains import TableAnswer, table
from ragkit.chains.results import result_json, result_text
from ragkit.core.errors import ConfigError
from ragkit.pipelines import build, load
from ragkit.testing import ScriptedChat

DOCUMENTS = Path(__file__).parents[2] / "corpora" / "handbook" / "documents"
PRICES = DOCUMENTS / "money" / "charter-price-list-2026.xlsx"
STAFF = DOCUMENTS / "governance" / "staff-directory.csv"
REGISTER = DOCUMENTS / "ships" / "equipment-register.csv"
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
    ("question", "text"),
    [
        ("What is the total catch of Fulmar?", "Sum of Catch where Boat is Fulmar: 26.5"),
        ("How many rows are there in the South?", "Number of rows where Region is South: 2"),
        ("What was the catch of Gannet in 2023?", "Catch where Year is 2023 and Boat is Gannet: 8"),
        ("Which boat had the largest catch?", "Fulmar: 14"),
        ("Which boat had the smallest catch?", "Petrel: 3"),
        ("What is the average catch per region?", "North: 13.25\nSouth: 8\nEast: 3"),
        ("Which region has the highest total catch?", "North: 26.5"),
        ("Which boats had a catch of more than 10?", "Fulmar: 12.5\nFulmar: 14"),
        ("How many boats are there?", "Number of different Boat: 3"),
        ("How many different years are there?", "Number of different Year: 2"),
        ("Top 2 boats by catch", "Fulmar: 14\nFulmar: 12.5"),
        ("What was the lowest price?", "Gannet: ($50)"),
        ("What is the total price in the North?", "Sum of Price where Region is North: $2,700"),
        ("What share of the catch is from the North?", "Result: 70.67 %"),
        ("What is the total catch of Fulmar and Gannet?", "Sum of Catch where Boat is one of Fulmar, Gannet: 34.5"),
    ],
)
def test_questions_are_answered_by_their_words(catches: Path, question: str, text: str):
    answer = by_words(catches, question)
    assert (answer.abstained, answer.text) == (False, text)


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("How many rows has Albatross?", "nothing in the tables is called Albatross"),
        ("Who sings best?", "no table has a word of the question"),
        ("What was the median catch of Fulmar?", "does not work out that figure"),
        ("What was the catch of Fulmar last year?", "does not know that day"),
        ("Which boat did not fish in the North?", "does not say what is not to be"),
        ("What was the catch of Fulmar in 2021?", "no row meets the conditions"),
        ("What was the catch of Petrel in 2023?", "no row meets the conditions"),
        ("Which captain had the largest catch?", "'captain' was not understood"),
        ("What is the average catch of blue boats?", "'blue' was not understood"),
        ("  ", "the question is empty"),
    ],
)
def test_what_the_words_do_not_reach_is_refused_with_a_reason(catches: Path, question: str, reason: str):
    answer = by_words(catches, question)
    assert answer.abstained
    assert reason in answer.reason
    assert not answer.values


HOUSES = """Address,Town,Price,Bedrooms,Garden,Heating,Sold,Energy class
1 Quay St,Aldmouth,250000,3,yes,gas,no,B
2 Quay St,Aldmouth,310000,4,no,oil,yes,C
5 Mill Rd,Thorne,180000,2,yes,gas,yes,D
9 Mill Rd,Thorne,420000,5,yes,none,no,A
3 Hill Ln,Bresk,275000,3,no,gas,yes,B
7 Hill Ln,Bresk,199000,2,,oil,no,E
"""
TICKETS = """Ticket,Customer,Opened,Closed,Hours,Priority,Agent
T-1,Acme,2024-01-03,2024-01-05,5,High,Ana
T-2,Acme,2024-01-10,,2,Low,Ben
T-3,Borg,2024-02-01,2024-02-02,8,High,Ana
T-4,Cato,2024-02-11,2024-02-20,1,Low,Cy
T-5,Borg,2024-03-09,,3,Medium,Ben
"""
BOATS = """Boat,Home port,Built,Crew,Catch (t),Owner,Inspected
Alma,Reyk,1998,5,120.5,Hansen,2024-03-02
Bryn,Tarn,2004,7,310,Olsen,2024-05-11
Cora,Reyk,1987,4,88,Hansen,2023-11-20
Dagny,Vik,2015,9,512.5,Berg,2024-01-15
Elin,Tarn,1998,6,240,Olsen,2024-06-30
Freja,Vik,2011,8,405,Berg,2023-12-01
Gro,Reyk,2020,5,150,Lund,2024-02-14
Hild,Tarn,1979,3,60,Hansen,2022-08-09
"""
FILES = {"houses": HOUSES, "tickets": TICKETS, "boats": BOATS}
CASES = [
    ("houses", "What is the average price of sold houses?", 255000.0),
    ("houses", "What is the total price of unsold houses?", 869000.0),
    ("houses", "What is the highest price of a sold house?", 310000.0),
    ("houses", "How many bedrooms do the sold houses have in total?", 9.0),
    ("houses", "How many houses have no heating?", 1.0),
    ("houses", "How many houses have no price?", 0.0),
    ("houses", "What is the price of the cheapest unsold house?", 199000.0),
    ("houses", "How many houses are sold?", 3.0),
    ("houses", "What is the average price of detached houses?", None),
    ("tickets", "How many tickets were closed in January 2024?", 1.0),
    ("tickets", "How many tickets were closed in March 2024?", 0.0),
    ("tickets", "How many tickets closed before 2024-02-05?", 2.0),
    ("boats", "How many boats were built after 2000?", 4.0),
    ("boats", "How many boats were built before 1990?", 2.0),
    ("boats", "How many boats were built in 1998?", 2.0),
    ("boats", "How many people work on the Bryn?", 7.0),
]


@pytest.mark.parametrize(("name", "question", "value"), CASES)
def test_no_restriction_is_dropped(tmp_path: Path, name: str, question: str, value: float | None):
    (tmp_path / f"{name}.csv").write_text(FILES[name], "utf-8")
    answer = by_words(tmp_path / f"{name}.csv", question)
    assert answer.abstained or value in answer.values[0]


def test_columns_of_yes_and_no_and_years_restrict(tmp_path: Path):
    for name, text in FILES.items():
        (tmp_path / f"{name}.csv").write_text(text, "utf-8")
    sold = by_words(tmp_path / "houses.csv", "What is the average price of sold houses?")
    assert sold.text == "Average of Price where Sold: 255,000"
    built = by_words(tmp_path / "boats.csv", "How many boats were built after 2000?")
    assert built.text == "Number of rows where Built is above 2000: 4"


ORDERS = """Order ID,Date,Region,Product,Units,Profit
1001,2024-02-03,North,Desk Lamp,4,-12.40
1002,2024-03-10,South,Chair,7,n/a
1003,2024-03-20,North,Desk Lamp,2,15
1004,2024-12-26,East,Chair,9,-60.75
Total,,,,22,-58.15
"""


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("How many orders are there?", 4),
        ("How many orders have fewer than 5 units?", 2),
        ("What is the total of units?", 22),
        ("What is the average number of units?", 5.5),
        ("Which product has the highest profit?", "Desk Lamp"),
        ("How many units before March 2024?", 4),
        ("How many units after March 2024?", 9),
        ("How many units after 24 December 2024?", 9),
        ("How many orders were there in March 2024?", 2),
    ],
)
def test_identifiers_totals_and_missing_numbers_are_no_amounts(tmp_path: Path, question: str, value: Any):
    path = tmp_path / "orders.csv"
    path.write_text(ORDERS, "utf-8")
    assert value in by_words(path, question).values[0]
    assert "1 row of totals left out" in by_words(path, "What is the total of units?").reason
    assert "1 cell without a number left out" in by_words(path, "What is the average profit?").reason


def test_rows_are_quoted_verbatim_with_their_cells(catches: Path):
    answer = by_words(catches, "What was the catch of Gannet in 2023?")
    cited = answer.citations[0]
    assert cited.quote == "| Gannet | South | 2023 | 8 | $900 |"
    assert cited.place["cells"] == "A3:E3"
    assert {(each.cell, each.column, each.text) for each in answer.cells} == {
        ("A3", "Boat", "Gannet"), ("C3", "Year", "2023"), ("D3", "Catch", "8"),
    }  # fmt: skip
    assert answer.rows == 1
    largest = by_words(catches, "Which boat had the largest catch?").citations
    assert [each.place["cells"] for each in largest] == ["A4:E4"]


def test_what_ties_with_the_last_one_shown_is_shown_as_well(tmp_path: Path):
    (tmp_path / "boats.csv").write_text("Boat,Length,Port\nA,12,Oban\nB,12,Tarbert\nC,9,Oban\nD,12,Oban\n")
    assert by_words(tmp_path / "boats.csv", "Which boat has the highest length?").text == "A: 12\nB: 12\nD: 12"
    chat = ScriptedChat(replies=["SELECT boat FROM t1 ORDER BY length DESC LIMIT 1"])
    answer = table(tmp_path / "boats.csv", chat, mode="model").invoke("Which boat is the longest?")
    assert answer.text == "A\nB\nD"


def test_the_sheet_that_fits_is_found():
    chain = table([STAFF, PRICES], mode="words")
    assert {each.title for each in chain.sheets()} >= {"staff-directory", "Ships", "Equipment"}
    assert chain.invoke("What is the deposit of the glider?").values == ((12000.0,),)
    assert chain.invoke("What is the extension of Mairi Gunn?").values == ((4321.0,),)
    ships = chain.invoke("What does a day of the Fulmar Bank of 12 hours cost commercially?")
    assert ships.values == ((5150.0,),)
    assert ships.citations[0].place["sheet"] == "Ships"


ASKED = "What was the largest catch that Fulmar landed?"
RIGHT = "SELECT max(catch) FROM t1 WHERE boat = 'fulmar'"


def with_model(path: Path, *replies: str, **options: Any) -> tuple[TableAnswer, ScriptedChat]:
    chat = ScriptedChat(replies=list(replies))
    return table(path, chat, mode="model", **options).invoke(ASKED), chat


def test_a_generator_writes_the_sql_and_the_cells_answer(catches: Path):
    answer, chat = with_model(catches, f"```sql\n{RIGHT};\n```")
    assert (answer.text, answer.tries, answer.problems) == ("Highest Catch where Boat is fulmar: 14", 1, ())
    assert answer.citations[0].quote == "| Fulmar | North | 2024 | 14 | $1,500 |"
    assert "- price number 'Price', $: 1200, 900, 1500, ..." in str(chat.asked[0][-1].text)


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT max(catch), max(weight) FROM t1 WHERE boat = 'Fulmar'", 'column "weight" not found'),
        ("SELECT max(catch) FROM crews", "there is no table crews: there are t1"),
        ("SELECT max(catch) FROM t1", "the question names 'Fulmar', a value of boat"),
        ("SELECT max(catch) FROM t1 WHERE boat = 'Albatross'", "no cell is"),
        ("SELECT max(catch) FROM t1 WHERE boat = 'Fulmar' AND year = 1999", "no row meets the conditions"),
        ("SELECT catch FROM t1 WHERE boat = 'Fulmar'", "does not look for the most"),
        ("DROP TABLE t1", "Only SELECT"),
        ("SELECT 1; SELECT 2", "write one SELECT"),
        ("I think 14.", "syntax error"),
        ("SELECT max(price) FROM t1 WHERE boat = 'Fulmar'", "the question does not ask for price"),
        ("SELECT max(catch) FROM t1 WHERE boat = 'Fulmar' AND region = 'North'", "the question does not say 'North'"),
        ("SELECT NULL", "the tables do not hold"),
    ],
)
def test_what_is_wrong_with_a_statement_is_told_and_asked_for_again(catches: Path, sql: str, told: str):
    answer, chat = with_model(catches, sql, RIGHT)
    assert (answer.values, answer.tries) == (((14.0,),), 2)
    assert told.casefold() in str(chat.asked[1][-1].text).casefold()


def test_after_the_last_try_it_is_a_refusal(catches: Path):
    answer, chat = with_model(catches, "SELECT sum(catch) FROM t1", tries=2)
    assert len(chat.asked) == 2
    assert answer.abstained
    assert any("Fulmar" in each for each in answer.problems)


def test_auto_asks_the_generator_only_where_words_do_not_suffice(catches: Path):
    chat = ScriptedChat(replies=["SELECT sum(catch) FROM t1 WHERE boat = 'Fulmar'"])
    chain = table(catches, chat)
    assert chain.invoke("What is the total catch of Fulmar?").values == ((26.5,),)
    assert not chat.asked
    assert chain.invoke("What catch did Fulmar land altogether?").values == ((26.5,),)
    assert len(chat.asked) == 1


def test_tables_are_joined(tmp_path: Path):
    sql = "SELECT t2.e_mail FROM t1 JOIN t2 ON t1.custodian = t2.name WHERE t1.asset = 'OS-0252'"
    chain = table([REGISTER, STAFF], ScriptedChat(replies=[sql]), mode="model")
    answer = chain.invoke("What is the e-mail of the custodian of asset OS-0252?")
    assert answer.values == (("ilse.brandt@orrinsound.example",),)
    assert {Path(each.source).name for each in answer.cells} == {REGISTER.name, STAFF.name}


def test_every_way_to_call_it_gives_the_same(catches: Path):
    chain = table(catches, mode="words")

    def bare(answer: TableAnswer) -> tuple[Any, ...]:
        return answer.text, answer.values, answer.citations, answer.sql

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


def test_the_small_model_answers_or_is_refused(catches: Path):
    chain = build(load("table", {"files": str(catches), "mode": "model", "tries": "1"})).chain
    answer = chain.invoke("What is the total catch of Fulmar?")
    assert answer.model == "llamacpp:SmolLM2-135M-Instruct-Q4_1"
    assert answer.tries == 1
    assert answer.abstained or "Fulmar" in answer.sql
    told = result_json(answer)
    json.dumps(told)
    assert set(told) >= {"text", "columns", "values", "sql", "cells", "rows", "citations", "problems", "tries"}
    assert result_text(answer)


def test_the_pipeline_names_files_from_the_working_folder(catches: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(catches.parent)
    built = build(load("table", {"files": "t.csv"}))
    told = result_text(built.chain.invoke("What is the total catch of Fulmar?"))
    assert told.startswith("Sum of Catch where Boat is Fulmar: 26.5\n\n[1] | Fulmar | North | 2023 | 12.5 |")
    assert "SELECT sum(catch) FROM t1 WHERE (boat = 'Fulmar')\n(2 rows)" in told
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
