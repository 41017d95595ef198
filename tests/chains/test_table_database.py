"""The database behind questions over sheets: reads the sheets and nothing else, and tells what a result rests on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.documents import Document

from ragkit.chains.table import database as module
from ragkit.chains.table.database import BadSQL, SheetDatabase
from ragkit.chains.table.sheets import sheets_of

PETS = """# pets
| name | kind | weight |
| --- | --- | --- |
| Rex | dog | 12 |
| Mia | cat | 4.5 |
| Bo | dog | 7 |
| Tom, the old | cat | 6 |
| Total |  | 29.5 |
"""
OWNERS = "# owners\n| pet | owner |\n| --- | --- |\n| Rex | Ann |\n| Bo | Lee |\n"


@pytest.fixture
def pets() -> Iterator[SheetDatabase]:
    with SheetDatabase(sheets_of([Document(PETS), Document(OWNERS)])) as database:
        yield database


def asked(database: SheetDatabase, sql: str) -> tuple[list[tuple[object, ...]], list[tuple[str, int]]]:
    found = database.run(database.parse(sql))
    return list(found.rows), list(found.used)


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE t1",
        "INSERT INTO t1 VALUES (1)",
        "CREATE TABLE x AS SELECT 1",
        "COPY t1 TO 'x.csv'",
        "ATTACH 'x.db'",
        "PRAGMA database_list",
        "SET threads = 4",
        "INSTALL httpfs",
        "SELECT 1; SELECT 2",
        "",
        "SELECT * FROM 'pyproject.toml'",
        "SELECT * FROM read_csv('pyproject.toml')",
        "SELECT * FROM read_text('pyproject.toml')",
        "SELECT * FROM glob('*')",
        "SELECT * FROM duckdb_settings()",
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM range(1000000000)",
        "SELECT (SELECT max(content) FROM read_text('pyproject.toml'))",
        "WITH x AS (SELECT * FROM read_blob('pyproject.toml')) SELECT * FROM x",
        "SELECT name FROM t1 WHERE weight > (SELECT count(*) FROM glob('*'))",
        "SELECT _row FROM t1",
        "SELECT name FROM t9",
    ],
)
def test_only_a_single_select_over_the_sheets_is_run(pets: SheetDatabase, sql: str):
    with pytest.raises(BadSQL):
        pets.run(pets.parse(sql))


def test_duckdb_itself_reaches_no_file_and_no_setting(pets: SheetDatabase, tmp_path: Path):
    (tmp_path / "x.csv").write_text("a\n1\n")
    for sql in (
        f"SELECT * FROM read_csv('{tmp_path / 'x.csv'}')",
        "SET enable_external_access = true",
        "INSTALL httpfs",
    ):
        with pytest.raises(BadSQL):
            pets._rows(sql, [])


def test_a_statement_without_end_is_stopped(pets: SheetDatabase, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "SECONDS", 0.2)
    endless = "WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x) SELECT count(*) FROM x"
    with pytest.raises(BadSQL, match=r"more than 0\.2 seconds"):
        pets.run(pets.parse(endless))


@pytest.mark.parametrize(
    ("sql", "rows", "used"),
    [
        ("SELECT name FROM t1 WHERE kind = 'DOG'", [("Rex",), ("Bo",)], [("t1", 0), ("t1", 2)]),
        ("SELECT max(weight) FROM t1", [(12.0,)], [("t1", 0)]),
        ("SELECT sum(weight) FROM t1 WHERE kind = 'cat'", [(10.5,)], [("t1", 1), ("t1", 3)]),
        ("SELECT weight FROM t1 WHERE name = 'Total'", [(29.5,)], [("t1", 4)]),
        (
            "SELECT kind, avg(weight) FROM t1 GROUP BY kind ORDER BY 2 DESC LIMIT 1",
            [("dog", 9.5)],
            [("t1", 0), ("t1", 2)],
        ),
        (
            "SELECT t2.owner FROM t1 JOIN t2 ON t1.name = t2.pet WHERE t1.weight > 10",
            [("Ann",)],
            [("t1", 0), ("t2", 0)],
        ),
        (
            "SELECT (SELECT weight FROM t1 WHERE name = 'Rex') - (SELECT weight FROM t1 WHERE name = 'Mia')",
            [(7.5,)],
            [("t1", 0), ("t1", 1)],
        ),
    ],
)
def test_a_result_names_the_rows_it_rests_on(
    pets: SheetDatabase, sql: str, rows: list[tuple[object, ...]], used: list[tuple[str, int]]
):
    assert asked(pets, sql) == (rows, used)


def test_rows_of_totals_are_not_counted_in(pets: SheetDatabase):
    assert asked(pets, "SELECT sum(weight) FROM t1")[0] == [(29.5,)]
    assert asked(pets, "SELECT name FROM t1 ORDER BY weight DESC LIMIT 1")[0] == [("Rex",)]
    found = pets.run(pets.parse("SELECT count(*) FROM t1"))
    assert (found.rows, found.without_totals) == (((4.0,),), {"t1"})


def test_texts_become_the_cells_that_are_meant(pets: SheetDatabase):
    assert "'Tom, the old'" in pets.parse("SELECT weight FROM t1 WHERE name = 'tom'").sql
    with pytest.raises(BadSQL, match="no cell is 'Max'; there are"):
        pets.parse("SELECT weight FROM t1 WHERE name = 'Max'")
    with pytest.raises(BadSQL, match="several cells hold 'o'"):
        pets.parse("SELECT weight FROM t1 WHERE name IN ('o')")
    assert "'Bo'" in pets.parse("SELECT weight FROM t1 WHERE name IN ('o')", "What does Bo weigh?").sql


def test_what_ties_with_the_last_row_is_returned(pets: SheetDatabase):
    rows, _ = asked(pets, "SELECT kind, count(*) FROM t1 GROUP BY kind ORDER BY count(*) DESC LIMIT 1")
    assert sorted(rows) == [("cat", 2.0), ("dog", 2.0)]


ROWS = st.lists(st.tuples(st.sampled_from(["a", "b", ""]), st.integers(-99, 99)), min_size=1, max_size=12)


@settings(max_examples=25, deadline=None)
@given(ROWS)
def test_groups_add_up_to_the_whole_and_each_row_is_named_once(rows: list[tuple[str, int]]):
    text = "| k | w | v |\n| --- | --- | --- |\n" + "\n".join(f"| {k} | x | {v} |" for k, v in rows)
    with SheetDatabase(sheets_of([Document(text)])) as database:
        sums, used = asked(database, "SELECT k, sum(v) FROM t1 GROUP BY k")
        assert sum(float(str(row[1])) for row in sums) == sum(v for _, v in rows)
        assert sorted(row for _, row in used) == list(range(len(rows)))
