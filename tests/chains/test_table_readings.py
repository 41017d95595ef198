"""How numbers, dates, totals and columns are read, where another reading would give a wrong answer."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from langchain_core.documents import Document

from ragkit.chains import TableAnswer, table
from ragkit.chains.table.sheets import Sheet, sheets_of
from ragkit.text.amounts import date, day_first, number, unit
from ragkit.text.tables import tables

SALES = """Date;Region;Rep;Units;Revenue (€);Margin;Paid
03.01.2024;North;Anna Köhler;12;1.548,00;32,5 %;yes
15.01.2024;South;Ben O'Neil;40;3.196,00;28 %;yes
02.02.2024;North;Anna Köhler;7;385,50;41,2 %;no
14.04.2024;East;Dan Wu;3;387,00;34 %;no
22.04.2024;South;Eva Lund;-11;2.739,00;29,5 %;yes
Total;;;51;8.255,50;;
"""
STAFF = """Name,Department,Role,Salary,Start date,City,Remote
Marta Silva,Engineering,Developer,"$72,000",2019-04-01,Lisbon,yes
John Smith,Sales,Manager,"$95,500",2016-09-15,Berlin,no
Lena Fischer,Sales,Manager,"$58,000",2021-01-10,Berlin,yes
"""
BUDGET = """Department,Planned,Spent,Share spent
Parks,300,310,103.3%
Roads,900,450,50%
Schools,800,760,95%
"""
BUSES = """Line,Operator,Passengers per day,Model
10,CityBus,5600,Model 3
2,CityBus,3100,Model S
12,Regio,,Model 3
"""
TANKS = """Tank,Volume,Temp,Change
A1,1.5 m³,-3 °C,+5%
A2,200 l,12 °C,-2%
"""
FLIGHTS = """Plate,Year,Km
AB-12,2015,120000
CD-34,2019,45000
"""
FILES = {"sales": SALES, "staff": STAFF, "budget": BUDGET, "buses": BUSES, "tanks": TANKS, "flights": FLIGHTS}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("sheets")
    for name, text in FILES.items():
        (made / f"{name}.csv").write_text(text, "utf-8")
    return made


def asked(folder: Path, name: str, question: str) -> TableAnswer:
    return table(folder / f"{name}.csv", mode="words").invoke(question)


@pytest.mark.parametrize(
    ("name", "question", "row"),
    [
        ("sales", "Total units after 15.01.2024", (-1.0,)),
        ("sales", "What was the last sale?", (dt.date(2024, 4, 22),)),
        ("sales", "What is the revenue by region?", ("North", 1933.5)),
        ("sales", "Which regions have a margin of 28%?", ("South", 28.0)),
        ("sales", "How many sales have a revenue between 380 and 1,600?", (3.0,)),
        ("staff", "How many remote staff are in Berlin?", (1.0,)),
        ("staff", "Who started after 1 March 2020?", ("Lena Fischer", dt.date(2021, 1, 10))),
        ("flights", "What is the year of AB-12?", (2015.0,)),
        ("flights", "Which plates are of a year before 2018?", ("AB-12", 2015.0)),
        ("budget", "Which departments have a share spent above 90%?", ("Parks", 103.3)),
        ("buses", "How many lines does CityBus have?", (2.0,)),
        ("buses", "Which line has the most passengers per day?", (10.0, 5600.0)),
        ("buses", "Total passengers per day by operator", ("CityBus", 8700.0)),
        ("tanks", "Which tank has the lowest temp?", ("A1", -3.0)),
    ],
)
def test_questions_are_read_as_people_mean_them(folder: Path, name: str, question: str, row: tuple[Any, ...]):
    answer = asked(folder, name, question)
    assert answer.abstained or answer.values[0][-len(row) :] == row or set(row) <= set(answer.values[0])


def test_most_of_them_are_answered(folder: Path):
    marks = test_questions_are_read_as_people_mean_them.pytestmark[0].args[1]
    answered = [not asked(folder, name, question).abstained for name, question, _ in marks]
    assert sum(answered) >= 0.75 * len(answered)


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("sales", "How many units per customer?"),  # there is no such column
        ("sales", "Total units for January and April"),
        ("staff", "Who is the oldest?"),  # of people, not of what they did
        ("staff", "Who earns less than Lena Fischer?"),  # compared with something that is no amount
        ("staff", "What is the weather in Berlin?"),
        ("budget", "How many departments are over budget?"),
        ("buses", "Which line runs Model X?"),
        ("tanks", "Which tank has the highest volume?"),  # litres and cubic metres
    ],
)
def test_what_is_not_clear_is_refused(folder: Path, name: str, question: str):
    assert asked(folder, name, question).abstained


@pytest.mark.parametrize(
    ("cell", "value"),
    [("$6k", 6000), ("1.8e4", 18_000), ("€2.5m", 2_500_000), ("3 m", 3), ("3 mio", 3e6), ("-3 °C", -3), ("2 m³", 2)],
)
def test_suffixes_and_exponents_count(cell: str, value: float):
    assert number(cell) == value


def test_units_are_told_apart():
    assert [unit(each) for each in ("5 kg", "5 kgs", "$6k", "7 %", "7", "x")] == ["kg", "kg", "$", "%", "", ""]


@pytest.mark.parametrize(
    ("cell", "first", "read"),
    [
        ("15.04.2024", None, "2024-04-15"),
        ("15/04/2024", None, "2024-04-15"),
        ("04/15/2024", None, "2024-04-15"),
        ("04/05/2024", True, "2024-05-04"),
        ("04/05/2024", False, "2024-04-05"),
        ("04/05/2024", None, ""),
        ("2024-04-15 10:00", None, "2024-04-15 10:00"),
        ("45.04.2024", None, ""),
        ("12.5", None, ""),
    ],
)
def test_dates_are_read_where_they_can_only_mean_one(cell: str, first: bool | None, read: str):
    assert date(cell, first) == read


def test_the_other_dates_tell_where_the_day_stands():
    assert day_first(["04/05/2024", "15/04/2024"]) is True
    assert day_first(["04/05/2024", "04/15/2024"]) is False
    assert day_first(["04/05/2024"]) is None
    assert day_first(["15/04/2024", "04/15/2024"]) is None


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


@pytest.mark.parametrize(
    ("row", "total"),
    [
        ("| Total | | 5 |", True),
        ("| Sub-total North | | 5 |", True),
        ("| North | Sum | 5 |", True),
        ("| *Total* | | 5 |", True),
        ("| Gesamt | | 5 |", True),
        ("| Total Sports FC | Oban | 5 |", False),
        ("| Average Joe | Oban | 5 |", False),
    ],
)
def test_rows_of_totals_are_told_from_others(row: str, total: bool):
    sheet = only(f"| Name | Town | Votes |\n| --- | --- | --- |\n| a | b | 1 |\n{row}")
    assert bool(sheet.totals) is total


def only(text: str) -> Sheet:
    (sheet,) = sheets_of([Document(text)])
    return sheet


def values(sheet: Sheet, name: str) -> list[Any]:
    column = sheet.column(name)
    assert column
    return list(column.values)


def test_tables_are_found_below_their_headings():
    text = "# A\n\n| x | x |  |\n| --- | --- | --- |\n| 1 | a \\| b | c |\n| 2 |\n\ntext\n\n| y |\n| --- |\n| 3 |\n"
    first, second = tables(text)
    assert (first.name, first.columns) == ("A", ("x", "x (2)", "column 3"))
    assert [row.cells for row in first.rows] == [("1", "a | b", "c"), ("2", "", "")]
    assert text[first.rows[0].start : first.rows[0].end] == "| 1 | a \\| b | c |"
    assert (second.name, second.caption) == ("A (2)", "text")
    assert tables("| not | a table |") == []


def test_columns_have_kinds_and_units_and_simple_names():
    sheet = only(
        "| Order no. | Weight (kg) | Price | Share | Paid | Due |  | Group |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- |\n"
        "| A-1 | 1,200 | € 7.50 | 31 % | yes | 2024-05-01 | x | g |\n"
        "| A-2 | 3 | € 1 | 2 % | no | 2024-06-01 | y | g |\n"
    )
    found = [(each.name, each.kind, each.unit) for each in sheet.columns]
    assert found == [
        ("order_no", "text", ""), ("weight_kg", "number", "kg"), ("price", "number", "€"), ("share", "number", "%"),
        ("paid", "boolean", ""), ("due", "date", ""), ("column_7", "text", ""), ("group_", "text", ""),
    ]  # fmt: skip
    assert values(sheet, "weight_kg") == [1200.0, 3.0]
    assert values(sheet, "paid") == [True, False]
    assert values(sheet, "due") == [dt.date(2024, 5, 1), dt.date(2024, 6, 1)]


def test_headers_of_two_lines_are_joined():
    sheet = only(
        "| Region | 2023 |  | 2024 |  |\n| --- | --- | --- | --- | --- |\n|  | Units | Sales | Units | Sales |\n"
        "| North | 1 | 2 | 3 | 4 |\n| South | 5 | 6 | 7 | 8 |\n"
    )
    assert [each.header for each in sheet.columns] == ["Region", "2023 Units", "2023 Sales", "2024 Units", "2024 Sales"]
    assert len(sheet.rows) == 2


def test_headers_that_a_span_was_lost_from_are_completed():
    sheet = only(
        "|  | Three Months Ended July 1 | June 25 | Nine Months Ended July 1 | June 25 |\n"
        "| --- | --- | --- | --- | --- |\n| iPad | 1 | 2 | 3 | 4 |\n"
    )
    assert [each.header for each in sheet.columns][2::2] == ["Three Months Ended June 25", "Nine Months Ended June 25"]
    assert sheet.columns[0].header == "item"


def test_rows_that_name_those_below_become_a_column_up_to_the_total():
    sheet = only(
        "|  | 2024 |\n| --- | --- |\n| Sales: |  |\n| Books | 5 |\n| Total sales | 5 |\n| Margin | 1 |\n"
        "| Costs: |  |\n| Paper | 2 |\n"
    )
    assert values(sheet, "section") == ["Sales", "Sales", None, "Costs"]
    assert values(sheet, "item") == ["Books", "Total sales", "Margin", "Paper"]
    assert sheet.totals == {1}


def test_a_first_row_of_figures_is_no_header():
    sheet = only("| Due after 1 year | $ 76,267 |\n| --- | --- |\n| Due after 5 years | 11,148 |\n")
    assert values(sheet, "column_2") == [76267.0, 11148.0]


GERMAN = """| Stadt | Einwohner | Anteil |
| --- | --- | --- |
| Köln | 1.250.000 | 12,5 |
| Mainz | 87.500 | 1,250 |
| Worms | 950 | 3 |"""


def test_marks_of_a_column_are_read_alike():
    sheet = only(GERMAN)
    assert values(sheet, "einwohner") == [1_250_000, 87_500, 950]
    assert values(sheet, "anteil") == [12.5, 1.25, 3]  # the other column says which mark is which, as does 12,5


@pytest.mark.parametrize(
    ("cells", "read"),
    [
        (["1,250", "2,500"], [1250, 2500]),
        (["1.250", "2.500"], [1.25, 2.5]),  # nothing tells
        (["1.250", "0.5"], [1.25, 0.5]),
        (["1,250", "0,5"], [1.25, 0.5]),
        (["1,250", "1,250.75"], [1250, 1250.75]),
        (["1,250.75", "1.250,75"], [1250.75, 1250.75]),  # each tells something else
    ],
)
def test_which_mark_is_before_decimals(cells: list[str], read: list[float]):
    rows = "\n".join(f"| a | {cell} |" for cell in cells)
    assert values(only(f"| x | n |\n| --- | --- |\n{rows}"), "n") == read


ORDER_BOOK = """Order,Customer,Date,Amount
A-17,Lund,2024-03-02,120
A-18,Berg,2024-01-15,80
A-19,Lund,2024-06-30,300
A-20,Dahl,2024-05-11,45
"""


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("What was the first order?", ["A-18"]),
        ("Which is the latest order?", ["A-19"]),  # not the dearest
        ("What is the first order of Lund?", ["A-17"]),
        ("What were the last two orders?", ["A-19", "A-20"]),
    ],
)
def test_first_and_last_are_those_in_time(tmp_path: Path, question: str, first: list[str]):
    (tmp_path / "orders.csv").write_text(ORDER_BOOK)
    answer = table(tmp_path / "orders.csv", mode="words").invoke(question)
    assert [row[0] for row in answer.values] == first


@pytest.mark.parametrize(
    "question", ["Show the first two rows", "What was ordered last year?", "Is Lund a first-time customer?"]
)
def test_first_and_last_of_what_is_not_clear_is_refused(tmp_path: Path, question: str):
    (tmp_path / "orders.csv").write_text(ORDER_BOOK)
    assert table(tmp_path / "orders.csv", mode="words").invoke(question).abstained


def test_groups_are_the_same_whatever_their_case(tmp_path: Path):
    (tmp_path / "shop.csv").write_text("Customer,Price\nAmy's Shop,2\namy's shop,4\nLee,1\n")
    answer = table(tmp_path / "shop.csv", mode="words").invoke("Average price per customer")
    assert [row[1] for row in answer.values] == [3.0, 1.0]


def test_tables_that_say_different_things_are_no_answer(tmp_path: Path):
    (tmp_path / "north.csv").write_text("Crop,Kg\nOats,5\nRye,7\n")
    (tmp_path / "south.csv").write_text("Crop,Kg\nOats,11\nRye,1\n")
    chain = table([tmp_path / "north.csv", tmp_path / "south.csv"], mode="words")
    assert chain.invoke("What is the total of kg?").reason == "only north was asked; south would fit as well"
    differs = chain.invoke("How many kg of oats are there?")
    assert differs.abstained
    assert differs.reason == "north, south answer this differently: name the one that is meant"
    assert chain.invoke("How many kg of oats are there in the south?").values == ((11.0,),)
