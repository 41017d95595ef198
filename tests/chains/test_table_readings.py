"""How numbers, dates, totals and columns are read, where another reading would give a wrong answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragkit.chains import TableAnswer, table
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
    ("name", "question", "text"),
    [
        ("sales", "Total units after 15.01.2024", "-1"),
        ("sales", "units in April 2024", "14.04.2024 | 3\n22.04.2024 | -11"),
        ("sales", "What was the last sale?", "22.04.2024"),
        ("sales", "What is the revenue by region?", "North | 1933.5\nSouth | 5935\nEast | 387"),
        ("sales", "Which regions have a margin of 28%?", "South | 28 %"),
        ("sales", "How many sales have a revenue between 380 and 1,600?", "3"),
        ("staff", "How many remote people are in Berlin?", "1"),
        ("staff", "Who started after 1 March 2020?", "Lena Fischer | 2021-01-10"),
        ("flights", "What is the year of AB-12?", "2015"),
        ("flights", "Which plates are of a year before 2018?", "AB-12 | 2015"),
        ("budget", "Which departments have a share spent above 90%?", "Parks | 103.3%\nSchools | 95%"),
        ("buses", "How many lines does CityBus have?", "2"),
        ("buses", "Which line has the most passengers per day?", "10 | 5600"),
        ("buses", "Total passengers per day by operator", "CityBus | 8700"),
        ("tanks", "Which tank has the lowest temp?", "A1 | -3 °C"),
    ],
)
def test_questions_are_read_as_people_mean_them(folder: Path, name: str, question: str, text: str):
    assert asked(folder, name, question).text == text


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


def test_a_single_row_of_several_is_told(folder: Path):
    assert (
        "Anna Köhler has 2 rows, of which this is one"
        in asked(folder, "sales", "Which rep has the lowest revenue?").reason
    )
    assert "rows" not in asked(folder, "staff", "Who has the highest salary?").reason


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
    (found,) = tables(f"| Name | Town | Votes |\n| --- | --- | --- |\n| a | b | 1 |\n{row}")
    assert (len(found.without_totals().rows) == 1) is total


def test_groups_are_the_same_whatever_their_case(tmp_path: Path):
    (tmp_path / "shop.csv").write_text("Customer,Price\nAmy's Shop,2\namy's shop,4\nLee,1\n")
    assert (
        table(tmp_path / "shop.csv", mode="words").invoke("Average price per customer").text
        == "Amy's Shop | 3\nLee | 1"
    )


def test_other_tables_that_fit_as_well_are_named(tmp_path: Path):
    (tmp_path / "a.csv").write_text("Crop,Kg\nOats,5\nRye,7\n")
    (tmp_path / "b.csv").write_text("Crop,Kg\nOats,11\nRye,13\n")
    chain = table([tmp_path / "a.csv", tmp_path / "b.csv"], mode="words")
    assert chain.invoke("What is the total of kg?").reason == "only a was asked; b would fit as well"
